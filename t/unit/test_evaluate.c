/* Tests of evaluate: which setting holds for which profile, what compared profiles add, and
 * what an action comes to. */
#include "check.h"
#include "fixture.h"

struct world {
    struct fx_policy *policy;
    struct fx_session *session;
    struct fx_findings *list;
};

static struct world w;

/* Two profiles, "first" enforced and "second" compared. */
static void begin(struct fx_profile *first, struct fx_profile *second)
{
    struct fx_profile *const profiles[] = {first, second, NULL};
    w.policy = fixture_policy(FX_MODE_OBSERVE, profiles);
    w.session = fx_session_create(w.policy, FIXTURE_ID);
    assert_non_null(w.session);
}

static void feed(struct fx_event event)
{
    fixture_compile(w.policy); /* tests change it between events */
    fx_session_observe(w.session, &event);
    bool in = w.session->in_message;
    w.list = in ? &w.session->message->findings : &w.session->findings;
    fx_evaluate(w.session, &event, in ? w.session->message->rules : w.session->rules, w.list,
                in ? &w.session->message->would : &w.session->would);
}

static void finish(void)
{
    fx_session_destroy(w.session);
    fx_policy_destroy(w.policy);
    fixture_free();
}

static enum fx_outcome would(unsigned profile)
{
    return (enum fx_outcome)w.session->message->would.outcome[profile];
}

static void mail(const char *path)
{
    feed(fixture_path(FX_EVENT_MAIL, path, ""));
}

static void outcomes_of_actions(void **state)
{
    (void)state;
    static const struct {
        enum fx_action action;
        enum fx_outcome would, needed;
    } rows[] = {
        {FX_ACTION_NONE, FX_OUTCOME_PASS, FX_OUTCOME_PASS},
        {FX_ACTION_LOG, FX_OUTCOME_FLAG, FX_OUTCOME_FLAG},
        {FX_ACTION_HIDE, FX_OUTCOME_FLAG, FX_OUTCOME_REJECT},
        {FX_ACTION_MASK, FX_OUTCOME_FLAG, FX_OUTCOME_REJECT},
        {FX_ACTION_NOOP, FX_OUTCOME_FLAG, FX_OUTCOME_FLAG},
        {FX_ACTION_OK, FX_OUTCOME_FLAG, FX_OUTCOME_FLAG},
        {FX_ACTION_BLANK, FX_OUTCOME_FLAG, FX_OUTCOME_FLAG},
        {FX_ACTION_DROP_CONNECTION, FX_OUTCOME_DROP, FX_OUTCOME_DROP},
        {FX_ACTION_RESET, FX_OUTCOME_DROP, FX_OUTCOME_DROP},
        {FX_ACTION_HOLD, FX_OUTCOME_DROP, FX_OUTCOME_DROP},
        {FX_ACTION_TRUNCATE, FX_OUTCOME_DEFER, FX_OUTCOME_DEFER},
        {FX_ACTION_REFUSE, FX_OUTCOME_REJECT, FX_OUTCOME_REJECT},
    };
    assert_int_equal(sizeof rows / sizeof rows[0], FX_ACTION_COUNT);
    for (size_t i = 0; i < FX_ACTION_COUNT; i++) {
        assert_int_equal(fx_outcome_of(rows[i].action, FX_OVERFLOW_NONE, false), rows[i].would);
        assert_int_equal(fx_outcome_of(rows[i].action, FX_OVERFLOW_NONE, true), rows[i].needed);
    }
    static const enum fx_outcome by_overflow[] = {FX_OUTCOME_DEFER, FX_OUTCOME_DEFER,
                                                  FX_OUTCOME_DROP, FX_OUTCOME_FLAG,
                                                  FX_OUTCOME_REJECT};
    for (int o = 0; o < FX_OVERFLOW_COUNT; o++)
        assert_int_equal(fx_outcome_of(FX_ACTION_TRUNCATE, (enum fx_overflow)o, false),
                         by_overflow[o]);
}

static void compared_only_where_they_differ(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("first"), *b = fixture_profile("second");
    fixture_rule(a, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 20);
    fixture_rule(b, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 20);
    fixture_rule(b, FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_LOG, 5);
    begin(a, b);
    mail("<abcdef>"); /* the second alone */
    assert_int_equal(w.list->count, 1);
    assert_int_equal(w.list->items[0].profile, 1);
    assert_int_equal(would(0), FX_OUTCOME_PASS);
    assert_int_equal(would(1), FX_OUTCOME_FLAG);
    feed(fixture_header("X", fixture_repeat('a', 40))); /* both say the same */
    assert_int_equal(w.list->count, 2);
    assert_int_equal(w.list->items[0].said_by, FX_BIT(1));
    assert_int_equal(w.list->items[1].profile, 0);
    assert_int_equal(w.list->items[1].said_by, FX_BIT(0) | FX_BIT(1));
    assert_int_equal(would(0), FX_OUTCOME_DROP);
    assert_int_equal(would(1), FX_OUTCOME_DROP);
    b->rule[FX_RULE_HEADER_LINE_LENGTH].limit = 30; /* another limit is another finding */
    feed(fixture_header("X", fixture_repeat('a', 40)));
    assert_int_equal(w.list->count, 4);
    assert_int_equal(w.list->items[2].said_by, FX_BIT(0));
    assert_int_equal(w.list->items[3].profile, 1);
    assert_int_equal(w.list->items[3].said_by, FX_BIT(1));
    assert_int_equal(w.list->items[3].limit, 30);
    /* the first one's finding at another field is not the second one's at this */
    fx_findings_reset(w.list);
    a->rule[FX_RULE_HEADER_LINE_LENGTH].from.set = false;
    b->rule[FX_RULE_HEADER_LINE_LENGTH].limit = 20;
    feed(fixture_header("X", fixture_repeat('a', 40)));
    assert_int_equal(w.list->count, 1);
    assert_int_equal(w.list->items[0].said_by, FX_BIT(1));
    finish();
}

/* Each finding of the enforced profile is said by the other as often as it says it. */
static void the_same_twice(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("first"), *b = fixture_profile("second");
    fixture_rule(a, FX_RULE_EXTENSION_NOT_ALLOWED, FX_ACTION_HIDE, 0);
    fixture_rule(b, FX_RULE_EXTENSION_NOT_ALLOWED, FX_ACTION_HIDE, 0);
    a->extensions.from.set = b->extensions.from.set = true;
    begin(a, b);
    feed(fixture_path(FX_EVENT_MAIL, "<>", "X-A X-A"));
    assert_int_equal(w.list->count, 2);
    assert_int_equal(w.list->items[0].said_by, FX_BIT(0) | FX_BIT(1));
    assert_int_equal(w.list->items[1].said_by, FX_BIT(0) | FX_BIT(1));
    finish();
}

/* In a full list too: what takes another's place is recognised by those who say the same. */
static void the_same_in_a_full_list(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("first"), *b = fixture_profile("second");
    fixture_rule(a, FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_LOG, 5);
    fixture_rule(a, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 20);
    fixture_rule(b, FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_LOG, 5);
    fixture_rule(b, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 20);
    begin(a, b);
    w.policy->limits.findings = 4;
    mail("<abcdef>");
    for (unsigned i = 0; i < 6; i++)
        feed(fixture_header("X", fixture_repeat('a', 40)));
    assert_int_equal(w.list->count, 4);
    assert_int_equal(w.list->omitted, 5 - 2 + 3); /* the last three of each */
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(w.list->items[i].said_by, FX_BIT(0) | FX_BIT(1));
    finish();
}

static void assumed_is_off_unless_named(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("first"), *b = fixture_profile("second");
    fixture_rule(a, FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_LOG, 5);
    fixture_rule(b, FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_DROP_CONNECTION, 5);
    a->rule[FX_RULE_SENDER_ADDRESS_LENGTH].from.confidence = FX_CONFIDENCE_ASSUMED;
    b->rule[FX_RULE_SENDER_ADDRESS_LENGTH].from.confidence = FX_CONFIDENCE_INFERRED;
    begin(a, b);
    mail("<abcdef>");
    assert_int_equal(w.list->count, 1);
    assert_int_equal(w.list->items[0].profile, 1);
    w.policy->base.rule_named[FX_RULE_SENDER_ADDRESS_LENGTH] = true;
    mail("<abcdef>");
    assert_int_equal(w.list->count, 2);
    assert_int_equal(w.list->items[0].profile, 0);
    finish();
}

static void modes_of_rules(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("first"), *b = fixture_profile("second");
    fixture_rule(a, FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_LOG, 5);
    begin(a, b);
    w.policy->base.rule_mode[FX_RULE_SENDER_ADDRESS_LENGTH] = FX_MODE_ENFORCE;
    mail("<abcdef>");
    assert_int_equal(w.list->items[0].mode, FX_MODE_ENFORCE);
    w.policy->base.rule_mode[FX_RULE_SENDER_ADDRESS_LENGTH] = FX_MODE_OFF;
    mail("<abcdef>");
    assert_int_equal(w.list->count, 0);
    assert_int_equal(would(0), FX_OUTCOME_PASS);
    finish();
}

static void none_is_no_rule(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("first"), *b = fixture_profile("second");
    /* takes back the check's own default too */
    fixture_rule(a, FX_RULE_CONTENT_TYPE_DUPLICATE, FX_ACTION_NONE, -1);
    begin(a, b);
    mail("<a>");
    feed(fixture_header("Content-Type", "a"));
    feed(fixture_header("Content-Type", "a"));
    feed(fixture_event(FX_EVENT_EOM, NULL));
    assert_int_equal(w.list->count, 1);
    assert_int_equal(w.list->items[0].profile, 1);
    assert_int_equal(would(0), FX_OUTCOME_PASS);
    assert_int_equal(would(1), FX_OUTCOME_FLAG);
    finish();
}

static void simulate_overrides_the_enforced_profile_only(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("first"), *b = fixture_profile("second");
    fixture_rule(a, FX_RULE_RECIPIENT_COUNT, FX_ACTION_DROP_CONNECTION, 3);
    fixture_rule(b, FX_RULE_RECIPIENT_COUNT, FX_ACTION_DROP_CONNECTION, 3);
    begin(a, b);
    w.policy->base.recipients.limit = 1;
    w.policy->base.recipients.overflow = FX_OVERFLOW_FAIL;
    mail("<a>");
    for (unsigned i = 1; i <= 4; i++) {
        feed(fixture_path(FX_EVENT_RCPT, "<b>", ""));
        assert_int_equal(would(0), i > 1 ? FX_OUTCOME_REJECT : FX_OUTCOME_PASS);
        assert_int_equal(would(1), i > 3 ? FX_OUTCOME_DROP : FX_OUTCOME_PASS);
    }
    assert_int_equal(w.list->count, 2);
    assert_int_equal(w.list->items[0].action, FX_ACTION_TRUNCATE);
    assert_int_equal(w.list->items[0].overflow, FX_OVERFLOW_FAIL);
    assert_int_equal(w.list->items[0].limit, 1);
    assert_int_equal(w.list->items[0].observed, 4); /* one finding, raised */
    assert_int_equal(w.list->items[1].limit, 3);
    /* the limit alone: the profile's own action stays */
    w.policy->base.recipients.overflow = FX_OVERFLOW_NONE;
    mail("<a>");
    feed(fixture_path(FX_EVENT_RCPT, "<b>", ""));
    feed(fixture_path(FX_EVENT_RCPT, "<b>", ""));
    assert_int_equal(w.list->items[0].action, FX_ACTION_DROP_CONNECTION);
    finish();
}

/* Where the profile has no such rule, a limit of ours defers. */
static void simulate_without_a_rule(void **state)
{
    (void)state;
    begin(fixture_profile("first"), fixture_profile("second"));
    w.policy->base.recipients.overflow = FX_OVERFLOW_DROP_CONNECTION;
    mail("<a>");
    feed(fixture_path(FX_EVENT_RCPT, "<b>", ""));
    assert_int_equal(w.list->count, 0); /* an overflow without a limit is none */
    w.policy->base.recipients.overflow = FX_OVERFLOW_NONE;
    w.policy->base.recipients.limit = 1;
    feed(fixture_path(FX_EVENT_RCPT, "<c>", ""));
    assert_int_equal(would(0), FX_OUTCOME_DEFER);
    assert_int_equal(would(1), FX_OUTCOME_PASS);
    finish();
}

/* What is only assumed does not count; what is simulated does. */
static void simulate_over_what_is_assumed(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("first");
    fixture_rule(a, FX_RULE_RECIPIENT_COUNT, FX_ACTION_DROP_CONNECTION, 1);
    a->rule[FX_RULE_RECIPIENT_COUNT].from.confidence = FX_CONFIDENCE_ASSUMED;
    begin(a, fixture_profile("second"));
    w.policy->base.recipients.overflow = FX_OVERFLOW_FAIL;
    mail("<a>");
    feed(fixture_path(FX_EVENT_RCPT, "<b>", ""));
    feed(fixture_path(FX_EVENT_RCPT, "<b>", ""));
    assert_int_equal(w.list->count, 0); /* the limit of 1 is only assumed */
    w.policy->base.recipients.limit = 2;
    feed(fixture_path(FX_EVENT_RCPT, "<b>", ""));
    assert_int_equal(would(0), FX_OUTCOME_REJECT);
    assert_int_equal(w.list->items[0].limit, 2);
    finish();
}

static void tls_ends_inspection(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("first"), *b = fixture_profile("second");
    struct fx_macros tls = {.tls_version = FX_LIT("TLSv1.3"), .tls_asked = true};
    struct fx_event e = fixture_path(FX_EVENT_MAIL, "<abcdef>", "");
    fixture_rule(a, FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_LOG, 5);
    fixture_rule(b, FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_LOG, 4);
    fixture_extensions(a, 0); /* hides 8BITMIME, and says nothing of body-8bit */
    a->tls_ends_inspection.on = true;
    begin(a, b);
    feed(e);
    assert_int_equal(w.list->count, 2);
    e.macros = &tls;
    feed(e);
    assert_int_equal(w.list->count, 1); /* the first sees nothing any more */
    assert_int_equal(w.list->items[0].profile, 1);
    feed(fixture_event(FX_EVENT_BODY, "\xFF"));
    feed(fixture_event(FX_EVENT_EOM, NULL));
    assert_true(would(0) < FX_OUTCOME_REJECT); /* what is hidden in TLS hinders nobody */
    /* the server's own rules hold all the same */
    w.policy->base.require = FX_BIT(FX_EXT_SIZE);
    feed(e);
    assert_int_equal(would(0), FX_OUTCOME_REJECT);
    finish();
}

static void findings_are_fresh_for_one_event(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("first"), *b = fixture_profile("second");
    fixture_rule(a, FX_RULE_RECIPIENT_COUNT, FX_ACTION_DROP_CONNECTION, 1);
    fixture_rule(a, FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_LOG, 0);
    begin(a, b);
    mail("<a>");
    assert_true(w.list->items[0].fresh);
    feed(fixture_path(FX_EVENT_RCPT, "<b>", ""));
    assert_false(w.list->items[0].fresh);
    feed(fixture_path(FX_EVENT_RCPT, "<b>", ""));
    assert_true(w.list->items[1].fresh);
    feed(fixture_event(FX_EVENT_DATA, NULL));
    assert_false(w.list->items[1].fresh);
    finish();
}

/* The contract's table of rules has a stage for each. */
static void stages(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("first"), *b = fixture_profile("second");
    fixture_verbs(a, 0);
    fixture_extensions(a, 0);
    fixture_rule(a, FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_LOG, -1);
    fixture_rule(a, FX_RULE_EXTENSION_NOT_ALLOWED, FX_ACTION_LOG, -1);
    fixture_rule(a, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_LOG, 20);
    fixture_rule(a, FX_RULE_BODY_LINE_LENGTH, FX_ACTION_LOG, 1);
    fixture_rule(a, FX_RULE_MIME_FILENAME_LENGTH, FX_ACTION_LOG, 0);
    begin(a, b);
    feed(fixture_event(FX_EVENT_COMMAND, "VRFY x"));
    assert_int_equal(w.list->items[0].stage, FX_STAGE_COMMAND);
    feed(fixture_path(FX_EVENT_MAIL, "<>", "SIZE=1"));
    feed(fixture_path(FX_EVENT_RCPT, "<b>", "NOTIFY=NEVER"));
    feed(fixture_header("X", "12345678901234567890"));
    feed(fixture_header("Content-Type", "multipart/mixed; boundary=b"));
    for (unsigned i = 0; i < 24; i++)
        feed(fixture_header("Received", "x"));
    feed(fixture_header("Content-Type", "a"));
    feed(fixture_event(FX_EVENT_EOH, NULL));
    feed(fixture_event(FX_EVENT_BODY, "\xFF\xFF\n--b\nContent-Type: a/b; name=c\n\n--b\n"));
    feed(fixture_event(FX_EVENT_BODY, "Content-Disposition: a; filename=d"));
    feed(fixture_event(FX_EVENT_EOM, NULL));
    static const enum fx_stage want[FX_RULE_COUNT] = {
        [FX_RULE_EXTENSION_NOT_ALLOWED] = FX_STAGE_MAIL,
        [FX_RULE_HEADER_LINE_LENGTH] = FX_STAGE_HEADER,
        [FX_RULE_RECEIVED_HOPS] = FX_STAGE_HEADER,
        [FX_RULE_BODY_LINE_LENGTH] = FX_STAGE_BODY,
        [FX_RULE_MIME_FILENAME_LENGTH] = FX_STAGE_BODY,
        [FX_RULE_BODY_8BIT] = FX_STAGE_BODY,
        [FX_RULE_CONTENT_TYPE_DUPLICATE] = FX_STAGE_END,
    };
    bool seen[FX_RULE_COUNT] = {false};
    for (size_t i = 0; i < w.list->count; i++) {
        const struct fx_finding *f = &w.list->items[i];
        if (f->profile != 0 || f->stage == FX_STAGE_RCPT || f->rule == FX_RULE_VERB_NOT_ALLOWED)
            continue;
        seen[f->rule] = true;
        if (f->stage != want[f->rule])
            print_error("%s: stage %s\n", fx_rule_name(f->rule), fx_stage_name(f->stage));
    }
    for (size_t r = 0; r < FX_RULE_COUNT; r++)
        if (want[r] != 0)
            assert_true(seen[r]);
    for (size_t i = 0; i < w.list->count; i++)
        if (want[w.list->items[i].rule] != 0 && w.list->items[i].stage != FX_STAGE_RCPT)
            assert_int_equal(w.list->items[i].stage, want[w.list->items[i].rule]);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_of_actions),
        cmocka_unit_test(compared_only_where_they_differ),
        cmocka_unit_test(the_same_twice),
        cmocka_unit_test(the_same_in_a_full_list),
        cmocka_unit_test(assumed_is_off_unless_named),
        cmocka_unit_test(modes_of_rules),
        cmocka_unit_test(none_is_no_rule),
        cmocka_unit_test(simulate_overrides_the_enforced_profile_only),
        cmocka_unit_test(simulate_without_a_rule),
        cmocka_unit_test(simulate_over_what_is_assumed),
        cmocka_unit_test(tls_ends_inspection),
        cmocka_unit_test(findings_are_fresh_for_one_event),
        cmocka_unit_test(stages),
    };
    return cmocka_run_group_tests_name("evaluate", tests, NULL, NULL);
}
