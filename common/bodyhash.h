/* bodyhash - digests of the canonical body (RFC 6376 sections 3.4.3 to 3.4.5 and 3.7), streamed.
 *
 * One pass over the body serves any number of signatures: those that agree in canonicalisation,
 * algorithm and length share one digest, those that agree in canonicalisation share its work.
 * Memory does not grow with the body. Digests by OpenSSL's EVP. Not thread-safe: one owner.
 */
#ifndef FX_BODYHASH_H
#define FX_BODYHASH_H

#include "slice.h"

#define FX_BODYHASH_MAX 32 /* octets of the longest digest */

enum fx_canon { FX_CANON_SIMPLE, FX_CANON_RELAXED, FX_CANON_COUNT };
enum fx_body_digest { FX_BODY_SHA1, FX_BODY_SHA256, FX_BODY_DIGESTS };

/* Octets of a digest: 20, 32. */
size_t fx_body_digest_octets(enum fx_body_digest digest);

/* What one signature asks for. */
struct fx_bodyhash_want {
    enum fx_canon canon;
    enum fx_body_digest digest;
    bool limited;    /* l= was given */
    uint64_t length; /* octets of the canonical body; with limited */
};

struct fx_bodyhash;

/* NULL: no memory. */
struct fx_bodyhash *fx_bodyhash_create(void);
void fx_bodyhash_destroy(struct fx_bodyhash *b); /* NULL allowed */
/* Nothing wanted, ready for the next body; memory is kept. */
void fx_bodyhash_reset(struct fx_bodyhash *b);

/* Before the first octet of the body. *handle stands for the digest, the same one where it is
 * wanted already. false: no memory, or this OpenSSL has no such digest. */
bool fx_bodyhash_want(struct fx_bodyhash *b, const struct fx_bodyhash_want *want,
                      size_t *handle);
/* The next chunk of the body, of any length, cut anywhere; lines end in CRLF. */
void fx_bodyhash_body(struct fx_bodyhash *b, struct fx_slice chunk);
/* There is no more. */
void fx_bodyhash_end(struct fx_bodyhash *b);

/* After the end. out has room for FX_BODYHASH_MAX octets. false: the digest failed on the way. */
bool fx_bodyhash_digest(const struct fx_bodyhash *b, size_t handle, unsigned char *out);
/* Octets of the whole canonical body, whatever l= says; of a canonicalisation that somebody
 * wanted. */
uint64_t fx_bodyhash_octets(const struct fx_bodyhash *b, enum fx_canon canon);

#endif
