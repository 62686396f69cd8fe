/* terminal - writing for people: colour only where it is wanted, bytes from mail made harmless,
 * long texts folded.
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

/* Columns of a line: COLUMNS where it is a number from 20 to 10000, else what the terminal
 * says; 0: the stream is none, or it does not say. */
size_t ctl_terminal_width(FILE *stream);

/* Writes s with everything a terminal could act upon as \xNN: control characters, C1 ones in
 * UTF-8 too, marks that turn the writing direction, and octets that are not UTF-8. A backslash
 * is doubled. */
void ctl_put(FILE *stream, struct fx_slice s);
void ctl_put_str(FILE *stream, const char *s);
/* Takes the first character, or octet that belongs to none, off *rest, which is not empty, and
 * gives what ctl_put writes for it: a part of *rest, or `room` filled, CTL_VISIBLE_ROOM octets. */
#define CTL_VISIBLE_ROOM 16
struct fx_slice ctl_visible(struct fx_slice *rest, char *room);
/* The columns that ctl_put takes for s, a character each. */
size_t ctl_columns(struct fx_slice s);

/* Takes off *rest the words that fit in so many columns, at least one, and the blanks behind
 * them. */
struct fx_slice ctl_fold(struct fx_slice *rest, size_t columns);
/* Writes s from column `at` on and ends the line; no line passes `width` where words allow it,
 * further ones begin at column `indent`. */
void ctl_put_folded(FILE *stream, struct fx_slice s, size_t at, size_t indent, size_t width);

/* The word for an outcome, coloured by severity. */
void ctl_put_outcome(FILE *stream, enum fx_outcome outcome, bool colour);

/* Likewise the word for a severity. */
void ctl_put_severity(FILE *stream, enum fx_severity severity, bool colour);

/* Everything written to stdout has arrived; else a message on stderr and false. */
bool ctl_stdout_good(const char *program);

#endif
