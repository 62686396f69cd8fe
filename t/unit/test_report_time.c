/* test_report_time - counts over time: a bounded number of steps, whatever the times. */
#include "report_time.h"

#include "fixture.h"
#include "timestamp.h"

#include <string.h>

#define STEPS 96
#define SECOND INT64_C(1000000)

static int64_t at(const char *text)
{
    int64_t wall = -1;
    assert_true(fx_timestamp_read(fx_slice_str(text), &wall));
    return wall;
}

static struct ctl_table rows(const struct ctl_time *time)
{
    static const char *const columns[] = {"a", "b"};
    struct ctl_table table;
    assert_true(ctl_table_init(&table, columns, 2));
    assert_true(ctl_time_rows(time, &table));
    return table;
}

static void nothing(void **state)
{
    (void)state;
    struct ctl_time time;
    assert_true(ctl_time_init(&time, 2, STEPS));
    struct ctl_table table = rows(&time);
    assert_int_equal(table.row_count, 0);
    ctl_table_finish(&table);
    ctl_time_finish(&time);
}

static void minutes(void **state)
{
    (void)state;
    struct ctl_time time;
    assert_true(ctl_time_init(&time, 2, STEPS));
    ctl_time_count(&time, at("2026-11-22T13:02:59.999999Z"), 0, 1);
    ctl_time_count(&time, at("2026-11-22T13:03:00Z"), 1, 2);
    ctl_time_count(&time, at("2026-11-22T13:00:10Z"), 0, 1); /* earlier */
    struct ctl_table table = rows(&time);
    assert_int_equal(table.step, 60);
    assert_int_equal(table.row_count, 4);
    assert_string_equal(table.rows[0].label, "2026-11-22T13:00:00Z");
    assert_string_equal(table.rows[3].label, "2026-11-22T13:03:00Z");
    assert_int_equal(table.rows[0].values[0], 1);
    assert_int_equal(table.rows[1].values[0], 0);
    assert_int_equal(table.rows[2].values[0], 1);
    assert_int_equal(table.rows[3].values[0], 0);
    assert_int_equal(table.rows[3].values[1], 2);
    ctl_table_finish(&table);
    ctl_time_finish(&time);
}

static void weeks_begin_on_mondays(void **state)
{
    (void)state;
    struct ctl_time time;
    assert_true(ctl_time_init(&time, 2, STEPS));
    ctl_time_count(&time, at("2026-11-22"), 0, 1); /* a Sunday */
    ctl_time_count(&time, at("2025-11-23"), 0, 1);
    struct ctl_table table = rows(&time);
    assert_int_equal(table.step, 7 * 86400);
    assert_int_equal(table.row_count, 53);
    assert_string_equal(table.rows[0].label, "2025-11-17T00:00:00Z");
    assert_string_equal(table.rows[52].label, "2026-11-16T00:00:00Z");
    ctl_table_finish(&table);
    ctl_time_finish(&time);
}

static void all_there_is(void **state)
{
    (void)state;
    struct ctl_time time;
    assert_true(ctl_time_init(&time, 2, STEPS));
    ctl_time_count(&time, at("9999-12-31T23:59:59Z"), 0, UINT64_MAX);
    ctl_time_count(&time, 0, 1, 3);
    ctl_time_count(&time, at("9999-12-31T23:59:58Z"), 0, 3);
    struct ctl_table table = rows(&time);
    assert_true(table.row_count > 1 && table.row_count <= STEPS);
    assert_int_equal(table.rows[0].values[1], 3);
    assert_true(table.rows[table.row_count - 1].values[0] == UINT64_MAX);
    ctl_table_finish(&table);
    ctl_time_finish(&time);
}

/* Times in any order: each stands in the step that it belongs to. */
static void random_times(int64_t within, unsigned count)
{
    static int64_t times[3000];
    struct ctl_time time;
    uint64_t random = 88172645463325252u + (uint64_t)within;
    int64_t from = at("2026-03-01");
    assert_true(ctl_time_init(&time, 2, STEPS));
    for (unsigned i = 0; i < count; i++) {
        random ^= random << 13; /* xorshift64 */
        random ^= random >> 7;
        random ^= random << 17;
        times[i] = from + (int64_t)(random % (uint64_t)within) * SECOND;
        ctl_time_count(&time, times[i], i % 2, 1);
    }
    struct ctl_table table = rows(&time);
    assert_true(table.row_count <= STEPS);
    int64_t step = (int64_t)table.step * SECOND;
    for (size_t r = 0; r < table.row_count; r++) {
        int64_t begins = at(table.rows[r].label);
        uint64_t truth[2] = {0, 0};
        for (unsigned i = 0; i < count; i++)
            if (times[i] >= begins && times[i] < begins + step)
                truth[i % 2]++;
        assert_int_equal(table.rows[r].values[0], truth[0]);
        assert_int_equal(table.rows[r].values[1], truth[1]);
        if (r > 0)
            assert_int_equal(begins, at(table.rows[r - 1].label) + step);
    }
    uint64_t sum = 0;
    for (size_t r = 0; r < table.row_count; r++)
        sum += table.rows[r].values[0] + table.rows[r].values[1];
    assert_int_equal(sum, count);
    struct ctl_table fewer;
    static const char *const columns[] = {"a", "b"};
    assert_true(ctl_table_init(&fewer, columns, 2));
    assert_true(ctl_time_join(&table, 10, &fewer));
    assert_true(fewer.row_count <= 10 && fewer.row_count <= table.row_count);
    assert_int_equal(fewer.step % table.step, 0);
    for (size_t r = 0, i = 0; r < fewer.row_count; r++) {
        int64_t ends = at(fewer.rows[r].label) + (int64_t)fewer.step * SECOND;
        uint64_t joined = 0;
        for (; i < table.row_count && at(table.rows[i].label) < ends; i++)
            joined += table.rows[i].values[1];
        assert_int_equal(fewer.rows[r].values[1], joined);
    }
    ctl_table_finish(&fewer);
    /* no wider than it has to be: seven times finer would not have fitted */
    assert_true((int64_t)table.step * STEPS <= 8 * within + 60 * STEPS);
    ctl_table_finish(&table);
    ctl_time_finish(&time);
}

static void random_periods(void **state)
{
    (void)state;
    for (int64_t within = 50; within < INT64_C(5000000000); within = within * 3 + 1)
        random_times(within, 3000);
    random_times(1, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing),
        cmocka_unit_test(minutes),
        cmocka_unit_test(weeks_begin_on_mondays),
        cmocka_unit_test(all_there_is),
        cmocka_unit_test(random_periods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
