/* Tests of vocab: the tables are read both ways, have no doubles, and a document for each
 * name. */
#include "fixture.h"
#include "vocab.h"

#include <string.h>

static void check_word(const char *name, const char *document)
{
    assert_non_null(name);
    assert_true(strlen(name) > 0);
    assert_non_null(document);
    assert_true(strlen(document) > 3);
    for (const char *p = name; *p != '\0'; p++)
        assert_true((*p >= 'A' && *p <= 'Z') || fx_ascii_digit(*p) || *p == '-');
}

static void verbs_round_trip(void **state)
{
    (void)state;
    for (int v = FX_VERB_UNKNOWN + 1; v < FX_VERB_COUNT; v++) {
        const char *name = fx_verb_name((enum fx_verb)v);
        check_word(name, fx_verb_document((enum fx_verb)v));
        assert_int_equal(fx_verb_find(fx_slice_str(name)), v);
        if (v > FX_VERB_UNKNOWN + 1 && strncmp(name, "X-", 2) != 0)
            assert_true(strcmp(fx_verb_name((enum fx_verb)(v - 1)), name) < 0);
    }
    assert_true(FX_VERB_COUNT <= 64);
}

static void extensions_round_trip(void **state)
{
    (void)state;
    for (int e = FX_EXT_UNKNOWN + 1; e < FX_EXT_COUNT; e++) {
        const char *name = fx_extension_name((enum fx_extension)e);
        check_word(name, fx_extension_document((enum fx_extension)e));
        assert_int_equal(fx_extension_find(fx_slice_str(name)), e);
        for (int other = FX_EXT_UNKNOWN + 1; other < e; other++)
            assert_string_not_equal(fx_extension_name((enum fx_extension)other), name);
    }
    assert_true(FX_EXT_COUNT <= 64);
}

static void what_is_no_word(void **state)
{
    (void)state;
    static const char *const words[] = {"",     "MAI",         "MAILX", "MAIL ",
                                        "XXXX", "GOODMORNING", "8"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_int_equal(fx_verb_find(fx_slice_str(words[i])), FX_VERB_UNKNOWN);
        assert_int_equal(fx_extension_find(fx_slice_str(words[i])), FX_EXT_UNKNOWN);
    }
    assert_int_equal(fx_verb_find(FX_ABSENT), FX_VERB_UNKNOWN);
    assert_int_equal(fx_verb_find(FX_LIT("MAIL\0")), FX_VERB_UNKNOWN);
    assert_string_equal(fx_verb_name(FX_VERB_UNKNOWN), "");
    assert_string_equal(fx_verb_name(FX_VERB_COUNT), "");
    assert_string_equal(fx_verb_document(FX_VERB_COUNT), "");
    assert_string_equal(fx_extension_name(FX_EXT_UNKNOWN), "");
    assert_string_equal(fx_extension_name(FX_EXT_COUNT), "");
    assert_string_equal(fx_extension_document(FX_EXT_COUNT), "");
}

static void case_is_ignored(void **state)
{
    (void)state;
    assert_int_equal(fx_verb_find(FX_LIT("starttls")), FX_VERB_STARTTLS);
    assert_int_equal(fx_verb_find(FX_LIT("x-Link2State")), FX_VERB_X_LINK2STATE);
    assert_int_equal(fx_extension_find(FX_LIT("8bitmime")), FX_EXT_8BITMIME);
}

static void parameters_know_their_extension(void **state)
{
    (void)state;
    static const struct {
        const char *parameter;
        enum fx_extension mail, rcpt;
    } rows[] = {
        {"SIZE=10", FX_EXT_SIZE, FX_EXT_UNKNOWN},
        {"size", FX_EXT_SIZE, FX_EXT_UNKNOWN},
        {"BODY=8BITMIME", FX_EXT_8BITMIME, FX_EXT_UNKNOWN},
        {"body=8bitmime", FX_EXT_8BITMIME, FX_EXT_UNKNOWN},
        {"BODY=7BIT", FX_EXT_8BITMIME, FX_EXT_UNKNOWN},
        {"BODY=", FX_EXT_8BITMIME, FX_EXT_UNKNOWN},
        {"BODY", FX_EXT_8BITMIME, FX_EXT_UNKNOWN},
        {"BODY=binarymime", FX_EXT_BINARYMIME, FX_EXT_UNKNOWN},
        {"SMTPUTF8", FX_EXT_SMTPUTF8, FX_EXT_UNKNOWN},
        {"RET=HDRS", FX_EXT_DSN, FX_EXT_UNKNOWN},
        {"ENVID=x=y", FX_EXT_DSN, FX_EXT_UNKNOWN},
        {"NOTIFY=NEVER", FX_EXT_UNKNOWN, FX_EXT_DSN},
        {"ORCPT=rfc822;a@b", FX_EXT_UNKNOWN, FX_EXT_DSN},
        {"AUTH=<>", FX_EXT_AUTH, FX_EXT_UNKNOWN},
        {"RRVS=2026-01-01T00:00:00Z", FX_EXT_UNKNOWN, FX_EXT_RRVS},
        {"CONPERM", FX_EXT_CONPERM, FX_EXT_UNKNOWN},
        {"CONNEG", FX_EXT_UNKNOWN, FX_EXT_CONNEG},
        {"BY=1;R", FX_EXT_DELIVERBY, FX_EXT_UNKNOWN},
        {"HOLDFOR=1", FX_EXT_FUTURERELEASE, FX_EXT_UNKNOWN},
        {"MT-PRIORITY=3", FX_EXT_MT_PRIORITY, FX_EXT_UNKNOWN},
        {"ALT-ADDRESS=x", FX_EXT_UTF8SMTP, FX_EXT_UTF8SMTP},
        {"REQUIRETLS", FX_EXT_REQUIRETLS, FX_EXT_UNKNOWN},
        {"X-FOO=1", FX_EXT_UNKNOWN, FX_EXT_UNKNOWN},
        {"=1", FX_EXT_UNKNOWN, FX_EXT_UNKNOWN},
        {"", FX_EXT_UNKNOWN, FX_EXT_UNKNOWN},
        {"SIZE10", FX_EXT_UNKNOWN, FX_EXT_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fx_slice p = fx_slice_str(rows[i].parameter);
        assert_int_equal(fx_parameter_extension(p, false), rows[i].mail);
        assert_int_equal(fx_parameter_extension(p, true), rows[i].rcpt);
    }
}

static void parameter_parts(void **state)
{
    (void)state;
    assert_slice(fx_parameter_keyword(FX_LIT("ENVID=x=y")), "ENVID");
    assert_slice(fx_parameter_value(FX_LIT("ENVID=x=y")), "x=y");
    assert_slice(fx_parameter_keyword(FX_LIT("SMTPUTF8")), "SMTPUTF8");
    assert_slice(fx_parameter_value(FX_LIT("SMTPUTF8")), NULL);
    assert_slice(fx_parameter_value(FX_LIT("SIZE=")), "");
    assert_slice(fx_parameter_keyword(FX_LIT("=x")), "");
}

static void parameter_table(void **state)
{
    (void)state;
    const char *keyword, *document, *before = "";
    enum fx_extension ext;
    bool on_mail, on_rcpt;
    size_t n = 0;
    for (; fx_parameter_entry(n, &keyword, &ext, &document, &on_mail, &on_rcpt); n++) {
        check_word(keyword, document);
        assert_true(strcmp(before, keyword) < 0);
        before = keyword;
        assert_true(ext > FX_EXT_UNKNOWN && ext < FX_EXT_COUNT);
        assert_true(on_mail || on_rcpt);
        struct fx_slice k = fx_slice_str(keyword);
        assert_int_equal(fx_parameter_extension(k, false), on_mail ? ext : FX_EXT_UNKNOWN);
        assert_int_equal(fx_parameter_extension(k, true), on_rcpt ? ext : FX_EXT_UNKNOWN);
    }
    assert_true(n > 15);
    assert_false(fx_parameter_entry(SIZE_MAX, &keyword, &ext, &document, &on_mail, &on_rcpt));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs_round_trip),
        cmocka_unit_test(extensions_round_trip),
        cmocka_unit_test(what_is_no_word),
        cmocka_unit_test(case_is_ignored),
        cmocka_unit_test(parameters_know_their_extension),
        cmocka_unit_test(parameter_parts),
        cmocka_unit_test(parameter_table),
    };
    return cmocka_run_group_tests_name("vocab", tests, NULL, NULL);
}
