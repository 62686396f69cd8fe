/* test_report_top - the list of labels of a report: exact as long as all fit, else within its
 * bound and whole in sum. */
#include "report_top.h"

#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ctl_top_entry *take(struct ctl_top *top, struct fx_slice label, size_t column)
{
    struct ctl_top_entry *entry = ctl_top_take(top, label);
    assert_non_null(entry);
    entry->values[column]++;
    return entry;
}

static struct ctl_table rows(const struct ctl_top *top, size_t count, size_t by)
{
    static const char *const columns[] = {"a", "b"};
    struct ctl_table table;
    assert_true(ctl_table_init(&table, columns, 2));
    assert_true(ctl_top_rows(top, count, by, &table));
    return table;
}

static void check_row(const struct ctl_table *table, size_t i, const char *label, uint64_t a,
                      uint64_t b)
{
    assert_true(i < table->row_count);
    assert_string_equal(table->rows[i].label, label);
    assert_int_equal(table->rows[i].values[0], a);
    assert_int_equal(table->rows[i].values[1], b);
}

static void exact_in_order(void **state)
{
    (void)state;
    struct ctl_top top;
    assert_true(ctl_top_init(&top, 4, 2));
    take(&top, FX_LIT("one"), 0);
    for (int i = 0; i < 3; i++)
        take(&top, FX_LIT("three"), i == 0);
    take(&top, FX_LIT("also one"), 1);
    for (int i = 0; i < 2; i++)
        take(&top, FX_LIT(""), 0);
    struct ctl_table all = rows(&top, 10, 2);
    assert_int_equal(all.row_count, 4);
    check_row(&all, 0, "three", 2, 1);
    check_row(&all, 1, "", 2, 0);
    check_row(&all, 2, "also one", 0, 1);
    check_row(&all, 3, "one", 1, 0);
    assert_false(all.approximate);
    assert_int_equal(all.others, 0);
    assert_int_equal(all.missed, 0);
    ctl_table_finish(&all);

    struct ctl_table some = rows(&top, 1, 1); /* by column b, then by count */
    assert_int_equal(some.row_count, 1);
    check_row(&some, 0, "three", 2, 1);
    assert_int_equal(some.others, 3);
    assert_int_equal(some.rest[0], 3);
    assert_int_equal(some.rest[1], 1);
    assert_false(some.approximate);
    ctl_table_finish(&some);

    struct ctl_table by = rows(&top, 2, 1);
    check_row(&by, 1, "also one", 0, 1);
    ctl_table_finish(&by);
    ctl_top_finish(&top);
}

static void the_least_goes(void **state)
{
    (void)state;
    struct ctl_top top;
    assert_true(ctl_top_init(&top, 2, 2));
    for (int i = 0; i < 5; i++)
        take(&top, FX_LIT("often"), 0);
    struct ctl_top_entry *seldom = take(&top, FX_LIT("seldom"), 0);
    take(&top, FX_LIT("seldom"), 1);
    seldom->mark = 7;
    assert_true(ctl_top_note(seldom, FX_LIT("a note")));
    struct ctl_top_entry *fresh = take(&top, FX_LIT("new"), 1);
    assert_int_equal(fresh->mark, 0);
    assert_false(fx_slice_told(fresh->note));
    struct ctl_table table = rows(&top, 10, 2);
    assert_int_equal(table.row_count, 2);
    check_row(&table, 0, "often", 5, 0);
    check_row(&table, 1, "new", 0, 1); /* what was counted with the other is not its own */
    assert_true(table.approximate);
    assert_int_equal(table.missed, 2);
    assert_int_equal(table.others, 1);
    assert_int_equal(table.rest[0], 1);
    assert_int_equal(table.rest[1], 1);
    ctl_table_finish(&table);
    ctl_top_finish(&top);
}

static void long_labels_are_cut(void **state)
{
    (void)state;
    struct ctl_top top;
    static char longest[65536];
    memset(longest, 'x', sizeof longest);
    assert_true(ctl_top_init(&top, 8, 2));
    struct ctl_top_entry *whole = take(&top, fx_slice(longest, CTL_LABEL_MAX), 0);
    assert_int_equal(whole->label.len, CTL_LABEL_MAX);
    struct ctl_top_entry *cut = take(&top, fx_slice(longest, sizeof longest), 0);
    assert_int_equal(cut->label.len, CTL_LABEL_MAX);
    assert_memory_equal(cut->label.ptr + CTL_LABEL_MAX - 4, "x...", 4);
    longest[60000] = 'y'; /* of what is cut nothing counts */
    assert_ptr_equal(take(&top, fx_slice(longest, sizeof longest), 0), cut);
    /* no character is cut in two */
    memcpy(longest + CTL_LABEL_MAX - 5, "\xE2\x82\xAC", 3);
    struct ctl_top_entry *character = take(&top, fx_slice(longest, sizeof longest), 0);
    assert_int_equal(character->label.len, CTL_LABEL_MAX - 2);
    assert_memory_equal(character->label.ptr + CTL_LABEL_MAX - 6, "x...", 4);
    /* a NUL is an octet like others */
    assert_ptr_not_equal(take(&top, fx_slice("a\0b", 3), 0), take(&top, FX_LIT("a"), 0));
    assert_true(ctl_top_note(cut, fx_slice(longest, sizeof longest)));
    assert_int_equal(cut->note.len, CTL_LABEL_MAX - 2);
    assert_int_equal(cut->label.len, CTL_LABEL_MAX);
    ctl_top_finish(&top);
}

/* Any stream: what is said of each label is right within the bound, and the sum whole. */
static void random_stream(size_t keep, unsigned labels, unsigned steps)
{
    static uint64_t truth[1000][2];
    struct ctl_top top;
    char name[16];
    uint64_t random = 88172645463325252u + keep;
    memset(truth, 0, sizeof truth);
    assert_true(ctl_top_init(&top, keep, 2));
    for (unsigned i = 0; i < steps; i++) {
        random ^= random << 13; /* xorshift64 */
        random ^= random >> 7;
        random ^= random << 17;
        unsigned label = (unsigned)(random % (i % 3 == 0 ? 3 : labels));
        size_t column = random >> 63;
        int len = snprintf(name, sizeof name, "%u", label);
        take(&top, fx_slice(name, (size_t)len), column);
        truth[label][column]++;
        assert_true(top.count <= keep);
        for (size_t e = 1; e < top.count; e += 7) {
            assert_true(top.heap[(e - 1) / 2]->count <= top.heap[e]->count);
            assert_int_equal(top.heap[e]->heap_at, e);
        }
    }
    struct ctl_table table = rows(&top, keep, 2);
    uint64_t sum[2] = {table.rest[0], table.rest[1]};
    for (size_t i = 0; i < table.row_count; i++) {
        const uint64_t *values = table.rows[i].values;
        const uint64_t *real = truth[strtoul(table.rows[i].label, NULL, 10)];
        for (size_t c = 0; c < 2; c++) {
            assert_true(values[c] <= real[c]);
            sum[c] += values[c];
        }
        assert_true(real[0] + real[1] <= values[0] + values[1] + table.missed);
        if (!table.approximate)
            assert_int_equal(real[0] + real[1], values[0] + values[1]);
    }
    assert_int_equal(sum[0] + sum[1], steps);
    assert_int_equal(table.approximate, labels > keep);
    assert_true(table.missed <= steps / keep);
    /* the three that are a third of all are there, on top */
    for (size_t i = 0; i < 3; i++)
        assert_true(strtoul(table.rows[i].label, NULL, 10) < 3);
    ctl_table_finish(&table);
    ctl_top_finish(&top);
}

static void random_streams(void **state)
{
    (void)state;
    random_stream(1000, 1000, 20000);
    random_stream(64, 1000, 20000);
    random_stream(10, 40, 5000);
    random_stream(900, 1000, 50000);
}

static void sums_stop_at_the_largest(void **state)
{
    (void)state;
    assert_int_equal(ctl_sum(UINT64_MAX - 1, 1), UINT64_MAX);
    assert_int_equal(ctl_sum(UINT64_MAX - 1, 5), UINT64_MAX);
    assert_int_equal(ctl_sum(2, 3), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_in_order),           cmocka_unit_test(the_least_goes),
        cmocka_unit_test(long_labels_are_cut),      cmocka_unit_test(random_streams),
        cmocka_unit_test(sums_stop_at_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
