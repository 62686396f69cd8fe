/* chart - see chart.h. */
#include "chart.h"

#include "terminal.h"
#include "words.h"

#include <stdio.h>

#define WIDE 1000
#define NARROW 360
#define FONT_WIDE 16
#define FONT_NARROW 15
#define FONT "system-ui,-apple-system,Segoe UI,Roboto,sans-serif"
/* The height of a bar with all around it. */
#define PITCH_WIDE 36
#define PITCH_NARROW 52
#define TIME_HEIGHT_WIDE 340
#define TIME_HEIGHT_NARROW 260
/* Columns of a chart over time, at least; a few are drawn no wider than these. */
#define TIME_COLUMNS 12
/* Widths, in hundredths of the font's size: what a name may have, and what any number has. */
#define NAME_WIDE ((size_t)2200)
#define NAME_NARROW ((size_t)1750)
#define SUM_WIDTH ((size_t)2000)
#define ELLIPSIS 100
#define LABEL_GAP 10
#define SUM_ROOM 110
/* Between an axis and its numbers gnuplot leaves 0.7 of the font's size; and a bit. */
#define TIC_GAP 16
/* Sums are told to the last digit below this. */
#define SUM_EXACT 10e6
/* Whatever was counted is to be seen: pixels of a part that is not 0. */
#define PART_MIN 3.0
#define GAP 1.0

static double sum_of(const struct ctl_table *table, size_t row)
{
    double sum = 0;
    for (size_t i = 0; i < table->shares; i++)
        sum += (double)table->rows[row].values[i];
    return sum;
}

bool ctl_chart_wanted(const struct ctl_table *table)
{
    for (size_t i = 0; table->chart != CTL_CHART_NONE && i < table->row_count; i++)
        if (sum_of(table, i) > 0)
            return true;
    return false;
}

size_t ctl_chart_rows(const struct ctl_table *table)
{
    if (table->chart == CTL_CHART_TIME || table->row_count <= CTL_CHART_BARS_MAX)
        return table->row_count;
    return CTL_CHART_BARS_MAX;
}

struct ctl_chart_size ctl_chart_size(const struct ctl_table *table, bool narrow)
{
    unsigned rows = (unsigned)ctl_chart_rows(table);
    struct ctl_chart_size size = {.width = narrow ? NARROW : WIDE};
    if (table->chart == CTL_CHART_TIME)
        size.height = narrow ? TIME_HEIGHT_NARROW : TIME_HEIGHT_WIDE;
    else
        size.height = rows * (narrow ? PITCH_NARROW : PITCH_WIDE);
    return size;
}

static bool over_time(const struct ctl_drawing *chart)
{
    return chart->table->chart == CTL_CHART_TIME;
}

/* Of the axis, a pixel. */
static double unit_of(const struct ctl_drawing *chart)
{
    const struct ctl_chart_size *size = &chart->size;
    return chart->max / (over_time(chart) ? size->height - chart->top - chart->bottom
                                          : size->width - chart->left - chart->right);
}

void ctl_chart_number(struct fx_text *script, double n)
{
    char digits[40];
    int len = snprintf(digits, sizeof digits, "%.12g", n);
    if (len > 0 && (size_t)len < sizeof digits)
        fx_text_add(script, fx_slice(digits, (size_t)len));
    else
        fx_text_add_char(script, '0');
}

/* How wide a character is, in hundredths of the font's size: as in a wide font, since nobody
 * knows which one will be there. From U+3000 on most are squares. */
static size_t width_of(struct fx_slice piece)
{
    char c = piece.ptr[0];
    if (piece.len > 1 && c == '\\') /* an escape */
        return piece.len * 62;
    if ((unsigned char)c >= 0x80)
        return (unsigned char)c >= 0xE3 ? 105 : 65;
    if (c == '.' || c == ',' || c == ':' || c == '-' || c == '\'' || c == 'i' || c == 'l' ||
        c == 'j')
        return 37;
    if (c == 'm' || c == 'w' || c == 'M' || c == 'W' || c == '@' || c == '%')
        return 98;
    return c >= 'A' && c <= 'Z' ? 72 : 63;
}

size_t ctl_chart_width(struct fx_slice s, size_t most)
{
    char room[CTL_VISIBLE_ROOM];
    size_t sum = 0;
    while (s.len > 0 && sum <= most)
        sum += width_of(ctl_visible(&s, room));
    return sum;
}

static void add_octal(struct fx_text *script, struct fx_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned c = (unsigned char)s.ptr[i];
        const char code[4] = {'\\', (char)('0' + (c >> 6)), (char)('0' + (c >> 3 & 7)),
                              (char)('0' + (c & 7))};
        fx_text_add(script, fx_slice(code, sizeof code));
    }
}

void ctl_chart_quoted(struct fx_text *script, struct fx_slice s)
{
    fx_text_add_char(script, '"');
    add_octal(script, s);
    fx_text_add_char(script, '"');
}

/* A text from outside as it is shown, cut where it is wider. */
static void add_string(struct fx_text *script, struct fx_slice s, size_t most)
{
    char room[CTL_VISIBLE_ROOM];
    bool cut = ctl_chart_width(s, most) > most;
    size_t at = 0;
    bool bracket = false;
    fx_text_add_char(script, '"');
    while (s.len > 0) {
        struct fx_slice piece = ctl_visible(&s, room);
        at += width_of(piece);
        if (cut && at + ELLIPSIS > most)
            break;
        /* "]]>" must not stand in a text of XML (1.0, section 2.4), and gnuplot leaves > as it
         * is */
        if (bracket && piece.ptr[0] == '>')
            add_octal(script, FX_LIT(" "));
        bracket = piece.ptr[0] == ']';
        add_octal(script, piece);
    }
    if (cut)
        add_octal(script, FX_LIT("\xE2\x80\xA6"));
    fx_text_add_char(script, '"');
}

/* What a part of a row takes of the axis, and how much that is for a pixel. */
static double length(uint64_t value, double unit)
{
    double len = (double)value;
    return len > 0 && len < PART_MIN * unit ? PART_MIN * unit : len;
}

/* The first so many parts of a row, one after the other. */
static double lengths(const struct ctl_drawing *chart, size_t row, size_t parts, double unit)
{
    double sum = 0;
    for (size_t i = 0; i < parts; i++)
        sum += length(chart->table->rows[row].values[i], unit);
    return sum;
}

static void add_margin(struct fx_text *script, const char *name, unsigned pixels, unsigned of)
{
    fx_text_add_str(script, "set ");
    fx_text_add_str(script, name);
    fx_text_add_str(script, " at screen ");
    ctl_chart_number(script, (double)pixels / of);
    fx_text_add_char(script, '\n');
}

static void add_frame(struct fx_text *script, const struct ctl_drawing *chart)
{
    fx_text_add_str(script, "reset\nset terminal svg size ");
    fx_text_add_u64(script, chart->size.width);
    fx_text_add_char(script, ',');
    fx_text_add_u64(script, chart->size.height);
    fx_text_add_str(script, " noenhanced font \"" FONT ",");
    fx_text_add_u64(script, chart->narrow ? FONT_NARROW : FONT_WIDE);
    fx_text_add_str(script, "\" background rgb \"");
    fx_text_add_str(script, chart->theme->ground);
    fx_text_add_str(script, "\"\nunset key\nunset border\nunset xtics\nunset ytics\n");
    add_margin(script, "lmargin", chart->left, chart->size.width);
    add_margin(script, "rmargin", chart->size.width - chart->right, chart->size.width);
    add_margin(script, "bmargin", chart->bottom, chart->size.height);
    add_margin(script, "tmargin", chart->size.height - chart->top, chart->size.height);
}

/* A part of a row as a rectangle: "x1 x2 y1 y2". `across` is where the row is, `from` and `to`
 * where its part is. */
static void add_box(struct fx_text *script, bool upright, const double across[2], double from,
                    double to)
{
    const double box[4] = {upright ? across[0] : from, upright ? across[1] : to,
                           upright ? from : across[0], upright ? to : across[1]};
    for (size_t i = 0; i < 4; i++) {
        ctl_chart_number(script, box[i]);
        fx_text_add_char(script, i < 3 ? ' ' : '\n');
    }
}

/* Where a row is drawn, across. */
static void place(const struct ctl_drawing *chart, size_t row, double across[2])
{
    unsigned room = chart->size.width - chart->left - chart->right;
    size_t rows = chart->table->row_count;
    double at = (double)row;
    if (chart->table->chart == CTL_CHART_TIME) {
        double gap = room / (rows < TIME_COLUMNS ? TIME_COLUMNS : rows) >= 5 ? 0.08 : 0;
        across[0] = at + gap;
        across[1] = at + 1 - gap;
    } else {
        across[0] = at + (chart->narrow ? 0.02 : -0.3);
        across[1] = at + (chart->narrow ? 0.36 : 0.3);
    }
}

static void add_series(struct fx_text *script, const struct ctl_drawing *chart, size_t series)
{
    double unit = unit_of(chart), across[2];
    fx_text_add_str(script, "$S");
    fx_text_add_u64(script, series);
    /* a block has to have a point; this one is not seen */
    fx_text_add_str(script, " << E\n0 0 0 0\n");
    for (size_t row = 0; row < ctl_chart_rows(chart->table); row++) {
        double len = length(chart->table->rows[row].values[series], unit);
        double from = lengths(chart, row, series, unit);
        place(chart, row, across);
        if (len > 0)
            add_box(script, over_time(chart), across, from, from + len - GAP * unit);
    }
    fx_text_add_str(script, "E\n");
}

static void add_plot(struct fx_text *script, const struct ctl_drawing *chart)
{
    const struct ctl_table *table = chart->table;
    for (size_t series = 0; series < table->shares; series++)
        add_series(script, chart, series);
    for (size_t series = 0; series < table->shares; series++) {
        size_t colour = ctl_theme_series(table->columns, table->shares, series);
        fx_text_add_str(script, series == 0 ? "plot $S" : ", $S");
        fx_text_add_u64(script, series);
        fx_text_add_str(script,
                        " using 1:3:1:2:3:4 with boxxyerror fs solid 1 noborder fc rgb \"");
        fx_text_add_str(script, chart->theme->series[colour]);
        fx_text_add_char(script, '"');
    }
    fx_text_add_char(script, '\n');
}

static void add_range(struct fx_text *script, char axis, double from, double to)
{
    fx_text_add_str(script, "set ");
    fx_text_add_char(script, axis);
    fx_text_add_str(script, "range [");
    ctl_chart_number(script, from);
    fx_text_add_char(script, ':');
    ctl_chart_number(script, to);
    fx_text_add_str(script, "]\n");
}

/* Where a label stands: of the picture, 0 to 1, or of the axes. */
struct spot {
    bool of_picture;
    double x, y;
};

static void add_label(struct fx_text *script, const struct ctl_drawing *chart,
                      struct fx_slice text, size_t most, const struct spot *at,
                      const char *align)
{
    fx_text_add_str(script, "set label ");
    add_string(script, text, most);
    fx_text_add_str(script, at->of_picture ? " at screen " : " at first ");
    ctl_chart_number(script, at->x);
    fx_text_add_str(script, ", first ");
    ctl_chart_number(script, at->y);
    fx_text_add_char(script, ' ');
    fx_text_add_str(script, align);
    fx_text_add_str(script, " textcolor rgb \"");
    fx_text_add_str(script, chart->theme->text);
    fx_text_add_str(script, "\"\n");
}

/* The sum of a row: behind its bar, or at the right above it. */
static void add_sum(struct fx_text *script, const struct ctl_drawing *chart, size_t row)
{
    char room[40];
    struct fx_text number;
    const struct ctl_table *table = chart->table;
    struct spot at = {chart->narrow, 1, (double)row - 0.22};
    fx_text_init_fixed(&number, room, sizeof room);
    ctl_words_quantity(&number, sum_of(table, row), SUM_EXACT);
    if (!chart->narrow) {
        double unit = unit_of(chart);
        at.x = lengths(chart, row, table->shares, unit) + 8 * unit;
        at.y = (double)row;
    }
    add_label(script, chart, fx_text_slice(&number), SUM_WIDTH, &at,
              chart->narrow ? "right" : "left");
}

/* A label with its note. */
static void add_name(struct fx_text *script, const struct ctl_drawing *chart, size_t row,
                     size_t most)
{
    const struct ctl_table_row *of = &chart->table->rows[row];
    struct fx_text name;
    struct spot at = {true, 0, (double)row - 0.22};
    fx_text_init_growing(&name, of->label_len + of->note_len + 16);
    fx_text_add(&name, ctl_words_label(of));
    if (of->note_len > 0) {
        fx_text_add_str(&name, "  ");
        fx_text_add(&name, fx_slice(of->note, of->note_len));
    }
    if (name.overflow)
        script->overflow = true;
    if (!chart->narrow) {
        at.x = (double)(chart->left - LABEL_GAP) / chart->size.width;
        at.y = (double)row;
    }
    add_label(script, chart, fx_text_slice(&name), most, &at, chart->narrow ? "left" : "right");
    fx_text_finish(&name);
}

static void add_bars(struct fx_text *script, struct ctl_drawing *chart)
{
    const struct ctl_table *table = chart->table;
    size_t rows = ctl_chart_rows(table), longest = 0, most = NAME_NARROW;
    if (!chart->narrow) {
        for (size_t i = 0; i < rows; i++) {
            const struct ctl_table_row *row = &table->rows[i];
            size_t here = ctl_chart_width(ctl_words_label(row), NAME_WIDE);
            if (row->note_len > 0)
                here += 2 * 63 + ctl_chart_width(fx_slice(row->note, row->note_len), NAME_WIDE);
            longest = here > longest ? here : longest;
        }
        most = longest < NAME_WIDE ? longest : NAME_WIDE;
        chart->left = (unsigned)(most * FONT_WIDE / 100) + 2 * LABEL_GAP;
        chart->right = SUM_ROOM;
    }
    add_frame(script, chart);
    add_range(script, 'x', 0, chart->max);
    add_range(script, 'y', (double)rows - 0.5, -0.5);
    for (size_t i = 0; i < rows; i++) {
        add_name(script, chart, i, most);
        add_sum(script, chart, i);
    }
    add_plot(script, chart);
}

static void add_time(struct fx_text *script, struct ctl_drawing *chart)
{
    double rows = (double)chart->table->row_count;
    chart->columns = rows < TIME_COLUMNS ? TIME_COLUMNS : rows;
    double beside = (chart->columns - rows) / 2;
    unsigned font = chart->narrow ? FONT_NARROW : FONT_WIDE;
    /* half of a date may stand there too */
    unsigned least = chart->narrow ? 46 : 62;
    unsigned numbers = (unsigned)(ctl_chart_time_numbers(chart->max) * font / 100);
    chart->left = numbers + TIC_GAP > least ? numbers + TIC_GAP : least;
    chart->right = chart->narrow ? 16 : 28;
    chart->top = 14;
    chart->bottom = chart->narrow ? 54 : 62;
    add_frame(script, chart);
    add_range(script, 'x', -beside, rows + beside);
    add_range(script, 'y', 0, chart->max);
    ctl_chart_time_axes(script, chart);
    add_plot(script, chart);
}

void ctl_chart_add(struct fx_text *script, const struct ctl_table *table,
                   const struct ctl_theme *theme, bool narrow)
{
    struct ctl_drawing chart = {.table = table,
                                .theme = theme,
                                .size = ctl_chart_size(table, narrow),
                                .narrow = narrow,
                                .max = 1};
    for (size_t i = 0; i < ctl_chart_rows(table); i++) {
        double sum = sum_of(table, i);
        chart.max = sum > chart.max ? sum : chart.max;
    }
    if (over_time(&chart))
        add_time(script, &chart);
    else
        add_bars(script, &chart);
}
