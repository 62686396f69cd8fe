/* Tests of mta: who is at the other end, and whether its client gets to read our words. */
#include "fixture.h"
#include "mta.h"

static const struct {
    const char *v;
    enum fx_mta_kind kind;
    unsigned major, minor;
    enum fx_answer text;
} rows[] = {
    {"Postfix 3.7.11", FX_MTA_POSTFIX, 3, 7, FX_YES},
    {"Postfix 2.11.0", FX_MTA_POSTFIX, 2, 11, FX_YES},
    {"Postfix 3.9.9", FX_MTA_POSTFIX, 3, 9, FX_YES},
    {"Postfix 3.10.0", FX_MTA_POSTFIX, 3, 10, FX_NO},
    {"Postfix 3.10", FX_MTA_POSTFIX, 3, 10, FX_NO},
    {"Postfix 3.11-20250101", FX_MTA_POSTFIX, 3, 11, FX_NO},
    {"Postfix 3.12-20260821", FX_MTA_POSTFIX, 3, 12, FX_NO},
    {"Postfix 3.100.1", FX_MTA_POSTFIX, 3, 100, FX_NO},
    {"Postfix 4.0.0", FX_MTA_POSTFIX, 4, 0, FX_NO},
    {"postfix 3.7.11", FX_MTA_POSTFIX, 3, 7, FX_YES},
    {"8.17.1.9/8.17.1.9/Debian-2", FX_MTA_SENDMAIL, 8, 17, FX_YES},
    {"8.18.1", FX_MTA_SENDMAIL, 8, 18, FX_YES},
    {"", FX_MTA_UNKNOWN, 0, 0, FX_UNKNOWN},
    {"Postfix", FX_MTA_UNKNOWN, 0, 0, FX_UNKNOWN},
    {"Exim 4.96", FX_MTA_UNKNOWN, 0, 0, FX_UNKNOWN},
    {" Postfix 3.7.11", FX_MTA_UNKNOWN, 0, 0, FX_UNKNOWN},
};

static void versions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fx_mta mta = fx_mta_parse(fx_slice_str(rows[i].v));
        assert_int_equal(mta.kind, rows[i].kind);
        assert_int_equal(mta.major, rows[i].major);
        assert_int_equal(mta.minor, rows[i].minor);
        assert_int_equal(fx_mta_unknown_text(&mta), rows[i].text);
    }
}

static void not_told(void **state)
{
    (void)state;
    struct fx_mta mta = fx_mta_parse(FX_ABSENT);
    assert_int_equal(mta.kind, FX_MTA_UNKNOWN);
    assert_int_equal(fx_mta_unknown_text(&mta), FX_UNKNOWN);
}

static void whole_line(void **state)
{
    (void)state;
    static const struct {
        const char *v;
        enum fx_answer whole, cut;
    } told[] = {
        {"Postfix 3.7.11", FX_NO, FX_NO},  {"Postfix 3.9.9", FX_NO, FX_NO},
        {"Postfix 3.10.0", FX_YES, FX_NO}, {"Postfix 4.0", FX_YES, FX_NO},
        {"8.17.1.9/8.17", FX_YES, FX_YES}, {"", FX_UNKNOWN, FX_NO},
    };
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        struct fx_mta mta = fx_mta_parse(fx_slice_str(told[i].v));
        assert_int_equal(fx_mta_whole_line(&mta, 0), told[i].whole);
        assert_int_equal(fx_mta_whole_line(&mta, 2047), told[i].whole);
        assert_int_equal(fx_mta_whole_line(&mta, 2048), told[i].cut);
        assert_int_equal(fx_mta_whole_line(&mta, 5000), told[i].cut);
    }
}

/* Numbers of any length end somewhere. */
static void absurd_numbers(void **state)
{
    (void)state;
    struct fx_mta mta = fx_mta_parse(FX_LIT("99999999999999999999.99999999999999999999"));
    assert_int_equal(mta.kind, FX_MTA_SENDMAIL);
    mta = fx_mta_parse(FX_LIT("Postfix x.y"));
    assert_int_equal(mta.kind, FX_MTA_POSTFIX);
    assert_int_equal(mta.major, 0);
}

static void adds_fields(void **state)
{
    (void)state;
    static const struct {
        const char *v;
        enum fx_answer adds;
    } told[] = {{"Postfix 3.7.11", FX_YES}, {"8.17.1.9", FX_NO}, {"", FX_UNKNOWN}};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        struct fx_mta mta = fx_mta_parse(fx_slice_str(told[i].v));
        assert_int_equal(fx_mta_adds_fields(&mta), told[i].adds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions),       cmocka_unit_test(not_told),
        cmocka_unit_test(whole_line),     cmocka_unit_test(adds_fields),
        cmocka_unit_test(absurd_numbers),
    };
    return cmocka_run_group_tests_name("mta", tests, NULL, NULL);
}
