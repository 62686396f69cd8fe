/* sign - see sign.h. */
#include "sign.h"

#include "base64.h"
#include "digest.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#define ED25519_KEY 32
#define ED25519_SIGNATURE 64

struct fx_signer {
    EVP_PKEY *key;
    EVP_MD_CTX *context;
    char id[FX_SIGN_ID + 1];
};

/* A key with a passphrase cannot be read: nobody is asked for one. */
static int no_passphrase(char *buffer, int size, int writing, void *arg)
{
    (void)buffer, (void)size, (void)writing, (void)arg;
    return -1;
}

static bool set_id(struct fx_signer *signer)
{
    unsigned char public_key[ED25519_KEY];
    size_t len = sizeof public_key;
    struct fx_digest digest;
    char hex[2 * FX_DIGEST_OCTETS + 1];
    struct fx_hash *hash = fx_hash_create();
    bool good = hash != NULL &&
                EVP_PKEY_get_raw_public_key(signer->key, public_key, &len) == 1 &&
                len == sizeof public_key;
    if (good) {
        fx_hash_add(hash, fx_slice((const char *)public_key, len));
        good = fx_hash_end(hash, &digest);
    }
    fx_hash_destroy(hash);
    if (!good)
        return false;
    fx_hex(digest.octets, sizeof digest.octets, hex);
    memcpy(signer->id, hex, FX_SIGN_ID);
    return true;
}

/* Takes the key. */
static struct fx_signer *with_key(EVP_PKEY *key)
{
    struct fx_signer *signer = calloc(1, sizeof *signer);
    ERR_clear_error();
    if (signer == NULL) {
        EVP_PKEY_free(key);
        return NULL;
    }
    signer->key = key;
    signer->context = EVP_MD_CTX_new();
    if (key == NULL || signer->context == NULL || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519 ||
        !set_id(signer)) {
        fx_signer_destroy(signer);
        return NULL;
    }
    return signer;
}

static EVP_PKEY *read_pem(struct fx_slice pem, bool private_key)
{
    if (pem.len > INT_MAX)
        return NULL;
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    EVP_PKEY *key = NULL;
    if (bio != NULL)
        key = private_key ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL)
                          : PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    return key;
}

struct fx_signer *fx_signer_create(struct fx_slice pem)
{
    return with_key(read_pem(pem, true));
}

struct fx_signer *fx_signer_create_public(struct fx_slice pem)
{
    EVP_PKEY *key = read_pem(pem, false);
    return with_key(key != NULL ? key : read_pem(pem, true));
}

void fx_signer_destroy(struct fx_signer *signer)
{
    if (signer == NULL)
        return;
    EVP_MD_CTX_free(signer->context);
    EVP_PKEY_free(signer->key);
    free(signer);
}

const char *fx_signer_id(const struct fx_signer *signer)
{
    return signer->id;
}

bool fx_signer_sign(struct fx_signer *signer, struct fx_slice message, struct fx_text *base64)
{
    unsigned char signature[ED25519_SIGNATURE];
    unsigned char text[(ED25519_SIGNATURE + 2) / 3 * 4 + 1];
    size_t len = sizeof signature;
    bool good = EVP_MD_CTX_reset(signer->context) == 1 &&
                EVP_DigestSignInit(signer->context, NULL, NULL, NULL, signer->key) == 1 &&
                EVP_DigestSign(signer->context, signature, &len,
                               (const unsigned char *)message.ptr, message.len) == 1;
    ERR_clear_error();
    if (!good)
        return false;
    int n = EVP_EncodeBlock(text, signature, (int)len);
    fx_text_add(base64, fx_slice((const char *)text, (size_t)n));
    return !base64->overflow;
}

bool fx_signer_verify(struct fx_signer *signer, struct fx_slice message, struct fx_slice base64)
{
    unsigned char signature[ED25519_SIGNATURE];
    size_t len, at;
    if (!fx_base64_decode(base64, signature, sizeof signature, &len, &at) ||
        len != sizeof signature)
        return false;
    bool good = EVP_MD_CTX_reset(signer->context) == 1 &&
                EVP_DigestVerifyInit(signer->context, NULL, NULL, NULL, signer->key) == 1 &&
                EVP_DigestVerify(signer->context, signature, len,
                                 (const unsigned char *)message.ptr, message.len) == 1;
    ERR_clear_error();
    return good;
}
