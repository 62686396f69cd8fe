/* page_table - a table of the report as a section of the page. See page.h. */
#include "page.h"

#include "chart.h"
#include "html.h"
#include "words.h"

/* A table with more rows is folded away on a screen: below a chart, and by itself. Up to the
 * second a section is not parted on paper. */
#define ROWS_BELOW_CHART ((size_t)5)
#define ROWS_ALONE ((size_t)12)

static bool whole_days(const struct ctl_table *table)
{
    return table->step > 0 && table->step % 86400 == 0;
}

static void add_number(struct fx_text *page, uint64_t n)
{
    fx_text_add_str(page, n == 0 ? "<td class=\"zero\">" : "<td>");
    ctl_words_number(page, n);
    fx_text_add_str(page, "</td>");
}

static void add_head(struct fx_text *page, const struct ctl_table *table)
{
    fx_text_add_str(page, "<table>\n<caption>");
    ctl_html_add_str(page, table->title);
    fx_text_add_str(page, ", in numbers</caption>\n<thead><tr><th scope=\"col\">");
    ctl_html_add_str(page, table->labels);
    fx_text_add_str(page, table->chart == CTL_CHART_TIME ? " (UTC)</th>" : "</th>");
    for (size_t i = 0; i < table->column_count; i++) {
        fx_text_add_str(page, "<th scope=\"col\">");
        ctl_html_add_str(page, table->columns[i]);
        fx_text_add_str(page, "</th>");
    }
    fx_text_add_str(page, "</tr></thead>\n<tbody>\n");
}

static void add_row(struct fx_text *page, const struct ctl_table *table, size_t at)
{
    const struct ctl_table_row *row = &table->rows[at];
    struct fx_slice label = ctl_words_label(row);
    char room[40];
    struct fx_text when;
    fx_text_init_fixed(&when, room, sizeof room);
    if (table->chart == CTL_CHART_TIME)
        ctl_words_time(&when, label, whole_days(table));
    fx_text_add_str(page, "<tr><th scope=\"row\">");
    ctl_html_add(page, when.len > 0 ? fx_text_slice(&when) : label);
    if (row->note_len > 0) {
        fx_text_add_str(page, " <small>");
        ctl_html_add(page, fx_slice(row->note, row->note_len));
        fx_text_add_str(page, "</small>");
    }
    fx_text_add_str(page, "</th>");
    for (size_t i = 0; i < table->column_count; i++)
        add_number(page, row->values[i]);
    fx_text_add_str(page, "</tr>\n");
}

static void add_others(struct fx_text *page, const struct ctl_table *table)
{
    if (table->others == 0 || table->rest == NULL)
        return;
    fx_text_add_str(page, "<tfoot><tr><th scope=\"row\">");
    fx_text_add_str(page, table->approximate ? "up to " : "");
    ctl_words_number(page, table->others);
    fx_text_add_str(page, table->others == 1 ? " other</th>" : " others</th>");
    for (size_t i = 0; i < table->column_count; i++)
        add_number(page, table->rest[i]);
    fx_text_add_str(page, "</tr></tfoot>\n");
}

static void add_numbers(struct fx_text *page, const struct ctl_table *table, size_t shown)
{
    if (table->row_count > shown) {
        fx_text_add_str(page, "<details class=\"more\"><summary>The numbers, ");
        ctl_words_number(page, table->row_count);
        fx_text_add_str(page, " rows</summary></details>\n");
    }
    fx_text_add_str(page,
                    "<div class=\"numbers\" role=\"region\" tabindex=\"0\" aria-label=\"");
    ctl_html_add_str(page, table->title);
    fx_text_add_str(page, ", in numbers\">\n");
    add_head(page, table);
    for (size_t i = 0; i < table->row_count; i++)
        add_row(page, table, i);
    fx_text_add_str(page, "</tbody>\n");
    add_others(page, table);
    fx_text_add_str(page, "</table>\n</div>\n");
    if (table->approximate) {
        fx_text_add_str(page, "<p class=\"note\">There were more than could be kept: a row may "
                              "lack as much as ");
        ctl_words_number(page, table->missed);
        fx_text_add_str(page, ", which the last one has.</p>\n");
    }
}

static void add_legend(struct fx_text *page, const struct ctl_table *table)
{
    if (table->shares < 2)
        return;
    fx_text_add_str(page, "<ul class=\"legend\">\n");
    for (size_t i = 0; i < table->shares; i++) {
        fx_text_add_str(page, "<li class=\"s");
        fx_text_add_u64(page, ctl_theme_series(table->columns, table->shares, i));
        fx_text_add_str(page, "\">");
        ctl_html_add_str(page, table->columns[i]);
        fx_text_add_str(page, "</li>\n");
    }
    fx_text_add_str(page, "</ul>\n");
}

static void add_chart(struct fx_text *page, const struct ctl_table *table,
                      struct fx_slice message, const struct fx_slice *svg)
{
    add_legend(page, table);
    fx_text_add_str(page, "<figure class=\"chart\">\n");
    for (size_t i = 0; i < CTL_VARIANTS; i++) {
        struct ctl_chart_size size = ctl_chart_size(table, ctl_variants[i].narrow);
        fx_text_add_str(page, "<img class=\"");
        fx_text_add_str(page, ctl_variants[i].name);
        fx_text_add_str(page, "\" width=\"");
        fx_text_add_u64(page, size.width);
        fx_text_add_str(page, "\" height=\"");
        fx_text_add_u64(page, size.height);
        fx_text_add_str(page, "\" alt=\"");
        fx_text_add_str(page,
                        table->chart == CTL_CHART_TIME ? "Columns over time. " : "Bar chart. ");
        ctl_html_add(page, message);
        fx_text_add_str(page, "\" src=\"");
        ctl_html_add_svg(page, svg[i]);
        fx_text_add_str(page, "\">\n");
    }
    fx_text_add_str(page, "</figure>\n");
    if (ctl_chart_rows(table) < table->row_count) {
        fx_text_add_str(page, "<p class=\"note\">The chart shows the first ");
        ctl_words_number(page, ctl_chart_rows(table));
        fx_text_add_str(page, " of ");
        ctl_words_number(page, table->row_count);
        fx_text_add_str(page, ".</p>\n");
    }
}

void ctl_page_add_table(struct fx_text *page, const struct ctl_table *table,
                        const struct fx_slice *svg)
{
    bool chart = ctl_chart_wanted(table);
    struct fx_text message;
    fx_text_init_growing(&message, (size_t)1024 * 1024);
    ctl_words_table(&message, table);
    page->overflow = page->overflow || message.overflow;
    fx_text_add_str(page, "<section id=\"");
    ctl_html_add_str(page, table->id);
    fx_text_add_str(page, table->row_count <= ROWS_ALONE ? "\" class=\"whole" : "");
    fx_text_add_str(page, "\">\n<div class=\"top\">\n<h2>");
    ctl_html_add_str(page, table->title);
    fx_text_add_str(page, "</h2>\n<p class=\"means\">");
    ctl_html_add_str(page, table->means);
    fx_text_add_str(page, "</p>\n");
    if (chart || table->row_count == 0) {
        fx_text_add_str(page, "<p class=\"says\">");
        ctl_html_add(page, fx_text_slice(&message));
        fx_text_add_str(page, "</p>\n");
    }
    if (chart && svg != NULL)
        add_chart(page, table, fx_text_slice(&message), svg);
    fx_text_add_str(page, "</div>\n");
    if (table->row_count > 0)
        add_numbers(page, table, chart && svg != NULL ? ROWS_BELOW_CHART : ROWS_ALONE);
    fx_text_add_str(page, "</section>\n");
    fx_text_finish(&message);
}
