/* grow - see grow.h. */
#include "grow.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST 4 /* elements */

void *fx_grown(void *items, size_t *cap, size_t size)
{
    size_t more = *cap == 0 ? FIRST : *cap;
    if (more > SIZE_MAX / size - *cap)
        return NULL;
    char *bigger = realloc(items, (*cap + more) * size);
    if (bigger == NULL)
        return NULL;
    memset(bigger + *cap * size, 0, more * size);
    *cap += more;
    return bigger;
}
