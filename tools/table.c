/* table - see table.h. */
#include "table.h"

#include "grow.h"

#include <stdlib.h>
#include <string.h>

bool ctl_table_init(struct ctl_table *table, const char *const *columns, size_t column_count)
{
    *table = (struct ctl_table){.column_count = column_count, .shares = column_count};
    table->columns = calloc(column_count > 0 ? column_count : 1, sizeof *table->columns);
    table->rest = calloc(column_count > 0 ? column_count : 1, sizeof *table->rest);
    if (table->columns == NULL || table->rest == NULL) {
        ctl_table_finish(table);
        return false;
    }
    for (size_t i = 0; i < column_count; i++)
        table->columns[i] = columns[i];
    return true;
}

void ctl_table_finish(struct ctl_table *table)
{
    for (size_t i = 0; i < table->row_count; i++) {
        free(table->rows[i].label);
        free(table->rows[i].note);
        free(table->rows[i].values);
    }
    free(table->rows);
    free(table->columns);
    free(table->rest);
    *table = (struct ctl_table){0};
}

struct ctl_table_row *ctl_table_add(struct ctl_table *table, struct fx_slice label)
{
    if (table->row_count == table->row_cap) {
        void *grown = fx_grown(table->rows, &table->row_cap, sizeof *table->rows);
        if (grown == NULL)
            return NULL;
        table->rows = grown;
    }
    struct ctl_table_row row = {.label = malloc(label.len + 1),
                                .label_len = label.len,
                                .values = calloc(table->column_count + 1, sizeof *row.values)};
    if (row.label == NULL || row.values == NULL) {
        free(row.label);
        free(row.values);
        return NULL;
    }
    if (label.len > 0)
        memcpy(row.label, label.ptr, label.len);
    row.label[label.len] = '\0';
    table->rows[table->row_count] = row;
    return &table->rows[table->row_count++];
    /* no fault: malloc-leak: both are kept in the row */
}

bool ctl_table_note(struct ctl_table_row *row, struct fx_slice note)
{
    char *copy = malloc(note.len + 1);
    if (copy == NULL)
        return false;
    if (note.len > 0)
        memcpy(copy, note.ptr, note.len);
    copy[note.len] = '\0';
    free(row->note);
    row->note = copy;
    row->note_len = note.len;
    return true;
}
