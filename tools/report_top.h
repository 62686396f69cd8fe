/* report_top - counts labels of which there may be any number, in bounded memory.
 *
 * Exact until there are more labels than are kept. From then on a new label takes the place of
 * the one counted least and inherits its count as an uncertainty (Space-Saving: Metwally,
 * Agrawal, El Abbadi, "Efficient computation of frequent and top-k elements in data streams",
 * 2005), so that a label that makes more than 1/keep of all is always among those kept. What
 * was counted with the one that went is kept in sum. Labels are kept in order and found by
 * binary search: nobody can choose labels that make it slow. Not thread-safe.
 */
#ifndef FX_REPORT_TOP_H
#define FX_REPORT_TOP_H

#include "table.h"

/* What is kept of a label; of a longer one the beginning, with "..." behind it. */
#define CTL_LABEL_MAX ((size_t)255)

struct ctl_top_entry {
    uint64_t *values; /* one for each column; for the caller to add to */
    uint64_t mark;    /* the caller's: 0 in a new entry */
    uint64_t count;   /* how often it was taken; `uncertain` of these may be others' */
    uint64_t uncertain;
    struct fx_slice label, note; /* note: absent unless given */
    size_t heap_at;
    char *text; /* label and note; owned */
};

struct ctl_top {
    size_t keep, columns;
    size_t count, cap;
    struct ctl_top_entry **sorted; /* by label */
    struct ctl_top_entry **heap;   /* the least count first */
    uint64_t *gone;                /* counted with labels that are not kept any more */
    uint64_t evicted;              /* how many these were, each time they went */
};

/* keep: from 1 on. false: no memory. */
bool ctl_top_init(struct ctl_top *top, size_t keep, size_t columns);
void ctl_top_finish(struct ctl_top *top);

/* Counts a label once and gives its entry, good until the next one is taken; NULL: no memory.
 */
struct ctl_top_entry *ctl_top_take(struct ctl_top *top, struct fx_slice label);
/* Gives the entry a note, cut like a label, in place of the one it has. false: no memory. */
bool ctl_top_note(struct ctl_top_entry *entry, struct fx_slice note);

/* Adds the `rows` labels with the greatest value in column `by` to the table, then by how often
 * they were taken for sure, then by label; and what the table says of all others. by: columns
 * when there is none. The table has as many columns. false: no memory. */
bool ctl_top_rows(const struct ctl_top *top, size_t rows, size_t by, struct ctl_table *table);

/* a + b, or as much as there can be. */
uint64_t ctl_sum(uint64_t a, uint64_t b);

#endif
