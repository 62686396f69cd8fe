/* Tests of plan: what a ruleset is compiled to, and that a check is passed over exactly where
 * nothing would be reported. */
#include "fixture.h"
#include "plan.h"

#include <string.h>

static const struct fx_step *step_of(const struct fx_policy *policy, enum fx_event_kind kind,
                                     enum fx_rule rule)
{
    const struct fx_step *const *at = policy->base.plan->of[kind];
    while (*at != NULL && (*at)->check->rule != rule)
        at++;
    return *at;
}

static struct fx_policy *policy_of(struct fx_profile *first, struct fx_profile *second)
{
    struct fx_profile *const profiles[] = {first, second, NULL};
    return fixture_policy(FX_MODE_OBSERVE, profiles);
}

static void only_what_has_a_say(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("a"), *b = fixture_profile("b");
    fixture_rule(b, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 998);
    fixture_rule(a, FX_RULE_RECIPIENT_COUNT, FX_ACTION_TRUNCATE, 50);
    struct fx_policy *policy = policy_of(a, b);
    const struct fx_step *step = step_of(policy, FX_EVENT_HEADER, FX_RULE_HEADER_LINE_LENGTH);
    assert_non_null(step);
    assert_int_equal(step->count, 1);
    assert_int_equal(step->profiles[0].number, 1);
    assert_int_equal(step->profiles[0].setting.limit, 998);
    assert_null(step_of(policy, FX_EVENT_BODY, FX_RULE_HEADER_LINE_LENGTH));
    assert_null(step_of(policy, FX_EVENT_EOM, FX_RULE_BODY_LINE_LENGTH)); /* nobody has it */
    assert_int_equal(step_of(policy, FX_EVENT_RCPT, FX_RULE_RECIPIENT_COUNT)->count, 1);
    /* the check's own action counts behind all */
    assert_int_equal(step_of(policy, FX_EVENT_EOM, FX_RULE_BODY_8BIT)->count, 2);
    policy->base.rule_mode[FX_RULE_HEADER_LINE_LENGTH] = FX_MODE_OFF;
    fixture_compile(policy);
    assert_null(step_of(policy, FX_EVENT_HEADER, FX_RULE_HEADER_LINE_LENGTH));
    fx_policy_destroy(policy);
}

/* In the order of the table: findings stand in it. */
static void order_of_the_checks(void **state)
{
    (void)state;
    struct fx_policy *policy = fixture_policy_of(FX_MODE_OBSERVE, fixture_profile("p"));
    const struct fx_step *const *at = policy->base.plan->of[FX_EVENT_EOM];
    assert_non_null(*at);
    for (; at[1] != NULL; at++)
        assert_true(at[0]->check->rule < at[1]->check->rule);
    fx_policy_destroy(policy);
}

static void bounds_are_those_of_the_strictest(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("a"), *b = fixture_profile("b");
    fixture_rule(a, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 1000);
    fixture_rule(b, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 998);
    fixture_rule(a, FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_NOOP, -1);
    fixture_rule(b, FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_MASK, -1);
    fixture_verbs(a, FX_BIT(FX_VERB_RCPT) | FX_BIT(FX_VERB_DATA));
    fixture_verbs(b, FX_BIT(FX_VERB_RCPT));
    fixture_rule(a, FX_RULE_ADDRESS_CHARACTER, FX_ACTION_BLANK, -1);
    fixture_characters(a, "<|");
    fixture_characters(b, "!"); /* without the rule nobody asks */
    struct fx_policy *policy = policy_of(a, b);
    assert_int_equal(step_of(policy, FX_EVENT_HEADER, FX_RULE_HEADER_LINE_LENGTH)->bounds.limit,
                     998);
    assert_int_equal(step_of(policy, FX_EVENT_DATA, FX_RULE_VERB_NOT_ALLOWED)->bounds.verbs,
                     FX_BIT(FX_VERB_RCPT));
    const struct fx_bounds *bounds =
        &step_of(policy, FX_EVENT_MAIL, FX_RULE_ADDRESS_CHARACTER)->bounds;
    assert_true(bounds->bad['|'] && bounds->bad['<']);
    assert_false(bounds->bad['!'] || bounds->bad['a']);
    assert_int_equal(bounds->verbs, FX_BIT(FX_VERB_RCPT) | FX_BIT(FX_VERB_DATA));
    fx_policy_destroy(policy);
}

/* A limit of the configuration, though the profile has none. */
static void simulated(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("a"), *b = fixture_profile("b");
    struct fx_policy *policy = policy_of(a, b);
    assert_null(step_of(policy, FX_EVENT_RCPT, FX_RULE_RECIPIENT_COUNT));
    policy->base.recipients.limit = 3;
    fixture_compile(policy);
    const struct fx_step *step = step_of(policy, FX_EVENT_RCPT, FX_RULE_RECIPIENT_COUNT);
    assert_int_equal(step->count, 1);
    assert_int_equal(step->profiles[0].number, 0);
    assert_int_equal(step->profiles[0].setting.overflow, FX_OVERFLOW_DEFER);
    assert_int_equal(step->bounds.limit, 3);
    fx_policy_destroy(policy);
}

static void blind_within_tls(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("a"), *b = fixture_profile("b");
    fixture_rule(a, FX_RULE_BODY_8BIT, FX_ACTION_LOG, -1);
    a->tls_ends_inspection.on = b->tls_ends_inspection.on = true;
    struct fx_policy *policy = policy_of(a, b);
    const struct fx_step *step = step_of(policy, FX_EVENT_EOM, FX_RULE_BODY_8BIT);
    assert_true(step->profiles[0].blind);
    assert_false(step->profiles[1].blind); /* the server's own rule */
    fx_policy_destroy(policy);
}

/* All rules of a check off: it is not asked; one of them on: it is. */
static void several_rules_of_one_check(void **state)
{
    (void)state;
    struct fx_policy *policy = fixture_policy_of(FX_MODE_OFF, fixture_profile("p"));
    for (size_t kind = 0; kind < FX_EVENT_KINDS; kind++)
        assert_null(policy->base.plan->of[kind][0]);
    policy->base.rule_mode[FX_RULE_DKIM_LAST] = FX_MODE_OBSERVE;
    fixture_compile(policy);
    assert_non_null(step_of(policy, FX_EVENT_EOM, FX_RULE_DKIM_FIRST));
    fx_policy_destroy(policy);
}

static void no_session_without_a_plan(void **state)
{
    (void)state;
    struct fx_policy *policy = fixture_policy_of(FX_MODE_OBSERVE, fixture_profile("p"));
    fx_plan_destroy(policy->base.plan);
    policy->base.plan = NULL;
    assert_null(fx_session_create(policy, FIXTURE_ID));
    fx_policy_destroy(policy);
}

/* In an ordinary command nothing is found, and nobody is asked. */
static void passed_over(void **state)
{
    (void)state;
    struct fx_profile *a = fixture_profile("a"), *b = fixture_profile("b");
    fixture_rule(a, FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_LOG, 20);
    fixture_rule(b, FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_LOG, 30);
    fixture_rule(a, FX_RULE_COMMAND_LINE_LENGTH, FX_ACTION_LOG, 40);
    fixture_rule(a, FX_RULE_ADDRESS_CHARACTER, FX_ACTION_BLANK, -1);
    fixture_characters(a, "|");
    struct fx_policy *policy = policy_of(a, b);
    struct fx_session *s = fx_session_create(policy, FIXTURE_ID);
    static const struct {
        const char *path;
        enum fx_rule found; /* FX_RULE_COUNT: nothing */
    } rows[] = {
        {"<sender@example.org>", FX_RULE_COUNT},
        {"<sen|er@example.org>", FX_RULE_ADDRESS_CHARACTER},
        {"<senders@long.example.org>", FX_RULE_SENDER_ADDRESS_LENGTH},
    };
    assert_non_null(s);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fx_event mail = fixture_path(FX_EVENT_MAIL, rows[i].path, "");
        fx_session_observe(s, &mail);
        const struct fx_step *const *at = policy->base.plan->of[FX_EVENT_MAIL];
        for (; *at != NULL; at++)
            assert_int_equal((*at)->check->quiet(s, &mail, &(*at)->bounds),
                             (*at)->check->rule != rows[i].found);
    }
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_has_a_say),
        cmocka_unit_test(order_of_the_checks),
        cmocka_unit_test(bounds_are_those_of_the_strictest),
        cmocka_unit_test(simulated),
        cmocka_unit_test(blind_within_tls),
        cmocka_unit_test(several_rules_of_one_check),
        cmocka_unit_test(no_session_without_a_plan),
        cmocka_unit_test(passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
