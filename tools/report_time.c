/* report_time - see report_time.h. */
#include "report_time.h"

#include "report_top.h"
#include "timestamp.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define WEEK (7 * DAY)

/* Steps are counted from the Monday before 1970, so that weeks begin on Mondays. */
#define BEGINNING (-3 * (int64_t)DAY)

/* Each a multiple of the one before, so that steps join without being divided. */
static const int64_t widths[] = {MINUTE,   5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR,
                                 6 * HOUR, 12 * HOUR,  DAY,         WEEK};
#define WIDTHS (sizeof widths / sizeof widths[0])

bool ctl_time_init(struct ctl_time *time, size_t columns, int64_t steps)
{
    *time = (struct ctl_time){
        .columns = columns, .steps = steps, .first = 1, .last = 0, .width = widths[0]};
    time->values = calloc((size_t)steps * columns, sizeof *time->values);
    return time->values != NULL;
}

void ctl_time_finish(struct ctl_time *time)
{
    free(time->values);
    *time = (struct ctl_time){0};
}

static int64_t wider(int64_t width)
{
    for (size_t i = 0; i + 1 < WIDTHS; i++)
        if (width == widths[i])
            return widths[i + 1];
    return 2 * width;
}

static void add(struct ctl_time *time, size_t to, const uint64_t *values)
{
    uint64_t *sums = &time->values[to * time->columns];
    for (size_t c = 0; c < time->columns; c++)
        sums[c] = ctl_sum(sums[c], values[c]);
}

/* Joins steps to the next width. */
static void widen(struct ctl_time *time)
{
    int64_t next = wider(time->width), by = next / time->width;
    size_t used = (size_t)(time->last - time->first + 1), columns = time->columns;
    int64_t first = time->first / by;
    for (size_t i = 0; i < used; i++) {
        size_t to = (size_t)((time->first + (int64_t)i) / by - first);
        if (to == i)
            continue;
        add(time, to, &time->values[i * columns]);
        memset(&time->values[i * columns], 0, columns * sizeof *time->values);
    }
    time->first = first;
    time->last /= by;
    time->width = next;
}

void ctl_time_count(struct ctl_time *time, int64_t wall, size_t column, uint64_t n)
{
    int64_t seconds = wall / 1000000 - BEGINNING;
    int64_t step, first, last;
    for (;;) {
        step = seconds / time->width;
        bool none = time->first > time->last;
        first = none || step < time->first ? step : time->first;
        last = none || step > time->last ? step : time->last;
        if (none)
            time->first = time->last = step;
        if (last - first < time->steps)
            break;
        widen(time);
    }
    size_t columns = time->columns;
    if (first < time->first) {
        size_t by = (size_t)(time->first - first) * columns;
        memmove(&time->values[by], time->values,
                ((size_t)time->steps * columns - by) * sizeof *time->values);
        memset(time->values, 0, by * sizeof *time->values);
    }
    time->first = first;
    time->last = last;
    uint64_t *value = &time->values[(size_t)(step - first) * columns + column];
    *value = ctl_sum(*value, n);
}

bool ctl_time_rows(const struct ctl_time *time, struct ctl_table *table)
{
    char buffer[64];
    struct fx_text text;
    table->step = (uint64_t)time->width;
    for (int64_t i = time->first; i <= time->last; i++) {
        /* to the second: "2026-11-22T13:00:00Z" */
        fx_text_init_fixed(&text, buffer, sizeof buffer);
        fx_timestamp_add(&text, (i * time->width + BEGINNING) * 1000000);
        text.len = fx_slice_find(fx_text_slice(&text), '.');
        fx_text_add_char(&text, 'Z');
        struct ctl_table_row *row = ctl_table_add(table, fx_text_slice(&text));
        if (row == NULL)
            return false;
        memcpy(row->values, &time->values[(size_t)(i - time->first) * time->columns],
               time->columns * sizeof *row->values);
    }
    return true;
}

bool ctl_time_join(const struct ctl_table *of, int64_t steps, struct ctl_table *table)
{
    struct ctl_time time;
    bool good = ctl_time_init(&time, of->column_count, steps);
    for (size_t i = 0; good && i < of->row_count; i++) {
        const struct ctl_table_row *row = &of->rows[i];
        int64_t wall = 0;
        if (!fx_timestamp_read(fx_slice(row->label, row->label_len), &wall))
            wall = 0; /* a week that begins before 1970 */
        for (size_t c = 0; c < of->column_count; c++)
            ctl_time_count(&time, wall, c, row->values[c]);
    }
    good = good && ctl_time_rows(&time, table);
    ctl_time_finish(&time);
    return good;
}
