/* digest - see digest.h. */
#include "digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

struct fx_hash {
    EVP_MD_CTX *context;
    EVP_MD *sha256; /* fetched once: the implicit fetch of each beginning costs more than it */
    EVP_MAC_CTX *keyed; /* NULL: plain */
    bool begun; /* set up since the last reset: one that is reset twice is set up once */
    bool good;
};

static void begin(struct fx_hash *h)
{
    if (h->begun)
        return;
    h->begun = true;
    h->good = h->keyed != NULL ? EVP_MAC_init(h->keyed, NULL, 0, NULL) == 1
                               : EVP_DigestInit_ex2(h->context, h->sha256, NULL) == 1;
}

static struct fx_hash *created(struct fx_hash *h, bool good)
{
    if (!good) {
        fx_hash_destroy(h);
        return NULL;
    }
    begin(h);
    return h;
}

struct fx_hash *fx_hash_create(void)
{
    struct fx_hash *h = calloc(1, sizeof *h);
    if (h == NULL)
        return NULL;
    h->context = EVP_MD_CTX_new();
    h->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    return created(h, h->context != NULL && h->sha256 != NULL);
}

struct fx_hash *fx_hash_create_keyed(struct fx_slice key)
{
    char sha256[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0),
        OSSL_PARAM_construct_end()};
    struct fx_hash *h = calloc(1, sizeof *h);
    if (h == NULL)
        return NULL;
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    h->keyed = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac);
    return created(h, h->keyed != NULL && key.len > 0 &&
                          EVP_MAC_init(h->keyed, (const unsigned char *)key.ptr, key.len,
                                       parameters) == 1);
}

struct fx_hash *fx_hash_copy(const struct fx_hash *keyed)
{
    struct fx_hash *h = calloc(1, sizeof *h);
    if (h == NULL)
        return NULL;
    h->keyed = EVP_MAC_CTX_dup(keyed->keyed);
    h->begun = keyed->begun;
    h->good = keyed->good;
    if (h->keyed != NULL)
        return h;
    free(h);
    return NULL;
}

void fx_hash_destroy(struct fx_hash *h)
{
    if (h == NULL)
        return;
    EVP_MD_CTX_free(h->context);
    EVP_MD_free(h->sha256);
    EVP_MAC_CTX_free(h->keyed);
    free(h);
}

void fx_hash_reset(struct fx_hash *h)
{
    h->begun = false;
}

void fx_hash_add(struct fx_hash *h, struct fx_slice octets)
{
    if (octets.len == 0)
        return;
    begin(h);
    if (!h->good) /* a context that could not be set up takes nothing: OpenSSL 3.0 would crash
                   */
        return;
    int done = h->keyed != NULL
                   ? EVP_MAC_update(h->keyed, (const unsigned char *)octets.ptr, octets.len)
                   : EVP_DigestUpdate(h->context, octets.ptr, octets.len);
    if (done != 1)
        h->good = false;
}

void fx_hash_add_piece(struct fx_hash *h, struct fx_slice octets)
{
    char length[8];
    for (size_t i = 0; i < sizeof length; i++)
        length[i] = (char)(unsigned char)((uint64_t)octets.len >> (56 - 8 * i));
    fx_hash_add(h, fx_slice(length, sizeof length));
    fx_hash_add(h, octets);
}

static bool final(struct fx_hash *h, unsigned char *octets, size_t cap)
{
    size_t keyed_len = 0;
    unsigned len = 0;
    if (h->keyed != NULL)
        return EVP_MAC_final(h->keyed, octets, &keyed_len, cap) == 1 &&
               keyed_len == FX_DIGEST_OCTETS;
    return EVP_DigestFinal_ex(h->context, octets, &len) == 1 && len == FX_DIGEST_OCTETS;
}

bool fx_hash_end(struct fx_hash *h, struct fx_digest *out)
{
    unsigned char octets[EVP_MAX_MD_SIZE];
    begin(h);
    bool good = h->good && final(h, octets, sizeof octets);
    if (good)
        memcpy(out->octets, octets, FX_DIGEST_OCTETS);
    fx_hash_reset(h);
    return good;
}

void fx_hex(const unsigned char *octets, size_t count, char *out)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        *out++ = hex[octets[i] >> 4];
        *out++ = hex[octets[i] & 15];
    }
    *out = '\0';
}
