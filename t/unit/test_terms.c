/* Tests of terms: every word is read both ways, and the words are exactly the contract's, in
 * its order; records and configurations out there depend on them. */
#include "fixture.h"
#include "terms.h"

#include <string.h>

/* The contract's table of rules, without those of DKIM. */
static const char *const contract_rules[] = {
    "verb-not-allowed",       "verb-too-short",        "verb-masked-upstream",
    "extension-not-allowed",  "extension-required",    "command-line-length",
    "command-pipelining",     "command-terminator",    "sender-address-length",
    "address-character",      "recipient-count",       "header-line-length",
    "body-line-length",       "mime-filename-length",  "body-8bit",
    "size-mismatch",          "message-size",          "received-hops",
    "content-type-duplicate", "content-type-embedded", "dkim-*",
    "message-ended-early",    "end-of-data-held",      "limit-exceeded",
    "recipient-truncation",
    "duplicate-delivery",     "dsn-symptom",
};

static void rules_are_the_contracts(void **state)
{
    (void)state;
    size_t n = 0;
    for (int r = 0; r < FX_RULE_COUNT; r++, n++) {
        assert_true(n < sizeof contract_rules / sizeof contract_rules[0]);
        if (r == FX_RULE_DKIM_FIRST) {
            assert_string_equal(contract_rules[n], "dkim-*");
            for (; r < FX_RULE_DKIM_LAST; r++)
                assert_int_equal(strncmp(fx_rule_name((enum fx_rule)r), "dkim-", 5), 0);
        } else {
            assert_string_equal(fx_rule_name((enum fx_rule)r), contract_rules[n]);
        }
    }
    assert_int_equal(n, sizeof contract_rules / sizeof contract_rules[0]);
}

static void rules_round_trip(void **state)
{
    (void)state;
    for (int r = 0; r < FX_RULE_COUNT; r++) {
        enum fx_rule found = FX_RULE_COUNT;
        const char *name = fx_rule_name((enum fx_rule)r);
        assert_true(fx_rule_find(fx_slice_str(name), &found));
        assert_int_equal(found, r);
        assert_non_null(strchr(name, '-'));
        for (const char *p = name; *p != '\0'; p++)
            assert_true((*p >= 'a' && *p <= 'z') || fx_ascii_digit(*p) || *p == '-');
    }
}

/* Compares a table with the words expected, and that no word follows. */
#define CHECK_WORDS(type, count, ...)                                                       \
    do {                                                                                    \
        static const char *const want[] = {__VA_ARGS__};                                    \
        assert_int_equal(sizeof want / sizeof want[0], (count));                            \
        for (size_t i = 0; i < (size_t)(count); i++)                                        \
            assert_string_equal(fx_##type##_name((enum fx_##type)i), want[i]);              \
        assert_string_equal(fx_##type##_name((enum fx_##type)(count)), "");                 \
        assert_string_equal(fx_##type##_name((enum fx_##type)((unsigned)(count) + 9)), ""); \
    } while (0)

static void words_are_the_contracts(void **state)
{
    (void)state;
    CHECK_WORDS(stage, FX_STAGE_COUNT, "command", "mail", "rcpt", "header", "body", "end",
                "later");
    CHECK_WORDS(action, FX_ACTION_COUNT, "none", "log", "hide", "mask", "noop", "ok", "blank",
                "drop-connection", "reset", "hold", "truncate", "refuse");
    CHECK_WORDS(outcome, FX_OUTCOME_COUNT, "pass", "flag", "defer", "reject", "drop");
    CHECK_WORDS(mode, FX_MODE_COUNT, "off", "observe", "tag", "enforce");
    CHECK_WORDS(confidence, FX_CONFIDENCE_COUNT, "documented", "reported", "inferred",
                "assumed");
    CHECK_WORDS(basis, FX_BASIS_COUNT, "observed", "inferred", "assumed");
    CHECK_WORDS(overflow, FX_OVERFLOW_COUNT, "", "defer", "drop-connection", "lose", "fail");
    CHECK_WORDS(grade, FX_GRADE_COUNT, "folded", "colon", "listed");
    assert_string_equal(fx_rule_name(FX_RULE_COUNT), "");
}

/* The contract: drop > reject > defer > flag > pass. */
static void outcomes_rise(void **state)
{
    (void)state;
    assert_true(FX_OUTCOME_DROP > FX_OUTCOME_REJECT);
    assert_true(FX_OUTCOME_REJECT > FX_OUTCOME_DEFER);
    assert_true(FX_OUTCOME_DEFER > FX_OUTCOME_FLAG);
    assert_true(FX_OUTCOME_FLAG > FX_OUTCOME_PASS);
    assert_true(FX_MODE_ENFORCE > FX_MODE_TAG);
    assert_true(FX_MODE_TAG > FX_MODE_OBSERVE);
    assert_true(FX_MODE_OBSERVE > FX_MODE_OFF);
}

#define CHECK_FIND(type, count)                                                \
    do {                                                                       \
        for (size_t i = 0; i < (size_t)(count); i++) {                         \
            enum fx_##type found = (enum fx_##type)(count);                    \
            const char *name = fx_##type##_name((enum fx_##type)i);            \
            assert_true(fx_##type##_find(fx_slice_str(name), &found));         \
            assert_int_equal(found, i);                                        \
        }                                                                      \
        enum fx_##type untouched = (enum fx_##type)1;                          \
        assert_false(fx_##type##_find(FX_LIT("no such word"), &untouched));    \
        assert_false(fx_##type##_find(FX_LIT("DROP-CONNECTION"), &untouched)); \
        assert_false(fx_##type##_find(FX_LIT("Enforce"), &untouched));         \
        assert_int_equal(untouched, 1);                                        \
    } while (0)

static void words_round_trip(void **state)
{
    (void)state;
    CHECK_FIND(action, FX_ACTION_COUNT);
    CHECK_FIND(mode, FX_MODE_COUNT);
    CHECK_FIND(confidence, FX_CONFIDENCE_COUNT);
    CHECK_FIND(overflow, FX_OVERFLOW_COUNT);
    CHECK_FIND(grade, FX_GRADE_COUNT);
    enum fx_rule rule = FX_RULE_BODY_8BIT;
    assert_false(fx_rule_find(FX_LIT("dkim-"), &rule));
    assert_false(fx_rule_find(FX_LIT("Verb-not-allowed"), &rule));
    assert_false(fx_rule_find(FX_LIT(""), &rule));
    assert_false(fx_rule_find(FX_ABSENT, &rule));
    assert_int_equal(rule, FX_RULE_BODY_8BIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_the_contracts), cmocka_unit_test(rules_round_trip),
        cmocka_unit_test(words_are_the_contracts), cmocka_unit_test(outcomes_rise),
        cmocka_unit_test(words_round_trip),
    };
    return cmocka_run_group_tests_name("terms", tests, NULL, NULL);
}
