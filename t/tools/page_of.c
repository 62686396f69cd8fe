/* page_of - page_of FILE: writes a report as an HTML page. The report is told in JSON on
 * standard input, labels in hex, so that report_cases.py can say what it wants; exit code
 * as fixupctl's.
 */
#include "report.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
    if (p == NULL) {
        fputs("page_of: no memory, or this is no report\n", stderr);
        exit(70);
    }
    return p;
}

static const char *word(const json_t *from, const char *name)
{
    return must((void *)json_string_value(json_object_get(from, name)));
}

static size_t number(const json_t *from, const char *name)
{
    return (size_t)json_integer_value(json_object_get(from, name));
}

/* Digits, since JSON's numbers end at 2^63 - 1. */
static uint64_t value(const json_t *from)
{
    uint64_t n = 0;
    if (!fx_slice_u64(fx_slice_str(json_string_value(from)), &n))
        must(NULL);
    return n;
}

static struct fx_slice octets(const json_t *from)
{
    const char *hex = must((void *)json_string_value(from));
    size_t len = strlen(hex) / 2;
    char *out = must(malloc(len + 1));
    for (size_t i = 0; i < len; i++)
        out[i] = (char)(fx_ascii_hex(hex[2 * i]) * 16 + fx_ascii_hex(hex[2 * i + 1]));
    return fx_slice(out, len);
}

static void fill(struct ctl_table *table, const json_t *from)
{
    const json_t *columns = json_object_get(from, "columns"), *row;
    const json_t *rest = json_object_get(from, "rest");
    const char *names[16];
    size_t count = json_array_size(columns), at;
    for (size_t i = 0; i < count && i < 16; i++)
        names[i] = must((void *)json_string_value(json_array_get(columns, i)));
    if (!ctl_table_init(table, names, count))
        must(NULL);
    table->id = word(from, "id");
    table->title = word(from, "title");
    table->means = word(from, "means");
    table->labels = word(from, "labels");
    table->chart = (enum ctl_chart)number(from, "chart");
    table->shares = number(from, "shares");
    table->step = number(from, "step");
    table->others = number(from, "others");
    table->approximate = table->others > 0;
    table->missed = number(from, "missed");
    for (size_t i = 0; i < json_array_size(rest); i++)
        table->rest[i] = value(json_array_get(rest, i));
    json_array_foreach(json_object_get(from, "rows"), at, row)
    {
        struct fx_slice label = octets(json_array_get(row, 0));
        struct fx_slice note = octets(json_array_get(row, 1));
        struct ctl_table_row *filled = must(ctl_table_add(table, label));
        if (!ctl_table_note(filled, note))
            must(NULL);
        for (size_t i = 0; i < count; i++)
            filled->values[i] = value(json_array_get(json_array_get(row, 2), i));
        free((void *)label.ptr);
        free((void *)note.ptr);
    }
}

int main(int argc, char **argv)
{
    struct ctl_report report = {0};
    json_error_t error;
    json_t *top = must(json_loadf(stdin, 0, &error));
    const json_t *tables = json_object_get(top, "tables"),
                 *chain = json_object_get(top, "chain");
    struct ctl_report_part part = {.name = (char *)word(top, "file"), .records = 7};
    report.table_count = json_array_size(tables);
    report.tables = must(calloc(report.table_count + 1, sizeof *report.tables));
    for (size_t i = 0; i < report.table_count; i++)
        fill(&report.tables[i], json_array_get(tables, i));
    report.records = report.types[CTL_RECORD_MESSAGE] = number(top, "messages");
    report.unread = part.unread = number(top, "unread");
    report.first = json_integer_value(json_object_get(top, "first"));
    report.last = json_integer_value(json_object_get(top, "last"));
    report.parts = &part;
    report.part_count = 1;
    report.chain.state = (enum ctl_chain_state)number(chain, "state");
    report.chain.where = (char *)json_string_value(json_object_get(chain, "where"));
    report.chain.what = (char *)json_string_value(json_object_get(chain, "what"));
    report.chain.chains = number(chain, "chains");
    report.chain.chained = number(chain, "chained");
    report.chain.first = report.chain.chains == 1;
    report.chain.last = report.chain.chains == 1 ? report.chain.chained : 0;
    report.chain.heads = number(chain, "heads");
    int code = argc == 2 ? (int)ctl_report_html(&report, argv[1]) : 64;
    for (size_t i = 0; i < report.table_count; i++)
        ctl_table_finish(&report.tables[i]);
    free(report.tables);
    json_decref(top);
    return code;
}
