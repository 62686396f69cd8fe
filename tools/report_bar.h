/* report_bar - a row of a table as a bar, for terminals. Not thread-safe. */
#ifndef FX_REPORT_BAR_H
#define FX_REPORT_BAR_H

#include "table.h"

#include <stdio.h>

struct ctl_bar {
    bool terminal; /* the stream is one; bars are for terminals only */
    bool blocks;   /* it shows UTF-8: eighths of a column, else '#' */
    bool colour;   /* see ctl_terminal_colour */
};

/* What this stream takes; blocks by LC_ALL, else LC_CTYPE, else LANG, as text. */
void ctl_bar_init(struct ctl_bar *bar, FILE *stream);

/* Writes to stdout the shares of a row, `columns` wide if their sum is `most`; something for
 * whatever is not zero. Outcomes have the colours that they have elsewhere. */
void ctl_bar_put(const struct ctl_bar *bar, const struct ctl_table *table,
                 const uint64_t *values, uint64_t most, size_t columns);

#endif
