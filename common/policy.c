/* policy - see policy.h. Choosing and freeing only; the evaluation has a file of its own. */
#include "policy.h"

#include "plan.h"

#include <stdlib.h>

static bool in_any_network(const struct fx_client_block *block, const struct fx_address *client)
{
    for (size_t i = 0; i < block->network_count; i++)
        if (fx_network_contains(&block->networks[i], client))
            return true;
    return false;
}

static bool matches(const struct fx_client_block *block, const struct fx_address *client,
                    enum fx_answer authenticated, struct fx_slice daemon_name)
{
    if (block->network_count > 0 && !in_any_network(block, client))
        return false;
    /* who has not shown that he is authenticated is not */
    if (block->authenticated != FX_UNKNOWN &&
        (block->authenticated == FX_YES) != (authenticated == FX_YES))
        return false;
    return block->daemon_name == NULL ||
           (fx_slice_told(daemon_name) &&
            fx_slice_eq(daemon_name, fx_slice_str(block->daemon_name)));
}

const struct fx_ruleset *fx_policy_select(const struct fx_policy *policy,
                                          const struct fx_address *client,
                                          enum fx_answer authenticated,
                                          struct fx_slice daemon_name)
{
    for (size_t i = 0; i < policy->block_count; i++)
        if (matches(&policy->blocks[i], client, authenticated, daemon_name))
            return &policy->blocks[i].rules;
    return &policy->base;
}

bool fx_policy_ignores(const struct fx_policy *policy, const struct fx_address *client,
                       struct fx_slice daemon_name)
{
    return !fx_ruleset_active(fx_policy_select(policy, client, FX_NO, daemon_name)) &&
           !fx_ruleset_active(fx_policy_select(policy, client, FX_YES, daemon_name));
}

size_t fx_policy_number(const struct fx_policy *policy, const struct fx_ruleset *rules)
{
    for (size_t i = 0; i < policy->block_count; i++)
        if (&policy->blocks[i].rules == rules)
            return i + 1;
    return 0;
}

bool fx_ruleset_counts(const struct fx_ruleset *rules, enum fx_rule rule,
                       const struct fx_rule_setting *setting)
{
    return setting->from.confidence != FX_CONFIDENCE_ASSUMED || rules->rule_named[rule];
}

bool fx_ruleset_simulates(const struct fx_ruleset *rules, enum fx_rule rule)
{
    return rule == FX_RULE_RECIPIENT_COUNT &&
           (rules->recipients.limit > 0 || rules->recipients.overflow != FX_OVERFLOW_NONE);
}

bool fx_ruleset_signatures(const struct fx_ruleset *rules)
{
    for (size_t i = FX_RULE_DKIM_FIRST; i <= FX_RULE_DKIM_LAST; i++)
        if (rules->rule_mode[i] != FX_MODE_OFF)
            return true;
    return rules->rule_mode[FX_RULE_CONTENT_TYPE_EMBEDDED] != FX_MODE_OFF;
}

bool fx_ruleset_body_hash(const struct fx_ruleset *rules)
{
    return rules->rule_mode[FX_RULE_DKIM_BH_MISMATCH] != FX_MODE_OFF ||
           rules->rule_mode[FX_RULE_DKIM_L_LARGE] != FX_MODE_OFF;
}

bool fx_ruleset_active(const struct fx_ruleset *rules)
{
    for (size_t i = 0; i < FX_RULE_COUNT; i++)
        if (rules->rule_mode[i] != FX_MODE_OFF)
            return true;
    return false;
}

void fx_policy_destroy(struct fx_policy *policy)
{
    if (policy == NULL)
        return;
    for (size_t i = 0; i < policy->profile_count; i++)
        fx_profile_destroy(policy->profiles[i]);
    free(policy->profiles);
    fx_plan_destroy(policy->base.plan);
    for (size_t i = 0; i < policy->block_count; i++) {
        fx_plan_destroy(policy->blocks[i].rules.plan);
        free(policy->blocks[i].networks);
        free(policy->blocks[i].daemon_name);
    }
    free(policy->blocks);
    free(policy);
}
