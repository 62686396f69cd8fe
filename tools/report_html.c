/* report_html - the report as an HTML file: charts by gnuplot, one run for all, then the page.
 */
#include "report.h"

#include "chart.h"
#include "fixupctl.h"
#include "gnuplot.h"
#include "page.h"
#include "replace.h"
#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Nothing comes near these but a report with many thousand rows. */
#define SCRIPT_MAX ((size_t)64 * 1024 * 1024)
#define PICTURES_MAX ((size_t)64 * 1024 * 1024)
#define PAGE_MAX ((size_t)512 * 1024 * 1024)

/* The commands for all charts; how many pictures that makes. */
static size_t add_script(struct fx_text *script, const struct ctl_report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->table_count; i++) {
        if (!ctl_chart_wanted(&report->tables[i]))
            continue;
        for (size_t v = 0; v < CTL_VARIANTS; v++)
            ctl_chart_add(script, &report->tables[i], ctl_variants[v].theme,
                          ctl_variants[v].narrow);
        count += CTL_VARIANTS;
    }
    return count;
}

/* The pictures, `count` of them, as slices of `drawn`. NULL: trouble says why. */
static struct fx_slice *draw(struct fx_slice script, size_t count, struct fx_text *drawn,
                             struct fx_text *trouble)
{
    struct fx_slice *svg = malloc(count * sizeof *svg);
    size_t got = 0;
    if (svg != NULL && ctl_gnuplot_run(script, drawn, trouble)) {
        struct fx_slice rest = fx_text_slice(drawn);
        while (got < count && ctl_gnuplot_next(&rest, &svg[got]))
            got++;
        if (got == count)
            return svg;
        fx_text_add_str(trouble, "gnuplot did not draw all charts");
    }
    free(svg);
    return NULL;
}

static void warn(struct fx_slice trouble)
{
    fputs(CTL_PROGRAM ": ", stderr);
    ctl_put(stderr, trouble);
    fputs("; the report has no charts\n", stderr);
}

/* The page, with what charts there are. false: no memory. */
static bool make(struct fx_text *page, const struct ctl_report *report)
{
    char said[400];
    struct fx_text script, drawn, trouble;
    struct timespec now = {0};
    struct ctl_pictures pictures = {.missing = FX_ABSENT};
    struct fx_slice *svg = NULL;
    fx_text_init_growing(&script, SCRIPT_MAX);
    fx_text_init_growing(&drawn, PICTURES_MAX);
    fx_text_init_fixed(&trouble, said, sizeof said);
    clock_gettime(CLOCK_REALTIME, &now);
    size_t count = add_script(&script, report);
    bool good = !script.overflow;
    if (good && count > 0) {
        svg = draw(fx_text_slice(&script), count, &drawn, &trouble);
        if (svg == NULL)
            warn(fx_text_slice(&trouble));
        pictures.svg = svg;
        pictures.missing = fx_text_slice(&trouble);
    }
    if (good) {
        ctl_page_add(page, report, &pictures,
                     (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
        good = !page->overflow;
    }
    free(svg);
    fx_text_finish(&script);
    fx_text_finish(&drawn);
    return good;
}

enum ctl_exit ctl_report_html(const struct ctl_report *report, const char *file)
{
    struct fx_text page;
    enum ctl_exit code = CTL_EXIT_TRY_LATER;
    fx_text_init_growing(&page, PAGE_MAX);
    if (make(&page, report))
        code = ctl_replace(file, fx_text_slice(&page));
    else
        fputs(CTL_PROGRAM ": not enough memory\n", stderr);
    fx_text_finish(&page);
    return code;
}
