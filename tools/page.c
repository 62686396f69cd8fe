/* page - see page.h. */
#include "page.h"

#include "chart.h"
#include "html.h"
#include "report_top.h"
#include "timestamp.h"
#include "words.h"

#include <string.h>

const struct ctl_variant ctl_variants[CTL_VARIANTS] = {
    {"wide light", &ctl_theme_light, false},
    {"wide dark", &ctl_theme_dark, false},
    {"narrow light", &ctl_theme_light, true},
    {"narrow dark", &ctl_theme_dark, true},
};

static void add_time(struct fx_text *page, int64_t wall)
{
    char room[40];
    struct fx_text when;
    fx_text_init_fixed(&when, room, sizeof room);
    fx_timestamp_add(&when, wall);
    ctl_words_time(page, fx_text_slice(&when), false);
}

/* "1 record", "2,000 records" */
static void add_count(struct fx_text *page, uint64_t n, const char *what)
{
    ctl_words_number(page, n);
    fx_text_add_char(page, ' ');
    fx_text_add_str(page, what);
    fx_text_add_str(page, n == 1 ? "" : "s");
}

static void add_policy(struct fx_text *page, struct fx_slice style)
{
    fx_text_add_str(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                          "'none'; img-src data:; style-src ");
    if (!ctl_html_add_hash(page, style))
        page->overflow = true;
    fx_text_add_str(page, "; base-uri 'none'; form-action 'none'\">\n");
}

static void add_head(struct fx_text *page)
{
    struct fx_text style;
    fx_text_init_growing(&style, (size_t)64 * 1024);
    ctl_page_add_style(&style);
    page->overflow = page->overflow || style.overflow;
    fx_text_add_str(page,
                    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    add_policy(page, fx_text_slice(&style));
    fx_text_add_str(page,
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n"
                    "<meta name=\"referrer\" content=\"no-referrer\">\n"
                    "<meta name=\"robots\" content=\"noindex\">\n"
                    "<title>Mail compliance report</title>\n"
                    "<link rel=\"icon\" href=\"data:,\">\n<style>");
    fx_text_add(page, fx_text_slice(&style));
    fx_text_add_str(page, "</style>\n</head>\n<body>\n"
                          "<a class=\"skip\" href=\"#report\">To the report</a>\n");
    fx_text_finish(&style);
}

static const struct ctl_table *table_of(const struct ctl_report *report, const char *id)
{
    for (size_t i = 0; i < report->table_count; i++)
        if (strcmp(report->tables[i].id, id) == 0)
            return &report->tables[i];
    return NULL;
}

/* The one that there is, if it is named, or how many. */
static void add_hosts(struct fx_text *page, const struct ctl_report *report)
{
    const struct ctl_table *hosts = table_of(report, "hosts");
    if (report->hosts == 0 ||
        (report->hosts == 1 && hosts != NULL && hosts->row_count == 1 &&
         fx_slice_starts_nocase(ctl_words_label(&hosts->rows[0]), FX_LIT("("))))
        return;
    fx_text_add_str(page, ", from ");
    if (report->hosts == 1 && hosts != NULL && hosts->row_count == 1)
        ctl_html_add(page, fx_slice(hosts->rows[0].label, hosts->rows[0].label_len));
    else
        add_count(page, report->hosts, "host");
}

static void add_period(struct fx_text *page, const struct ctl_report *report)
{
    fx_text_add_str(page, "<p class=\"period\">");
    if (report->records == 0) {
        fx_text_add_str(page, report->since_told || report->until_told
                                  ? "No record in this period"
                                  : "No record");
    } else {
        add_time(page, report->first);
        fx_text_add_str(page, " to ");
        add_time(page, report->last);
        fx_text_add_str(page, " UTC");
        add_hosts(page, report);
    }
    if (report->since_told || report->until_told) {
        fx_text_add_str(page, " <span>(asked for:");
        fx_text_add_str(page, report->since_told ? " from " : "");
        if (report->since_told)
            add_time(page, report->since);
        fx_text_add_str(page, report->until_told ? " until before " : "");
        if (report->until_told)
            add_time(page, report->until);
        fx_text_add_str(page, " UTC)</span>");
    }
    fx_text_add_str(page, "</p>\n");
}

static void add_chain_records(struct fx_text *page, const struct ctl_chain_summary *chain)
{
    fx_text_add_str(page, "<p>");
    add_count(page, chain->chained, "record");
    if (chain->chains > 1) {
        fx_text_add_str(page, " in ");
        ctl_words_number(page, chain->chains);
        fx_text_add_str(page, " chains, one for each host");
    } else if (chain->first > 0) {
        fx_text_add_str(page, ", numbers ");
        ctl_words_number(page, chain->first);
        fx_text_add_str(page, " to ");
        ctl_words_number(page, chain->last);
    }
    fx_text_add_str(page, chain->keyed ? ", each bound to the one before by HMAC-SHA-256"
                                       : ", each bound to the one before by SHA-256");
    if (chain->heads > 0) {
        fx_text_add_str(page, "; ");
        add_count(page, chain->heads, "signed head");
        if (chain->heads_good > 0) {
            fx_text_add_str(page, ", ");
            ctl_words_number(page, chain->heads_good);
            fx_text_add_str(page, " of them checked and good");
        } else {
            fx_text_add_str(page, ", the signatures not checked");
        }
    }
    fx_text_add_str(page, chain->earlier != NULL ? ". Earlier records were not given: " : "");
    ctl_html_add_str(page, chain->earlier != NULL ? chain->earlier : "");
    fx_text_add_str(page, ".</p>\n");
}

/* Words that may begin a sentence. */
static void add_sentence(struct fx_text *page, const char *words, bool begins)
{
    struct fx_slice rest = fx_slice_str(words);
    if (begins && rest.len > 0 && rest.ptr[0] >= 'a' && rest.ptr[0] <= 'z') {
        fx_text_add_char(page, (char)(rest.ptr[0] - 'a' + 'A'));
        rest = fx_slice(rest.ptr + 1, rest.len - 1);
    }
    ctl_html_add(page, rest);
}

static void add_chain(struct fx_text *page, const struct ctl_chain_summary *chain)
{
    static const struct {
        const char *style, *mark, *title;
    } states[] = {
        [CTL_CHAIN_NONE] = {"unknown", "&#8211;", "The log has no chain"},
        [CTL_CHAIN_INTACT] = {"intact", "&#10003;", "The log is intact"},
        [CTL_CHAIN_BROKEN] = {"broken", "&#10007;", "The log is broken"},
        [CTL_CHAIN_NOT_CHECKED] = {"unknown", "?", "The chain of the log was not checked"},
    };
    fx_text_add_str(page, "<section id=\"chain\" class=\"chain ");
    fx_text_add_str(page, states[chain->state].style);
    fx_text_add_str(page, "\">\n<h2><span aria-hidden=\"true\">");
    fx_text_add_str(page, states[chain->state].mark);
    fx_text_add_str(page, "</span> ");
    fx_text_add_str(page, states[chain->state].title);
    fx_text_add_str(page, "</h2>\n");
    if (chain->state == CTL_CHAIN_NONE)
        fx_text_add_str(page,
                        "<p>Its records are not bound to each other: nothing shows whether "
                        "one was changed or taken out.</p>\n");
    if (chain->where != NULL || chain->what != NULL) {
        fx_text_add_str(page, "<p>");
        fx_text_add_str(page, chain->state == CTL_CHAIN_BROKEN ? "First at " : "");
        ctl_html_add_str(page, chain->where != NULL ? chain->where : "");
        fx_text_add_str(page, chain->where != NULL && chain->what != NULL ? ": " : "");
        add_sentence(page, chain->what != NULL ? chain->what : "", chain->where == NULL);
        if (chain->breaks > 1) {
            fx_text_add_str(page, "; ");
            ctl_words_number(page, chain->breaks);
            fx_text_add_str(page, " places in all");
        }
        fx_text_add_str(page, ".</p>\n");
    }
    if (chain->chained > 0)
        add_chain_records(page, chain);
    fx_text_add_str(page, "</section>\n");
}

/* The row with this label, or NULL. */
static const struct ctl_table_row *row_of(const struct ctl_table *table, const char *label)
{
    for (size_t i = 0; table != NULL && i < table->row_count; i++)
        if (fx_slice_eq(ctl_words_label(&table->rows[i]), fx_slice_str(label)))
            return &table->rows[i];
    return NULL;
}

/* What a figure would have been behind the firewall; NULL: that is not known. */
static const uint64_t *would_of(const struct ctl_report *report, const char *name)
{
    const struct ctl_table *verdicts = table_of(report, "verdicts");
    const struct ctl_table_row *row = row_of(verdicts, "messages, would");
    for (size_t i = 0; row != NULL && i < verdicts->column_count; i++)
        if (strcmp(verdicts->columns[i], name) == 0)
            return &row->values[i];
    return NULL;
}

/* Do what happened and what would have differ somewhere? */
static bool would_differs(const struct ctl_report *report, const struct ctl_table *table)
{
    for (size_t i = 0; i < table->shares; i++) {
        const uint64_t *would = would_of(report, table->columns[i]);
        if (would != NULL && *would != ctl_words_sum(table, i))
            return true;
    }
    return false;
}

/* "would: 9"; who hears the page hears "would have been, behind the firewall: 9". */
static void add_would(struct fx_text *page, uint64_t n, uint64_t would)
{
    fx_text_add_str(page,
                    n == would ? " <small class=\"would\">" : " <small class=\"would other\">");
    fx_text_add_str(page, "would<i> have been, behind the firewall</i>: ");
    ctl_words_number(page, would);
    fx_text_add_str(page, "</small>");
}

/* would: NULL, or what it would have been. */
static void add_figure(struct fx_text *page, const char *name, uint64_t n, uint64_t of,
                       size_t series, const uint64_t *would)
{
    fx_text_add_str(page, "<li");
    if (series < CTL_SERIES) {
        fx_text_add_str(page, " class=\"s");
        fx_text_add_u64(page, series);
        fx_text_add_str(page, "\"");
    }
    fx_text_add_str(page, "><span>");
    ctl_html_add_str(page, name);
    fx_text_add_str(page, "</span> <b>");
    ctl_words_number(page, n);
    fx_text_add_str(page, "</b>");
    if (of > 0 && n > 0) {
        fx_text_add_str(page, " <small>");
        ctl_words_share(page, n, of);
        fx_text_add_str(page, "</small>");
    }
    if (would != NULL)
        add_would(page, n, *would);
    fx_text_add_str(page, "</li>\n");
}

/* Messages, what became of them, and what could not be read. */
static void add_figures(struct fx_text *page, const struct ctl_report *report)
{
    const struct ctl_table *table = NULL;
    uint64_t whole = 0;
    for (size_t i = 0; i < report->table_count && table == NULL; i++)
        if (report->tables[i].chart == CTL_CHART_TIME)
            table = &report->tables[i];
    bool differs = table != NULL && would_differs(report, table);
    fx_text_add_str(page, "<ul class=\"figures\">\n");
    for (size_t i = 0; table != NULL && i < table->shares; i++)
        whole = ctl_sum(whole, ctl_words_sum(table, i));
    add_figure(page, "messages", report->types[CTL_RECORD_MESSAGE], 0, CTL_SERIES, NULL);
    for (size_t i = 0; table != NULL && i < table->shares; i++)
        add_figure(page, table->columns[i], ctl_words_sum(table, i), whole,
                   ctl_theme_series(table->columns, table->shares, i),
                   differs ? would_of(report, table->columns[i]) : NULL);
    if (report->unread > 0)
        add_figure(page, "lines not read", report->unread, 0, CTL_SERIES, NULL);
    fx_text_add_str(page, "</ul>\n");
    if (differs)
        fx_text_add_str(page, "<p class=\"note key\">Large: what happened. Would: behind the "
                              "firewall of the profile in force.</p>\n");
}

/* Tables without rows are only named. */
static void add_contents(struct fx_text *page, const struct ctl_report *report)
{
    fx_text_add_str(page, "<nav aria-label=\"Contents\"><ul>\n");
    for (size_t i = 0; i < report->table_count; i++) {
        if (report->tables[i].row_count == 0)
            continue;
        fx_text_add_str(page, "<li><a href=\"#");
        ctl_html_add_str(page, report->tables[i].id);
        fx_text_add_str(page, "\">");
        ctl_html_add_str(page, report->tables[i].title);
        fx_text_add_str(page, "</a></li>\n");
    }
    fx_text_add_str(page, "<li><a href=\"#files\">Files</a></li>\n</ul></nav>\n");
}

static void add_missing(struct fx_text *page, const struct ctl_report *report)
{
    bool first = true;
    for (size_t i = 0; i < report->table_count; i++) {
        if (report->tables[i].row_count > 0)
            continue;
        fx_text_add_str(page, first ? "<section id=\"nothing\">\n<h2>Nothing counted</h2>\n"
                                      "<p class=\"means\">There was nothing for: "
                                    : "; ");
        ctl_html_add_str(page, report->tables[i].title);
        first = false;
    }
    fx_text_add_str(page, first ? "" : ".</p>\n</section>\n");
}

/* The files are a table like others. */
static void add_files(struct fx_text *page, const struct ctl_report *report)
{
    static const char *const columns[] = {"records", "lines not read"};
    struct ctl_table table;
    bool good = ctl_table_init(&table, columns, 2);
    table.id = "files";
    table.title = "Files";
    table.means = "What was read, oldest first as it was given.";
    table.labels = "file";
    for (size_t i = 0; i < report->part_count && good; i++) {
        const struct ctl_report_part *part = &report->parts[i];
        bool standard = strcmp(part->name, "-") == 0;
        struct ctl_table_row *row =
            ctl_table_add(&table, fx_slice_str(standard ? "standard input" : part->name));
        good = row != NULL;
        if (good) {
            row->values[0] = part->records;
            row->values[1] = part->unread;
        }
    }
    if (good)
        ctl_page_add_table(page, &table, NULL);
    else
        page->overflow = true;
    ctl_table_finish(&table);
}

static void add_foot(struct fx_text *page, int64_t made)
{
    fx_text_add_str(page, "</main>\n<footer>\n<p>Made ");
    add_time(page, made);
    fx_text_add_str(page,
                    " UTC by fixup-milter " FX_VERSION ". All times are UTC. This page holds "
                    "names and addresses of people: keep it as you keep the log.</p>\n"
                    "</footer>\n</body>\n</html>\n");
}

void ctl_page_add(struct fx_text *page, const struct ctl_report *report,
                  const struct ctl_pictures *pictures, int64_t made)
{
    size_t at = 0;
    add_head(page);
    fx_text_add_str(page, "<header>\n<p class=\"kicker\">fixup-milter</p>\n"
                          "<h1>Mail compliance report</h1>\n");
    add_period(page, report);
    fx_text_add_str(page, "</header>\n<main id=\"report\">\n");
    add_chain(page, &report->chain);
    add_figures(page, report);
    if (pictures->svg == NULL && pictures->missing.len > 0) {
        fx_text_add_str(page, "<section class=\"notice\">\n<h2>No charts</h2>\n<p>");
        ctl_html_add(page, pictures->missing);
        fx_text_add_str(page, ". The numbers are all here.</p>\n</section>\n");
    }
    add_contents(page, report);
    for (size_t i = 0; i < report->table_count; i++) {
        const struct ctl_table *table = &report->tables[i];
        bool chart = ctl_chart_wanted(table) && pictures->svg != NULL;
        if (table->row_count > 0)
            ctl_page_add_table(page, table, chart ? &pictures->svg[at] : NULL);
        at += chart ? CTL_VARIANTS : 0;
    }
    add_missing(page, report);
    add_files(page, report);
    add_foot(page, made);
}
