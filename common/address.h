/* address - client addresses and networks, IPv4 and IPv6, as values.
 *
 * Pure and thread-safe; no resolver, no locale. An IPv4 address mapped into IPv6
 * (::ffff:a.b.c.d, RFC 4291 section 2.5.5.2) counts as the IPv4 address.
 */
#ifndef FX_ADDRESS_H
#define FX_ADDRESS_H

#include "event.h"
#include "text.h"

struct fx_network {
    struct fx_address base;
    unsigned bits; /* prefix length: 0 to 32 or 0 to 128 */
};

/* "192.0.2.1", "2001:db8::1", also in brackets or with Sendmail's "IPv6:" before it; false,
 * *out untouched, for anything else. The port is left 0. */
bool fx_address_parse(struct fx_slice text, struct fx_address *out);
/* ADDRESS or ADDRESS/BITS; false when malformed or when bits beyond the prefix are set. */
bool fx_network_parse(struct fx_slice text, struct fx_network *out);
/* An address of unknown or unix family is in no network. */
bool fx_network_contains(const struct fx_network *network, const struct fx_address *address);
/* 127.0.0.0/8 and ::1 (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3). */
bool fx_address_is_loopback(const struct fx_address *address);
/* The text form (RFC 5952 for IPv6); "unix" and "unknown" for the other families. */
void fx_address_format(struct fx_text *t, const struct fx_address *address);

#endif
