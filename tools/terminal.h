/* terminal - writing for people: colour only where it is wanted, bytes from mail made harmless.
 *
 * Not thread-safe (stdio streams).
 */
#ifndef FX_TERMINAL_H
#define FX_TERMINAL_H

#include "slice.h"
#include "terms.h"

#include <stdio.h>

/* Is the stream a terminal that takes colour? NO_COLOR, set and not empty, and TERM=dumb say
 * no. */
bool ctl_terminal_colour(FILE *stream);

/* Writes s with everything a terminal could act upon as \xNN: control characters, C1 ones in
 * UTF-8 too, marks that turn the writing direction, and octets that are not UTF-8. A backslash
 * is doubled. */
void ctl_put(FILE *stream, struct fx_slice s);
void ctl_put_str(FILE *stream, const char *s);

/* The word for an outcome, coloured by severity. */
void ctl_put_outcome(FILE *stream, enum fx_outcome outcome, bool colour);

/* Everything written to stdout has arrived; else a message on stderr and false. */
bool ctl_stdout_good(const char *program);

#endif
