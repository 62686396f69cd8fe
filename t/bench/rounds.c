/* rounds - see rounds.h. */
#include "rounds.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

double rounds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double rounds_median(double *values, int rounds)
{
    qsort(values, (size_t)rounds, sizeof *values, by_size);
    return values[rounds / 2];
}

void rounds_fill(char *body, size_t size, const char *line)
{
    size_t len = strlen(line);
    for (size_t at = 0; at < size; at += len)
        memcpy(body + at, line, len < size - at ? len : size - at);
}
