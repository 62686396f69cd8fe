/* report_time - counts over time in a bounded number of steps of equal width.
 *
 * The width grows with the period from one minute on: minutes, hours, days, weeks, then
 * doubled. Steps begin at multiples of it in UTC, weeks on Mondays. Times may come in any
 * order. Not thread-safe.
 */
#ifndef FX_REPORT_TIME_H
#define FX_REPORT_TIME_H

#include "table.h"

struct ctl_time {
    size_t columns;
    int64_t steps;       /* the most there may be */
    uint64_t *values;    /* steps * columns; owned */
    int64_t first, last; /* steps in use, in widths since the beginning; none: first > last */
    int64_t width;       /* seconds */
};

/* steps: from 1 on. false: no memory. */
bool ctl_time_init(struct ctl_time *time, size_t columns, int64_t steps);
void ctl_time_finish(struct ctl_time *time);

/* Adds n at this point in time: microseconds since 1970, up to the year 9999. */
void ctl_time_count(struct ctl_time *time, int64_t wall, size_t column, uint64_t n);

/* Adds a row for each step from the first to the last in which something was counted. The table
 * has as many columns. false: no memory. */
bool ctl_time_rows(const struct ctl_time *time, struct ctl_table *table);

/* Makes `table`, empty as of ctl_table_init, of the steps of another one, which are joined
 * until there are no more than so many. false: no memory. */
bool ctl_time_join(const struct ctl_table *of, int64_t steps, struct ctl_table *table);

#endif
