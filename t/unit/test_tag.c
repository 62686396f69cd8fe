/* Tests of tag: the field of tag mode as the contract writes it, and lines short enough. */
#include "engine.h"
#include "fixture.h"
#include "tag.h"

#include <string.h>

struct world {
    struct fx_policy *policy;
    struct fx_message message;
};

static struct world w;
static char buffer[8192];
static struct fx_text text;

static void begin(const char *profile)
{
    w.policy = fixture_policy_of(FX_MODE_TAG, fixture_profile(profile));
    memset(&w.message, 0, sizeof w.message);
    fx_findings_init(&w.message.findings);
    w.message.rules = &w.policy->base;
    fx_text_init_fixed(&text, buffer, sizeof buffer);
}

static void finish(void)
{
    fx_findings_finish(&w.message.findings);
    fx_policy_destroy(w.policy);
}

static struct fx_finding *found(enum fx_rule rule, unsigned profile, enum fx_mode mode)
{
    struct fx_finding f = {.rule = rule, .profile = profile, .mode = mode};
    f.would = rule == FX_RULE_HEADER_LINE_LENGTH ? FX_OUTCOME_DROP : FX_OUTCOME_FLAG;
    if (w.message.would.outcome[profile] < f.would)
        w.message.would.outcome[profile] = (unsigned char)f.would;
    return fx_findings_add(&w.message.findings, &f, FX_ABSENT, FX_ABSENT, 999, 9);
}

/* The value without its folds: LF goes, the white space after it stays (RFC 5322). */
static void assert_value(const char *want)
{
    char flat[8192];
    size_t n = 0;
    fx_text_reset(&text);
    fx_tag_value(&text, &w.message);
    assert_false(text.overflow);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\n') {
            assert_true(i + 1 < text.len && text.data[i + 1] == '\t');
            assert_true(i + 2 < text.len && text.data[i + 2] != '\n');
            text.data[i + 1] = ' ';
            /* between the items of the list there is no blank of its own */
            if (i > 0 && text.data[i - 1] == ',')
                i++;
            continue;
        }
        assert_true(text.data[i] >= ' ' && text.data[i] < 0x7F);
        flat[n++] = text.data[i];
    }
    flat[n] = '\0';
    /* with or without the blank after the colon, which is the caller's */
    assert_string_equal(flat[0] == ' ' ? flat + 1 : flat, want);
}

static void nothing_found(void **state)
{
    (void)state;
    begin("asa-9");
    assert_value("asa-9; would=pass; rules=none");
    finish();
}

static void each_rule_once_in_order(void **state)
{
    (void)state;
    begin("asa-9");
    found(FX_RULE_HEADER_LINE_LENGTH, 0, FX_MODE_TAG);
    found(FX_RULE_HEADER_LINE_LENGTH, 0, FX_MODE_TAG);
    found(FX_RULE_ADDRESS_CHARACTER, 0, FX_MODE_ENFORCE);
    found(FX_RULE_HEADER_LINE_LENGTH, 0, FX_MODE_TAG);
    found(FX_RULE_BODY_8BIT, 1, FX_MODE_TAG);           /* a compared profile's */
    found(FX_RULE_RECIPIENT_COUNT, 0, FX_MODE_OBSERVE); /* its own mode says less */
    assert_value("asa-9; would=drop; rules=header-line-length,address-character");
    finish();
}

/* Every line stays within 78 columns (RFC 5322 section 2.1.1), the name counted. */
static void check_lines(void)
{
    size_t column = strlen(FX_TAG_FIELD ": ");
    fx_text_reset(&text);
    fx_tag_value(&text, &w.message);
    for (size_t i = 0; i < text.len; i++) {
        column++;
        if (text.data[i] == '\n')
            column = 0;
        assert_true(column <= 78);
    }
}

static void folded(void **state)
{
    (void)state;
    begin("asa-9");
    char want[8192] = "asa-9; would=drop; rules=";
    for (int r = FX_RULE_HEADER_LINE_LENGTH; r < FX_RULE_COUNT; r++) {
        found((enum fx_rule)r, 0, FX_MODE_TAG);
        if (r > FX_RULE_HEADER_LINE_LENGTH)
            strcat(want, ",");
        strcat(want, fx_rule_name((enum fx_rule)r));
        check_lines();
        assert_value(want);
    }
    assert_non_null(memchr(text.data, '\n', text.len));
    finish();
}

static void profiles_with_long_names(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 60; n++) {
        char name[64] = "", want[128];
        memset(name, 'p', n);
        begin(name);
        memcpy(want, name, n + 1);
        strcat(want, "; would=pass; rules=none");
        check_lines();
        assert_value(want);
        finish();
    }
}

static void wanted(void **state)
{
    (void)state;
    begin("asa-9");
    struct fx_ruleset *rules = &w.policy->base;
    assert_true(fx_tag_wanted(rules));
    for (int mode = FX_MODE_OFF; mode < FX_MODE_COUNT; mode++) {
        rules->mode = (enum fx_mode)mode;
        for (size_t r = 0; r < FX_RULE_COUNT; r++)
            rules->rule_mode[r] = (enum fx_mode)mode;
        assert_int_equal(fx_tag_wanted(rules), mode == FX_MODE_TAG);
        rules->rule_mode[FX_RULE_BODY_8BIT] = FX_MODE_TAG; /* one rule is enough */
        assert_true(fx_tag_wanted(rules));
    }
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_found), cmocka_unit_test(each_rule_once_in_order),
        cmocka_unit_test(folded),        cmocka_unit_test(profiles_with_long_names),
        cmocka_unit_test(wanted),
    };
    return cmocka_run_group_tests_name("tag", tests, NULL, NULL);
}
