/* rounds - what measurements of single parts have in common. */
#ifndef ROUNDS_H
#define ROUNDS_H

#include <stddef.h>

#define ROUNDS_MAX 101 /* of one measurement */

/* Seconds of processor time that this process has used: others may run. */
double rounds_now(void);
/* The middle one of `rounds` values, at least 1; sorts them. */
double rounds_median(double *values, int rounds);
/* Fills all of `body` with the line, again and again. */
void rounds_fill(char *body, size_t size, const char *line);

#endif
