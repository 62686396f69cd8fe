/* Tests of verdict: which finding enforce acts upon, and what really happened. */
#include "check.h"
#include "fixture.h"

struct world {
    struct fx_policy *policy;
    struct fx_session *session;
    struct fx_findings list;
    struct fx_reply reply;
};

static struct world w;

static int begin(void **state)
{
    w.policy = fixture_policy_of(FX_MODE_ENFORCE, fixture_profile("p"));
    w.session = fx_session_create(w.policy, FIXTURE_ID);
    fx_findings_init(&w.list);
    *state = &w;
    return w.session == NULL;
}

static int finish(void **state)
{
    (void)state;
    fx_findings_finish(&w.list);
    fx_session_destroy(w.session);
    fx_policy_destroy(w.policy);
    return 0;
}

static struct fx_finding *found(enum fx_rule rule, enum fx_action action)
{
    struct fx_finding f = {
        .rule = rule, .action = action, .mode = FX_MODE_ENFORCE, .fresh = true};
    return fx_findings_add(&w.list, &f, FX_LIT("VERB"), FX_ABSENT, 64, 64);
}

/* Index of the finding chosen at this event, or -1. */
static int choose(enum fx_event_kind kind)
{
    struct fx_event event = fixture_event(kind, "VERB");
    int chosen = -1;
    for (size_t i = 0; i < w.list.count; i++)
        w.list.items[i].enforced = false;
    bool any = fx_verdict_choose(w.session, &event, &w.list, &w.reply);
    for (size_t i = 0; i < w.list.count; i++)
        if (w.list.items[i].enforced) {
            assert_int_equal(chosen, -1); /* one at most */
            chosen = (int)i;
        }
    assert_int_equal(any, chosen >= 0);
    return chosen;
}

static void severity_before_order(void **state)
{
    (void)state;
    assert_int_equal(choose(FX_EVENT_RCPT), -1);
    found(FX_RULE_RECIPIENT_COUNT, FX_ACTION_TRUNCATE); /* defer */
    assert_int_equal(choose(FX_EVENT_RCPT), 0);
    assert_int_equal(w.reply.code, 452);
    found(FX_RULE_EXTENSION_NOT_ALLOWED, FX_ACTION_HIDE); /* reject */
    assert_int_equal(choose(FX_EVENT_RCPT), 1);
    assert_int_equal(w.reply.code, 555);
    found(FX_RULE_ADDRESS_CHARACTER, FX_ACTION_DROP_CONNECTION); /* drop */
    assert_int_equal(choose(FX_EVENT_RCPT), 2);
    assert_int_equal(w.reply.code, 421);
    found(FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_LOG);
    assert_int_equal(choose(FX_EVENT_RCPT), 2);
}

static void order_of_the_table(void **state)
{
    (void)state;
    found(FX_RULE_ADDRESS_CHARACTER, FX_ACTION_RESET);
    found(FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_DROP_CONNECTION);
    found(FX_RULE_COMMAND_LINE_LENGTH, FX_ACTION_DROP_CONNECTION);
    found(FX_RULE_COMMAND_TERMINATOR, FX_ACTION_DROP_CONNECTION);
    assert_int_equal(choose(FX_EVENT_MAIL), 2);
    found(FX_RULE_COMMAND_LINE_LENGTH, FX_ACTION_RESET); /* the earlier one of a rule */
    assert_int_equal(choose(FX_EVENT_MAIL), 2);
}

/* The first in time ends the matter, though both are found at the end of the message. */
static void stage_before_severity(void **state)
{
    (void)state;
    found(FX_RULE_CONTENT_TYPE_DUPLICATE, FX_ACTION_DROP_CONNECTION)->stage = FX_STAGE_END;
    struct fx_finding *body = found(FX_RULE_BODY_8BIT, FX_ACTION_HIDE);
    body->stage = FX_STAGE_BODY;
    body->extension = FX_EXT_8BITMIME;
    assert_int_equal(choose(FX_EVENT_EOM), 1);
    assert_int_equal(w.reply.code, 554);
}

static void who_may_decide(void **state)
{
    (void)state;
    found(FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_DROP_CONNECTION)->fresh = false;
    found(FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_DROP_CONNECTION)->profile = 1;
    found(FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_DROP_CONNECTION)->mode = FX_MODE_TAG;
    found(FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_DROP_CONNECTION)->mode = FX_MODE_OBSERVE;
    assert_int_equal(choose(FX_EVENT_MAIL), -1);
    found(FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_DROP_CONNECTION);
    assert_int_equal(choose(FX_EVENT_MAIL), 4);
}

/* What enforce cannot do is said; what it can is not. */
static void instead(void **state)
{
    (void)state;
    w.session->mta = (struct fx_mta){FX_MTA_POSTFIX, 3, 10};
    struct fx_finding *f = found(FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_MASK);
    assert_int_equal(choose(FX_EVENT_COMMAND), -1);
    assert_non_null(f->instead);
    f->instead = NULL;
    w.session->mta.minor = 7;
    assert_int_equal(choose(FX_EVENT_COMMAND), 0);
    assert_null(f->instead);
    assert_int_equal(w.reply.code, 500);
    assert_string_equal(w.reply.text, "Command unrecognized: \"XXXX\"");
    fx_findings_reset(&w.list);
    f = found(FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_NOOP);
    assert_int_equal(choose(FX_EVENT_COMMAND), -1);
    assert_non_null(f->instead);
    fx_findings_reset(&w.list);
    f = found(FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_DROP_CONNECTION);
    f->mode = FX_MODE_OBSERVE;
    assert_int_equal(choose(FX_EVENT_MAIL), -1);
    assert_null(f->instead); /* observe promises nothing */
}

static void message_verdicts(void **state)
{
    (void)state;
    struct fx_message m = {.ended = FX_ENDED_EOM};
    assert_int_equal(fx_verdict_message(&m), FX_OUTCOME_PASS);
    m.findings.count = 0;
    m.findings.omitted = 1;
    assert_int_equal(fx_verdict_message(&m), FX_OUTCOME_FLAG);
    static const enum fx_outcome outcomes[] = {FX_OUTCOME_DEFER, FX_OUTCOME_REJECT,
                                               FX_OUTCOME_DROP};
    for (size_t i = 0; i < 3; i++) {
        m.refused = true;
        m.reply.outcome = outcomes[i];
        m.ended = FX_ENDED_ANSWERED;
        assert_int_equal(fx_verdict_message(&m), outcomes[i]);
        /* a refusal that was never said: the client went before */
        m.ended = FX_ENDED_CLOSE;
        assert_int_equal(fx_verdict_message(&m), FX_OUTCOME_FLAG);
    }
    /* all recipients refused by us, and the client gave up */
    m = (struct fx_message){.ended = FX_ENDED_ABORT,
                            .recipient_refused = true,
                            .reply = {.outcome = FX_OUTCOME_DEFER},
                            .results = {0, 1, 0, 0},
                            .findings = {.omitted = 1}};
    assert_int_equal(fx_verdict_message(&m), FX_OUTCOME_DEFER);
    m.results[FX_RECIPIENT_ACCEPTED] = 1; /* one went through */
    assert_int_equal(fx_verdict_message(&m), FX_OUTCOME_FLAG);
}

/* "evaluated and recorded only": what a compared profile says is no flag of the message. */
static void compared_findings_do_not_flag(void **state)
{
    (void)state;
    struct fx_message m = {.ended = FX_ENDED_EOM};
    found(FX_RULE_BODY_8BIT, FX_ACTION_LOG)->profile = 1;
    m.findings = w.list;
    assert_int_equal(fx_verdict_message(&m), FX_OUTCOME_PASS);
    found(FX_RULE_BODY_8BIT, FX_ACTION_LOG);
    m.findings = w.list;
    assert_int_equal(fx_verdict_message(&m), FX_OUTCOME_FLAG);
}

static void session_verdicts(void **state)
{
    (void)state;
    assert_int_equal(fx_verdict_session(w.session), FX_OUTCOME_PASS);
    w.session->findings.omitted = 1;
    assert_int_equal(fx_verdict_session(w.session), FX_OUTCOME_FLAG);
    w.session->refused = true;
    w.session->reply.outcome = FX_OUTCOME_DROP;
    assert_int_equal(fx_verdict_session(w.session), FX_OUTCOME_DROP);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, finish)
    const struct CMUnitTest tests[] = {
        T(severity_before_order),
        T(order_of_the_table),
        T(stage_before_severity),
        T(who_may_decide),
        T(instead),
        T(message_verdicts),
        T(compared_findings_do_not_flag),
        T(session_verdicts),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
