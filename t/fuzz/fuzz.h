/* fuzz - what the fuzz targets share. Each target is a function of its name, which libFuzzer
 * calls with inputs that it makes (fuzz_main.c), and replay.c with those in files. A wrong
 * result ends the process, as a sanitizer's finding does. All are linked into one program:
 * targets.def is the table of them.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "config.h"
#include "slice.h"

typedef void fuzz_one(const uint8_t *data, size_t size);
#define FUZZ_TARGET(name) void fuzz_target_##name(const uint8_t *data, size_t size)

#define FUZZ(name, most, dictionary, mutator) fuzz_one fuzz_target_##name;
#include "targets.def"
#undef FUZZ

/* Only with libFuzzer: changes an input in its place. */
typedef size_t fuzz_mutator(uint8_t *data, size_t size, size_t most, unsigned seed);
fuzz_mutator fuzz_mutate_plain, fuzz_mutate_packets;

/* What holds for any input. */
#define HOLDS(condition) ((condition) ? (void)0 : fuzz_wrong(#condition, __FILE__, __LINE__))
_Noreturn void fuzz_wrong(const char *what, const char *file, int line);

/* An input, taken from the front; past its end there are zeros. */
struct fuzz_input {
    const char *p;
    size_t n;
};
unsigned fuzz_octet(struct fuzz_input *in);
unsigned fuzz_two(struct fuzz_input *in);
/* What is left, in memory of its own that ends where it does; to be freed. */
struct fx_slice fuzz_rest(const struct fuzz_input *in);
/* s lies within whole, or is absent. */
bool fuzz_within(struct fx_slice s, struct fx_slice whole);

/* A folder of this process alone, removed with all that is in it when the process ends; without
 * a slash at its end. */
const char *fuzz_folder(void);
/* Writes PATH = folder/name. */
void fuzz_path(char *path, size_t size, const char *name);
void fuzz_write_file(const char *path, const void *octets, size_t count);
/* The configuration folder/name, or with NULL the defaults, with our own profiles; it has to be
 * good. The caller owns it. */
struct fx_config *fuzz_load(const char *name, const struct fx_config_override *override);

#endif
