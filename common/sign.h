/* sign - Ed25519 signatures (RFC 8032) over the head of a chain, by OpenSSL's EVP.
 *
 * Thread-safe for different objects; one object has one user at a time.
 */
#ifndef FX_SIGN_H
#define FX_SIGN_H

#include "text.h"

#define FX_SIGN_ID ((size_t)16)

/* A key pair that signs, or a public key that verifies. */
struct fx_signer;

/* From a private key in PEM ("BEGIN PRIVATE KEY", RFC 8410), without a passphrase. NULL: not
 * such a key, or no memory. */
struct fx_signer *fx_signer_create(struct fx_slice pem);
/* From a public key in PEM ("BEGIN PUBLIC KEY"), or from a private one, whose public half it
 * takes. */
struct fx_signer *fx_signer_create_public(struct fx_slice pem);
void fx_signer_destroy(struct fx_signer *signer); /* NULL allowed */

/* Which key: the first 16 hex digits of SHA-256 over the 32 octets of the public key. */
const char *fx_signer_id(const struct fx_signer *signer);

/* Adds the signature in base64 (88 characters). false: it failed. */
bool fx_signer_sign(struct fx_signer *signer, struct fx_slice message, struct fx_text *base64);
/* Whether base64 is this key's signature over the message. */
bool fx_signer_verify(struct fx_signer *signer, struct fx_slice message,
                      struct fx_slice base64);

#endif
