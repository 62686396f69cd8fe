/* fuzz - what the fuzz targets share. Each defines LLVMFuzzerTestOneInput, which libFuzzer
 * calls with inputs that it makes, replay.c with those in files. A wrong result ends the
 * process, as a sanitizer's finding does.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

#endif
