/* crypto - see crypto.h. */
#include "crypto.h"

#include "bodyhash.h"
#include "digest.h"
#include "say.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

static bool beginning;

static void *got(void *memory, size_t size)
{
    if (memory == NULL && beginning && size > 0) {
        say(LOG_ERR, "no memory for OpenSSL");
        _exit(EX_OSERR);
    }
    return memory;
}

static void *get(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return got(malloc(size), size);
}

static void *resize(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return got(realloc(memory, size), size);
}

static void give_back(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

bool crypto_begin(void)
{
    beginning = CRYPTO_set_mem_functions(get, resize, give_back) == 1;
    unsigned char any[16];
    bool good = OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) == 1 &&
                RAND_bytes(any, sizeof any) == 1;
    struct fx_hash *plain = fx_hash_create();
    struct fx_hash *keyed = fx_hash_create_keyed((struct fx_slice)FX_LIT("any"));
    struct fx_bodyhash *body = fx_bodyhash_create();
    struct fx_digest digest;
    good = good && plain != NULL && keyed != NULL && body != NULL &&
           fx_hash_end(plain, &digest) && fx_hash_end(keyed, &digest);
    fx_hash_destroy(plain);
    fx_hash_destroy(keyed);
    fx_bodyhash_destroy(body);
    beginning = false;
    return good;
}
