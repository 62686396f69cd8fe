/* report_top - see report_top.h. */
#include "report_top.h"

#include "grow.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

uint64_t ctl_sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

bool ctl_top_init(struct ctl_top *top, size_t keep, size_t columns)
{
    *top = (struct ctl_top){.keep = keep, .columns = columns};
    top->gone = calloc(columns + 1, sizeof *top->gone);
    return top->gone != NULL;
}

static void destroy(struct ctl_top_entry *entry)
{
    if (entry == NULL)
        return;
    free(entry->values);
    free(entry->text);
    free(entry);
}

void ctl_top_finish(struct ctl_top *top)
{
    for (size_t i = 0; i < top->count; i++)
        destroy(top->sorted[i]);
    free(top->sorted);
    free(top->heap);
    free(top->gone);
    *top = (struct ctl_top){0};
}

/* ---- labels ---- */

/* The octets of s that are kept: no character is cut in two. */
static size_t kept(struct fx_slice s, bool *cut)
{
    static const size_t most = CTL_LABEL_MAX - 3;
    *cut = s.len > CTL_LABEL_MAX;
    if (!*cut)
        return s.len;
    size_t len = most;
    while (len > most - 4 && ((unsigned char)s.ptr[len] & 0xC0) == 0x80)
        len--;
    return len;
}

static size_t copy(char *to, struct fx_slice s)
{
    bool cut;
    size_t len = kept(s, &cut);
    if (len > 0)
        /* no fault: clang-analyzer-core.NonNullParamChecker: without text kept() is 0 */
        memcpy(to, s.ptr, len);
    if (!cut)
        return len;
    memcpy(to + len, "...", 3);
    return len + 3;
}

static int compare(struct fx_slice a, struct fx_slice b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.ptr, b.ptr, common) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Where the label is in `sorted`, or belongs. */
static size_t find(const struct ctl_top *top, struct fx_slice label, bool *there)
{
    size_t from = 0, to = top->count;
    *there = false;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = compare(top->sorted[middle]->label, label);
        if (order == 0) {
            *there = true;
            return middle;
        }
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* ---- the heap ---- */

static void place(struct ctl_top *top, size_t at, struct ctl_top_entry *entry)
{
    top->heap[at] = entry;
    entry->heap_at = at;
}

/* The count of an entry has grown. */
static void sink(struct ctl_top *top, struct ctl_top_entry *entry)
{
    size_t at = entry->heap_at;
    for (;;) {
        size_t least = 2 * at + 1;
        if (least + 1 < top->count && top->heap[least + 1]->count < top->heap[least]->count)
            least++;
        if (least >= top->count || top->heap[least]->count >= entry->count)
            break;
        place(top, at, top->heap[least]);
        at = least;
    }
    place(top, at, entry);
}

/* Its count is 0: no parent's is less than that of a child. */
static void rise(struct ctl_top *top, struct ctl_top_entry *entry)
{
    size_t at = entry->heap_at;
    for (; at > 0 && top->heap[(at - 1) / 2]->count > entry->count; at = (at - 1) / 2)
        place(top, at, top->heap[(at - 1) / 2]);
    place(top, at, entry);
}

/* ---- taking ---- */

static bool set_text(struct ctl_top_entry *entry, struct fx_slice label, struct fx_slice note)
{
    char *text = malloc(2 * CTL_LABEL_MAX + 1);
    if (text == NULL)
        return false;
    size_t label_len = copy(text, label);
    size_t note_len = copy(text + label_len, note);
    char *fitting = realloc(text, label_len + note_len + 1);
    if (fitting != NULL)
        text = fitting;
    free(entry->text);
    entry->text = text;
    entry->label = fx_slice(text, label_len);
    entry->note = fx_slice_told(note) ? fx_slice(text + label_len, note_len) : FX_ABSENT;
    return true;
}

static bool room(struct ctl_top *top)
{
    size_t cap = top->cap;
    if (top->count < cap)
        return true;
    void *sorted = fx_grown(top->sorted, &cap, sizeof(struct ctl_top_entry *));
    if (sorted == NULL)
        return false;
    top->sorted = sorted;
    void *heap = realloc(top->heap, cap * sizeof(struct ctl_top_entry *));
    if (heap == NULL)
        return false;
    top->heap = heap;
    top->cap = cap;
    return true;
}

static struct ctl_top_entry *fresh(struct ctl_top *top, struct fx_slice label)
{
    struct ctl_top_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        return NULL;
    entry->values = calloc(top->columns + 1, sizeof *entry->values);
    if (entry->values == NULL || !set_text(entry, label, FX_ABSENT) || !room(top)) {
        destroy(entry);
        return NULL;
    }
    entry->heap_at = top->count++;
    rise(top, entry);
    return entry;
}

/* The one counted least makes room; still in `sorted` at its place, which is closed. */
static struct ctl_top_entry *turned_over(struct ctl_top *top, struct fx_slice label)
{
    struct ctl_top_entry *entry = top->heap[0];
    struct fx_slice before = entry->label;
    char *old = entry->text;
    entry->text = NULL;
    bool there;
    size_t at = find(top, before, &there);
    /* no fault: malloc-leak: kept in the entry */
    if (!set_text(entry, label, FX_ABSENT)) {
        entry->text = old;
        return NULL;
    }
    free(old);
    memmove(&top->sorted[at], &top->sorted[at + 1],
            (top->count - at - 1) * sizeof(struct ctl_top_entry *));
    for (size_t c = 0; c < top->columns; c++) {
        top->gone[c] = ctl_sum(top->gone[c], entry->values[c]);
        entry->values[c] = 0;
    }
    entry->uncertain = entry->count;
    entry->mark = 0;
    top->evicted++;
    return entry;
}

struct ctl_top_entry *ctl_top_take(struct ctl_top *top, struct fx_slice label)
{
    char buffer[CTL_LABEL_MAX];
    bool there;
    label = fx_slice(buffer, copy(buffer, label));
    size_t at = find(top, label, &there);
    struct ctl_top_entry *entry = there ? top->sorted[at] : NULL;
    if (entry == NULL) {
        bool full = top->count == top->keep;
        entry = full ? turned_over(top, label) : fresh(top, label);
        if (entry == NULL)
            return NULL;
        /* all but the new one are in order: put it in its place among them */
        size_t others = top->count - 1;
        top->count = others;
        at = find(top, label, &there);
        top->count = others + 1;
        memmove(&top->sorted[at + 1], &top->sorted[at],
                (others - at) * sizeof(struct ctl_top_entry *));
        top->sorted[at] = entry;
    }
    entry->count++;
    sink(top, entry);
    return entry;
}

bool ctl_top_note(struct ctl_top_entry *entry, struct fx_slice note)
{
    if (fx_slice_eq(entry->note, note))
        return true;
    char buffer[CTL_LABEL_MAX];
    struct fx_slice label = fx_slice(buffer, copy(buffer, entry->label));
    return set_text(entry, label, note);
}

/* ---- rows ---- */

struct shown {
    const struct ctl_top_entry *entry;
    uint64_t first, sure;
};

static int order(const void *a, const void *b)
{
    const struct shown *p = a, *q = b;
    if (p->first != q->first)
        return p->first > q->first ? -1 : 1;
    if (p->sure != q->sure)
        return p->sure > q->sure ? -1 : 1;
    return compare(p->entry->label, q->entry->label);
}

static bool add_row(struct ctl_table *table, const struct ctl_top_entry *entry)
{
    struct ctl_table_row *row = ctl_table_add(table, entry->label);
    if (row == NULL)
        return false;
    if (entry->note.len > 0 && !ctl_table_note(row, entry->note))
        return false;
    for (size_t c = 0; c < table->column_count; c++)
        row->values[c] = entry->values[c];
    if (entry->uncertain > table->missed)
        table->missed = entry->uncertain;
    return true;
}

bool ctl_top_rows(const struct ctl_top *top, size_t rows, size_t by, struct ctl_table *table)
{
    struct shown *all = calloc(top->count + 1, sizeof *all);
    if (all == NULL)
        return false;
    for (size_t i = 0; i < top->count; i++) {
        const struct ctl_top_entry *entry = top->sorted[i];
        all[i] = (struct shown){.entry = entry,
                                .first = by < top->columns ? entry->values[by] : 0,
                                .sure = entry->count - entry->uncertain};
    }
    qsort(all, top->count, sizeof *all, order);
    table->approximate = top->evicted > 0;
    for (size_t c = 0; c < top->columns; c++)
        table->rest[c] = ctl_sum(table->rest[c], top->gone[c]);
    bool good = true;
    for (size_t i = 0; i < top->count && good; i++) {
        if (i < rows)
            good = add_row(table, all[i].entry);
        for (size_t c = 0; c < top->columns && i >= rows; c++)
            table->rest[c] = ctl_sum(table->rest[c], all[i].entry->values[c]);
    }
    table->others = top->evicted + top->count - table->row_count;
    free(all);
    return good;
}
