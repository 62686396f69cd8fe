/* test_words - what a table says in words: numbers, times, shares, and the message of a chart.
 */
#include "fixture.h"
#include "words.h"

#include <string.h>

static char room[1024];
static struct fx_text text;

static void begin(void)
{
    fx_text_init_fixed(&text, room, sizeof room - 1);
}

static const char *said(void)
{
    assert_false(text.overflow);
    room[text.len] = '\0';
    return room;
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        uint64_t n;
        const char *grouped, *quantity;
    } cases[] = {
        {0, "0", "0"},
        {999, "999", "999"},
        {1000, "1,000", "1,000"},
        {9999, "9,999", "9,999"},
        {10000, "10,000", "10k"},
        {12500, "12,500", "12.5k"},
        {999949, "999,949", "999.9k"},
        {999950, "999,950", "1M"},
        {1000007, "1,000,007", "1M"},
        {UINT64_C(1) << 63, "9,223,372,036,854,775,808", "9.2E"},
        {UINT64_MAX, "18,446,744,073,709,551,615", "18.4E"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin();
        ctl_words_number(&text, cases[i].n);
        assert_string_equal(said(), cases[i].grouped);
        begin();
        ctl_words_quantity(&text, (double)cases[i].n, 10e3);
        assert_string_equal(said(), cases[i].quantity);
    }
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        bool days;
        const char *said;
    } cases[] = {
        {"2026-11-22T13:00:00Z", false, "22 Nov 2026, 13:00"},
        {"2026-01-02T00:00:00Z", false, "2 Jan 2026, 00:00"},
        {"2026-01-02T00:00:00Z", true, "2 Jan 2026"},
        {"2026-01-02T06:00:00Z", true, "2 Jan 2026, 06:00"},
        {"2026-01-02T06:07:08.123456Z", false, "2 Jan 2026, 06:07"},
        {"2026-13-02T00:00:00Z", true, "2026-13-02T00:00:00Z"},
        {"2026-01-02", true, "2026-01-02"},
        {"", true, ""},
    };
    static const struct {
        uint64_t seconds;
        const char *said;
    } periods[] = {{1, "1 second"},     {60, "1 minute"},     {90, "90 seconds"},
                   {900, "15 minutes"}, {3600, "1 hour"},     {86400, "1 day"},
                   {604800, "1 week"},  {2419200, "4 weeks"}, {172800, "2 days"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin();
        ctl_words_time(&text, fx_slice_str(cases[i].label), cases[i].days);
        assert_string_equal(said(), cases[i].said);
    }
    for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        begin();
        ctl_words_period(&text, periods[i].seconds);
        assert_string_equal(said(), periods[i].said);
    }
}

static void test_shares(void **state)
{
    (void)state;
    static const struct {
        uint64_t n, of;
        const char *said;
    } cases[] = {{0, 3, "0%"},
                 {1, 3, "33.3%"},
                 {2, 3, "66.7%"},
                 {1, 2, "50%"},
                 {9, 10000, "under 0.1%"},
                 {10, 10000, "0.1%"},
                 {9991, 10000, "over 99.9%"},
                 {1000, 1000, "100%"},
                 {UINT64_MAX, UINT64_MAX, "100%"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin();
        ctl_words_share(&text, cases[i].n, cases[i].of);
        assert_string_equal(said(), cases[i].said);
    }
}

static void fill(struct ctl_table *table, const char *label, uint64_t first, uint64_t second)
{
    struct ctl_table_row *row = ctl_table_add(table, fx_slice_str(label));
    assert_non_null(row);
    row->values[0] = first;
    row->values[1] = second;
}

static const char *message(const struct ctl_table *table)
{
    begin();
    ctl_words_table(&text, table);
    return said();
}

static void test_message(void **state)
{
    (void)state;
    static const char *const columns[] = {"pass", "drop"};
    static const char long_label[] =
        "0123456789012345678901234567890123456789012345678901234567890123456789";
    struct ctl_table table;
    assert_true(ctl_table_init(&table, columns, 2));
    table.shares = 1;
    table.chart = CTL_CHART_BARS;
    assert_string_equal(message(&table), "Nothing was counted.");
    fill(&table, "a", 0, 7);
    assert_string_equal(message(&table), "All are 0.");
    fill(&table, "b", 1200, 0);
    assert_string_equal(message(&table), "Most: b with 1,200 of 1,200 (100%).");
    fill(&table, "c", 300, 1);
    fill(&table, "", 300, 1);
    fill(&table, long_label, 300, 1);
    table.rest[0] = 300;
    assert_string_equal(message(&table),
                        "Most: b with 1,200 of 2,400 (50%); then c 300 (12.5%), "
                        "(empty) 300 (12.5%).");
    table.shares = 2;
    assert_string_equal(message(&table),
                        "a: 7 drop; b: 1,200 pass; c: 300 pass, 1 drop; and 2 more.");
    table.rows[4].values[0] = UINT64_MAX;
    assert_true(ctl_words_sum(&table, 0) == UINT64_MAX);
    table.shares = 1;
    assert_non_null(strstr(message(&table),
                           "Most: 01234567890123456789012345678901234567890123456"
                           "78901234567890123\xE2\x80\xA6 with "));
    ctl_table_finish(&table);
}

static void test_message_over_time(void **state)
{
    (void)state;
    static const char *const columns[] = {"pass", "drop"};
    struct ctl_table table;
    assert_true(ctl_table_init(&table, columns, 2));
    table.shares = 2;
    table.chart = CTL_CHART_TIME;
    table.step = 3600;
    fill(&table, "2026-11-22T13:00:00Z", 3, 0);
    assert_string_equal(message(&table), "3 pass, at 22 Nov 2026, 13:00. A column is 1 hour.");
    fill(&table, "2026-11-22T14:00:00Z", 3, 1);
    fill(&table, "2026-11-22T15:00:00Z", 0, 0);
    assert_string_equal(message(&table),
                        "6 pass, 1 drop in all, from 22 Nov 2026, 13:00 to 22 Nov 2026, 15:00; "
                        "most, 4, at 22 Nov 2026, 14:00. A column is 1 hour.");
    ctl_table_finish(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_message_over_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
