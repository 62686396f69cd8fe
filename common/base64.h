/* base64 - values of signature tags (RFC 6376 section 2.10, "base64string"; RFC 4648 section 4).
 *
 * Folding white space may stand anywhere between the octets and is passed over. Pure and
 * thread-safe; allocates nothing.
 */
#ifndef FX_BASE64_H
#define FX_BASE64_H

#include "slice.h"

/* Decodes all of text; the first `cap` octets go to out (may be NULL with cap 0), *len is how
 * many there are in all, which may be more. false: text is no base64 (a foreign octet, a wrong
 * number of characters, something after the padding); *at is then the offset at which that
 * shows, out and *len are undefined. Empty text is base64 of nothing. */
bool fx_base64_decode(struct fx_slice text, unsigned char *out, size_t cap, size_t *len,
                      size_t *at);

#endif
