/* evaluate - profiles times checks times event gives findings; see check.h. */
#include "plan.h"

/* Where reports go while one check is asked for one profile. */
struct fx_sink {
    struct fx_findings *list;
    struct fx_would *would;
    const struct fx_session *session;
    const struct fx_ruleset *rules;
    const struct fx_check *check;
    enum fx_stage stage;
    unsigned profile;
};

static enum fx_stage stage_for(const struct fx_check *check, enum fx_event_kind kind)
{
    if (check->of_command)
        return FX_STAGE_COMMAND;
    if (check->of_body && kind == FX_EVENT_EOM)
        return FX_STAGE_BODY;
    return fx_stage_of(kind);
}

enum fx_outcome fx_outcome_of(enum fx_action action, enum fx_overflow overflow, bool essential)
{
    switch (action) {
    case FX_ACTION_NONE:
        return FX_OUTCOME_PASS;
    case FX_ACTION_HIDE:
    case FX_ACTION_MASK:
        return essential ? FX_OUTCOME_REJECT : FX_OUTCOME_FLAG;
    case FX_ACTION_DROP_CONNECTION:
    case FX_ACTION_RESET:
    case FX_ACTION_HOLD:
        return FX_OUTCOME_DROP;
    case FX_ACTION_REFUSE:
        return FX_OUTCOME_REJECT;
    case FX_ACTION_TRUNCATE:
        return overflow == FX_OVERFLOW_DROP_CONNECTION ? FX_OUTCOME_DROP
               : overflow == FX_OVERFLOW_FAIL          ? FX_OUTCOME_REJECT
               : overflow == FX_OVERFLOW_LOSE          ? FX_OUTCOME_FLAG
                                                       : FX_OUTCOME_DEFER;
    default:
        return FX_OUTCOME_FLAG;
    }
}

/* Evidence as it may stand in a record, no longer than it may be. Details are words of ours. */
struct shown {
    struct fx_slice evidence;
    bool over, cut, pseudonym;
    struct fx_text space;
};

static void show(const struct fx_policy *policy, const struct fx_observation *seen,
                 struct shown *shown)
{
    size_t max = (size_t)policy->limits.evidence;
    *shown = (struct shown){.evidence = seen->evidence};
    fx_text_init_growing(&shown->space, max);
    if (policy->pseudonyms != NULL && fx_slice_told(seen->evidence)) {
        /* without memory it is "#" */
        fx_pseudonym_text(policy->pseudonyms, seen->evidence, seen->of, &shown->space);
        shown->evidence = fx_text_slice(&shown->space);
        shown->pseudonym = !fx_slice_eq(shown->evidence, fx_slice_first(seen->evidence, max));
    }
    shown->over =
        shown->space.overflow || shown->evidence.len > max || seen->evidence_octets > max;
    shown->cut = shown->over || seen->evidence_octets > seen->evidence.len;
    shown->evidence = fx_slice_first(shown->evidence, max);
}

/* The same thing said of the enforced profile already, or NULL; of several one that this
 * profile has not said yet. */
static struct fx_finding *said_already(const struct fx_sink *sink, const struct fx_finding *f,
                                       const struct fx_observation *seen,
                                       const struct shown *shown)
{
    struct fx_finding *same = NULL;
    for (size_t i = 0; i < sink->list->count; i++) {
        struct fx_finding *g = &sink->list->items[i];
        if ((g->fresh || seen->merge) && g->profile == 0 && g->rule == f->rule &&
            g->action == f->action && g->overflow == f->overflow && g->would == f->would &&
            g->basis == f->basis && g->has_observed == f->has_observed &&
            g->observed == f->observed && g->has_limit == f->has_limit &&
            g->limit == f->limit && g->signature == f->signature &&
            g->has_offset == f->has_offset && g->offset == f->offset &&
            fx_slice_eq(fx_findings_note(sink->list, &g->evidence), shown->evidence) &&
            fx_slice_eq(fx_findings_note(sink->list, &g->detail), seen->detail)) {
            same = g;
            if ((g->said_by & f->said_by) == 0)
                break;
        }
    }
    return same;
}

static struct fx_finding *earlier(const struct fx_sink *sink)
{
    for (size_t i = 0; i < sink->list->count; i++)
        if (sink->list->items[i].rule == sink->check->rule &&
            sink->list->items[i].profile == sink->profile)
            return &sink->list->items[i];
    return NULL;
}

/* What holds for this rule of the check behind this profile now; false when nothing does. */
static bool holds(const struct fx_sink *sink, enum fx_rule rule, unsigned profile,
                  struct fx_rule_setting *setting)
{
    bool blind = sink->session->tls == FX_YES && fx_plan_blind(rule, sink->rules, profile);
    return !blind && fx_plan_setting(sink->check, rule, sink->rules, profile, setting);
}

/* What no profile has a say in was said of the enforced one; where it is not in the list, it
 * found no room there and is counted. */
static bool left_out(const struct fx_sink *sink, enum fx_rule rule, enum fx_action action)
{
    struct fx_rule_setting first;
    return sink->check->last != 0 && sink->profile != 0 && holds(sink, rule, 0, &first) &&
           first.action == action;
}

/* What is reported, by the setting that holds. */
static struct fx_finding made(const struct fx_sink *sink, const struct fx_observation *seen,
                              enum fx_rule rule, const struct fx_rule_setting *setting)
{
    bool several = sink->check->last != 0;
    struct fx_finding f = {
        .rule = rule,
        .profile = sink->profile,
        .said_by = FX_BIT(sink->profile),
        .stage = sink->stage,
        .action = seen->action != FX_ACTION_NONE ? seen->action : setting->action,
        .overflow = setting->overflow,
        .extension = seen->extension,
        .basis = seen->basis,
        .mode = sink->rules->rule_mode[rule],
        .has_observed = seen->has_observed,
        .observed = seen->observed,
        .at_least = seen->at_least,
        .past = seen->past,
        .has_limit = several ? seen->has_limit : setting->has_limit,
        .limit = several ? seen->limit : setting->limit,
        .severity = seen->severity,
        .signature = seen->signature,
        .has_offset = seen->has_offset,
        .offset = seen->offset,
        .graded = seen->graded,
        .grade = seen->grade,
        .tag = seen->tag,
        .fresh = true,
    };
    f.would = fx_outcome_of(f.action, f.overflow, seen->essential);
    return f;
}

/* Its length where limits.evidence cuts it, 0 where it does not. */
static uint64_t whole_of(const struct fx_policy *policy, const struct fx_observation *seen)
{
    uint64_t whole =
        seen->evidence.len > seen->evidence_octets ? seen->evidence.len : seen->evidence_octets;
    return whole > policy->limits.evidence ? whole : 0;
}

/* Into the list, unless the enforced profile said the same. */
static void add(struct fx_sink *sink, const struct fx_finding *f,
                const struct fx_observation *seen)
{
    const struct fx_policy *policy = sink->session->policy;
    struct shown shown;
    show(policy, seen, &shown);
    struct fx_finding *same = sink->profile == 0 ? NULL : said_already(sink, f, seen, &shown);
    if (same != NULL) {
        same->said_by |= f->said_by;
    } else if (!left_out(sink, f->rule, f->action)) {
        struct fx_finding *added =
            fx_findings_add(sink->list, f, shown.evidence, seen->detail,
                            (size_t)policy->limits.findings, (size_t)policy->limits.evidence);
        if (added != NULL) {
            added->evidence.cut = shown.cut;
            added->evidence.over = shown.over;
            added->evidence.whole = whole_of(policy, seen);
            added->evidence.pseudonym = shown.pseudonym;
        }
    }
    fx_text_finish(&shown.space);
}

enum fx_answer fx_report(const struct fx_check_input *in, const struct fx_observation *seen)
{
    struct fx_sink *sink = in->sink;
    bool several = sink->check->last != 0;
    enum fx_rule rule = several ? seen->rule : sink->check->rule;
    struct fx_rule_setting other;
    const struct fx_rule_setting *setting = in->setting;
    if (several) {
        if (!holds(sink, rule, sink->profile, &other))
            return FX_YES;
        setting = &other;
    }
    struct fx_finding f = made(sink, seen, rule, setting);
    if (sink->would->outcome[sink->profile] < f.would)
        sink->would->outcome[sink->profile] = (unsigned char)f.would;
    struct fx_finding *known = seen->merge ? earlier(sink) : NULL;
    if (known == NULL) {
        add(sink, &f, seen);
        return FX_YES;
    }
    known->fresh = true;
    if (known->observed < f.observed)
        known->observed = f.observed;
    return FX_YES;
}

/* One check, for each profile behind which it has a say. */
static void ask(const struct fx_step *step, const struct fx_event *event, struct fx_sink *sink)
{
    const struct fx_session *s = sink->session;
    for (size_t i = 0; i < step->count; i++) {
        const struct fx_step_profile *p = &step->profiles[i];
        if (p->blind && s->tls == FX_YES)
            continue;
        sink->profile = p->number;
        struct fx_check_input in = {.session = s,
                                    .event = event,
                                    .rules = sink->rules,
                                    .profile = sink->rules->profiles[p->number],
                                    .setting = &p->setting,
                                    .sink = sink};
        step->check->evaluate(&in);
    }
}

void fx_evaluate(const struct fx_session *s, const struct fx_event *event,
                 const struct fx_ruleset *rules, struct fx_findings *list,
                 struct fx_would *would)
{
    list->share = (size_t)s->policy->limits.findings_share;
    for (size_t i = 0; i < list->count; i++)
        list->items[i].fresh = false;
    for (const struct fx_step *const *at = rules->plan->of[event->kind]; *at != NULL; at++) {
        const struct fx_check *check = (*at)->check;
        if (check->quiet != NULL && check->quiet(s, event, &(*at)->bounds))
            continue;
        struct fx_sink sink = {.list = list,
                               .would = would,
                               .session = s,
                               .rules = rules,
                               .check = check,
                               .stage = stage_for(check, event->kind)};
        ask(*at, event, &sink);
    }
}
