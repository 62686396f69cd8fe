/* page - a report as one HTML page that needs nothing else: no script, no network.
 *
 * Any table is shown by the same code. Not thread-safe.
 */
#ifndef FX_PAGE_H
#define FX_PAGE_H

#include "report.h"
#include "text.h"
#include "theme.h"

/* Each chart is drawn for two grounds and two widths; the page shows one of them. Paper has the
 * first. */
struct ctl_variant {
    const char *name; /* classes of the style: "wide light" */
    const struct ctl_theme *theme;
    bool narrow;
};
#define CTL_VARIANTS 4
extern const struct ctl_variant ctl_variants[CTL_VARIANTS];

/* The pictures: CTL_VARIANTS for each table that ctl_chart_wanted says yes to, in the order of
 * tables. None: NULL, and `missing` says why. */
struct ctl_pictures {
    const struct fx_slice *svg;
    struct fx_slice missing;
};

/* made: now, in microseconds since 1970. Without memory the page has its overflow mark. */
void ctl_page_add(struct fx_text *page, const struct ctl_report *report,
                  const struct ctl_pictures *pictures, int64_t made);

/* ---- parts ---- */

/* A table with its title; svg: CTL_VARIANTS pictures, or NULL. page_table.c */
void ctl_page_add_table(struct fx_text *page, const struct ctl_table *table,
                        const struct fx_slice *svg);
/* The style sheet. page_style.c */
void ctl_page_add_style(struct fx_text *style);

#endif
