/* replay TARGET FILE... - feeds files to a fuzz target, in builds without libFuzzer: what it
 * once found, seeds. Each is named before it is fed, so that the last line tells which one
 * failed. */
#undef main /* that of the daemon has another name here */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST ((size_t)16 * 1024 * 1024)

static const struct target {
    const char *name;
    fuzz_one *one;
} targets[] = {
#define FUZZ(name, most, dictionary, mutator) {#name, fuzz_target_##name},
#include "targets.def"
#undef FUZZ
};

static fuzz_one *find(const char *name)
{
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        if (strcmp(targets[i].name, name) == 0)
            return targets[i].one;
    return NULL;
}

static bool replay(fuzz_one *one, const char *path)
{
    FILE *f = fopen(path, "rb");
    char *bytes = malloc(MOST);
    size_t n = 0;
    bool good = f != NULL && bytes != NULL;
    if (good)
        n = fread(bytes, 1, MOST, f);
    good = good && ferror(f) == 0 && n < MOST;
    if (f != NULL)
        fclose(f);
    /* memory that ends where the input does */
    char *exact = good ? realloc(bytes, n > 0 ? n : 1) : NULL;
    if (exact != NULL)
        one((const uint8_t *)exact, n);
    free(exact != NULL ? exact : bytes);
    return exact != NULL;
}

int main(int argc, char **argv)
{
    fuzz_one *one = argc > 2 ? find(argv[1]) : NULL;
    if (one == NULL)
        return 64;
    for (int i = 2; i < argc; i++) {
        printf("# %s\n", argv[i]);
        fflush(stdout);
        if (!replay(one, argv[i])) {
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
            return 1;
        }
    }
    return 0;
}
