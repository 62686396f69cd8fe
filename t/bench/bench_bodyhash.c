/* bench_bodyhash - how fast bodies are hashed, beside the bare digest.
 *
 * Rounds of the bare digest (EVP, 16384 octets at a time, as `openssl speed -evp` has it) and
 * of each body take turns, so that a machine with other work slows all of them; medians are
 * shown, and what part of the bare digest's throughput is left. Nothing is asserted.
 */
#include "bodyhash.h"
#include "rounds.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE \
    ((size_t)1024 * 1024) /* octets of a body: in the cache, as when it was just read */
#define BODIES_OF_ROUND 16
#define CHUNK 65535 /* of a milter's body, at most */
#define BARE 16384

static const struct {
    const char *name, *line; /* repeated; ends in CRLF */
} bodies[] = {
    {"lines of 76",
     "TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQsIGNvbnNlY3RldHVyIGFkaXBpc2NpbmcgZWxpdCwg\r\n"},
    {"words", "A line of text with words of the usual lengths, as people write them to\r\n"
              "each other. Some of them end a sentence; others do not.\r\n\r\n"},
    {"short lines", "a\r\n"},
    {"indented", "        <td class=\"c\">\r\n            cell\r\n        </td>\r\n"},
    {"blanks", "a  b\t c \r\n"},
};
#define BODIES (sizeof bodies / sizeof bodies[0])

static const char *const canons[FX_CANON_COUNT] = {"simple", "relaxed"};
static const char *const digests[FX_BODY_DIGESTS] = {"sha1", "sha256"};

/* Seconds of one round. 0: it failed. */
static double bare(const char *body, const char *digest)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_MD *md = EVP_MD_fetch(NULL, digest, NULL);
    unsigned char out[EVP_MAX_MD_SIZE];
    double start = rounds_now();
    bool good = EVP_DigestInit_ex2(context, md, NULL) == 1;
    for (size_t at = 0; good && at < SIZE * BODIES_OF_ROUND; at += BARE)
        good = EVP_DigestUpdate(context, body + at % SIZE, BARE) == 1;
    good = good && EVP_DigestFinal_ex(context, out, NULL) == 1;
    double took = rounds_now() - start;
    EVP_MD_CTX_free(context);
    EVP_MD_free(md);
    return good ? took : 0;
}

static double hashed(struct fx_bodyhash *b, const char *body, size_t canon, size_t digest)
{
    struct fx_bodyhash_want want = {.canon = (enum fx_canon)canon,
                                    .digest = (enum fx_body_digest)digest};
    unsigned char out[FX_BODYHASH_MAX];
    size_t handle;
    double start = rounds_now();
    fx_bodyhash_reset(b);
    if (!fx_bodyhash_want(b, &want, &handle))
        return 0;
    for (int i = 0; i < BODIES_OF_ROUND; i++)
        for (size_t at = 0; at < SIZE; at += CHUNK)
            fx_bodyhash_body(b, fx_slice(body + at, SIZE - at < CHUNK ? SIZE - at : CHUNK));
    fx_bodyhash_end(b);
    return fx_bodyhash_digest(b, handle, out) ? rounds_now() - start : 0;
}

/* MB (10^6) per second. */
static double speed(double *took, int rounds)
{
    double middle = rounds_median(took, rounds);
    return middle > 0 ? (double)SIZE * BODIES_OF_ROUND / 1e6 / middle : 0;
}

static bool measure(struct fx_bodyhash *b, const char *body, const char *name, int rounds)
{
    for (size_t digest = 0; digest < FX_BODY_DIGESTS; digest++) {
        double took[1 + FX_CANON_COUNT][ROUNDS_MAX];
        for (int i = 0; i < rounds; i++) {
            took[0][i] = bare(body, digests[digest]);
            for (size_t canon = 0; canon < FX_CANON_COUNT; canon++)
                took[1 + canon][i] = hashed(b, body, canon, digest);
        }
        double most = speed(took[0], rounds);
        printf("%-12s %-7s %-8s %7.0f MB/s\n", name, digests[digest], "bare", most);
        if (most <= 0)
            return false;
        for (size_t canon = 0; canon < FX_CANON_COUNT; canon++) {
            double rate = speed(took[1 + canon], rounds);
            printf("%-12s %-7s %-8s %7.0f MB/s  %.2f\n", name, digests[digest], canons[canon],
                   rate, rate / most);
            if (rate <= 0)
                return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 11;
    char *body = malloc(SIZE);
    struct fx_bodyhash *b = fx_bodyhash_create();
    bool good = body != NULL && b != NULL && rounds > 0 && rounds <= ROUNDS_MAX;
    if (!good)
        fprintf(stderr, "usage: bench_bodyhash [ROUNDS (11, at most %d)]\n", ROUNDS_MAX);
    for (size_t i = 0; good && i < BODIES; i++) {
        rounds_fill(body, SIZE, bodies[i].line);
        good = measure(b, body, bodies[i].name, (int)rounds);
    }
    fx_bodyhash_destroy(b);
    free(body);
    return good ? 0 : 1;
}
