/* theme - the colours of the report, on a light and on a dark ground: page and charts agree.
 *
 * Each series stands off the ground by 3:1 at least (WCAG 2.1, 1.4.11), text by 4.5:1 (1.4.3),
 * and the first five, which outcomes have, can be told apart with any colour blindness.
 */
#ifndef FX_THEME_H
#define FX_THEME_H

#include <stddef.h>

#define CTL_SERIES 8

struct ctl_theme {
    const char *ground; /* of a chart, and what it stands on: "#rrggbb" like all others */
    const char *page;
    const char *text, *muted, *line, *link;
    const char *good, *bad;
    const char *shade; /* at the edge of what goes on behind it */
    const char *series[CTL_SERIES];
};

extern const struct ctl_theme ctl_theme_light, ctl_theme_dark;

/* Which series column `at` of so many is: by what its name means for mail, else one that no
 * other has, in their order; beyond CTL_SERIES they come again. */
size_t ctl_theme_series(const char *const *columns, size_t count, size_t at);

#endif
