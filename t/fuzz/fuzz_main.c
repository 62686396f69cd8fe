/* fuzz_main - libFuzzer's side of the targets: which one, the name of the program says. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

static const struct target {
    const char *name;
    fuzz_one *one;
    fuzz_mutator *mutate;
} targets[] = {
#define FUZZ(name, most, dictionary, mutator) \
    {#name, fuzz_target_##name, fuzz_mutate_##mutator},
#include "targets.def"
#undef FUZZ
};

static const struct target *chosen;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    const char *slash = strrchr((*argv)[0], '/');
    const char *name = slash == NULL ? (*argv)[0] : slash + 1;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        if (strcmp(targets[i].name, name) == 0)
            chosen = &targets[i];
    if (chosen == NULL) {
        fprintf(stderr, "%s: no target has this name\n", name);
        exit(64);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    chosen->one(data, size);
    return 0;
}

size_t fuzz_mutate_plain(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    (void)seed;
    return LLVMFuzzerMutate(data, size, most);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    return chosen->mutate(data, size, most, seed);
}
