/* domain_view - see domain_view.h. */
#include "domain_view.h"

#include "check_signature.h"
#include "record_json.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 100 /* where there is no terminal */
#define GAP 2     /* between columns */
#define INDENT 4
#define NAME_COLUMNS 20 /* at least; longer names have a line of their own */
#define LINE_MAX ((size_t)64 * 1024)

/* A row of the table: the name, and what stands in the columns. */
enum { SIGNATURES, FOLDED, COLON, LISTED, MATCH, MISMATCH, UNCHECKED, CELLS };
static const char *const titles[CELLS] = {
    [SIGNATURES] = "signatures", [FOLDED] = "folded", [COLON] = "colon",
    [LISTED] = "listed",         [MATCH] = "match",   [MISMATCH] = "mismatch",
    [UNCHECKED] = "unchecked",
};

struct cell {
    char text[40];
    size_t len;
};

struct table {
    size_t width; /* columns of a line */
    size_t name;  /* of the name; 0: there is no room for columns */
    size_t cell[CELLS];
    bool colour;
    struct fx_text text; /* of the lines below a row */
};

/* "12 (3%)"; what there is at all is not told as nothing. */
static void add_share(struct fx_text *t, uint64_t part, uint64_t whole)
{
    fx_text_add_u64(t, part);
    if (part == 0)
        return;
    /* whole is no more than what one run has read: 100 times it is no overflow */
    uint64_t percent = (200 * part + whole) / (2 * whole);
    fx_text_add_str(t, percent == 0 ? " (<1%" : " (");
    if (percent > 0)
        fx_text_add_u64(t, percent);
    fx_text_add_str(t, percent == 0 ? ")" : "%)");
}

static void cells_of(const struct ctl_domain_counts *d, struct cell *cells)
{
    const uint64_t numbers[CELLS] = {
        [SIGNATURES] = d->signatures,
        [FOLDED] = d->grades[FX_GRADE_FOLDED],
        [COLON] = d->grades[FX_GRADE_COLON],
        [LISTED] = d->grades[FX_GRADE_LISTED],
        [MATCH] = d->body_hash[FX_BODY_RESULT_MATCH],
        [MISMATCH] = d->body_hash[FX_BODY_RESULT_MISMATCH],
        [UNCHECKED] = d->body_hash[FX_BODY_RESULT_UNCHECKED],
    };
    for (size_t i = 0; i < CELLS; i++) {
        struct fx_text t;
        fx_text_init_fixed(&t, cells[i].text, sizeof cells[i].text);
        if (i >= FOLDED && i <= LISTED)
            add_share(&t, numbers[i], d->signatures);
        else
            fx_text_add_u64(&t, numbers[i]);
        cells[i].len = t.len;
    }
}

static void widen(struct table *table, const struct ctl_domain_counts *d)
{
    struct cell cells[CELLS];
    cells_of(d, cells);
    for (size_t i = 0; i < CELLS; i++)
        if (cells[i].len > table->cell[i])
            table->cell[i] = cells[i].len;
}

/* The widths of the columns, as the numbers want them and the terminal allows. */
static void measure(struct table *table, struct ctl_domain *const *list, size_t count,
                    const struct ctl_domain_counts *sum)
{
    size_t names = 0, numbers = 0;
    for (size_t i = 0; i < CELLS; i++)
        table->cell[i] = strlen(titles[i]);
    widen(table, sum);
    for (size_t i = 0; i < count; i++) {
        size_t columns = ctl_columns(fx_slice(list[i]->name, list[i]->name_len));
        names = columns > names ? columns : names;
        widen(table, &list[i]->of);
    }
    for (size_t i = 0; i < CELLS; i++)
        numbers += GAP + table->cell[i];
    size_t room = table->width > numbers ? table->width - numbers : 0;
    names = names < NAME_COLUMNS ? NAME_COLUMNS : names;
    table->name = names < room ? names : room;
    if (table->name < INDENT)
        table->name = 0;
}

static void put_cells(const struct table *table, const struct cell *cells)
{
    for (size_t i = 0; i < CELLS; i++)
        printf("%*s%.*s", (int)(GAP + table->cell[i] - cells[i].len), "", (int)cells[i].len,
               cells[i].text);
    fputc('\n', stdout);
}

static void put_titles(const struct table *table)
{
    struct cell cells[CELLS];
    if (table->name == 0)
        return;
    for (size_t i = 0; i < CELLS; i++) {
        cells[i].len = strlen(titles[i]);
        memcpy(cells[i].text, titles[i], cells[i].len);
    }
    printf("%-*s", (int)table->name, table->name < strlen("domain") ? "" : "domain");
    put_cells(table, cells);
}

/* The items collected, from column `at` on; a line ends between them, never within one. */
static void put_items(struct table *table, size_t at, size_t indent)
{
    struct fx_slice rest = fx_text_slice(&table->text);
    for (bool first = true; rest.len > 0; first = false) {
        size_t len = 0;
        while (len < rest.len && rest.ptr[len] != ',')
            len++;
        len += len < rest.len ? 1 : 0; /* the comma stays with what is before it */
        if (!first && at + 1 + len > table->width) {
            printf("\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            fputc(' ', stdout);
            at++;
        }
        ctl_put(stdout, fx_slice_first(rest, len));
        at += len;
        rest = fx_slice_from(rest, len < rest.len ? len + 1 : len);
    }
    fputc('\n', stdout);
    fx_text_reset(&table->text);
}

/* Whatever is listed below a row. */
static void put_below(struct table *table)
{
    if (table->text.len == 0)
        return;
    printf("%*s", INDENT, "");
    put_items(table, INDENT, INDENT);
}

/* Of an ARC set the seal is told apart here: it signs no field by name. */
static const char *kind_name(size_t kind)
{
    return kind == FX_SIGNATURE_ARC_SEAL ? "arc-seal"
                                         : fx_signature_kind_name((enum fx_signature_kind)kind);
}

static void add_item(struct fx_text *t, const char *name, struct fx_slice value)
{
    if (t->len > 0)
        fx_text_add_str(t, ", ");
    fx_text_add_str(t, name);
    fx_text_add_char(t, '=');
    fx_text_add(t, value);
}

static void add_count(struct fx_text *t, const char *name, uint64_t count)
{
    char buffer[32];
    struct fx_text number;
    fx_text_init_fixed(&number, buffer, sizeof buffer);
    fx_text_add_u64(&number, count);
    if (count > 0)
        add_item(t, name, fx_text_slice(&number));
}

/* The anomalies of one severity. */
static void put_anomalies(struct table *table, const struct ctl_domain_counts *d,
                          enum fx_severity severity)
{
    for (size_t i = 0; i < FX_ANOMALIES_MAX; i++) {
        enum fx_rule rule = (enum fx_rule)(FX_RULE_DKIM_FIRST + i);
        if (fx_dkim_rule(rule)->severity == severity)
            add_count(&table->text, fx_rule_name(rule), d->anomalies[i]);
    }
    if (table->text.len == 0)
        return;
    printf("%*s", INDENT, "");
    ctl_put_severity(stdout, severity, table->colour);
    fputs(": ", stdout);
    put_items(table, INDENT + strlen(fx_severity_name(severity)) + 2, INDENT + 2);
}

static void put_row(struct table *table, struct fx_slice name, bool cut,
                    const struct ctl_domain_counts *d)
{
    struct cell cells[CELLS];
    size_t columns = ctl_columns(name) + (cut ? 3 : 0);
    cells_of(d, cells);
    ctl_put(stdout, name);
    if (cut)
        fputs("...", stdout);
    if (columns > table->name) {
        fputc('\n', stdout);
        columns = 0;
    }
    if (table->name > 0) {
        printf("%*s", (int)(table->name - columns), "");
        put_cells(table, cells);
    } else {
        for (size_t i = 0; i < CELLS; i++)
            add_item(&table->text, titles[i], fx_slice(cells[i].text, cells[i].len));
        put_below(table);
    }
    if (d->kinds[FX_SIGNATURE_DKIM] < d->signatures || d->kinds[FX_SIGNATURE_ARC_SEAL] > 0)
        for (size_t i = 0; i < FX_SIGNATURE_KINDS; i++)
            add_count(&table->text, kind_name(i), d->kinds[i]);
    put_below(table);
    for (int s = FX_SEVERITY_NONE + 1; s < FX_SEVERITY_COUNT; s++)
        put_anomalies(table, d, (enum fx_severity)s);
}

static uint64_t at_risk(const struct ctl_domain_counts *d)
{
    uint64_t named = 0;
    for (size_t i = 0; i < FX_GRADE_COUNT; i++)
        named += d->grades[i];
    return named;
}

static void put_words(struct table *table)
{
    ctl_put_folded(stdout, fx_text_slice(&table->text), 0, 2, table->width);
    fx_text_reset(&table->text);
}

/* What the columns say, and what is to be done. */
static void put_legend(struct table *table, const struct ctl_domain_counts *sum,
                       enum fx_grade from)
{
    static const char *const counted[FX_GRADE_COUNT] = {
        [FX_GRADE_FOLDED] = "folded alone",
        [FX_GRADE_COLON] = "folded and colon",
        [FX_GRADE_LISTED] = "all three",
    };
    uint64_t risk = at_risk(sum);
    struct fx_text *t = &table->text;
    fputc('\n', stdout);
    fx_text_add_str(t, "at risk: ");
    add_share(t, risk, sum->signatures);
    fx_text_add_str(t, " of ");
    fx_text_add_u64(t, sum->signatures);
    fx_text_add_str(t, sum->signatures == 1 ? " signature" : " signatures");
    fx_text_add_str(t, ", those that name Content-Type in a message that has one, behind "
                       "firewalls before 7.2(3)");
    put_words(table);
    fx_text_add_str(t, "folded, colon, listed: the shape of that name; content-type-embedded "
                       "counts ");
    fx_text_add_str(t, counted[from]);
    fx_text_add_str(t, " (policy.content_type_grade = \"");
    fx_text_add_str(t, fx_grade_name(from));
    fx_text_add_str(t, "\")");
    put_words(table);
    fx_text_add_str(t, "match, mismatch, unchecked: the body is the one that was signed, is "
                       "another, or was not compared");
    put_words(table);
    ctl_embedded_put(&(struct ctl_embedded){.signature = risk > 0});
}

bool ctl_domain_table(struct ctl_domain *const *list, size_t count,
                      const struct ctl_domain_counts *sum, enum fx_grade from)
{
    struct table table = {.width = ctl_terminal_width(stdout),
                          .colour = ctl_terminal_colour(stdout)};
    char buffer[48];
    struct fx_text all;
    if (table.width == 0)
        table.width = WIDTH;
    fx_text_init_growing(&table.text, LINE_MAX);
    measure(&table, list, count, sum);
    put_titles(&table);
    for (size_t i = 0; i < count; i++)
        put_row(&table, fx_slice(list[i]->name, list[i]->name_len), list[i]->cut, &list[i]->of);
    fx_text_init_fixed(&all, buffer, sizeof buffer);
    fx_text_add_str(&all, "all ");
    fx_text_add_u64(&all, count);
    fx_text_add_str(&all, count == 1 ? " domain" : " domains");
    put_row(&table, fx_text_slice(&all), false, sum);
    if (sum->omitted > 0)
        printf("and %" PRIu64 " signature%s more, not looked at (limits.signatures)\n",
               sum->omitted, sum->omitted == 1 ? "" : "s");
    if (sum->signatures > 0)
        put_legend(&table, sum, from);
    bool good = !table.text.overflow;
    fx_text_finish(&table.text);
    return good && ferror(stdout) == 0;
}

/* ---- JSON ---- */

static void add_domain(struct fx_json *j, const struct ctl_domain_counts *d)
{
    static const enum fx_body_result results[FX_BODY_RESULTS] = {
        FX_BODY_RESULT_MATCH, FX_BODY_RESULT_MISMATCH, FX_BODY_RESULT_UNCHECKED};
    uint64_t named = at_risk(d);
    fx_json_number(j, "signatures", d->signatures);
    fx_json_open(j, "kinds", '{');
    for (size_t i = 0; i < FX_SIGNATURE_KINDS; i++)
        fx_json_number(j, kind_name(i), d->kinds[i]);
    fx_json_close(j, '}');
    fx_json_open(j, "content_type", '{');
    for (size_t i = 0; i < FX_GRADE_COUNT; i++)
        fx_json_number(j, fx_grade_name((enum fx_grade)i), d->grades[i]);
    fx_json_number(j, "none", d->signatures - named);
    fx_json_close(j, '}');
    fx_json_number(j, "at_risk", named);
    fx_json_open(j, "body_hash", '{');
    for (size_t i = 0; i < FX_BODY_RESULTS; i++)
        fx_json_number(j, fx_body_result_name(results[i]), d->body_hash[results[i]]);
    fx_json_close(j, '}');
    fx_json_open(j, "anomalies", '{');
    for (size_t i = 0; i < FX_ANOMALIES_MAX; i++)
        if (d->anomalies[i] > 0)
            fx_json_number(j, fx_rule_name((enum fx_rule)(FX_RULE_DKIM_FIRST + i)),
                           d->anomalies[i]);
    fx_json_close(j, '}');
}

static bool put_json(struct fx_text *line, struct fx_slice name, bool cut,
                     const struct ctl_domain_counts *d)
{
    struct fx_json j = {.text = line};
    fx_text_reset(line);
    fx_json_open(&j, NULL, '{');
    fx_json_string(&j, "domain", name);
    if (cut)
        fx_json_bool(&j, "domain_cut", true);
    add_domain(&j, d);
    if (!fx_slice_told(name))
        fx_json_number(&j, "signatures_omitted", d->omitted);
    if (j.lossy)
        fx_json_bool(&j, "lossy", true);
    fx_json_close(&j, '}');
    fx_text_add_char(line, '\n');
    return !line->overflow && fwrite(line->data, 1, line->len, stdout) == line->len;
}

bool ctl_domain_json(struct ctl_domain *const *list, size_t count,
                     const struct ctl_domain_counts *sum)
{
    struct fx_text line;
    fx_text_init_growing(&line, LINE_MAX);
    bool good = true;
    for (size_t i = 0; i < count && good; i++)
        good = put_json(&line, fx_slice(list[i]->name, list[i]->name_len), list[i]->cut,
                        &list[i]->of);
    good = good && put_json(&line, FX_ABSENT, false, sum);
    fx_text_finish(&line);
    return good;
}
