/* What a policy has to be told of, and when it has been told enough. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "check.h"
#include "needs.h"

#define ALL ((1u << FX_EVENT_KINDS) - 1)
#define COMMAND FX_EVENT_BIT(FX_EVENT_COMMAND)

static struct fx_client_block block;
static struct fx_policy policy;

static void all_rules(struct fx_ruleset *rules, enum fx_mode mode)
{
    for (size_t i = 0; i < FX_RULE_COUNT; i++)
        rules->rule_mode[i] = mode;
}

static int setup(void **state)
{
    (void)state;
    memset(&policy, 0, sizeof policy);
    memset(&block, 0, sizeof block);
    all_rules(&policy.base, FX_MODE_OFF);
    all_rules(&block.rules, FX_MODE_OFF);
    policy.blocks = &block;
    policy.block_count = 1;
    return 0;
}

static void test_nothing(void **state)
{
    (void)state;
    assert_int_equal(fx_policy_events(&policy), 0);
    policy.block_count = 0;
    assert_int_equal(fx_policy_events(&policy), 0);
}

/* Whatever the one rule is, a record shows all of a message; commands outside of one are told
 * where its check asks. */
static void test_one_rule(void **state)
{
    (void)state;
    unsigned with = 0, without = 0;
    for (int rule = 0; rule < FX_RULE_COUNT; rule++) {
        const struct fx_check *check = fx_check_find((enum fx_rule)rule);
        bool asks = check != NULL && (check->events & COMMAND);
        block.rules.rule_mode[rule] = FX_MODE_OBSERVE;
        assert_int_equal(fx_policy_events(&policy), asks ? ALL : ALL & ~COMMAND);
        block.rules.rule_mode[rule] = FX_MODE_OFF;
        *(asks ? &with : &without) += 1;
    }
    assert_true(with >= 4 && without >= 20);
}

static void test_the_union(void **state)
{
    (void)state;
    policy.base.rule_mode[FX_RULE_BODY_8BIT] = FX_MODE_ENFORCE;
    assert_int_equal(fx_policy_events(&policy), ALL & ~COMMAND);
    block.rules.rule_mode[FX_RULE_VERB_TOO_SHORT] = FX_MODE_TAG;
    assert_int_equal(fx_policy_events(&policy), ALL);
}

static void test_ignored(void **state)
{
    (void)state;
    const struct fx_address client = {.family = FX_FAMILY_INET, .bytes = {192, 0, 2, 1}};
    assert_true(fx_policy_ignores(&policy, &client, FX_ABSENT));
    all_rules(&block.rules, FX_MODE_OBSERVE);
    for (int who = FX_UNKNOWN; who <= FX_YES; who++) {
        block.authenticated = (enum fx_answer)who;
        assert_false(fx_policy_ignores(&policy, &client, FX_ABSENT));
    }
    static char staging[] = "staging";
    block.daemon_name = staging;
    assert_true(fx_policy_ignores(&policy, &client, FX_ABSENT));
    assert_true(fx_policy_ignores(&policy, &client, FX_LIT("smtpd")));
    assert_false(fx_policy_ignores(&policy, &client, FX_LIT("staging")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nothing, setup),
        cmocka_unit_test_setup(test_one_rule, setup),
        cmocka_unit_test_setup(test_the_union, setup),
        cmocka_unit_test_setup(test_ignored, setup),
    };
    return cmocka_run_group_tests_name("needs", tests, NULL, NULL);
}
