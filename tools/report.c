/* report - see report.h. */
#include "report_parts.h"

#include "grow.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Labels that a table keeps: with the longest labels some 7 MB of memory each. */
#define KEPT 8192
/* Steps of time: as many as a chart can show. */
#define STEPS 96
/* Rows of words that are few unless somebody makes them up. */
#define WORDS_SHOWN 100

static bool has_top(enum ctl_form_kind kind)
{
    return kind == CTL_FORM_WORDS || kind == CTL_FORM_LABELS;
}

struct ctl_report_builder *ctl_report_create(const int64_t *since, const int64_t *until,
                                             size_t top)
{
    struct ctl_report_builder *b = calloc(1, sizeof *b);
    if (b == NULL)
        return NULL;
    b->top = top < KEPT ? top : KEPT;
    b->report.since_told = since != NULL;
    b->report.until_told = until != NULL;
    b->report.since = since != NULL ? *since : 0;
    b->report.until = until != NULL ? *until : 0;
    bool good = ctl_time_init(&b->time, ctl_form_columns(&ctl_forms[CTL_TABLE_TIME]), STEPS);
    good =
        good && ctl_top_init(&b->machines, KEPT, ctl_form_columns(&ctl_forms[CTL_TABLE_HOSTS]));
    for (size_t t = 0; t < CTL_REPORT_TABLES && good; t++)
        if (has_top(ctl_forms[t].kind))
            good = ctl_top_init(&b->tops[t], KEPT, ctl_form_columns(&ctl_forms[t]));
    if (good)
        return b;
    ctl_report_destroy(b);
    return NULL;
}

void ctl_report_destroy(struct ctl_report_builder *b)
{
    if (b == NULL)
        return;
    ctl_time_finish(&b->time);
    for (size_t t = 0; t < CTL_REPORT_TABLES; t++)
        ctl_top_finish(&b->tops[t]);
    ctl_top_finish(&b->machines);
    ctl_report_free(&b->report);
    free(b);
}

bool ctl_report_part(struct ctl_report_builder *b, const char *name)
{
    struct ctl_report *r = &b->report;
    if (r->part_count == b->part_cap) {
        void *grown = fx_grown(r->parts, &b->part_cap, sizeof *r->parts);
        if (grown == NULL)
            return false;
        r->parts = grown;
    }
    char *copy = strdup(name);
    if (copy == NULL)
        return false;
    r->parts[r->part_count++] = (struct ctl_report_part){.name = copy};
    return true;
}

static struct ctl_report_part *part(struct ctl_report_builder *b)
{
    return b->report.part_count > 0 ? &b->report.parts[b->report.part_count - 1] : NULL;
}

void ctl_report_unread(struct ctl_report_builder *b)
{
    b->report.unread++;
    if (part(b) != NULL)
        part(b)->unread++;
}

bool ctl_report_covers(const struct ctl_report_builder *b, int64_t time)
{
    const struct ctl_report *r = &b->report;
    return (!r->since_told || time >= r->since) && (!r->until_told || time < r->until);
}

bool ctl_report_take(struct ctl_report_builder *b, const struct ctl_record *record)
{
    struct ctl_report *r = &b->report;
    if (part(b) != NULL)
        part(b)->records++;
    if (!ctl_report_covers(b, record->time)) {
        r->outside++;
        return true;
    }
    if (r->records == 0 || record->time < r->first)
        r->first = record->time;
    if (r->records == 0 || record->time > r->last)
        r->last = record->time;
    r->records++;
    r->types[record->type]++;
    b->number = r->records;
    return ctl_report_count(b, record);
}

/* ---- the end ---- */

static bool fixed_rows(const struct ctl_report_builder *b, enum ctl_report_table id,
                       struct ctl_table *table)
{
    const struct ctl_form *form = &ctl_forms[id];
    for (size_t i = 0; i < ctl_form_rows(form); i++) {
        struct ctl_table_row *row = ctl_table_add(table, fx_slice_str(form->rows[i]));
        if (row == NULL)
            return false;
        for (size_t c = 0; c < table->column_count; c++)
            row->values[c] = b->rows[id][i][c];
    }
    return true;
}

static bool make_table(const struct ctl_report_builder *b, enum ctl_report_table id,
                       struct ctl_table *table)
{
    const struct ctl_form *form = &ctl_forms[id];
    size_t columns = ctl_form_columns(form);
    if (!ctl_table_init(table, form->columns, columns))
        return false;
    table->id = form->id;
    table->title = form->title;
    table->means = form->means;
    table->labels = form->labels;
    table->chart = form->chart;
    table->shares = form->shares;
    if (form->kind == CTL_FORM_TIME)
        return ctl_time_rows(&b->time, table);
    if (form->kind == CTL_FORM_ROWS)
        return fixed_rows(b, id, table);
    size_t rows = form->kind == CTL_FORM_WORDS && b->top < WORDS_SHOWN ? WORDS_SHOWN : b->top;
    bool machines = id == CTL_TABLE_HOSTS && b->tops[id].count == 0;
    return ctl_top_rows(machines ? &b->machines : &b->tops[id], rows,
                        form->by > 0 ? form->by - 1 : columns, table);
}

bool ctl_report_finish(struct ctl_report_builder *b, struct ctl_chain_summary *chain,
                       struct ctl_report *report)
{
    struct ctl_report *r = &b->report;
    r->tables = calloc(CTL_REPORT_TABLES, sizeof *r->tables);
    if (r->tables == NULL)
        return false;
    for (size_t t = 0; t < CTL_REPORT_TABLES; t++) {
        r->table_count = t + 1;
        if (!make_table(b, (enum ctl_report_table)t, &r->tables[t]))
            return false;
    }
    const struct ctl_table *hosts = &r->tables[CTL_TABLE_HOSTS];
    r->hosts = hosts->row_count + hosts->others;
    r->chain = *chain;
    *chain = (struct ctl_chain_summary){0};
    *report = *r;
    *r = (struct ctl_report){0};
    return true;
}

void ctl_chain_summary_free(struct ctl_chain_summary *chain)
{
    free(chain->where);
    free(chain->what);
    free(chain->earlier);
    *chain = (struct ctl_chain_summary){0};
}

void ctl_report_free(struct ctl_report *report)
{
    for (size_t i = 0; i < report->part_count; i++)
        free(report->parts[i].name);
    free(report->parts);
    for (size_t t = 0; t < report->table_count; t++)
        ctl_table_finish(&report->tables[t]);
    free(report->tables);
    ctl_chain_summary_free(&report->chain);
    *report = (struct ctl_report){0};
}

const struct ctl_table *ctl_report_table(const struct ctl_report *report, const char *id)
{
    for (size_t t = 0; t < report->table_count; t++)
        if (strcmp(report->tables[t].id, id) == 0)
            return &report->tables[t];
    return NULL;
}

/* ---- words ---- */

const char *ctl_record_type_name(enum ctl_record_type type)
{
    static const char *const names[CTL_RECORD_TYPES] = {
        [CTL_RECORD_MESSAGE] = "message", [CTL_RECORD_SESSION] = "session",
        [CTL_RECORD_LATER] = "later",     [CTL_RECORD_START] = "start",
        [CTL_RECORD_RELOAD] = "reload",   [CTL_RECORD_STOP] = "stop",
        [CTL_RECORD_HEAD] = "head",       [CTL_RECORD_OTHER] = "other"};
    return names[type];
}

const char *ctl_chain_state_name(enum ctl_chain_state state)
{
    static const char *const names[] = {[CTL_CHAIN_NONE] = "none",
                                        [CTL_CHAIN_INTACT] = "intact",
                                        [CTL_CHAIN_BROKEN] = "broken",
                                        [CTL_CHAIN_NOT_CHECKED] = "unchecked"};
    return names[state];
}

static void add_count(struct fx_text *text, uint64_t n, const char *one, const char *many)
{
    fx_text_add_u64(text, n);
    fx_text_add_char(text, ' ');
    fx_text_add_str(text, n == 1 ? one : many);
}

void ctl_report_chain_text(const struct ctl_chain_summary *chain, struct fx_text *text)
{
    static const char *const states[] = {[CTL_CHAIN_NONE] = "no chain",
                                         [CTL_CHAIN_INTACT] = "intact",
                                         [CTL_CHAIN_BROKEN] = "broken",
                                         [CTL_CHAIN_NOT_CHECKED] = "not checked"};
    fx_text_add_str(text, states[chain->state]);
    if (chain->where != NULL) {
        fx_text_add_str(text, " at ");
        fx_text_add_str(text, chain->where);
    }
    if (chain->what != NULL) {
        fx_text_add_str(text, ": ");
        fx_text_add_str(text, chain->what);
    }
    if (chain->breaks > 1) {
        fx_text_add_str(text, ", the first of ");
        add_count(text, chain->breaks, "place", "places");
    }
    if (chain->chained == 0)
        return;
    fx_text_add_str(text, "; ");
    if (chain->chains > 1) {
        add_count(text, chain->chains, "chain", "chains");
        fx_text_add_str(text, " of ");
    }
    add_count(text, chain->chained, "record", "records");
    if (chain->heads > 0) {
        fx_text_add_str(text, ", ");
        add_count(text, chain->heads, "signed head", "signed heads");
        fx_text_add_str(text, chain->heads_good == 0 ? ", signatures not checked" : ", ");
        if (chain->heads_good > 0)
            add_count(text, chain->heads_good, "signature good", "signatures good");
    }
    if (chain->earlier != NULL) {
        fx_text_add_str(text, "; earlier parts were not given: ");
        fx_text_add_str(text, chain->earlier);
    }
}
