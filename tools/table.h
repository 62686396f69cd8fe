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
    char *note;       /* owned, note_len octets: what else is known of it (a client's name) */
    size_t note_len;  /* 0: nothing */
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
    /* the first so many columns are parts of a whole and make the bar of a row; those behind
     * them are numbers beside it */
    size_t shares;
    struct ctl_table_row *rows;
    size_t row_count, row_cap;
    uint64_t step; /* TIME: seconds from one row to the next; no row between is left out */
    /* labels that have no row of their own (if approximate: at most so many), and, owned, one
     * for each column, what was counted besides the rows: the sum of all is always theirs and
     * this */
    uint64_t others;
    uint64_t *rest;
    /* there were more labels than are kept: a row may lack this much of its first columns'
     * sum at most, which is in `rest` */
    bool approximate;
    uint64_t missed;
};

/* An empty table; false: no memory. */
bool ctl_table_init(struct ctl_table *table, const char *const *columns, size_t column_count);
void ctl_table_finish(struct ctl_table *table);
/* A further row, all zeros; NULL: no memory. Valid until the next one is added. */
struct ctl_table_row *ctl_table_add(struct ctl_table *table, struct fx_slice label);
/* Gives a row its note. false: no memory. */
bool ctl_table_note(struct ctl_table_row *row, struct fx_slice note);

#endif
