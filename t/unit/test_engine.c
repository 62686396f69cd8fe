/* Tests of engine: the one path from event to decision and record; how messages end, when
 * records are due, and that an answer waits for its record. */
#include "engine_fixture.h"

#include <stdio.h>
#include <string.h>

static void abort_then_close_is_close(void **state)
{
    struct play *p = *state;
    play(p, "CHMRDA");
    assert_int_equal(p->count, 0); /* waits: how it ended is told by what comes next */
    play(p, "Z");
    assert_int_equal(p->count, 1);
    assert_ended(p, 0, "close");
}

static void abort_then_anything_is_abort(void **state)
{
    struct play *p = *state;
    static const char *const next[] = {"U", "H", "M", "A", "R"};
    for (size_t i = 0; i < sizeof next / sizeof next[0]; i++) {
        p->count = 0;
        play(p, "MRA");
        play(p, next[i]);
        assert_true(p->count >= 1);
        assert_ended(p, 0, "abort");
        play(p, "A");
        play(p, "U"); /* whatever is still open ends here */
    }
    play(p, "Z");
}

/* Checks are asked when the session ends within DATA, and their finding is in the record. */
static void close_within_data_is_judged(void **state)
{
    struct play *p = *state;
    static const struct {
        const char *events;
        bool early;
    } rows[] = {
        {"CHMRDAZ", true},   {"CHMRDZ", true},   {"CHMRAZ", false},     {"CHMRZ", false},
        {"CHMRDAU", false},  {"CHMRDAM", false}, {"CHMRDAA", false},    {"CHMRDAHZ", false},
        {"CHMRDSAZ", false}, {"CHMRDEZ", false}, {"CHMRDEBOAZ", false},
    };
    for (size_t mode = FX_MODE_OBSERVE; mode <= FX_MODE_ENFORCE; mode++)
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            play_again(p);
            play_mode(p, (enum fx_mode)mode);
            play(p, rows[i].events);
            play(p, "Z");
            const char *found = strstr(p->lines[0], "\"rule\":\"message-ended-early\"");
            assert_int_equal(found != NULL, rows[i].early);
            assert_int_equal(strstr(p->lines[0], "\"verdict\":\"flag\"") != NULL,
                             rows[i].early);
            assert_null(strstr(p->lines[0], "\"enforced\":true"));
        }
    play_again(p);
    play_mode(p, FX_MODE_OFF);
    play(p, "CHMRDZ");
    assert_int_equal(p->count, 0);
}

static void the_time_of_an_abort_is_its_own(void **state)
{
    struct play *p = *state;
    play(p, "CHMA"); /* seconds 0, 1, 2, 3 */
    play(p, "+++U");
    assert_non_null(strstr(p->lines[0], "\"time\":\"2026-11-21T10:00:03."));
    assert_non_null(strstr(p->lines[0], "\"elapsed\":1.000000"));
}

static void nested_mail_ends_the_first(void **state)
{
    struct play *p = *state;
    play(p, "CHMRM");
    assert_int_equal(p->count, 1);
    assert_ended(p, 0, "abort");
    assert_non_null(strstr(p->lines[0], "\"message\":1,"));
    play(p, "RDFEOZ");
    assert_int_equal(p->count, 2);
    assert_ended(p, 1, "eom");
    assert_non_null(strstr(p->lines[1], "\"message\":2,"));
}

/* Close may come at any stage; nothing is lost, nothing is told twice. */
static void close_anywhere(void **state)
{
    struct play *p = *state;
    static const struct {
        const char *events;
        size_t records;
        const char *type;
    } rows[] = {
        {"C", 1, "session"},        {"CH", 1, "session"},        {"CHU", 1, "session"},
        {"CHM", 1, "message"},      {"CM", 1, "message"},        {"CHMR", 1, "message"},
        {"CHMRD", 1, "message"},    {"CHMRDF", 1, "message"},    {"CHMRDFE", 1, "message"},
        {"CHMRDFEB", 1, "message"}, {"CHMRDFEBO", 1, "message"}, {"CHMRDFEBOA", 1, "message"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        play_again(p);
        play(p, rows[i].events);
        play(p, "Z");
        assert_int_equal(p->count, rows[i].records);
        assert_non_null(strstr(p->lines[0], rows[i].type));
        if (i > 2)
            assert_ended(p, 0,
                         rows[i].events[strlen(rows[i].events) - 1] == 'O' ||
                                 rows[i].events[strlen(rows[i].events) - 1] == 'A'
                             ? "eom"
                             : "close");
    }
    play_again(p);
    play(p, "Z"); /* the first callback of all */
    assert_true(p->count <= 1);
}

static void events_without_a_message_are_harmless(void **state)
{
    struct play *p = *state;
    play(p, "RDFEBOARFBEO");
    play(p, "CHRFEBOA");
    assert_int_equal(p->count, 0);
    play(p, "Z");
    assert_int_equal(p->count, 1);
}

static void refusal_in_the_header_waits_for_the_end(void **state)
{
    struct play *p = *state;
    play_mode(p, FX_MODE_ENFORCE);
    play(p, "CHMRDF");
    assert_int_equal(play(p, "L").what, FX_DO_CONTINUE); /* the long field */
    assert_int_equal(play(p, "E").what, FX_DO_CONTINUE);
    assert_int_equal(play(p, "B").what, FX_DO_CONTINUE);
    assert_int_equal(p->count, 0);
    struct fx_decision d = play(p, "O");
    assert_int_equal(d.what, FX_DO_TEMPFAIL);
    assert_int_equal(d.reply->code, 421);
    assert_false(d.tag);
    assert_true(p->count >= 1);
    assert_ended(p, 0, "answered");
    assert_non_null(strstr(p->lines[0], "\"verdict\":\"drop\""));
    assert_non_null(strstr(p->lines[0], "\"reply\":\"421 4.7.0 "));
    assert_non_null(strstr(p->lines[0], "\"enforced\":true"));
}

/* The first refusal in time ends the matter. */
static void the_first_refusal_stays(void **state)
{
    struct play *p = *state;
    play_mode(p, FX_MODE_ENFORCE);
    play(p, "CHMRD");
    for (unsigned i = 0; i < 24; i++)
        play(p, "V");
    play(p, "E"); /* hops: 554 */
    p->profile->rule[FX_RULE_CONTENT_TYPE_DUPLICATE].from.set = true;
    p->profile->rule[FX_RULE_CONTENT_TYPE_DUPLICATE].action = FX_ACTION_RESET;
    play(p, "TT");
    struct fx_decision d = play(p, "O");
    assert_int_equal(d.what, FX_DO_REJECT);
    assert_int_equal(d.reply->code, 554);
    assert_string_equal(d.reply->xcode, "5.4.6");
    assert_non_null(strstr(p->lines[0], "\"verdict\":\"reject\""));
    assert_non_null(strstr(p->lines[0], "\"would\":\"drop\""));
    assert_null(strstr(strstr(p->lines[0], "\"enforced\":true") + 1, "\"enforced\":true"));
}

static void refusals_of_single_recipients(void **state)
{
    struct play *p = *state;
    play_mode(p, FX_MODE_ENFORCE);
    p->policy->base.recipients.limit = 1;
    p->policy->base.recipients.overflow = FX_OVERFLOW_DEFER;
    play(p, "CHM");
    assert_int_equal(play(p, "R").what, FX_DO_CONTINUE);
    for (unsigned i = 0; i < 2; i++) {
        struct fx_decision d = play(p, "R");
        assert_int_equal(d.what, FX_DO_TEMPFAIL);
        assert_int_equal(d.reply->code, 452);
    }
    assert_int_equal(p->count, 0); /* stands in the record of its message */
    assert_int_equal(play(p, "DFEBO").what, FX_DO_CONTINUE);
    assert_int_equal(p->count, 1);
    assert_ended(p, 0, "eom");
    assert_non_null(strstr(p->lines[0], "\"recipients\":{\"accepted\":1,\"deferred\":2,"
                                        "\"rejected\":0,\"lost\":0}"));
    assert_non_null(strstr(p->lines[0], "\"verdict\":\"flag\",\"would\":\"defer\""));
    /* nothing of it in the next message */
    assert_int_equal(play(p, "MR").what, FX_DO_CONTINUE);
}

/* What the server refused itself is refused: no second answer, but the firewall saw it. */
static void refused_by_the_server_already(void **state)
{
    struct play *p = *state;
    play_mode(p, FX_MODE_ENFORCE);
    p->policy->base.recipients.limit = 1;
    p->policy->base.recipients.overflow = FX_OVERFLOW_FAIL;
    play(p, "CHMR");
    assert_int_equal(play(p, "r").what, FX_DO_CONTINUE);
    play(p, "DO");
    assert_non_null(strstr(p->lines[0], "\"rejected\":1"));
    assert_non_null(strstr(p->lines[0], "\"would\":\"reject\""));
    assert_null(strstr(p->lines[0], "\"enforced\":true"));
}

/* The last words to a message are those of its own refusal. */
static void verdict_of_refused_recipients(void **state)
{
    struct play *p = *state;
    play_mode(p, FX_MODE_ENFORCE);
    fixture_verbs(p->profile, 0);
    fixture_rule(p->profile, FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_MASK, -1);
    fixture_rule(p->profile, FX_RULE_RECIPIENT_COUNT, FX_ACTION_TRUNCATE, 0);
    p->policy->base.rule_mode[FX_RULE_VERB_NOT_ALLOWED] = FX_MODE_ENFORCE;
    play(p, "CHM");
    assert_int_equal(play(p, "R").reply->code, 452);
    assert_int_equal(play(p, "U").reply->code, 500);
    play(p, "AU");
    assert_non_null(strstr(p->lines[0], "\"verdict\":\"defer\""));
}

/* A client must not be able to buy its way through with harmless findings. */
static void refused_though_the_list_is_full(void **state)
{
    struct play *p = *state;
    play_mode(p, FX_MODE_ENFORCE);
    p->policy->limits.findings = 3;
    fixture_characters(p->profile, "u");
    fixture_rule(p->profile, FX_RULE_ADDRESS_CHARACTER, FX_ACTION_BLANK, -1);
    play(p, "CHMRRRRRRDL");
    struct fx_decision d = play(p, "EO");
    assert_int_equal(d.what, FX_DO_TEMPFAIL);
    assert_int_equal(d.reply->code, 421);
    assert_non_null(strstr(p->lines[0], "\"rule\":\"header-line-length\""));
    assert_non_null(strstr(p->lines[0], "\"findings_omitted\":"));
}

static void refusal_at_mail_ends_it(void **state)
{
    struct play *p = *state;
    play_mode(p, FX_MODE_ENFORCE);
    p->policy->base.require = FX_BIT(FX_EXT_SIZE);
    struct fx_decision d = play(p, "CHM");
    assert_int_equal(d.what, FX_DO_REJECT);
    assert_int_equal(d.reply->code, 530);
    assert_int_equal(p->count, 1);
    assert_ended(p, 0, "answered");
    play(p, "A"); /* no abort is called then; one that comes all the same does nothing */
    assert_int_equal(p->count, 1);
    p->policy->base.require = 0;
    play(p, "MRDFEBO"); /* refused MAIL, then a good one */
    assert_int_equal(p->count, 2);
    assert_ended(p, 1, "eom");
    assert_non_null(strstr(p->lines[1], "\"verdict\":\"pass\""));
    play(p, "Z");
    assert_int_equal(p->count, 2);
}

/* "The answer that ends a message or session waits for its record." */
static void drop_outside_a_message_waits(void **state)
{
    struct play *p = *state;
    play_mode(p, FX_MODE_ENFORCE);
    fixture_rule(p->profile, FX_RULE_COMMAND_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 1);
    struct fx_decision d = play(p, "CU");
    assert_int_equal(d.what, FX_DO_TEMPFAIL);
    assert_int_equal(d.reply->code, 421);
    assert_int_equal(p->count, 1);
    assert_non_null(strstr(p->lines[0], "\"type\":\"session\""));
    assert_non_null(strstr(p->lines[0], "\"verdict\":\"drop\""));
    play(p, "Z");
    assert_int_equal(p->count, 1); /* and once */
}

/* Memory goes from one connection to the other, and nothing else with it. */
static void workplace_holds_no_facts(void **state)
{
    struct play *p = *state;
    char alone[2][4096];
    static const char second[] = "CHMRDFEBOZ";
    play(p, second);
    (void)snprintf(alone[0], sizeof alone[0], "%s", p->lines[0]);

    play_again(p);
    struct fx_workplace *w = fx_workplace_create();
    assert_non_null(w);
    assert_true(fx_engine_occupy(p->engine, w));
    assert_false(fx_engine_occupy(p->engine, NULL));
    assert_true(fx_engine_idle(p->engine));
    play(p, "CHM");
    assert_false(fx_engine_idle(p->engine));
    assert_null(fx_engine_vacate(p->engine));
    play(p, "RRrDLVTXE8O");
    assert_true(fx_engine_idle(p->engine));
    assert_int_equal(p->count, 1);
    assert_ptr_equal(fx_engine_vacate(p->engine), w);
    assert_null(fx_engine_vacate(p->engine));
    play(p, "Z");

    play_again(p);
    assert_true(fx_engine_occupy(p->engine, w));
    play(p, second);
    assert_int_equal(p->count, 1);
    (void)snprintf(alone[1], sizeof alone[1], "%s", p->lines[0]);
    assert_string_equal(alone[1], alone[0]);
    /* and back, or with the engine */
    assert_ptr_equal(fx_engine_vacate(p->engine), w);
    assert_true(fx_engine_occupy(p->engine, w));
    play_again(p);
}

/* What is due after an abort still needs it. */
static void workplace_until_the_record(void **state)
{
    struct play *p = *state;
    struct fx_workplace *w = fx_workplace_create();
    assert_true(fx_engine_occupy(p->engine, w));
    play(p, "CHMRDFA");
    assert_null(fx_engine_vacate(p->engine));
    play(p, "Z");
    assert_ended(p, 0, "close");
    assert_ptr_equal(fx_engine_vacate(p->engine), w);
    fx_workplace_destroy(w);
    fx_workplace_destroy(NULL);
}

/* What one large message needed is not kept for others. */
static void workplace_stays_small(void **state)
{
    struct play *p = *state;
    struct fx_workplace *w = fx_workplace_create();
    assert_true(fx_engine_occupy(p->engine, w));
    p->policy->limits.recipients = 1000;
    play(p, "CHM");
    for (int i = 0; i < 500; i++)
        play(p, "R");
    assert_true(fx_engine_session(p->engine)->message->recipient_cap >= 500);
    play(p, "DFEO");
    assert_ptr_equal(fx_engine_vacate(p->engine), w);
    play_again(p);
    assert_true(fx_engine_occupy(p->engine, w));
    play(p, "CHMR");
    assert_true(fx_engine_session(p->engine)->message->recipient_cap < 500);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, play_begin, play_finish)
    const struct CMUnitTest tests[] = {
        T(abort_then_close_is_close),
        T(abort_then_anything_is_abort),
        T(close_within_data_is_judged),
        T(the_time_of_an_abort_is_its_own),
        T(nested_mail_ends_the_first),
        T(close_anywhere),
        T(events_without_a_message_are_harmless),
        T(refusal_in_the_header_waits_for_the_end),
        T(the_first_refusal_stays),
        T(refusals_of_single_recipients),
        T(refused_by_the_server_already),
        T(verdict_of_refused_recipients),
        T(refused_though_the_list_is_full),
        T(refusal_at_mail_ends_it),
        T(drop_outside_a_message_waits),
        T(workplace_holds_no_facts),
        T(workplace_until_the_record),
        T(workplace_stays_small),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
