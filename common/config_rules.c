/* config_rules - the rules of a profile file: action, limit, overflow, each where it makes
 * sense. */
#include "config_profile.h"

#define NAME_MAX_OCTETS 96

static const char *const rule_members[] = {"action", "limit", "overflow", "confidence",
                                           "source", "note",  NULL};

static void read_action(const struct fx_profile_file *f, const config_setting_t *group,
                        const char *name, enum fx_rule rule)
{
    const config_setting_t *s = config_setting_get_member(group, "action");
    struct fx_rule_setting *out = &f->p->rule[rule];
    struct fx_choice choice;
    struct fx_quoted q;
    enum fx_action action;

    if (s != NULL && fx_action_find(fx_slice_str(fx_file_word(s)), &action) &&
        fx_profile_rule_allows(rule, action)) {
        out->action = action;
        return;
    }
    fx_choice_init(&choice, s != NULL ? fx_file_word(s) : NULL);
    for (size_t i = 0; i < FX_ACTION_COUNT; i++)
        if (fx_profile_rule_allows(rule, (enum fx_action)i))
            fx_choice_add(&choice, fx_action_name((enum fx_action)i));
    if (s == NULL)
        fx_fault(f->r->faults, fx_file_at(f, group), name, "has no action; %s",
                 fx_choice_text(&choice));
    else
        fx_fault(f->r->faults, fx_file_at(f, s), name, "%s is not an action of this rule; %s",
                 fx_file_shown(&q, s), fx_choice_text(&choice));
}

static void read_limit(const struct fx_profile_file *f, const config_setting_t *group,
                       const char *name, enum fx_rule rule)
{
    const config_setting_t *s = config_setting_get_member(group, "limit");
    const char *unit = fx_profile_rule_unit(rule);
    struct fx_rule_setting *out = &f->p->rule[rule];

    if (s == NULL) {
        if (unit != NULL && out->action != FX_ACTION_NONE)
            fx_fault(f->r->faults, fx_file_at(f, group), name,
                     "has no limit; allowed: 1 to %lld %s", (long long)FX_PROFILE_LIMIT_MAX,
                     unit);
        return;
    }
    if (unit == NULL || out->action == FX_ACTION_NONE) {
        fx_fault(f->r->faults, fx_file_at(f, s), name, "has a limit, but %s takes none",
                 unit == NULL ? "this rule" : "action \"none\"");
        return;
    }
    int type = config_setting_type(s);
    int64_t n =
        type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64 ? config_setting_get_int64(s) : 0;
    if (n < 1 || n > FX_PROFILE_LIMIT_MAX) {
        fx_fault(f->r->faults, fx_file_at(f, s), name,
                 "the limit is out of range; allowed: 1 to %lld %s",
                 (long long)FX_PROFILE_LIMIT_MAX, unit);
        return;
    }
    out->has_limit = true;
    out->limit = (uint64_t)n;
}

static void read_overflow(const struct fx_profile_file *f, const config_setting_t *group,
                          const char *name, enum fx_rule rule)
{
    const config_setting_t *s = config_setting_get_member(group, "overflow");
    struct fx_rule_setting *out = &f->p->rule[rule];
    bool wanted = out->action == FX_ACTION_TRUNCATE;
    struct fx_choice choice;

    if (s == NULL && !wanted)
        return;
    if (s != NULL && !wanted) {
        fx_fault(f->r->faults, fx_file_at(f, s), name,
                 "has an overflow, but only action \"truncate\" takes one");
        return;
    }
    if (s != NULL && fx_overflow_find(fx_slice_str(fx_file_word(s)), &out->overflow) &&
        out->overflow != FX_OVERFLOW_NONE)
        return;
    fx_choice_init(&choice, NULL);
    for (size_t i = 1; i < FX_OVERFLOW_COUNT; i++)
        fx_choice_add(&choice, fx_overflow_name((enum fx_overflow)i));
    fx_fault(f->r->faults, fx_file_at(f, s != NULL ? s : group), name,
             "needs an overflow for action \"truncate\"; %s", fx_choice_text(&choice));
}

static void read_rule(const struct fx_profile_file *f, const config_setting_t *s)
{
    char name[NAME_MAX_OCTETS];
    struct fx_choice choice;
    enum fx_rule rule;

    fx_file_name(name, sizeof name, "rules", config_setting_name(s));
    if (!fx_rule_find(fx_slice_str(config_setting_name(s)), &rule)) {
        fx_choice_rules(&choice, config_setting_name(s), false);
        fx_fault(f->r->faults, fx_file_at(f, s), name, "is not a rule; %s",
                 fx_choice_text(&choice));
        return;
    }
    if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
        fx_fault(f->r->faults, fx_file_at(f, s), name,
                 "is not a group; allowed: { action = \"...\"; confidence = \"...\"; source = "
                 "\"...\"; }");
        return;
    }
    fx_file_members(f, s, name, rule_members);
    fx_file_provenance(f, s, name, &f->p->rule[rule].from);
    size_t before = f->r->faults->count;
    read_action(f, s, name, rule);
    if (f->r->faults->count > before)
        return; /* what the rest may be depends on the action */
    read_limit(f, s, name, rule);
    read_overflow(f, s, name, rule);
}

void fx_file_rules(const struct fx_profile_file *f, const config_setting_t *s)
{
    if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
        fx_fault(f->r->faults, fx_file_at(f, s), "rules",
                 "is not a group; allowed: { rule : { action = \"...\"; ... }; }");
        return;
    }
    int count = config_setting_length(s);
    for (int i = 0; i < count; i++)
        read_rule(f, config_setting_get_elem(s, (unsigned)i));
}
