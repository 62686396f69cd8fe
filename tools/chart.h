/* chart - a table as a chart, in the language of gnuplot 5.
 *
 * Each chart is one picture of terminal "svg". No text of a table stands in the script as it
 * is: its octets are written as octal numbers between quotes, so there is nothing in it that
 * gnuplot could take for a command, a variable or the end of a string. Pure but for the table;
 * thread-safe.
 */
#ifndef FX_CHART_H
#define FX_CHART_H

#include "table.h"
#include "text.h"
#include "theme.h"

/* Bars that a chart shows at most; the table has all. */
#define CTL_CHART_BARS_MAX ((size_t)15)

/* In pixels. */
struct ctl_chart_size {
    unsigned width, height;
};

/* Is there something to draw? */
bool ctl_chart_wanted(const struct ctl_table *table);
/* The rows that it shows. */
size_t ctl_chart_rows(const struct ctl_table *table);
struct ctl_chart_size ctl_chart_size(const struct ctl_table *table, bool narrow);

/* Appends the commands for one picture of a table that is wanted. narrow: for a telephone. */
void ctl_chart_add(struct fx_text *script, const struct ctl_table *table,
                   const struct ctl_theme *theme, bool narrow);

/* ---- parts, for chart_time.c ---- */

struct ctl_drawing {
    const struct ctl_table *table;
    const struct ctl_theme *theme;
    struct ctl_chart_size size;
    bool narrow;
    unsigned left, right, top, bottom; /* margins, in pixels */
    double max;                        /* the greatest sum of a row, at least 1 */
    double columns;                    /* over time: that have room on the axis */
};

void ctl_chart_number(struct fx_text *script, double n);
/* A string, all of it; a LF in it begins a line. Not for texts from outside as they are. */
void ctl_chart_quoted(struct fx_text *script, struct fx_slice s);
/* How wide s is as it is shown, in hundredths of the font's size; no more than `most` and the
 * character that passes it. */
size_t ctl_chart_width(struct fx_slice s, size_t most);
/* The axes of a chart over time; chart_time.c. */
void ctl_chart_time_axes(struct fx_text *script, const struct ctl_drawing *chart);
/* The width of the widest number of its axis up to `max`, as ctl_chart_width tells it. */
size_t ctl_chart_time_numbers(double max);

#endif
