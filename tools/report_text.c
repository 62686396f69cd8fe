/* report_text - the report for people: tables, with bars on a terminal. */
#include "report.h"

#include "report_bar.h"
#include "report_time.h"
#include "report_top.h"
#include "terminal.h"
#include "text.h"
#include "timestamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STEPS 24 /* of time, so that they do not fill the screen */
#define LABEL_MIN                                                               \
    12 /* columns; a label that needs more than there are has a line of its own \
        */
#define LABEL_MAX 60
#define WIDTH 80 /* of sentences where there is no terminal */
#define BAR_MIN 8
#define TEXT_MAX 65536

struct view {
    size_t width; /* of the terminal; 0: none, lines as long as they get */
    struct ctl_bar bar;
};

/* How a table is laid out. */
struct layout {
    size_t label, numbers[16], all, bar; /* columns; all: of the numbers with blanks */
    bool bar_below;
    uint64_t most; /* what a bar is measured by */
};

static bool empty(const struct ctl_table *table)
{
    for (size_t c = 0; c < table->column_count; c++) {
        if (table->rest[c] > 0)
            return false;
        for (size_t i = 0; i < table->row_count; i++)
            if (table->rows[i].values[c] > 0)
                return false;
    }
    return true;
}

static size_t digits(uint64_t n)
{
    size_t count = 1;
    for (; n >= 10; n /= 10)
        count++;
    return count;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static uint64_t shares(const struct ctl_table *table, const uint64_t *values)
{
    uint64_t sum = 0;
    for (size_t c = 0; c < table->shares; c++)
        sum = ctl_sum(sum, values[c]);
    return sum;
}

static size_t label_columns(const struct ctl_table_row *row)
{
    size_t columns = ctl_columns(fx_slice(row->label, row->label_len));
    if (row->note_len > 0)
        columns += 1 + ctl_columns(fx_slice(row->note, row->note_len));
    return columns;
}

static size_t others_label(const struct ctl_table *table, char *buffer, size_t size)
{
    int len =
        snprintf(buffer, size, "(%s%" PRIu64 " other%s)", table->approximate ? "at most " : "",
                 table->others, table->others == 1 ? "" : "s");
    return len > 0 ? (size_t)len : 0;
}

static bool has_rest(const struct ctl_table *table)
{
    bool some = table->others > 0;
    for (size_t c = 0; c < table->column_count; c++)
        some = some || table->rest[c] > 0;
    return some;
}

static struct layout measure(const struct view *view, const struct ctl_table *table)
{
    struct layout l = {.label = strlen(table->labels)};
    char buffer[64];
    for (size_t c = 0; c < table->column_count; c++)
        l.numbers[c] = larger(strlen(table->columns[c]), digits(table->rest[c]));
    for (size_t i = 0; i < table->row_count; i++) {
        const struct ctl_table_row *row = &table->rows[i];
        l.label = larger(l.label, label_columns(row));
        uint64_t sum = shares(table, row->values);
        l.most = sum > l.most ? sum : l.most;
        for (size_t c = 0; c < table->column_count; c++)
            l.numbers[c] = larger(l.numbers[c], digits(row->values[c]));
    }
    if (has_rest(table))
        l.label = larger(l.label, others_label(table, buffer, sizeof buffer));
    for (size_t c = 0; c < table->column_count; c++)
        l.all += 1 + l.numbers[c];
    size_t width = view->width, most = LABEL_MAX;
    if (width > 0 && most + l.all > width) /* too narrow: numbers below the label */
        most = width >= l.all + LABEL_MIN ? width - l.all : 0;
    if (l.label > most)
        l.label = most;
    if (width == 0 || table->chart == CTL_CHART_NONE)
        return l;
    size_t used = l.label + l.all + 1;
    l.bar_below = width < used + BAR_MIN;
    l.bar = l.bar_below ? (width > BAR_MIN + 2 ? width - 2 : BAR_MIN) : width - used;
    return l;
}

static void pad(size_t columns, size_t used)
{
    if (columns > used)
        printf("%*s", (int)(columns - used), "");
}

static void put_titles(const struct ctl_table *table, const struct layout *l)
{
    size_t len = strlen(table->labels);
    fputs(table->labels, stdout);
    if (len > l->label)
        fputc('\n', stdout);
    pad(l->label, len > l->label ? 0 : len);
    for (size_t c = 0; c < table->column_count; c++)
        printf(" %*s", (int)l->numbers[c], table->columns[c]);
    fputc('\n', stdout);
}

/* The numbers of a row behind its label, which took `used` columns, and its bar; values NULL:
 * no bar. */
static void put_numbers(const struct view *view, const struct ctl_table *table,
                        const struct layout *l, size_t used, const uint64_t *values, bool bar)
{
    if (used > l->label) {
        fputc('\n', stdout);
        used = 0;
    }
    pad(l->label, used);
    for (size_t c = 0; c < table->column_count; c++)
        printf(" %*" PRIu64, (int)l->numbers[c], values[c]);
    bar = bar && l->bar > 0 && shares(table, values) > 0;
    if (bar && l->bar_below)
        fputs("\n  ", stdout);
    else if (bar)
        fputc(' ', stdout);
    if (bar)
        ctl_bar_put(&view->bar, table, values, l->most, l->bar);
    fputc('\n', stdout);
}

static void put_row(const struct view *view, const struct ctl_table *table,
                    const struct layout *l, const struct ctl_table_row *row)
{
    ctl_put(stdout, fx_slice(row->label, row->label_len));
    if (row->note_len > 0) {
        fputc(' ', stdout);
        ctl_put(stdout, fx_slice(row->note, row->note_len));
    }
    put_numbers(view, table, l, label_columns(row), row->values, true);
}

static void put_words(const struct view *view, struct fx_slice words)
{
    ctl_put_folded(stdout, words, 0, 0, view->width > 0 ? view->width : WIDTH);
}

static void put_table(const struct view *view, const struct ctl_table *table)
{
    struct layout l = measure(view, table);
    char buffer[128];
    printf("\n%s%s%s\n", view->bar.colour ? "\033[1m" : "", table->title,
           view->bar.colour ? "\033[0m" : "");
    put_words(view, fx_slice_str(table->means));
    put_titles(table, &l);
    for (size_t i = 0; i < table->row_count; i++)
        put_row(view, table, &l, &table->rows[i]);
    if (has_rest(table)) {
        size_t used = others_label(table, buffer, sizeof buffer);
        fputs(buffer, stdout);
        put_numbers(view, table, &l, used, table->rest, false);
    }
    if (!table->approximate)
        return;
    snprintf(buffer, sizeof buffer,
             "There were more than are kept: a row may lack up to %" PRIu64 ".", table->missed);
    put_words(view, fx_slice_str(buffer));
}

/* Steps of time joined to fewer. false: no memory. */
static bool put_times(const struct view *view, const struct ctl_table *table)
{
    struct ctl_table fewer;
    if (!ctl_table_init(&fewer, table->columns, table->column_count))
        return false;
    fewer.title = table->title;
    fewer.means = table->means;
    fewer.labels = table->labels;
    fewer.chart = table->chart;
    fewer.shares = table->shares;
    bool good = ctl_time_join(table, STEPS, &fewer);
    if (good)
        put_table(view, &fewer);
    ctl_table_finish(&fewer);
    return good;
}

/* ---- the head ---- */

static void add_time(struct fx_text *text, int64_t wall)
{
    char buffer[64];
    struct fx_text time;
    fx_text_init_fixed(&time, buffer, sizeof buffer);
    fx_timestamp_add(&time, wall);
    fx_text_add(text, fx_slice_first(fx_text_slice(&time), strlen("YYYY-MM-DDTHH:MM:SS")));
    fx_text_add_char(text, 'Z');
}

static void put_line(const struct view *view, const char *name, struct fx_text *text)
{
    const size_t at = 10;
    fputs(name, stdout);
    pad(at, strlen(name));
    ctl_put_folded(stdout, fx_text_slice(text), at, at, view->width > 0 ? view->width : WIDTH);
    fx_text_reset(text);
}

static void put_records(const struct view *view, const struct ctl_report *r,
                        struct fx_text *text)
{
    const char *before = " (";
    if (r->records == 0 && (r->since_told || r->until_told))
        fx_text_add_str(text, "no record in this period");
    else
        fx_text_add_u64(text, r->records);
    for (int t = 0; t < CTL_RECORD_TYPES; t++) {
        if (r->types[t] == 0)
            continue;
        fx_text_add_str(text, before);
        fx_text_add_str(text, ctl_record_type_name((enum ctl_record_type)t));
        fx_text_add_char(text, ' ');
        fx_text_add_u64(text, r->types[t]);
        before = ", ";
    }
    fx_text_add_str(text, r->records > 0 ? ")" : "");
    put_line(view, "records", text);
    if (r->outside > 0) {
        fx_text_add_u64(text, r->outside);
        fx_text_add_str(text, r->outside == 1 ? " record" : " records");
        fx_text_add_str(text, " outside the period");
        put_line(view, "left out", text);
    }
    if (r->unread > 0) {
        fx_text_add_u64(text, r->unread);
        fx_text_add_str(text, r->unread == 1 ? " line that is no record"
                                             : " lines that are no record");
        put_line(view, "not read", text);
    }
}

static void put_period(const struct view *view, const struct ctl_report *r,
                       struct fx_text *text)
{
    if (r->since_told || r->until_told) {
        fx_text_add_str(text, r->since_told ? "from " : "");
        if (r->since_told)
            add_time(text, r->since);
        fx_text_add_str(text, r->since_told && r->until_told ? " " : "");
        fx_text_add_str(text, r->until_told ? "to before " : "");
        if (r->until_told)
            add_time(text, r->until);
        put_line(view, "asked for", text);
    }
    if (r->records > 0) {
        add_time(text, r->first);
        fx_text_add_str(text, " to ");
        add_time(text, r->last);
        put_line(view, "period", text);
    }
}

static void put_head(const struct view *view, const struct ctl_report *r, struct fx_text *text)
{
    put_period(view, r, text);
    put_records(view, r, text);
    fx_text_add_u64(text, r->hosts);
    put_line(view, "hosts", text);
    for (size_t i = 0; i < r->part_count; i++) {
        fx_text_add_str(text, r->parts[i].name);
        fx_text_add_str(text, " (");
        fx_text_add_u64(text, r->parts[i].records);
        fx_text_add_char(text, ')');
        put_line(view, i == 0 ? "files" : "", text);
    }
    ctl_report_chain_text(&r->chain, text);
    put_line(view, "chain", text);
}

bool ctl_report_text(const struct ctl_report *report)
{
    struct view view = {.width = ctl_terminal_width(stdout)};
    struct fx_text text;
    ctl_bar_init(&view.bar, stdout);
    if (!view.bar.terminal)
        view.width = 0;
    fx_text_init_growing(&text, TEXT_MAX);
    put_head(&view, report, &text);
    const char *before = "";
    bool good = true;
    for (size_t t = 0; report->records > 0 && t < report->table_count && good; t++) {
        const struct ctl_table *table = &report->tables[t];
        if (empty(table)) {
            fx_text_add_str(&text, before);
            fx_text_add_str(&text, table->id);
            before = ", ";
        } else if (table->chart == CTL_CHART_TIME) {
            good = put_times(&view, table);
        } else {
            put_table(&view, table);
        }
    }
    if (text.len > 0) {
        fputc('\n', stdout);
        put_line(&view, "nothing:", &text);
    }
    fx_text_finish(&text);
    return good && ferror(stdout) == 0;
}
