/* theme - see theme.h. */
#include "theme.h"

#include <stdbool.h>
#include <string.h>

/* The first five are for what becomes of mail, from good to bad. */
enum { PASS, FLAG, DEFER, REJECT, DROP };

const struct ctl_theme ctl_theme_light = {
    .ground = "#ffffff",
    .page = "#f4f5f7",
    .text = "#1c2430",
    .muted = "#5a6472",
    .line = "#d9dde3",
    .link = "#2356a8",
    .good = "#1f7a5c",
    .bad = "#b3261e",
    .shade = "#8d97a5",
    .series = {"#4d9490", "#c98500", "#2f5fb3", "#c2412d", "#4a1253", "#7a8594", "#8a5a2b",
               "#a2467f"},
};

const struct ctl_theme ctl_theme_dark = {
    .ground = "#1a2029",
    .page = "#11151b",
    .text = "#e6eaf0",
    .muted = "#a3adba",
    .line = "#353e4a",
    .link = "#8ab4f8",
    .good = "#6fcf9f",
    .bad = "#ff8a75",
    .shade = "#7c899b",
    .series = {"#5a8f8c", "#f2c14e", "#6ea3f5", "#f2684a", "#f3d9ff", "#9aa5b4", "#c9965f",
               "#e08abf"},
};

/* CTL_SERIES: the name says nothing. */
static size_t meaning(const char *column)
{
    static const struct {
        const char *name;
        size_t series;
    } meanings[] = {{"pass", PASS},      {"flag", FLAG},       {"defer", DEFER},
                    {"reject", REJECT},  {"drop", DROP},       {"accepted", PASS},
                    {"deferred", DEFER}, {"rejected", REJECT}, {"lost", DROP},
                    {"folded", REJECT},  {"colon", FLAG},      {"listed", DEFER},
                    {"none", PASS},      {"noted", FLAG},      {"enforced", REJECT}};
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (strcmp(column, meanings[i].name) == 0)
            return meanings[i].series;
    return CTL_SERIES;
}

size_t ctl_theme_series(const char *const *columns, size_t count, size_t at)
{
    static const size_t places[CTL_SERIES] = {DEFER, FLAG, PASS, REJECT, DROP, 5, 6, 7};
    bool taken[CTL_SERIES] = {false};
    size_t place = 0, series = 0;
    if (count > 1 && meaning(columns[at]) < CTL_SERIES)
        return meaning(columns[at]);
    for (size_t i = 0; count > 1 && i < count; i++)
        if (meaning(columns[i]) < CTL_SERIES)
            taken[meaning(columns[i])] = true;
    for (size_t i = 0; i <= at; i++) {
        if (count > 1 && meaning(columns[i]) < CTL_SERIES)
            continue;
        while (place < CTL_SERIES && taken[places[place]])
            place++;
        series = places[place++ % CTL_SERIES];
    }
    return series;
}
