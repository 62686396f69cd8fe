/* mailbox - the address in a path of MAIL or RCPT, taken apart (RFC 5321 section 4.1.2).
 *
 * Slices of what is given, of any octets and length; nothing is refused. Pure, thread-safe,
 * linear.
 */
#ifndef FX_MAILBOX_H
#define FX_MAILBOX_H

#include "slice.h"

/* A path as sent, without the angle brackets that delimit it. */
struct fx_slice fx_path_address(struct fx_slice path);
/* An address without the source route before it, which the MTA strips (RFC 5321 appendix C). */
struct fx_slice fx_address_without_route(struct fx_slice address);

struct fx_mailbox {
    struct fx_slice local; /* as it came, quotes and backslashes in it */
    struct fx_slice
        domain; /* behind the last at sign that is not quoted; absent: there is none */
};
/* address: without angle brackets and route. */
struct fx_mailbox fx_mailbox_split(struct fx_slice address);

/* Whether nothing but a domain or an address literal can be written so: letters, digits, dots,
 * hyphens, underscores, octets over 127, and in brackets colons too. */
bool fx_mailbox_domain_plain(struct fx_slice domain);
/* How many octets at the start of s are a domain or an address literal in that sense. */
size_t fx_mailbox_domain_len(struct fx_slice s);

/* Where the quoted string ends that begins with the quote s[0]: the index behind its closing
 * quote; 0: it has none. */
size_t fx_quoted_string_len(struct fx_slice s);

#endif
