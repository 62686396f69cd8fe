/* report_bar - see report_bar.h. */
#include "report_bar.h"

#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EIGHTHS 8

/* Does the environment say UTF-8? No locale is set, so that nothing else depends on it. */
static bool utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *value = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            break;
    }
    if (value == NULL)
        return false;
    struct fx_slice s = fx_slice_str(value);
    s = fx_slice_from(s, fx_slice_find(s, '.') + 1);
    s = fx_slice_first(s, fx_slice_find(s, '@'));
    return fx_slice_eq_nocase(s, FX_LIT("UTF-8")) || fx_slice_eq_nocase(s, FX_LIT("utf8"));
}

void ctl_bar_init(struct ctl_bar *bar, FILE *stream)
{
    int fd = fileno(stream);
    bar->terminal = fd >= 0 && isatty(fd) != 0;
    bar->blocks = bar->terminal && utf8();
    bar->colour = ctl_terminal_colour(stream);
}

/* "" where nothing is said by colour. */
static const char *colour_of(const char *column)
{
    static const struct {
        const char *column, *on;
    } colours[] = {{"pass", "\033[32m"},   {"flag", "\033[33m"},  {"defer", "\033[31m"},
                   {"reject", "\033[31m"}, {"drop", "\033[31m"},  {"folded", "\033[31m"},
                   {"colon", "\033[33m"},  {"listed", "\033[33m"}};
    for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++)
        if (strcmp(column, colours[i].column) == 0)
            return colours[i].on;
    return "";
}

/* So many eighths of columns that n of most takes; at least one for something. */
static size_t eighths(double n, uint64_t most, size_t columns)
{
    size_t length =
        most == 0 ? 0 : (size_t)(n / (double)most * (double)(columns * EIGHTHS) + 0.5);
    size_t all = columns * EIGHTHS;
    return length > all ? all : length == 0 && n > 0 ? 1 : length;
}

static void put_cells(const struct ctl_bar *bar, size_t whole, size_t part)
{
    static const char *const parts[EIGHTHS] = {"",       "\u258F", "\u258E", "\u258D",
                                               "\u258C", "\u258B", "\u258A", "\u2589"};
    for (; whole > 0; whole--)
        fputs(bar->blocks ? "\u2588" : "#", stdout);
    if (part > 0)
        fputs(bar->blocks ? parts[part] : "#", stdout);
}

void ctl_bar_put(const struct ctl_bar *bar, const struct ctl_table *table,
                 const uint64_t *values, uint64_t most, size_t columns)
{
    double sum = 0;
    size_t last = 0, done = 0;
    for (size_t c = 0; c < table->shares; c++) {
        sum += (double)values[c];
        last = values[c] > 0 ? c : last;
    }
    size_t length = eighths(sum, most, columns);
    if (!bar->blocks) /* whole columns, at least one */
        length = length < EIGHTHS ? EIGHTHS : length / EIGHTHS * EIGHTHS;
    double until = 0;
    for (size_t c = 0; c <= last && c < table->shares; c++) {
        until += (double)values[c];
        size_t to = sum > 0 ? (size_t)(until / sum * (double)length + 0.5) / EIGHTHS : 0;
        size_t part = c == last ? length % EIGHTHS : 0;
        to = c == last ? length / EIGHTHS : to;
        const char *on = bar->colour && values[c] > 0 ? colour_of(table->columns[c]) : "";
        fputs(on, stdout);
        put_cells(bar, to > done ? to - done : 0, part);
        fputs(on[0] != '\0' ? "\033[0m" : "", stdout);
        done = to > done ? to : done;
    }
}
