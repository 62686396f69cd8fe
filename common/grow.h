/* grow - room for more in an array that its owner fills one by one. Thread-safe. */
#ifndef FX_GROW_H
#define FX_GROW_H

#include <stddef.h>

/* The array `items` of *cap elements of `size` octets (NULL with 0) with twice as many, the new
 * ones zero, and *cap made so; owned by the caller as before, the old pointer is no longer valid.
 * NULL: no memory, everything as it was. */
void *fx_grown(void *items, size_t *cap, size_t size);

#endif
