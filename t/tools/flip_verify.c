/* flip_verify - changes each octet of a log in turn, and says what chain_walk makes of it:
 *
 *   flip_verify LOG KEY|- PUBKEY|- XOR...
 *
 * "OFFSET XOR FILE-LINE KIND" a line, XOR in hex; KIND is "intact" where the change was not
 * seen.
 */
#include "chain_walk.h"
#include "config_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MAX ((size_t)1024 * 1024)

_Noreturn static void die(const char *what)
{
    fprintf(stderr, "flip_verify: %s\n", what);
    exit(70);
}

static struct fx_key_file key_file(const char *path, enum fx_key_kind kind)
{
    struct fx_key_file file = {0};
    char wrong[FX_KEY_WRONG];
    if (strcmp(path, "-") != 0 && !fx_key_file_read(path, kind, NULL, &file, wrong))
        die(wrong);
    return file;
}

/* The first broken place. */
static struct fx_chain_break verified(struct fx_slice log, struct fx_slice key,
                                      struct fx_signer *signer)
{
    struct fx_chain_walk *walk = fx_chain_walk_create();
    struct fx_chain_break b, first = {.kind = FX_BREAK_NONE};
    uint64_t number = 0;
    if (walk == NULL || (fx_slice_told(key) && !fx_chain_walk_key(walk, key)) ||
        (signer != NULL && !fx_chain_walk_signer(walk, signer)))
        die("no memory");
    fx_chain_walk_file(walk);
    while (log.len > 0) {
        size_t end = fx_slice_find(log, '\n');
        bool whole = end < log.len;
        if (!fx_chain_walk_feed(walk, whole ? FX_CHAIN_WHOLE : FX_CHAIN_TORN,
                                fx_slice_first(log, end), ++number))
            die("the digest failed");
        log = fx_slice_from(log, end + whole);
        while (fx_chain_walk_next(walk, &b))
            first = first.kind == FX_BREAK_NONE ? b : first;
    }
    fx_chain_walk_end(walk);
    while (fx_chain_walk_next(walk, &b))
        first = first.kind == FX_BREAK_NONE ? b : first;
    fx_chain_walk_destroy(walk);
    return first;
}

int main(int argc, char **argv)
{
    static char text[LOG_MAX];
    if (argc < 5)
        die("LOG KEY PUBKEY XOR...");
    FILE *f = fopen(argv[1], "rb");
    size_t len = f == NULL ? 0 : fread(text, 1, sizeof text, f);
    if (f == NULL || fclose(f) != 0 || len == 0)
        die("cannot read the log");
    struct fx_key_file key = key_file(argv[2], FX_KEY_ONE);
    struct fx_key_file pem = key_file(argv[3], FX_KEY_PUBLIC);
    struct fx_signer *signer = pem.count > 0 ? fx_signer_create_public(pem.keys[0]) : NULL;
    struct fx_slice secret = key.count > 0 ? key.keys[0] : FX_ABSENT;
    for (size_t i = 0; i < len; i++)
        for (int j = 4; j < argc; j++) {
            unsigned mask = (unsigned)strtoul(argv[j], NULL, 16);
            char was = text[i];
            text[i] = (char)((unsigned char)was ^ mask);
            struct fx_chain_break b = verified(fx_slice(text, len), secret, signer);
            text[i] = was;
            printf("%zu %02x %" PRIu64 " %s\n", i, mask, b.line,
                   b.kind == FX_BREAK_NONE ? "intact" : fx_break_word(b.kind));
        }
    fx_signer_destroy(signer);
    fx_key_file_finish(&key);
    fx_key_file_finish(&pem);
    return fflush(stdout) == 0 ? 0 : 74;
}
