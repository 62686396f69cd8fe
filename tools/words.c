/* words - see words.h. */
#include "words.h"

#include "report_top.h"
#include "timestamp.h"

/* Rows that are named. */
#define NAMED ((size_t)3)
/* Octets of a label. */
#define LABEL_MAX ((size_t)64)

void ctl_words_number(struct fx_text *text, uint64_t n)
{
    uint64_t unit = 1;
    while (n / unit >= 1000)
        unit *= 1000;
    fx_text_add_u64(text, n / unit);
    for (unit /= 1000; unit > 0; unit /= 1000) {
        fx_text_add_char(text, ',');
        fx_text_add_padded(text, n / unit % 1000, 3);
    }
}

void ctl_words_quantity(struct fx_text *text, double n, double exact)
{
    static const char units[] = "kMGTPE";
    size_t unit = 0;
    if (n < exact) {
        ctl_words_number(text, (uint64_t)(n + 0.5));
        return;
    }
    for (n /= 1000; n >= 999.95 && unit + 2 < sizeof units; unit++)
        n /= 1000;
    uint64_t tenths = (uint64_t)(n * 10 + 0.5);
    fx_text_add_u64(text, tenths / 10);
    if (tenths % 10 != 0) {
        fx_text_add_char(text, '.');
        fx_text_add_u64(text, tenths % 10);
    }
    fx_text_add_char(text, units[unit]);
}

const char *ctl_words_month(unsigned month)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return month >= 1 && month <= 12 ? names[month - 1] : "";
}

/* "2026-11-22T13:00:00Z" */
static bool is_time(struct fx_slice label)
{
    int64_t wall;
    return label.len >= 16 && label.ptr[10] == 'T' && fx_timestamp_read(label, &wall);
}

void ctl_words_time(struct fx_text *text, struct fx_slice label, bool whole_days)
{
    if (!is_time(label)) {
        fx_text_add(text, label);
        return;
    }
    struct fx_slice clock = fx_slice(label.ptr + 11, 5);
    unsigned month = (unsigned)(label.ptr[5] - '0') * 10 + (unsigned)(label.ptr[6] - '0');
    fx_text_add(
        text, fx_slice(label.ptr + (label.ptr[8] == '0' ? 9 : 8), label.ptr[8] == '0' ? 1 : 2));
    fx_text_add_char(text, ' ');
    fx_text_add_str(text, ctl_words_month(month));
    fx_text_add_char(text, ' ');
    fx_text_add(text, fx_slice_first(label, 4));
    if (whole_days && fx_slice_eq(clock, FX_LIT("00:00")))
        return;
    fx_text_add_str(text, ", ");
    fx_text_add(text, clock);
}

void ctl_words_period(struct fx_text *text, uint64_t seconds)
{
    static const struct {
        uint64_t seconds;
        const char *name;
    } units[] = {
        {604800, "week"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    size_t unit = 0;
    while (seconds % units[unit].seconds != 0)
        unit++;
    ctl_words_number(text, seconds / units[unit].seconds);
    fx_text_add_char(text, ' ');
    fx_text_add_str(text, units[unit].name);
    if (seconds != units[unit].seconds)
        fx_text_add_char(text, 's');
}

static uint64_t row_sum(const struct ctl_table *table, size_t row)
{
    uint64_t n = 0;
    for (size_t i = 0; i < table->shares; i++)
        n = ctl_sum(n, table->rows[row].values[i]);
    return n;
}

uint64_t ctl_words_sum(const struct ctl_table *table, size_t column)
{
    uint64_t n = table->rest != NULL ? table->rest[column] : 0;
    for (size_t i = 0; i < table->row_count; i++)
        n = ctl_sum(n, table->rows[i].values[column]);
    return n;
}

static uint64_t whole(const struct ctl_table *table)
{
    uint64_t n = 0;
    for (size_t i = 0; i < table->shares; i++)
        n = ctl_sum(n, ctl_words_sum(table, i));
    return n;
}

void ctl_words_share(struct fx_text *text, uint64_t n, uint64_t of)
{
    double thousandths = 1000.0 * (double)n / (double)of;
    uint64_t rounded = (uint64_t)(thousandths + 0.5);
    if (n > 0 && thousandths < 1) {
        fx_text_add_str(text, "under 0.1%");
    } else if (n < of && thousandths > 999) {
        fx_text_add_str(text, "over 99.9%");
    } else {
        fx_text_add_u64(text, rounded / 10);
        if (rounded % 10 != 0) {
            fx_text_add_char(text, '.');
            fx_text_add_u64(text, rounded % 10);
        }
        fx_text_add_char(text, '%');
    }
}

/* "4,000 pass, 300 flag", of what is not 0; row_count for all rows. */
static void add_parts(struct fx_text *text, const struct ctl_table *table, size_t row)
{
    bool first = true;
    for (size_t i = 0; i < table->shares; i++) {
        uint64_t n =
            row < table->row_count ? table->rows[row].values[i] : ctl_words_sum(table, i);
        if (n == 0)
            continue;
        fx_text_add_str(text, first ? "" : ", ");
        ctl_words_number(text, n);
        fx_text_add_char(text, ' ');
        fx_text_add_str(text, table->columns[i]);
        first = false;
    }
    fx_text_add_str(text, first ? "nothing" : "");
}

struct fx_slice ctl_words_label(const struct ctl_table_row *row)
{
    return row->label_len > 0 ? fx_slice(row->label, row->label_len) : FX_LIT("(empty)");
}

/* Long ones cut, between two characters. */
static void add_label(struct fx_text *text, const struct ctl_table *table, size_t row)
{
    struct fx_slice label = ctl_words_label(&table->rows[row]);
    size_t len = label.len;
    if (len > LABEL_MAX)
        for (len = LABEL_MAX; len > 0 && ((unsigned char)label.ptr[len] & 0xC0) == 0x80; len--)
            ;
    fx_text_add(text, fx_slice_first(label, len));
    fx_text_add_str(text, len < label.len ? "\xE2\x80\xA6" : "");
}

/* The row that follows `after` from the greatest to the least, the first of equal ones first;
 * after: row_count for the greatest. row_count: there is none. */
static size_t next_greatest(const struct ctl_table *table, size_t after)
{
    size_t rows = table->row_count, most = rows;
    for (size_t i = 0; i < rows; i++) {
        uint64_t n = row_sum(table, i), last = after < rows ? row_sum(table, after) : 0;
        bool behind = after == rows || n < last || (n == last && i > after);
        if (behind && (most == rows || n > row_sum(table, most)))
            most = i;
    }
    return most;
}

/* Rows of one number each: the greatest, and those behind it. */
static void add_greatest(struct fx_text *text, const struct ctl_table *table)
{
    uint64_t all = whole(table);
    size_t rows = table->row_count, most = rows;
    for (size_t n = 0; n < NAMED; n++) {
        most = next_greatest(table, most);
        if (most == rows || row_sum(table, most) == 0)
            break;
        fx_text_add_str(text, n == 0 ? "Most: " : n == 1 ? "; then " : ", ");
        add_label(text, table, most);
        fx_text_add_str(text, n == 0 ? " with " : " ");
        ctl_words_number(text, row_sum(table, most));
        if (n == 0) {
            fx_text_add_str(text, " of ");
            ctl_words_number(text, all);
        }
        fx_text_add_str(text, " (");
        ctl_words_share(text, row_sum(table, most), all);
        fx_text_add_char(text, ')');
    }
    fx_text_add_char(text, '.');
}

static void add_rows(struct fx_text *text, const struct ctl_table *table)
{
    for (size_t n = 0; n < NAMED && n < table->row_count; n++) {
        fx_text_add_str(text, n > 0 ? "; " : "");
        add_label(text, table, n);
        fx_text_add_str(text, ": ");
        add_parts(text, table, n);
    }
    if (table->row_count > NAMED) {
        fx_text_add_str(text, "; and ");
        ctl_words_number(text, table->row_count - NAMED);
        fx_text_add_str(text, " more");
    }
    fx_text_add_char(text, '.');
}

static void add_over_time(struct fx_text *text, const struct ctl_table *table)
{
    size_t most = 0, last = table->row_count - 1;
    bool days = table->step > 0 && table->step % 86400 == 0;
    for (size_t i = 1; i <= last; i++)
        if (row_sum(table, i) > row_sum(table, most))
            most = i;
    add_parts(text, table, table->row_count);
    fx_text_add_str(text, last > 0 ? " in all, from " : ", at ");
    ctl_words_time(text, fx_slice(table->rows[0].label, table->rows[0].label_len), days);
    if (last > 0) {
        fx_text_add_str(text, " to ");
        ctl_words_time(text, fx_slice(table->rows[last].label, table->rows[last].label_len),
                       days);
        fx_text_add_str(text, "; most, ");
        ctl_words_number(text, row_sum(table, most));
        fx_text_add_str(text, ", at ");
        ctl_words_time(text, fx_slice(table->rows[most].label, table->rows[most].label_len),
                       days);
    }
    if (table->step > 0) {
        fx_text_add_str(text, ". A column is ");
        ctl_words_period(text, table->step);
    }
    fx_text_add_char(text, '.');
}

void ctl_words_table(struct fx_text *text, const struct ctl_table *table)
{
    if (table->row_count == 0)
        fx_text_add_str(text, "Nothing was counted.");
    else if (whole(table) == 0)
        fx_text_add_str(text, "All are 0.");
    else if (table->chart == CTL_CHART_TIME)
        add_over_time(text, table);
    else if (table->shares == 1)
        add_greatest(text, table);
    else
        add_rows(text, table);
}
