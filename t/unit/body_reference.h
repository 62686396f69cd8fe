/* body_reference - the canonical body by the letter of RFC 6376 sections 3.4.3 and 3.4.4, the
 * whole body in memory, line by line: what the streaming one is compared with.
 */
#ifndef BODY_REFERENCE_H
#define BODY_REFERENCE_H

#include "bodyhash.h"

/* The canonical body, to be freed; *size: its octets. NULL: no memory. */
char *body_reference(enum fx_canon canon, struct fx_slice body, size_t *size);
/* Its digest, at most `length` octets of it; out has room for FX_BODYHASH_MAX. false: OpenSSL
 * failed. */
bool body_reference_digest(enum fx_body_digest digest, const char *canonical, size_t size,
                           const struct fx_bodyhash_want *want, unsigned char *out);

#endif
