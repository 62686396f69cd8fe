/* Tests of dkim_arc: the ARC sets of a message. */
#include "dkim_arc.h"
#include "signatures_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AAR(i) "ARC-Authentication-Results: i=" i "; example.org; arc=none\n"
#define AMS(i) "ARC-Message-Signature: i=" i "; a=rsa-sha256; d=example.org; s=s; h=from\n"
#define SEAL(i, cv) "ARC-Seal: i=" i "; a=rsa-sha256; d=example.org; s=s; cv=" cv "\n"
#define SET(i, cv) SEAL(i, cv) AMS(i) AAR(i)
#define MESSAGE FX_NO_SIGNATURE

static bool said(const struct fx_signatures *all, size_t signature, enum fx_rule rule)
{
    return said_of(all, signature, rule) != NULL;
}

static size_t all_said(const struct fx_signatures *all)
{
    size_t count = 0;
    for (size_t i = 0; i < all->anomaly_count; i++)
        count += all->anomalies[i].is.rule == FX_RULE_DKIM_ARC_INSTANCE ||
                 all->anomalies[i].is.rule == FX_RULE_DKIM_ARC_DUPLICATE ||
                 all->anomalies[i].is.rule == FX_RULE_DKIM_ARC_CV;
    return count;
}

static void good_chains(void **state)
{
    struct fx_signatures *all = *state;
    message_of(all, "From: a\n");
    assert_int_equal(all_said(all), 0);
    message_of(all, SET("1", "none"));
    assert_int_equal(all_said(all), 0);
    message_of(all, SET("2", "pass") SET("1", "none"));
    assert_int_equal(all_said(all), 0);
    message_of(all, AAR("1") AMS("3") SET("2", "pass") SEAL("1", "none") AAR("3") AMS("1")
                        SEAL("3", "pass"));
    assert_int_equal(all_said(all), 0);
    message_of(all, SET("01", "NONE"));
    assert_int_equal(all_said(all), 0);
}

static void lacking(void **state)
{
    struct fx_signatures *all = *state;
    static const struct {
        const char *text;
        uint64_t instance, highest;
        const char *what;
    } rows[] = {
        {SET("2", "pass") SEAL("1", "none") AMS("1"), 1, 2, "no ARC-Authentication-Results"},
        {SET("2", "pass") SEAL("1", "none") AAR("1"), 1, 2, "no ARC-Message-Signature"},
        {SET("2", "pass") AMS("1") AAR("1"), 1, 2, "no ARC-Seal"},
        {SET("1", "none") AMS("2") AAR("2"), 2, 2, "no ARC-Seal"},
        {SET("1", "none") SET("3", "pass"), 2, 3, "the whole set is missing"},
        {SET("2", "pass"), 1, 2, "the whole set is missing"},
        {AAR("1"), 1, 1, "no ARC-Message-Signature"},
        {AAR("50"), 1, 50, "the whole set is missing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        message_of(all, rows[i].text);
        assert_said(all, MESSAGE, FX_RULE_DKIM_ARC_INSTANCE, NULL, rows[i].instance,
                    rows[i].highest);
        assert_string_equal(said_of(all, MESSAGE, FX_RULE_DKIM_ARC_INSTANCE)->is.what,
                            rows[i].what);
        assert_int_equal(all_said(all), 1);
    }
}

/* i= is the first thing in the results, and a semicolon ends it. */
static void results_instance(void **state)
{
    struct fx_signatures *all = *state;
    static const char *const good[] = {
        "i=1;", " i=1; x", "\ti = 1 ;x", " (a) i(b)=(c(d\\)))1(e);", "\n i=\n 1\n ;", "i=01;"};
    static const char *const bad[] = {"",        "i",     "i=",    "i=;",    "i=1",
                                      "i=1 x;",  "i=0;",  "i=51;", "i=001;", "i=100;",
                                      "x; i=1;", "I=1;",  "i=a;",  "i=1a;",  "i=-1;",
                                      "(i=1;",   "i=1(;", ";i=1;", "i=(\\",  "i==1;"};
    char text[500];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        snprintf(text, sizeof text,
                 "ARC-Authentication-Results:%s\n" AMS("1") SEAL("1", "none"), good[i]);
        message_of(all, text);
        if (all_said(all) > 0)
            fail_msg("%s", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, SET("1", "none") "arc-authentication-RESULTS:%s\n", bad[i]);
        message_of(all, text);
        if (!said(all, MESSAGE, FX_RULE_DKIM_ARC_INSTANCE))
            fail_msg("%s", bad[i]);
    }
}

static void signature_instance(void **state)
{
    struct fx_signatures *all = *state;
    static const char *const bad[] = {"0", "51", "", "x", "1x", "001", "99999999999999999999"};
    char text[500];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, "ARC-Seal: i=%s; cv=none\n" SET("1", "none"), bad[i]);
        message_of(all, text);
        assert_true(said(all, 0, FX_RULE_DKIM_ARC_INSTANCE));
        assert_int_equal(all_said(all), 1);
    }
    message_of(all, "ARC-Message-Signature: a=rsa-sha256\n" SET("1", "none"));
    assert_true(said(all, 0, FX_RULE_DKIM_ARC_INSTANCE));
    /* of one that is not kept the message has it */
    fx_signatures_reset(all);
    header_of(all, SET("1", "none") "ARC-Seal: i=0; cv=none\n", 2);
    fx_signatures_header_end(all, true);
    assert_true(said(all, MESSAGE, FX_RULE_DKIM_ARC_INSTANCE));
    assert_int_equal(all_said(all), 1);
}

static void duplicates(void **state)
{
    struct fx_signatures *all = *state;
    message_of(all, SET("1", "none") AMS("1"));
    assert_true(said(all, 2, FX_RULE_DKIM_ARC_DUPLICATE));
    assert_int_equal(said_of(all, 2, FX_RULE_DKIM_ARC_DUPLICATE)->is.observed, 1);
    assert_string_equal(said_of(all, 2, FX_RULE_DKIM_ARC_DUPLICATE)->is.what,
                        "ARC-Message-Signature");
    assert_int_equal(all_said(all), 1);
    message_of(all, SEAL("2", "pass") SET("1", "none") SET("2", "pass"));
    assert_true(said(all, 3, FX_RULE_DKIM_ARC_DUPLICATE));
    assert_int_equal(said_of(all, 3, FX_RULE_DKIM_ARC_DUPLICATE)->is.observed, 2);
    message_of(all, SET("1", "none") AAR("1"));
    assert_true(said(all, MESSAGE, FX_RULE_DKIM_ARC_DUPLICATE));
    assert_string_equal(said_of(all, MESSAGE, FX_RULE_DKIM_ARC_DUPLICATE)->is.what,
                        "ARC-Authentication-Results");
    assert_int_equal(all_said(all), 1);
}

static void chain_status(void **state)
{
    struct fx_signatures *all = *state;
    static const struct {
        const char *seal, *text, *what; /* what NULL: as it should be */
    } rows[] = {
        {"i=1; cv=none", NULL, NULL},
        {"cv=NONE; i=1", NULL, NULL},
        {"i=1; cv=pass", "pass", "pass in the first set"},
        {"i=1; cv=fail", "fail", "the chain is broken"},
        {"i=1; cv=bad", "bad", "neither none, pass nor fail"},
        {"i=1; cv=", "", "neither none, pass nor fail"},
        {"i=1", NULL, "missing"},
        {"i=2; cv=pass", NULL, NULL},
        {"i=2; cv=none", "none", "none in a later set"},
        {"i=2; cv=fail", "fail", "the chain is broken"},
        {"i=50; cv=none", "none", "none in a later set"},
        {"cv=pass", NULL, NULL}, /* of which instance is another matter */
        {"cv=none", NULL, NULL},
        {"cv=fail", "fail", "the chain is broken"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[100];
        snprintf(text, sizeof text, "ARC-Seal: %s\n", rows[i].seal);
        message_of(all, text);
        const struct fx_anomaly_kept *kept = said_of(all, 0, FX_RULE_DKIM_ARC_CV);
        assert_int_equal(kept != NULL, rows[i].what != NULL);
        if (kept == NULL)
            continue;
        assert_string_equal(kept->is.what, rows[i].what);
        assert_int_equal(kept->is.has_at, rows[i].text != NULL);
        if (rows[i].text != NULL) {
            assert_slice(fx_signatures_piece(all, &kept->text), rows[i].text);
            assert_int_equal(kept->is.at, strstr(rows[i].seal, "cv=") - rows[i].seal + 4);
        }
    }
    message_of(all, "ARC-Message-Signature: i=1; cv=fail\n");
    assert_false(said(all, 0, FX_RULE_DKIM_ARC_CV));
}

/* The limit of signatures is no limit of the chain. */
static void long_chain(void **state)
{
    struct fx_signatures *all = *state;
    for (unsigned length = 49; length <= 51; length++) {
        fx_signatures_reset(all);
        for (unsigned i = 1; i <= length; i++) {
            char text[500];
            snprintf(text, sizeof text, SEAL("%u", "%s") AMS("%u") AAR("%u"), i,
                     i == 1 ? "none" : "pass", i, i);
            header_of(all, text, 4);
        }
        fx_signatures_header_end(all, true);
        assert_int_equal(all->count, 4);
        assert_int_equal(all->omitted, 2 * length - 4);
        assert_int_equal(said(all, MESSAGE, FX_RULE_DKIM_ARC_INSTANCE), length == 51);
        assert_int_equal(all_said(all), length == 51);
    }
    /* and what is wrong beyond it is the message's */
    fx_signatures_reset(all);
    header_of(all, SET("1", "none") SET("2", "none") SEAL("2", "pass"), 2);
    fx_signatures_header_end(all, true);
    assert_true(said(all, MESSAGE, FX_RULE_DKIM_ARC_CV));
    assert_true(said(all, MESSAGE, FX_RULE_DKIM_ARC_DUPLICATE));
    assert_int_equal(all_said(all), 2);
}

/* Nothing of one message is left in the next. */
static void two_messages(void **state)
{
    struct fx_signatures *all = *state;
    message_of(all, SET("2", "pass") SET("1", "fail"));
    assert_int_equal(all_said(all), 1);
    message_of(all, SET("1", "none"));
    assert_int_equal(all_said(all), 0);
    message_of(all, "From: a\n");
    assert_int_equal(all_said(all), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, signatures_begin, signatures_finish)
    const struct CMUnitTest tests[] = {
        TEST(good_chains), TEST(lacking),      TEST(results_instance), TEST(signature_instance),
        TEST(duplicates),  TEST(chain_status), TEST(long_chain),       TEST(two_messages),
    };
    return cmocka_run_group_tests_name("dkim_arc", tests, NULL, NULL);
}
