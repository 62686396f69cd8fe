/* digest - see digest.h. */
#include "digest.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct fx_hash {
    EVP_MD_CTX *context;
    EVP_MD *sha256; /* fetched once: the implicit fetch of each beginning costs more than it */
    bool good;
};

struct fx_hash *fx_hash_create(void)
{
    struct fx_hash *h = calloc(1, sizeof *h);
    if (h == NULL)
        return NULL;
    h->context = EVP_MD_CTX_new();
    h->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (h->context == NULL || h->sha256 == NULL) {
        fx_hash_destroy(h);
        return NULL;
    }
    fx_hash_reset(h);
    return h;
}

void fx_hash_destroy(struct fx_hash *h)
{
    if (h == NULL)
        return;
    EVP_MD_CTX_free(h->context);
    EVP_MD_free(h->sha256);
    free(h);
}

void fx_hash_reset(struct fx_hash *h)
{
    h->good = EVP_DigestInit_ex2(h->context, h->sha256, NULL) == 1;
}

void fx_hash_add(struct fx_hash *h, struct fx_slice octets)
{
    if (octets.len > 0 && EVP_DigestUpdate(h->context, octets.ptr, octets.len) != 1)
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

bool fx_hash_end(struct fx_hash *h, struct fx_digest *out)
{
    unsigned char octets[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    bool good =
        h->good && EVP_DigestFinal_ex(h->context, octets, &len) == 1 && len == FX_DIGEST_OCTETS;
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
