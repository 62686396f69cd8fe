/* Tests of signatures in a session: what records of one connection say of them, message after
 * message, however these end. */
#include "engine_fixture.h"
#include "signatures_fixture.h"

#include <stdlib.h>
#include <string.h>

/* A signature with the hash of an empty body, or of "text" and a line end. */
#define VALUE_OF(hash, tags) \
    " v=1; a=rsa-sha256; d=example.org; s=s; b=" B128 "; bh=" hash "; " tags
#define BH_TEXT "eDCyaw7m810RhFf0TmGWGkTYiT/1GwL4/PCOGIr3ew4="

static int begin(void **state)
{
    if (play_begin(state) != 0)
        return 1;
    struct play *p = *state;
    p->policy->limits.signatures = 2;
    return 0;
}

static void field(struct play *p, const char *name, const char *value)
{
    struct fx_event event = fixture_header(name, value);
    fx_engine_feed(p->engine, &event);
}

/* From the beginning of the member on; NULL: there is none. */
static const char *dkim_of(const struct play *p, size_t line)
{
    assert_true(line < p->count);
    return strstr(p->lines[line], "\"dkim\":[");
}

#define assert_dkim(p, line, text)                                             \
    do {                                                                       \
        const char *dkim_ = dkim_of((p), (line));                              \
        if (dkim_ == NULL)                                                     \
            fail_msg("%s", (p)->lines[line]);                                  \
        if (strncmp(dkim_, "\"dkim\":[" text, strlen("\"dkim\":[" text)) != 0) \
            fail_msg("%s", dkim_);                                             \
    } while (0)
#define ONE(result, anomalies)                                                        \
    "{\"kind\":\"dkim\",\"domain\":\"example.org\",\"selector\":\"s\",\"algorithm\":" \
    "\"rsa-sha256\",\"body_hash\":\"" result                                          \
    "\",\"content_type\":\"none\",\"anomalies\":[" anomalies "]}"

static void one_after_the_other(void **state)
{
    struct play *p = *state;
    play(p, "CHMRD");
    field(p, "DKIM-Signature", VALUE_OF(BH_TEXT, "h=from:cc"));
    play(p, "FEBO");
    assert_dkim(p, 0, ONE("match", "\"dkim-h-absent\",\"dkim-h-partial\"") "]");
    play(p, "MRDFEBO"); /* nothing is left */
    assert_dkim(p, 1, "]");
    play(p, "MRD");
    field(p, "DKIM-Signature", VALUE_OF(BH_EMPTY, "h=from:subject"));
    field(p, "From", "a");
    play(p, "FEO");
    assert_dkim(p, 2, ONE("match", "") "]");
    play(p, "MRD");
    field(p, "DKIM-Signature", VALUE_OF(BH_EMPTY, "h=from:subject"));
    field(p, "From", "a");
    play(p, "FEBO");
    assert_dkim(p, 3, ONE("mismatch", "\"dkim-bh-mismatch\"") "]");
}

/* Without an end of message the body is not known, all else is. */
static void ended_early(void **state)
{
    struct play *p = *state;
    play(p, "CHMRD");
    field(p, "DKIM-Signature", VALUE_OF(BH_TEXT, "h=from:cc"));
    play(p, "FEBAMRD");
    assert_ended(p, 0, "abort");
    assert_dkim(p, 0, ONE("unchecked", "\"dkim-h-absent\",\"dkim-h-partial\"") "]");
    field(p, "DKIM-Signature", VALUE_OF(BH_TEXT, "h=cc"));
    play(p, "AMRD"); /* not even the end of the header: nobody knows what else there was */
    assert_null(dkim_of(p, 1));
    field(p, "DKIM-Signature", VALUE_OF(BH_TEXT, "h=from:subject"));
    field(p, "From", "a");
    play(p, "FEBZ");
    assert_ended(p, 2, "close");
    assert_dkim(p, 2, ONE("unchecked", "") "]");
}

/* No mail server leaves the end of the header out; what comes next is none the worse. */
static void no_end_of_header(void **state)
{
    struct play *p = *state;
    play(p, "CHMRD");
    field(p, "DKIM-Signature", VALUE_OF(BH_EMPTY, "h=from:cc"));
    play(p, "FBOMRD");
    assert_null(dkim_of(p, 0));
    field(p, "DKIM-Signature", VALUE_OF(BH_TEXT, "h=from:subject"));
    field(p, "From", "a");
    play(p, "FEBO");
    assert_dkim(p, 1, ONE("match", "") "]");
}

/* Findings of Content-Type within a field; or those only that name a signature. */
static size_t embedded_in(const char *line, bool signature)
{
    size_t found = 0;
    while ((line = strstr(line, "\"rule\":\"content-type-embedded\"")) != NULL) {
        const char *end = strchr(line, '}'), *number = strstr(line, "\"signature\":");
        found += !signature || (number != NULL && number < end);
        line = end;
    }
    return found;
}

/* A signature that is not kept is a field like any other. */
static void over_the_limit(void **state)
{
    struct play *p = *state;
    fixture_rule(p->profile, FX_RULE_CONTENT_TYPE_EMBEDDED, FX_ACTION_DROP_CONNECTION, -1);
    p->policy->base.content_type_grade = FX_GRADE_LISTED;
    play(p, "CHMRDT");
    for (size_t i = 0; i < 3; i++)
        field(p, "DKIM-Signature", VALUE_OF(BH_TEXT, "h=from:content-type"));
    play(p, "FEBO");
    assert_non_null(strstr(p->lines[0], "],\"signatures_omitted\":1,\"dkim_message\":[\"dkim-"));
    assert_int_equal(embedded_in(p->lines[0], false), 3);
    assert_int_equal(embedded_in(p->lines[0], true), 2);
    /* one that is kept is told once */
    play(p, "MRDT");
    field(p, "DKIM-Signature", VALUE_OF(BH_TEXT, "h=from:content-type"));
    play(p, "FEBO");
    assert_null(strstr(p->lines[1], "signatures_omitted"));
    assert_int_equal(embedded_in(p->lines[1], false), 1);
}

/* Nothing is said, or hashed, that nobody wants. */
static void not_wanted(void **state)
{
    struct play *p = *state;
    p->policy->base.rule_mode[FX_RULE_DKIM_BH_MISMATCH] = FX_MODE_OFF;
    p->policy->base.rule_mode[FX_RULE_DKIM_L_LARGE] = FX_MODE_OFF;
    play(p, "CHMRD");
    field(p, "DKIM-Signature", VALUE_OF(BH_TEXT, "h=from:subject"));
    field(p, "From", "a");
    play(p, "FEBO");
    assert_dkim(p, 0, ONE("unchecked", "") "]");
    for (size_t r = FX_RULE_DKIM_FIRST; r <= FX_RULE_DKIM_LAST; r++)
        p->policy->base.rule_mode[r] = FX_MODE_OFF;
    p->policy->base.rule_mode[FX_RULE_CONTENT_TYPE_EMBEDDED] = FX_MODE_OFF;
    play(p, "MRD");
    field(p, "DKIM-Signature", VALUE_OF(BH_TEXT, "h=from:subject"));
    play(p, "FEBO");
    assert_null(dkim_of(p, 1));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, play_finish)
    const struct CMUnitTest tests[] = {
        TEST(one_after_the_other), TEST(ended_early), TEST(no_end_of_header),
        TEST(over_the_limit),      TEST(not_wanted),
    };
    return cmocka_run_group_tests_name("signatures_session", tests, NULL, NULL);
}
