/* chart_time - the axes of a chart over time: where a number or a date stands. See chart.h. */
#include "chart.h"

#include "timestamp.h"
#include "words.h"

#define DAY INT64_C(86400)
#define WEEK (7 * DAY)
/* The first Monday of 1970, the 5th of January. */
#define MONDAY (4 * DAY)
/* A year has 365.2425 days, a month a twelfth of it. */
#define MONTH INT64_C(2629746)
/* Below this the number of a tick has all digits. */
#define EXACT 10e3
/* Pixels from one time to the next, at least: "22 Nov" and a gap. */
#define APART_WIDE 70
#define APART_NARROW 59

/* From one tick to the next: seconds, or months. */
struct spacing {
    int64_t seconds;
    unsigned months;
};

static const struct spacing spacings[] = {{60, 0},
                                          {300, 0},
                                          {600, 0},
                                          {900, 0},
                                          {1800, 0},
                                          {3600, 0},
                                          {2 * 3600, 0},
                                          {3 * 3600, 0},
                                          {6 * 3600, 0},
                                          {12 * 3600, 0},
                                          {DAY, 0},
                                          {2 * DAY, 0},
                                          {WEEK, 0},
                                          {2 * WEEK, 0},
                                          {MONTH, 1},
                                          {2 * MONTH, 2},
                                          {3 * MONTH, 3},
                                          {6 * MONTH, 6},
                                          {12 * MONTH, 12},
                                          {24 * MONTH, 24},
                                          {60 * MONTH, 60},
                                          {120 * MONTH, 120},
                                          {600 * MONTH, 600},
                                          {1200 * MONTH, 1200},
                                          {12000 * MONTH, 12000}};
#define SPACINGS (sizeof spacings / sizeof spacings[0])

/* A point in time as people name it. */
struct date {
    unsigned year, month, day;
    char clock[5]; /* "13:00" */
};

static unsigned digits(const char *s, size_t count)
{
    unsigned n = 0;
    for (size_t i = 0; i < count; i++)
        n = n * 10 + (unsigned)(s[i] - '0');
    return n;
}

static struct date date_of(int64_t seconds)
{
    char room[40];
    struct fx_text t;
    struct date date = {.year = 1970, .month = 1, .day = 1, .clock = "00:00"};
    fx_text_init_fixed(&t, room, sizeof room);
    fx_timestamp_add(&t, seconds * 1000000);
    if (t.len < 16 || room[4] != '-')
        return date;
    date.year = digits(room, 4);
    date.month = digits(room + 5, 2);
    date.day = digits(room + 8, 2);
    for (size_t i = 0; i < sizeof date.clock; i++)
        date.clock[i] = room[11 + i];
    return date;
}

/* The first that is as wide as `least`, in seconds. */
static const struct spacing *choose(int64_t step, double least)
{
    for (size_t i = 0; i < SPACINGS; i++)
        if (spacings[i].seconds >= step && (double)spacings[i].seconds >= least)
            return &spacings[i];
    return &spacings[SPACINGS - 1];
}

/* The first tick at `from` or behind it; none before `end`: that, or later. */
static int64_t next_tick(const struct spacing *by, int64_t from, int64_t end)
{
    if (by->months == 0) {
        int64_t base = by->seconds % WEEK == 0 ? MONDAY : 0;
        int64_t over = (from - base) % by->seconds;
        return over <= 0 ? from - over : from - over + by->seconds;
    }
    int64_t day = (from + DAY - 1) / DAY * DAY;
    while (day < end) {
        struct date date = date_of(day);
        if (date.day == 1 && (date.year * 12 + date.month - 1) % by->months == 0)
            break;
        day += date.day == 1 ? 28 * DAY : DAY;
    }
    return day;
}

/* "13:00" or "22 Nov" or "Nov" or "2026", and below it what has changed since the tick before.
 */
static void add_when(struct fx_text *name, const struct spacing *by, const struct date *date,
                     const struct date *before)
{
    bool first = before == NULL, year = first || date->year != before->year;
    bool day = year || date->month != before->month || date->day != before->day;
    if (by->months >= 12) {
        fx_text_add_u64(name, date->year);
        return;
    }
    if (by->seconds < DAY) {
        fx_text_add(name, fx_slice(date->clock, sizeof date->clock));
        fx_text_add_str(name, day ? "\n" : "");
    }
    if (by->months == 0 && (by->seconds >= DAY || day)) {
        fx_text_add_u64(name, date->day);
        fx_text_add_char(name, ' ');
    }
    if (by->seconds >= DAY || day)
        fx_text_add_str(name, ctl_words_month(date->month));
    if (by->seconds >= DAY && year) {
        fx_text_add_char(name, '\n');
        fx_text_add_u64(name, date->year);
    }
}

static void begin_tics(struct fx_text *script, const struct ctl_drawing *chart, char axis)
{
    fx_text_add_str(script, "set ");
    fx_text_add_char(script, axis);
    fx_text_add_str(script, "tics scale 0 textcolor rgb \"");
    fx_text_add_str(script, chart->theme->muted);
    fx_text_add_str(script, "\" (");
}

static void add_tic(struct fx_text *script, struct fx_slice name, double at, bool first)
{
    fx_text_add_str(script, first ? "" : ", ");
    ctl_chart_quoted(script, name);
    fx_text_add_char(script, ' ');
    ctl_chart_number(script, at);
}

/* The seconds that so many pixels of the axis are. */
static double seconds_of(const struct ctl_drawing *chart, int64_t step, unsigned pixels)
{
    return chart->columns * (double)step * pixels /
           (double)(chart->size.width - chart->left - chart->right);
}

/* A day or more stands below the middle of its column, a moment at its edge. Where no tick
 * falls among the columns, the first of them has one. */
static void add_times(struct fx_text *script, const struct ctl_drawing *chart, int64_t from,
                      int64_t step)
{
    int64_t span = step * (int64_t)chart->table->row_count, end = from + span;
    const struct spacing *by =
        choose(step, seconds_of(chart, step, chart->narrow ? APART_NARROW : APART_WIDE));
    double shift = step >= DAY ? 0.5 : 0;
    struct date date, before;
    bool first = true;
    int64_t begin = next_tick(by, from, end);
    begin_tics(script, chart, 'x');
    for (int64_t at = begin < end ? begin : from; at < end; at = next_tick(by, at + 1, end)) {
        char room[40];
        struct fx_text name;
        fx_text_init_fixed(&name, room, sizeof room);
        date = date_of(at);
        add_when(&name, by, &date, first ? NULL : &before);
        add_tic(script, fx_text_slice(&name), (double)(at - from) / (double)step + shift,
                first);
        before = date;
        first = false;
    }
    fx_text_add_str(script, ")\n");
}

/* 1, 2 or 5 times a power of ten, so that there are no more than five. */
static double spacing_of(double max)
{
    double by = 1;
    for (;;) {
        if (max / by <= 5)
            return by;
        if (max / by <= 10)
            return 2 * by;
        if (max / by <= 25)
            return 5 * by;
        by *= 10;
    }
}

/* A tick of the axis of numbers: what stands there, in room for 40 octets. */
static struct fx_slice number_of(char *room, double at)
{
    struct fx_text name;
    fx_text_init_fixed(&name, room, 40);
    ctl_words_quantity(&name, at, EXACT);
    return fx_text_slice(&name);
}

size_t ctl_chart_time_numbers(double max)
{
    size_t widest = 0;
    double by = spacing_of(max);
    for (int n = 0; n * by <= max; n++) {
        char room[40];
        size_t here = ctl_chart_width(number_of(room, n * by), SIZE_MAX);
        widest = here > widest ? here : widest;
    }
    return widest;
}

static void add_numbers(struct fx_text *script, const struct ctl_drawing *chart)
{
    double by = spacing_of(chart->max);
    begin_tics(script, chart, 'y');
    for (int n = 0; n * by <= chart->max; n++) {
        char room[40];
        add_tic(script, number_of(room, n * by), n * by, n == 0);
    }
    fx_text_add_str(script, ")\nset grid ytics back linetype 1 linewidth 1 linecolor rgb \"");
    fx_text_add_str(script, chart->theme->line);
    fx_text_add_str(script, "\"\n");
}

void ctl_chart_time_axes(struct fx_text *script, const struct ctl_drawing *chart)
{
    const struct ctl_table_row *row = &chart->table->rows[0];
    int64_t from;
    add_numbers(script, chart);
    /* what is no time, or later than records can be, has no axis */
    if (chart->table->step > 0 &&
        chart->table->step <= FX_TIMESTAMP_SECONDS_MAX / chart->table->row_count &&
        fx_timestamp_read(fx_slice(row->label, row->label_len), &from))
        add_times(script, chart, from / 1000000, (int64_t)chart->table->step);
}
