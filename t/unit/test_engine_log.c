/* Tests of engine: which records are due, what mail gets when one cannot be written, the tag,
 * and what stays from message to message. */
#include "engine_fixture.h"
#include "tag.h"

#include <stdlib.h>
#include <string.h>

static void off_gives_no_records(void **state)
{
    struct play *p = *state;
    play_mode(p, FX_MODE_OFF);
    play(p, "CHUMRDLEBOMAMRZ");
    assert_int_equal(p->count, 0);
    /* one rule is enough */
    play_again(p);
    p->policy->base.rule_mode[FX_RULE_HEADER_LINE_LENGTH] = FX_MODE_OBSERVE;
    play(p, "CHMRDLEBOZ");
    assert_int_equal(p->count, 1);
}

static void every_connection_leaves_something(void **state)
{
    struct play *p = *state;
    play(p, "CHZ");
    assert_int_equal(p->count, 1);
    assert_non_null(strstr(p->lines[0], "\"type\":\"session\""));
    play_again(p); /* with a message, and nothing found outside: the message is enough */
    play(p, "CHUMRDFEBOZ");
    assert_int_equal(p->count, 1);
    assert_non_null(strstr(p->lines[0], "\"type\":\"message\""));
    play_again(p); /* found outside */
    fixture_verbs(p->profile, 0);
    fixture_rule(p->profile, FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_LOG, -1);
    p->policy->base.rule_mode[FX_RULE_BODY_8BIT] = FX_MODE_OFF;
    play(p, "CHUMAZ");
    assert_int_equal(p->count, 2);
    assert_non_null(strstr(p->lines[1], "\"type\":\"session\""));
    assert_non_null(strstr(p->lines[1], "verb-not-allowed"));
}

static void flagged_only(void **state)
{
    struct play *p = *state;
    p->policy->flagged_only = true;
    play(p, "CHMRDFEBOZ");
    assert_int_equal(p->count, 0);
    play_again(p);
    play(p, "CHZ");
    assert_int_equal(p->count, 0);
    play_again(p);
    play(p, "CHMRDFEBOMRDLEBOMRDFEBOZ");
    assert_int_equal(p->count, 1);
    assert_true(p->flagged[0]);
    assert_non_null(strstr(p->lines[0], "\"message\":2,"));
}

static void flagged_is_not_unflagged(void **state)
{
    struct play *p = *state;
    play(p, "CHMRDFEBOZ");
    assert_false(p->flagged[0]);
    play_again(p);
    play(p, "CHMRD8EBOZ");
    assert_true(p->flagged[0]);
}

static void on_full_tempfail(void **state)
{
    struct play *p = *state;
    p->full = true;
    struct fx_decision d = play(p, "CHMRDFEBO");
    assert_int_equal(d.what, FX_DO_TEMPFAIL);
    assert_int_equal(d.reply->code, 451);
    assert_int_equal(d.reply->outcome, FX_OUTCOME_DEFER);
    p->full = false; /* the next message is none the worse */
    assert_int_equal(play(p, "MRDFEBO").what, FX_DO_CONTINUE);
    assert_int_equal(p->count, 1);
    assert_non_null(strstr(p->lines[0], "\"message\":2,"));
    assert_non_null(strstr(p->lines[0], "\"verdict\":\"pass\""));
}

/* No answer of ours may be given that has no record: not a refusal at MAIL either. */
static void on_full_instead_of_a_refusal(void **state)
{
    struct play *p = *state;
    play_mode(p, FX_MODE_ENFORCE);
    p->policy->base.require = FX_BIT(FX_EXT_SIZE);
    p->full = true;
    struct fx_decision d = play(p, "CHM");
    assert_int_equal(d.what, FX_DO_TEMPFAIL);
    assert_int_equal(d.reply->code, 451);
}

static void on_full_accept(void **state)
{
    struct play *p = *state;
    p->full = true;
    p->policy->on_full = FX_FAILURE_ACCEPT;
    assert_int_equal(play(p, "CHMRDFEBO").what, FX_DO_CONTINUE);
    /* forged fields go all the same */
    play_mode(p, FX_MODE_TAG);
    struct fx_decision d = play(p, "MRDXXEBO");
    assert_int_equal(d.what, FX_DO_CONTINUE);
    assert_true(d.tag);
    assert_int_equal(d.forged, 2);
}

/* Where nothing is to be recorded, nothing can be full. */
static void on_full_without_records(void **state)
{
    struct play *p = *state;
    p->full = true;
    p->policy->flagged_only = true;
    assert_int_equal(play(p, "CHMRDFEBO").what, FX_DO_CONTINUE);
    play_mode(p, FX_MODE_OFF);
    assert_int_equal(play(p, "MRDLEBO").what, FX_DO_CONTINUE);
}

static void tag_at_the_end(void **state)
{
    struct play *p = *state;
    play_mode(p, FX_MODE_TAG);
    struct fx_decision d = play(p, "CHMRDXFXEB");
    assert_false(d.tag);
    d = play(p, "O");
    assert_true(d.tag);
    assert_int_equal(d.forged, 2);
    assert_non_null(d.tag_value.ptr);
    fixture_slice(fx_slice_trim(d.tag_value), "p; would=pass; rules=none", __FILE__, __LINE__);
    d = play(p, "MRDLEBO"); /* the second message: its own forged fields and findings */
    assert_int_equal(d.forged, 0);
    fixture_slice(fx_slice_trim(d.tag_value), "p; would=drop; rules=header-line-length",
                  __FILE__, __LINE__);
    d = play(p, "MRDFEBO");
    fixture_slice(fx_slice_trim(d.tag_value), "p; would=pass; rules=none", __FILE__, __LINE__);
}

static void no_tag_but_in_tag_mode(void **state)
{
    struct play *p = *state;
    assert_false(play(p, "CHMRDXLEBO").tag);
    play_mode(p, FX_MODE_ENFORCE);
    assert_false(play(p, "MRDXFEBO").tag);
    play_mode(p, FX_MODE_OFF);
    assert_false(play(p, "MRDXFEBO").tag);
}

/* Each kind of verdict and finding of message 1 is gone in message 2. */
static void two_messages(void **state)
{
    struct play *p = *state;
    static const char *const first[] = {"MRDLEBO",  "MRD8EBO", "MRDTTEBO",
                                        "MRDLEA",   "MRDLE",   "MRDVVVVVVVVVVVVVVVVVVVVVVVVEBO",
                                        "MRRRRDLE8"};
    for (int mode = FX_MODE_OBSERVE; mode < FX_MODE_COUNT; mode++)
        for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
            play_mode(p, (enum fx_mode)mode);
            play_again(p);
            play(p, "CH");
            play(p, first[i]);
            struct fx_decision d = play(p, "MRDFEBO");
            assert_int_equal(d.what, FX_DO_CONTINUE);
            const char *last = p->lines[p->count - 1];
            assert_non_null(strstr(last, "\"message\":2,"));
            assert_non_null(strstr(last,
                                   "\"verdict\":\"pass\",\"would\":\"pass\",\"reply\":null,"
                                   "\"findings\":[]"));
            assert_non_null(strstr(last, "\"recipients\":{\"accepted\":1,"));
        }
}

/* The clients block is asked again at each MAIL. */
static void authentication_changes_the_rules(void **state)
{
    struct play *p = *state;
    struct fx_macros m = {.auth_asked = true};
    p->policy->blocks = calloc(1, sizeof *p->policy->blocks);
    assert_non_null(p->policy->blocks);
    p->policy->block_count = 1;
    p->policy->blocks[0].authenticated = FX_YES;
    p->policy->blocks[0].rules = p->policy->base;
    p->policy->blocks[0].rules.plan = NULL;
    p->policy->blocks[0].rules.mode = FX_MODE_OFF;
    for (size_t r = 0; r < FX_RULE_COUNT; r++)
        p->policy->blocks[0].rules.rule_mode[r] = FX_MODE_OFF;
    play(p, "CH");
    struct fx_event mail = fixture_path(FX_EVENT_MAIL, "<>", "");
    mail.macros = &m;
    m.auth_asked = false; /* nobody told: who has not shown it is not authenticated */
    fx_engine_feed(p->engine, &mail);
    play(p, "RDLEBO");
    assert_int_equal(p->count, 1);
    m.auth_asked = true;
    fx_engine_feed(p->engine, &mail);
    play(p, "RDLEBO");
    assert_int_equal(p->count, 2);
    m.auth_type = FX_LIT("PLAIN");
    fx_engine_feed(p->engine, &mail);
    play(p, "RDLEBO");
    assert_int_equal(p->count, 2);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, play_begin, play_finish)
    const struct CMUnitTest tests[] = {
        T(off_gives_no_records), T(every_connection_leaves_something),
        T(flagged_only),         T(flagged_is_not_unflagged),
        T(on_full_tempfail),     T(on_full_instead_of_a_refusal),
        T(on_full_accept),       T(on_full_without_records),
        T(tag_at_the_end),       T(no_tag_but_in_tag_mode),
        T(two_messages),         T(authentication_changes_the_rules),
    };
    return cmocka_run_group_tests_name("engine_log", tests, NULL, NULL);
}
