/* plan - what a ruleset comes to, worked out once when it is loaded: for each kind of event the
 * checks that are asked at it, and for each of them what holds behind each profile.
 *
 * A plan is immutable and may be shared between threads. It is made of what profiles say about
 * rules, of which rules are off, named or simulated, and of `require`: who changes one of these
 * in a policy compiles it again. What is done about a finding (tag, enforce) is no part of it.
 */
#ifndef FX_PLAN_H
#define FX_PLAN_H

#include "check.h"

/* Behind one profile. */
struct fx_step_profile {
    unsigned number;                /* of the profile in the ruleset */
    bool blind;                     /* nothing is seen of it within TLS */
    struct fx_rule_setting setting; /* the profile's or the check's own; of a check with several
                                       rules zeroed, see fx_plan_setting */
};

struct fx_step {
    const struct fx_check *check;
    struct fx_bounds bounds;
    size_t count; /* at least 1 */
    struct fx_step_profile *profiles;
};

struct fx_plan {
    struct fx_step *steps; /* in the order of the checks */
    size_t count;
    /* the steps of each kind of event, in the same order; NULL-terminated */
    const struct fx_step **of[FX_EVENT_KINDS];
};

/* Makes the plans of all rulesets of the policy, in place of those they had. false: no memory;
 * the policy has no plans then, and no session begins with it. Not while a session has it. */
bool fx_policy_compile(struct fx_policy *policy);

void fx_plan_destroy(struct fx_plan *plan); /* NULL allowed */

/* What holds for this rule of the check behind this profile, TLS aside; false when nothing
 * does: the rule is off, or neither profile nor check nor configuration have an action for it.
 */
bool fx_plan_setting(const struct fx_check *check, enum fx_rule rule,
                     const struct fx_ruleset *rules, unsigned profile,
                     struct fx_rule_setting *setting);
/* True when the firewall of this profile sees nothing of the rule within TLS. */
bool fx_plan_blind(enum fx_rule rule, const struct fx_ruleset *rules, unsigned profile);

#endif
