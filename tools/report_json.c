/* report_json - the report for programs: one JSON object a line. Its form stands in
 * fixupctl(1). */
#include "report.h"

#include "record_json.h"
#include "timestamp.h"

#include <stdio.h>

/* More than the most rows with the longest labels, all escaped, and any command line. */
#define LINE_MAX_OCTETS ((size_t)256 * 1024 * 1024)

static void put_time(struct fx_json *j, const char *name, bool told, int64_t wall)
{
    if (!told) {
        fx_json_null(j, name);
        return;
    }
    char buffer[64];
    struct fx_text text;
    fx_text_init_fixed(&text, buffer, sizeof buffer);
    fx_timestamp_add(&text, wall);
    fx_json_string(j, name, fx_text_slice(&text));
}

static void put_chain(struct fx_json *j, const struct ctl_chain_summary *chain)
{
    fx_json_open(j, "chain", '{');
    fx_json_string(j, "state", fx_slice_str(ctl_chain_state_name(chain->state)));
    fx_json_string(j, "where", fx_slice_str(chain->where));
    fx_json_string(j, "what", fx_slice_str(chain->what));
    fx_json_bool(j, "keyed", chain->keyed);
    fx_json_number(j, "chains", chain->chains);
    fx_json_string(j, "earlier", fx_slice_str(chain->earlier));
    fx_json_number(j, "breaks", chain->breaks);
    fx_json_number(j, "chained", chain->chained);
    fx_json_number(j, "heads", chain->heads);
    fx_json_number(j, "heads_good", chain->heads_good);
    fx_json_number(j, "first", chain->first);
    fx_json_number(j, "last", chain->last);
    fx_json_close(j, '}');
}

static void put_summary(struct fx_json *j, const struct ctl_report *r)
{
    fx_json_number(j, "report", 1);
    put_time(j, "since", r->since_told, r->since);
    put_time(j, "until", r->until_told, r->until);
    put_time(j, "first", r->records > 0, r->first);
    put_time(j, "last", r->records > 0, r->last);
    fx_json_number(j, "records", r->records);
    fx_json_open(j, "types", '{');
    for (int t = 0; t < CTL_RECORD_TYPES; t++)
        fx_json_number(j, ctl_record_type_name((enum ctl_record_type)t), r->types[t]);
    fx_json_close(j, '}');
    fx_json_number(j, "outside", r->outside);
    fx_json_number(j, "unread", r->unread);
    fx_json_number(j, "hosts", r->hosts);
    fx_json_open(j, "parts", '[');
    for (size_t i = 0; i < r->part_count; i++) {
        fx_json_open(j, NULL, '{');
        fx_json_string(j, "name", fx_slice_str(r->parts[i].name));
        fx_json_number(j, "records", r->parts[i].records);
        fx_json_number(j, "unread", r->parts[i].unread);
        fx_json_close(j, '}');
    }
    fx_json_close(j, ']');
    put_chain(j, &r->chain);
}

static void put_row(struct fx_json *j, const struct ctl_table *table,
                    const struct ctl_table_row *row)
{
    fx_json_open(j, NULL, '{');
    fx_json_string(j, "label", fx_slice(row->label, row->label_len));
    if (row->note_len > 0)
        fx_json_string(j, "note", fx_slice(row->note, row->note_len));
    fx_json_open(j, "values", '[');
    for (size_t c = 0; c < table->column_count; c++)
        fx_json_number(j, NULL, row->values[c]);
    fx_json_close(j, ']');
    fx_json_close(j, '}');
}

static void put_table(struct fx_json *j, const struct ctl_table *table)
{
    fx_json_string(j, "table", fx_slice_str(table->id));
    fx_json_string(j, "title", fx_slice_str(table->title));
    fx_json_string(j, "labels", fx_slice_str(table->labels));
    fx_json_open(j, "columns", '[');
    for (size_t c = 0; c < table->column_count; c++)
        fx_json_string(j, NULL, fx_slice_str(table->columns[c]));
    fx_json_close(j, ']');
    fx_json_number(j, "shares", table->shares);
    if (table->chart == CTL_CHART_TIME)
        fx_json_number(j, "step", table->step);
    fx_json_open(j, "rows", '[');
    for (size_t i = 0; i < table->row_count; i++)
        put_row(j, table, &table->rows[i]);
    fx_json_close(j, ']');
    fx_json_number(j, "others", table->others);
    fx_json_open(j, "rest", '[');
    for (size_t c = 0; c < table->column_count; c++)
        fx_json_number(j, NULL, table->rest[c]);
    fx_json_close(j, ']');
    fx_json_bool(j, "approximate", table->approximate);
    fx_json_number(j, "missed", table->missed);
}

static bool put_line(struct fx_json *j)
{
    if (j->lossy)
        fx_json_bool(j, "lossy", true);
    fx_json_close(j, '}');
    fx_text_add_char(j->text, '\n');
    return !j->text->overflow && fwrite(j->text->data, 1, j->text->len, stdout) == j->text->len;
}

bool ctl_report_json(const struct ctl_report *report)
{
    struct fx_text line;
    fx_text_init_growing(&line, LINE_MAX_OCTETS);
    struct fx_json j = {.text = &line};
    fx_json_open(&j, NULL, '{');
    put_summary(&j, report);
    bool good = put_line(&j);
    for (size_t t = 0; t < report->table_count && good; t++) {
        fx_text_reset(&line);
        j = (struct fx_json){.text = &line};
        fx_json_open(&j, NULL, '{');
        put_table(&j, &report->tables[t]);
        good = put_line(&j);
    }
    fx_text_finish(&line);
    return good;
}
