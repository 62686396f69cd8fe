/* plan - see plan.h. */
#include "plan.h"

#include <stdlib.h>

bool fx_plan_blind(enum fx_rule rule, const struct fx_ruleset *rules, unsigned profile)
{
    const struct fx_profile *p = rules->profiles[profile];
    return p->rule[rule].from.set && p->tls_ends_inspection.on;
}

/* The configuration overrides the enforced profile; a limit of its own defers where the profile
 * says nothing, and an overflow without a limit is none. */
static void simulate(const struct fx_ruleset *rules, struct fx_rule_setting *setting)
{
    if (rules->recipients.limit > 0) {
        setting->has_limit = true;
        setting->limit = rules->recipients.limit;
        if (setting->action == FX_ACTION_NONE) {
            setting->action = FX_ACTION_TRUNCATE;
            setting->overflow = FX_OVERFLOW_DEFER;
        }
    }
    if (rules->recipients.overflow != FX_OVERFLOW_NONE) {
        setting->action = setting->has_limit ? FX_ACTION_TRUNCATE : FX_ACTION_NONE;
        setting->overflow = rules->recipients.overflow;
    }
}

bool fx_plan_setting(const struct fx_check *check, enum fx_rule rule,
                     const struct fx_ruleset *rules, unsigned profile,
                     struct fx_rule_setting *setting)
{
    *setting = rules->profiles[profile]->rule[rule];
    if (rules->rule_mode[rule] == FX_MODE_OFF)
        return false;
    if (!setting->from.set)
        *setting = (struct fx_rule_setting){
            .action = check->action, .has_limit = check->has_limit, .limit = check->limit};
    else if (!fx_ruleset_counts(rules, rule, setting))
        *setting = (struct fx_rule_setting){.action = FX_ACTION_NONE};
    if (profile == 0 && fx_ruleset_simulates(rules, rule))
        simulate(rules, setting);
    return setting->action != FX_ACTION_NONE;
}

/* Whether the check is asked behind this profile; of one with several rules each report is
 * looked at by itself, and it is asked behind all. */
static bool asked(const struct fx_check *check, const struct fx_ruleset *rules,
                  unsigned profile, struct fx_step_profile *out)
{
    *out = (struct fx_step_profile){.number = profile};
    if (check->last != 0)
        return true;
    out->blind = fx_plan_blind(check->rule, rules, profile);
    return fx_plan_setting(check, check->rule, rules, profile, &out->setting);
}

/* What one more profile leaves alone. */
static void narrow(struct fx_bounds *bounds, const struct fx_profile *p, uint64_t limit)
{
    const char *bad = p->address_characters.set;
    if (limit < bounds->limit)
        bounds->limit = limit;
    if (p->verbs.from.set)
        bounds->verbs &= p->verbs.set & ~FX_BIT(FX_VERB_UNKNOWN);
    if (p->extensions.from.set)
        bounds->extensions &= p->extensions.set & ~FX_BIT(FX_EXT_UNKNOWN);
    for (; bad != NULL && *bad != '\0'; bad++)
        bounds->bad[(unsigned char)*bad] = true;
}

/* One check behind all profiles; count 0: it is asked behind none. false: no memory. */
static bool make_step(struct fx_step *step, const struct fx_check *check,
                      const struct fx_ruleset *rules)
{
    struct fx_step_profile one;
    size_t count = 0;
    for (unsigned p = 0; p < rules->profile_count; p++)
        count += asked(check, rules, p, &one);
    *step = (struct fx_step){.check = check};
    if (count == 0)
        return true;
    step->profiles = calloc(count, sizeof *step->profiles);
    if (step->profiles == NULL)
        return false;
    step->bounds = (struct fx_bounds){.limit = UINT64_MAX,
                                      .verbs = UINT64_MAX,
                                      .extensions = UINT64_MAX,
                                      .require = rules->require};
    for (unsigned p = 0; p < rules->profile_count; p++)
        if (asked(check, rules, p, &one)) {
            step->profiles[step->count++] = one;
            narrow(&step->bounds, rules->profiles[p], one.setting.limit);
        }
    return true;
}

static bool make_lists(struct fx_plan *plan)
{
    for (size_t kind = 0; kind < FX_EVENT_KINDS; kind++) {
        size_t count = 0;
        plan->of[kind] = calloc(plan->count + 1, sizeof(const struct fx_step *));
        if (plan->of[kind] == NULL)
            return false;
        for (size_t i = 0; i < plan->count; i++)
            if ((plan->steps[i].check->events & FX_EVENT_BIT(kind)) != 0)
                plan->of[kind][count++] = &plan->steps[i];
    }
    return true;
}

/* NULL: no memory. */
static struct fx_plan *make(const struct fx_ruleset *rules)
{
    struct fx_plan *plan = calloc(1, sizeof *plan);
    size_t checks = 0;
    if (plan == NULL)
        return NULL;
    while (fx_checks[checks] != NULL)
        checks++;
    plan->steps = calloc(checks + 1, sizeof *plan->steps);
    bool good = plan->steps != NULL;
    for (size_t c = 0; good && c < checks; c++) {
        if (!fx_check_on(fx_checks[c], rules))
            continue;
        good = make_step(&plan->steps[plan->count], fx_checks[c], rules);
        plan->count += good && plan->steps[plan->count].count > 0;
    }
    if (good && make_lists(plan))
        return plan;
    fx_plan_destroy(plan);
    return NULL;
}

void fx_plan_destroy(struct fx_plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t kind = 0; kind < FX_EVENT_KINDS; kind++)
        free(plan->of[kind]);
    for (size_t i = 0; i < plan->count; i++)
        free(plan->steps[i].profiles);
    free(plan->steps);
    free(plan);
}

static bool compile(struct fx_ruleset *rules)
{
    fx_plan_destroy(rules->plan);
    rules->plan = make(rules);
    return rules->plan != NULL;
}

bool fx_policy_compile(struct fx_policy *policy)
{
    bool good = compile(&policy->base);
    for (size_t i = 0; i < policy->block_count; i++)
        good = compile(&policy->blocks[i].rules) && good;
    if (!good) { /* a session asks for the base's */
        fx_plan_destroy(policy->base.plan);
        policy->base.plan = NULL;
    }
    return good;
}
