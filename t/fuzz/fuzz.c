/* fuzz - see fuzz.h. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_wrong(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

unsigned fuzz_octet(struct fuzz_input *in)
{
    if (in->n == 0)
        return 0;
    in->n--;
    return (unsigned char)*in->p++;
}

unsigned fuzz_two(struct fuzz_input *in)
{
    unsigned high = fuzz_octet(in);
    return high * 256 + fuzz_octet(in);
}

struct fx_slice fuzz_rest(const struct fuzz_input *in)
{
    char *copy = malloc(in->n > 0 ? in->n : 1);
    HOLDS(copy != NULL);
    if (in->n > 0)
        memcpy(copy, in->p, in->n);
    return fx_slice(copy, in->n);
}

bool fuzz_within(struct fx_slice s, struct fx_slice whole)
{
    return s.ptr == NULL || (s.ptr >= whole.ptr && s.len <= whole.len &&
                             (size_t)(s.ptr - whole.ptr) <= whole.len - s.len);
}
