/* timestamp - times as records and command lines have them, both ways. */
#include "fixture.h"

#include "timestamp.h"

static struct fx_text line;

static void times(void **state)
{
    (void)state;
    static const struct {
        int64_t wall;
        const char *want;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {1, "1970-01-01T00:00:00.000001Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {-1000000, "1969-12-31T23:59:59.000000Z"},
        {INT64_C(86399999999), "1970-01-01T23:59:59.999999Z"},
        {INT64_C(951782400) * 1000000, "2000-02-29T00:00:00.000000Z"},
        {INT64_C(951868800) * 1000000, "2000-03-01T00:00:00.000000Z"},
        {INT64_C(1709164799) * 1000000, "2024-02-28T23:59:59.000000Z"},
        {INT64_C(1709164800) * 1000000, "2024-02-29T00:00:00.000000Z"},
        {INT64_C(1709251200) * 1000000, "2024-03-01T00:00:00.000000Z"},
        {INT64_C(1740787200) * 1000000, "2025-03-01T00:00:00.000000Z"},
        {FIXTURE_WALL, "2026-11-21T10:00:00.123456Z"},
        {INT64_C(2147483648) * 1000000, "2038-01-19T03:14:08.000000Z"},
        {INT64_C(4107456000) * 1000000, "2100-02-28T00:00:00.000000Z"},
        {INT64_C(4107542400) * 1000000, "2100-03-01T00:00:00.000000Z"},
        {INT64_C(253402300799) * 1000000 + 999999, "9999-12-31T23:59:59.999999Z"},
        {INT64_C(-2203977600) * 1000000, "1900-02-28T00:00:00.000000Z"},
        {INT64_C(-2203891200) * 1000000, "1900-03-01T00:00:00.000000Z"},
        {INT64_C(-11644473600) * 1000000, "1601-01-01T00:00:00.000000Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fx_text_reset(&line);
        fx_timestamp_add(&line, rows[i].wall);
        assert_slice(fx_text_slice(&line), rows[i].want);
    }
}

static void read_back(void **state)
{
    (void)state;
    /* each day of some centuries, and the time within it */
    for (int64_t day = 0; day < 250 * 366; day++) {
        int64_t wall = day * INT64_C(86400000000) + day * 86399 % 86400 * 1000000 + day,
                got = -1;
        fx_text_reset(&line);
        fx_timestamp_add(&line, wall);
        assert_true(fx_timestamp_read(fx_text_slice(&line), &got));
        assert_true(got == wall);
    }
}

static void read_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t wall; /* -1: none */
    } rows[] = {
        {"1970-01-01", 0},
        {"2000-02-29", INT64_C(951782400) * 1000000},
        {"2026-11-21T10:00:00Z", FIXTURE_WALL - 123456},
        {"2026-11-21t10:00:00z", FIXTURE_WALL - 123456},
        {"2026-11-21T10:00:00.123456Z", FIXTURE_WALL},
        {"2026-11-21T10:00:00.1234569999999999999999999Z", FIXTURE_WALL},
        {"2026-11-21T10:00:00.1Z", FIXTURE_WALL - 23456},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800) * 1000000},
        {"9999-12-31T23:59:59.999999Z", INT64_C(253402300799) * 1000000 + 999999},
        {"1969-12-31", -1},
        {"0000-01-01", -1},
        {"1900-02-29", -1},
        {"2100-02-29", -1},
        {"2026-02-30", -1},
        {"2026-04-31", -1},
        {"2026-13-01", -1},
        {"2026-00-01", -1},
        {"2026-01-00", -1},
        {"2026-1-1", -1},
        {"2026-11-21 ", -1},
        {" 2026-11-21", -1},
        {"2026-11-21T", -1},
        {"2026-11-21Z", -1},
        {"2026-11-21T10:00Z", -1},
        {"2026-11-21T10:00:00", -1},
        {"2026-11-21T10:00:00+00:00", -1},
        {"2026-11-21T24:00:00Z", -1},
        {"2026-11-21T10:60:00Z", -1},
        {"2026-11-21T10:00:61Z", -1},
        {"9999-12-31T23:59:60Z", -1},
        {"2026-11-21T10:00:00.Z", -1},
        {"2026-11-21T10:00:00ZZ", -1},
        {"2026-11-21 10:00:00Z", -1},
        {"+026-11-21", -1},
        {"12026-11-21", -1},
        {"now", -1},
        {"", -1},
        {NULL, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t wall = -1;
        bool read = fx_timestamp_read(fx_slice_str(rows[i].text), &wall);
        if (read != (rows[i].wall >= 0) || wall != rows[i].wall)
            fail_msg("%s", rows[i].text);
    }
}

static int begin(void **state)
{
    (void)state;
    fx_text_init_growing(&line, 4096);
    return 0;
}

static int end(void **state)
{
    (void)state;
    fx_text_finish(&line);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),
        cmocka_unit_test(read_back),
        cmocka_unit_test(read_forms),
    };
    return cmocka_run_group_tests_name("timestamp", tests, begin, end);
}
