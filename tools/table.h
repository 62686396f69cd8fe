/* table - numbers with names: what the report is made of, and what its views show.
 *
 * The report (report.h) fills tables; terminal, JSON and HTML each show any table, and know
 * nothing of records. Labels may hold any octets, since they come from mail. Owned by the
 * table; not thread-safe.
 */
#ifndef FX_TABLE_H
#define FX_TABLE_H

#include "slice.h"

#include <stdint.h>

enum ctl_chart {
    CTL_CHART_NONE, /* numbers only */
    CTL_CHART_BARS, /* a bar a row, stacked by column */
    CTL_CHART_TIME  /* rows are points in time, in order: stacked areas or columns */
};

struct ctl_table_row {
    char *label; /* owned, label_len octets; TIME: "2026-11-22T13:00:00Z" */
    size_t label_len;
    uint64_t *values; /* owned, one for each column */
};

struct ctl_table {
    const char *id;     /* "verdicts": member of JSON, anchor of HTML; static */
    const char *title;  /* "Verdicts over time"; static */
    const char *means;  /* one sentence; static */
    const char *labels; /* what the rows are: "client"; static */
    enum ctl_chart chart;
    const char **columns; /* names of the columns; the array is owned, its strings static */
    size_t column_count;
    struct ctl_table_row *rows;
    size_t row_count, row_cap;
    uint64_t others;  /* labels that have no row of their own */
    bool approximate; /* counts may be too high: there were more labels than are kept */
};

/* An empty table; false: no memory. */
bool ctl_table_init(struct ctl_table *table, const char *const *columns, size_t column_count);
void ctl_table_finish(struct ctl_table *table);
/* A further row, all zeros; NULL: no memory. Valid until the next one is added. */
struct ctl_table_row *ctl_table_add(struct ctl_table *table, struct fx_slice label);

#endif
