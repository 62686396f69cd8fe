/* Tests of end_of_data: whose message may be held, and what becomes of the answer. */
#include "end_of_data.h"
#include "engine_fixture.h"

#include <stdlib.h>
#include <string.h>

struct asked {
    struct play *play;
    enum fx_hold answer;
    bool full; /* the record cannot be written */
    unsigned times;
    const struct fx_ruleset *rules;
};

static struct asked asked;

static enum fx_hold answer(void *arg, const struct fx_ruleset *rules)
{
    struct asked *a = arg;
    assert_int_equal(a->play->count, 0); /* the record is not out yet */
    a->times++;
    a->rules = rules;
    return a->answer;
}

static bool take(void *arg, struct fx_record *record)
{
    struct asked *a = arg;
    struct fx_text line;
    fx_text_init_growing(&line, (size_t)2 * 1024 * 1024);
    assert_true(fx_record_line(record, 1, NULL, &line));
    fx_text_add_char(&line, '\0');
    a->play->flagged[0] = record->flagged;
    a->play->lines[0] = realloc(a->play->lines[0], line.len);
    assert_non_null(a->play->lines[0]);
    memcpy(a->play->lines[0], line.data, line.len);
    a->play->count = 1;
    fx_text_finish(&line);
    return !a->full;
}

/* A message under these rules, the answer to the question being this one. */
static struct fx_decision one_message(struct play *p, enum fx_mode mode, int64_t every,
                                      enum fx_hold hold, const char *events)
{
    play_mode(p, mode);
    p->policy->base.end_of_data.every = every;
    p->policy->base.end_of_data.hold_seconds = 700;
    p->count = 0;
    asked = (struct asked){.play = p, .answer = hold, .full = asked.full};
    fx_engine_destroy(p->engine);
    p->engine = fx_engine_create(
        p->policy, FIXTURE_ID,
        &(struct fx_engine_hooks){.emit = take, .hold = answer, .arg = &asked});
    assert_non_null(p->engine);
    return play(p, events);
}

#define MESSAGE "CHMRDFEBO"

static void an_answer_is_held(void **state)
{
    struct play *p = *state;
    struct fx_decision d = one_message(p, FX_MODE_ENFORCE, 1, FX_HOLD_YES, MESSAGE);
    assert_int_equal(asked.times, 1);
    assert_ptr_equal(asked.rules, &p->policy->base);
    assert_int_equal(d.what, FX_DO_CONTINUE);
    assert_int_equal(d.hold_seconds, 700);
    assert_non_null(strstr(p->lines[0],
                           "\"verdict\":\"flag\",\"would\":\"drop\",\"reply\":null,"
                           "\"findings\":[{\"rule\":\"end-of-data-held\",\"profile\":\"p\","
                           "\"stage\":\"end\",\"action\":\"hold\",\"observed\":700,"
                           "\"would\":\"drop\",\"enforced\":true}]"));
    assert_true(p->flagged[0]);
}

static void others_are_not(void **state)
{
    struct play *p = *state;
    struct fx_decision d = one_message(p, FX_MODE_ENFORCE, 2, FX_HOLD_NO, MESSAGE);
    assert_int_equal(asked.times, 1);
    assert_int_equal(d.hold_seconds, 0);
    assert_non_null(strstr(p->lines[0], "\"verdict\":\"pass\",\"would\":\"pass\""));
    assert_non_null(strstr(p->lines[0], "\"findings\":[]"));
}

static void too_many_are_held(void **state)
{
    struct play *p = *state;
    struct fx_decision d = one_message(p, FX_MODE_ENFORCE, 2, FX_HOLD_FULL, MESSAGE);
    assert_int_equal(d.hold_seconds, 0);
    assert_int_equal(d.what, FX_DO_CONTINUE);
    assert_non_null(strstr(p->lines[0],
                           "\"enforced\":false,"
                           "\"instead\":\"answered: as many as may be are held\""));
    assert_non_null(strstr(p->lines[0], "\"would\":\"drop\""));
}

static void nobody_asks(void **state)
{
    struct play *p = *state;
    static const enum fx_mode modes[] = {FX_MODE_OFF, FX_MODE_OBSERVE, FX_MODE_TAG};
    for (size_t i = 0; i < 3; i++) {
        one_message(p, modes[i], 1, FX_HOLD_YES, MESSAGE);
        assert_int_equal(asked.times, 0);
    }
    one_message(p, FX_MODE_ENFORCE, 0, FX_HOLD_YES, MESSAGE);
    assert_int_equal(asked.times, 0);
    /* a message that is refused, at its end or before, and what is no message */
    assert_int_equal(one_message(p, FX_MODE_ENFORCE, 1, FX_HOLD_YES, "CHMRDLEBO").hold_seconds,
                     0);
    assert_int_equal(asked.times, 0);
    one_message(p, FX_MODE_ENFORCE, 1, FX_HOLD_YES, "CHMRDFEBAZ");
    one_message(p, FX_MODE_ENFORCE, 1, FX_HOLD_YES, "CHUZ");
    assert_int_equal(asked.times, 0);
}

static void the_rule_has_a_mode_of_its_own(void **state)
{
    struct play *p = *state;
    one_message(p, FX_MODE_ENFORCE, 1, FX_HOLD_YES, "CH");
    p->policy->base.rule_mode[FX_RULE_END_OF_DATA_HELD] = FX_MODE_OBSERVE;
    assert_int_equal(play(p, "MRDFEBO").hold_seconds, 0);
    assert_int_equal(asked.times, 0);
    assert_non_null(strstr(p->lines[0], "\"findings\":[]"));

    one_message(p, FX_MODE_OBSERVE, 1, FX_HOLD_YES, "CH");
    p->policy->base.rule_mode[FX_RULE_END_OF_DATA_HELD] = FX_MODE_ENFORCE;
    assert_int_equal(play(p, "MRDFEBO").hold_seconds, 700);
    assert_int_equal(asked.times, 1);
}

/* Nobody waits for it but the mail server itself. */
static void local_mail_is_not_held(void **state)
{
    struct play *p = *state;
    one_message(p, FX_MODE_ENFORCE, 1, FX_HOLD_YES, "");
    struct fx_event event = fixture_event(FX_EVENT_CONNECT, "localhost");
    const struct fx_macros macros = {.i = FX_LIT("4XyZ1k2Lq9z"), .v = FX_LIT("Postfix 3.7.11")};
    event.macros = &macros;
    fx_engine_feed(p->engine, &event);
    assert_true(fx_engine_session(p->engine)->local);
    assert_int_equal(play(p, "HMRDFEBO").hold_seconds, 0);
    assert_int_equal(asked.times, 0);
}

static void without_a_record_nothing_is_held(void **state)
{
    struct play *p = *state;
    asked.full = true;
    struct fx_decision d = one_message(p, FX_MODE_ENFORCE, 1, FX_HOLD_YES, MESSAGE);
    assert_int_equal(asked.times, 1); /* the place has to be given back */
    assert_int_equal(d.what, FX_DO_TEMPFAIL);
    assert_int_equal(d.hold_seconds, 0);
    p->policy->on_full = FX_FAILURE_ACCEPT;
    d = one_message(p, FX_MODE_ENFORCE, 1, FX_HOLD_YES, MESSAGE);
    assert_int_equal(d.hold_seconds, 700);
    asked.full = false;
}

static void the_field_tells_it(void **state)
{
    struct play *p = *state;
    one_message(p, FX_MODE_TAG, 1, FX_HOLD_YES, "CH");
    p->policy->base.rule_mode[FX_RULE_END_OF_DATA_HELD] = FX_MODE_ENFORCE;
    struct fx_decision d = play(p, "MRDFEBO");
    assert_true(d.tag);
    assert_int_equal(d.hold_seconds, 700);
    assert_slice(d.tag_value, "p; would=drop; rules=end-of-data-held");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, play_begin, play_finish)
    const struct CMUnitTest tests[] = {
        T(an_answer_is_held),
        T(others_are_not),
        T(too_many_are_held),
        T(nobody_asks),
        T(the_rule_has_a_mode_of_its_own),
        T(local_mail_is_not_held),
        T(without_a_record_nothing_is_held),
        T(the_field_tells_it),
    };
    return cmocka_run_group_tests_name("end_of_data", tests, NULL, NULL);
}
