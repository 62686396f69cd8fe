/* replay - feeds files to a fuzz target, in builds without libFuzzer: what it once found,
 * seeds. Each is named before it is fed, so that the last line tells which one failed. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#define MOST ((size_t)16 * 1024 * 1024)

static bool replay(const char *path)
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
        LLVMFuzzerTestOneInput((const uint8_t *)exact, n);
    free(exact != NULL ? exact : bytes);
    return exact != NULL;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        printf("# %s\n", argv[i]);
        fflush(stdout);
        if (!replay(argv[i])) {
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
            return 1;
        }
    }
    return argc > 1 ? 0 : 64;
}
