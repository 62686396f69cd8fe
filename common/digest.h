/* digest - SHA-256 (FIPS 180-4) of pieces, plain or keyed (HMAC, RFC 2104), by OpenSSL's EVP.
 * Not thread-safe: one owner each.
 */
#ifndef FX_DIGEST_H
#define FX_DIGEST_H

#include "slice.h"

#define FX_DIGEST_OCTETS 32

struct fx_digest {
    unsigned char octets[FX_DIGEST_OCTETS];
};

struct fx_hash; /* one digest in the making */

/* NULL: no memory, or no SHA-256 in this OpenSSL. */
struct fx_hash *fx_hash_create(void);
/* HMAC-SHA-256; the key, which is not empty, is copied. */
struct fx_hash *fx_hash_create_keyed(struct fx_slice key);
/* Another one of a keyed one. Many threads may copy one that nobody uses otherwise. NULL: no
 * memory. */
struct fx_hash *fx_hash_copy(const struct fx_hash *keyed);
void fx_hash_destroy(struct fx_hash *h); /* NULL allowed */
/* Begins anew. */
void fx_hash_reset(struct fx_hash *h);
void fx_hash_add(struct fx_hash *h, struct fx_slice octets);
/* The octets with their number before them (8 octets, most significant first): of two lists of
 * pieces none has the digest of the other. */
void fx_hash_add_piece(struct fx_hash *h, struct fx_slice octets);
/* The digest of all since the beginning, which it is then again. false: something failed on the
 * way; *out untouched. */
bool fx_hash_end(struct fx_hash *h, struct fx_digest *out);

/* 2 * count lower-case hex digits and NUL. */
void fx_hex(const unsigned char *octets, size_t count, char *out);

#endif
