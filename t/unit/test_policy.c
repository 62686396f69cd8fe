/* Which rules a client gets: the first block whose criteria all match. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "policy.h"

static struct fx_client_block blocks[4];
static struct fx_network networks[2];
static char staging[] = "staging";
static struct fx_policy policy;

static int setup(void **state)
{
    (void)state;
    memset(blocks, 0, sizeof blocks);
    memset(&policy, 0, sizeof policy);
    assert_true(fx_network_parse(FX_LIT("192.0.2.0/24"), &networks[0]));
    assert_true(fx_network_parse(FX_LIT("2001:db8::/32"), &networks[1]));
    policy.blocks = blocks;
    return 0;
}

static struct fx_client_block *add_block(void)
{
    return &blocks[policy.block_count++];
}

static const struct fx_ruleset *select_for(const char *client, enum fx_answer authenticated,
                                           const char *daemon_name)
{
    struct fx_address a = {0};
    if (client != NULL)
        assert_true(fx_address_parse(fx_slice_str(client), &a));
    return fx_policy_select(&policy, &a, authenticated, fx_slice_str(daemon_name));
}

static void test_no_block(void **state)
{
    (void)state;
    assert_ptr_equal(select_for("192.0.2.1", FX_YES, "smtpd"), &policy.base);
    assert_ptr_equal(select_for(NULL, FX_UNKNOWN, NULL), &policy.base);
}

static void test_networks(void **state)
{
    (void)state;
    struct fx_client_block *b = add_block();
    b->networks = networks;
    b->network_count = 2;
    assert_ptr_equal(select_for("192.0.2.9", FX_UNKNOWN, NULL), &b->rules);
    assert_ptr_equal(select_for("2001:db8::9", FX_UNKNOWN, NULL), &b->rules);
    assert_ptr_equal(select_for("::ffff:192.0.2.9", FX_UNKNOWN, NULL), &b->rules);
    assert_ptr_equal(select_for("192.0.3.9", FX_UNKNOWN, NULL), &policy.base);
    assert_ptr_equal(select_for(NULL, FX_UNKNOWN, NULL), &policy.base);
}

static void test_authenticated(void **state)
{
    (void)state;
    struct fx_client_block *yes = add_block();
    yes->authenticated = FX_YES;
    assert_ptr_equal(select_for("192.0.2.9", FX_YES, NULL), &yes->rules);
    assert_ptr_equal(select_for("192.0.2.9", FX_NO, NULL), &policy.base);
    assert_ptr_equal(select_for("192.0.2.9", FX_UNKNOWN, NULL), &policy.base);
    struct fx_client_block *no = add_block();
    no->authenticated = FX_NO;
    assert_ptr_equal(select_for("192.0.2.9", FX_YES, NULL), &yes->rules);
    assert_ptr_equal(select_for("192.0.2.9", FX_NO, NULL), &no->rules);
    assert_ptr_equal(select_for("192.0.2.9", FX_UNKNOWN, NULL), &no->rules);
}

static void test_daemon_name(void **state)
{
    (void)state;
    struct fx_client_block *b = add_block();
    b->daemon_name = staging;
    assert_ptr_equal(select_for("192.0.2.9", FX_NO, "staging"), &b->rules);
    assert_ptr_equal(select_for("192.0.2.9", FX_NO, "Staging"), &policy.base);
    assert_ptr_equal(select_for("192.0.2.9", FX_NO, "stagin"), &policy.base);
    assert_ptr_equal(select_for("192.0.2.9", FX_NO, ""), &policy.base);
    assert_ptr_equal(select_for("192.0.2.9", FX_NO, NULL), &policy.base);
}

static void test_all_criteria(void **state)
{
    (void)state;
    struct fx_client_block *b = add_block();
    b->networks = networks;
    b->network_count = 1;
    b->authenticated = FX_YES;
    b->daemon_name = staging;
    assert_ptr_equal(select_for("192.0.2.9", FX_YES, "staging"), &b->rules);
    assert_ptr_equal(select_for("192.0.3.9", FX_YES, "staging"), &policy.base);
    assert_ptr_equal(select_for("192.0.2.9", FX_NO, "staging"), &policy.base);
    assert_ptr_equal(select_for("192.0.2.9", FX_YES, "smtpd"), &policy.base);
}

static void test_first_wins(void **state)
{
    (void)state;
    struct fx_client_block *first = add_block(), *second = add_block();
    first->networks = networks;
    first->network_count = 1;
    second->authenticated = FX_NO;
    assert_ptr_equal(select_for("192.0.2.9", FX_NO, NULL), &first->rules);
    assert_ptr_equal(select_for("192.0.3.9", FX_NO, NULL), &second->rules);
    assert_ptr_equal(select_for("192.0.3.9", FX_YES, NULL), &policy.base);
}

static void test_active(void **state)
{
    struct fx_ruleset rules = {0};
    (void)state;
    rules.mode = FX_MODE_ENFORCE; /* the modes of the rules alone decide */
    assert_false(fx_ruleset_active(&rules));
    rules.rule_mode[FX_RULE_COUNT - 1] = FX_MODE_OBSERVE;
    assert_true(fx_ruleset_active(&rules));
}

static void test_destroy(void **state)
{
    (void)state;
    fx_policy_destroy(NULL);
    struct fx_policy *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->profiles = calloc(1, sizeof *p->profiles);
    p->blocks = calloc(1, sizeof *p->blocks);
    assert_non_null(p->profiles);
    assert_non_null(p->blocks);
    p->profiles[p->profile_count++] = fx_profile_create("x");
    p->blocks[p->block_count++].networks = calloc(1, sizeof *networks);
    fx_policy_destroy(p); /* a leak is the sanitizer's to tell */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_no_block, setup),
        cmocka_unit_test_setup(test_networks, setup),
        cmocka_unit_test_setup(test_authenticated, setup),
        cmocka_unit_test_setup(test_daemon_name, setup),
        cmocka_unit_test_setup(test_all_criteria, setup),
        cmocka_unit_test_setup(test_first_wins, setup),
        cmocka_unit_test(test_active),
        cmocka_unit_test(test_destroy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
