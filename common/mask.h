/* mask - how an inspecting firewall rewrites what goes past it: greeting, command, EHLO reply,
 * address.
 *
 * Pure functions from octets to octets; thread-safe. Results are added to a text that the
 * caller owns; one that is too small is marked there (text.h). The firewalls edit packets in
 * place, so the length stays but where a function says otherwise. How well each form is founded
 * stands in the profiles' settings `banner`, `ehlo_reply`, `verbs` and `address_characters`.
 */
#ifndef FX_MASK_H
#define FX_MASK_H

#include "profile.h"
#include "text.h"

/* The greeting, whole or a line of it, code and line ends included. CR and LF are never
 * touched.
 *   plain     as it is
 *   cmap      each line "220 SMTP/cmap ready" and underscores up to its length (PIX 4.0 to 4.3:
 *             banner fingerprints of recog; Microsoft KB 320027); a shorter line is cut
 *   stars     '*' for everything after the code and what separates it (PIX 4.4: Microsoft KB
 *             295725; that the code is spared is inferred, else no client could go on)
 *   stars-20  '*' for everything but '2', '0' and a blank after '0' (5.1 and later: Microsoft
 * KB 295725). "220 " survives by this very rule; the '-' of "220-" does not. */
void fx_mask_banner(struct fx_text *out, enum fx_banner style, struct fx_slice greeting);

/* A command line that the profile does not let through, with or without its line end, which is
 * kept. `server` gets what goes on to the server, `client` what the firewall itself answers;
 * both may stay empty, and either may be NULL where the caller does not care.
 *   mask      every octet becomes 'X' (PIX/ASA 7.0 CLI guide p. 21-52); a verb by itself gives
 *             as many X's as it has letters
 *   noop      "NOOP", and blanks up to the length of the line (PIX 5.1 to 6.3: Cisco community
 *             article ta-p/3129202; how the rest is filled is inferred); a line of less than 4
 *             octets grows
 *   ok        nothing goes on; the client is answered "250 OK" (PIX 4.x: Cisco document 4733)
 *   others    the line as it is */
void fx_mask_command(struct fx_text *server, struct fx_text *client, enum fx_action action,
                     struct fx_slice line);

/* A whole reply to EHLO, each line ended by LF or CRLF. Of a positive one (250) each line after
 * the first whose keyword the profile does not show becomes, by the profile's ehlo_reply,
 *   x         X's and one last letter in place of keyword and arguments, the letter running on
 *             from A over the masked lines of the reply (Cisco document 118550; captured
 *             replies); after Z it begins again (inferred)
 *   removed   nothing: the line is taken out, and the last one left gets the "250 " (Zorp
 *             reference manual 4.10.2; the length changes)
 * Keywords are compared without case (RFC 5321 section 4.1.1.1). Where the profile says nothing
 * about extensions, or lets EHLO not through at all, the reply is given as it is. */
void fx_mask_ehlo_reply(struct fx_text *out, const struct fx_profile *profile,
                        struct fx_slice reply);

/* A path as sent, "<a|b@example.org>" or without brackets: each octet of the address that is
 * among `characters` becomes a blank; the delimiting angle brackets stay (Cisco PIX 6.3 guide
 * p. 5-12). characters may be NULL: none. */
void fx_mask_address(struct fx_text *out, const char *characters, struct fx_slice path);

#endif
