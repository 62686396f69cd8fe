/* exceeded - see exceeded.h. */
#include "exceeded.h"

/* Where the findings of one lifetime are. */
struct place {
    const struct fx_session *session;
    const struct fx_ruleset *rules;
    struct fx_over *over;
    struct fx_findings *list;
    struct fx_would *would;
    uint64_t cut_by; /* FX_BIT of profiles a finding of which has its evidence cut */
};

static uint64_t value_of(const struct place *p, enum fx_limit limit)
{
    const struct fx_limits *limits = &p->session->policy->limits;
    switch (limit) {
    case FX_LIMIT_FINDINGS:
        return limits->findings;
    case FX_LIMIT_EVIDENCE:
        return limits->evidence;
    case FX_LIMIT_RECIPIENTS:
        return limits->recipients;
    case FX_LIMIT_SIGNATURES:
        return limits->signatures;
    case FX_LIMIT_ADDRESS:
        return limits->address;
    case FX_LIMIT_CONNECTIONS:
        return p->session->connections_most;
    case FX_LIMIT_HEADER_FIELDS:
        return limits->header_fields;
    case FX_LIMIT_HEADER_OCTETS:
        return limits->header_octets;
    case FX_LIMIT_LINE:
        return limits->line;
    case FX_LIMIT_PARAMETERS:
        return limits->parameters;
    case FX_LIMIT_MAX_HELD:
        return p->rules->end_of_data.max_held;
    default:
        return fx_limit_row(limit)->constant;
    }
}

/* What the list itself has left out. */
static void look_at_list(struct place *p)
{
    uint64_t found = p->list->omitted;
    for (size_t i = 0; i < p->list->count; i++) {
        const struct fx_finding *f = &p->list->items[i];
        if (f->rule == FX_RULE_LIMIT_EXCEEDED)
            continue;
        found++;
        if (!f->evidence.over)
            continue;
        p->cut_by |= f->said_by;
        fx_over_note(p->over, FX_LIMIT_EVIDENCE, f->stage, f->evidence.whole);
    }
    if (p->list->omitted > 0)
        fx_over_note(p->over, FX_LIMIT_FINDINGS, p->list->items[p->list->count - 1].stage,
                     found);
}

/* Whose the limit is: everybody's, but evidence belongs to those who have found it. */
static uint64_t said_by(const struct place *p, enum fx_limit limit)
{
    uint64_t all = 0;
    for (size_t i = 0; i < p->rules->profile_count; i++)
        all |= FX_BIT(i);
    return limit == FX_LIMIT_EVIDENCE ? p->cut_by : all;
}

/* The enforced profile where it is among them. */
static unsigned first_of(uint64_t profiles)
{
    unsigned first = 0;
    while (first + 1 < FX_MAX_PROFILES && (profiles & FX_BIT(first)) == 0)
        first++;
    return first;
}

static struct fx_finding *said(const struct place *p, struct fx_slice name)
{
    for (size_t i = 0; i < p->list->count; i++) {
        struct fx_finding *f = &p->list->items[i];
        if (f->rule == FX_RULE_LIMIT_EXCEEDED &&
            fx_slice_eq(fx_findings_note(p->list, &f->evidence), name))
            return f;
    }
    return NULL;
}

/* What was not judged may have been anything; what is only shown shorter was judged. */
static enum fx_outcome would_of(struct place *p, enum fx_limit limit)
{
    if (!fx_limit_row(limit)->unjudged)
        return FX_OUTCOME_PASS;
    for (size_t i = 0; i < p->rules->profile_count; i++)
        if (p->would->outcome[i] < FX_OUTCOME_FLAG)
            p->would->outcome[i] = FX_OUTCOME_FLAG;
    return FX_OUTCOME_FLAG;
}

static void report(struct place *p, enum fx_limit limit)
{
    char space[96];
    struct fx_text name;
    fx_text_init_fixed(&name, space, sizeof space);
    fx_limit_name(limit, &name);
    struct fx_finding *known = said(p, fx_text_slice(&name));
    if (known != NULL) {
        known->observed = p->over->observed[limit];
        return;
    }
    struct fx_finding f = {
        .rule = FX_RULE_LIMIT_EXCEEDED,
        .profile = first_of(said_by(p, limit)),
        .said_by = said_by(p, limit),
        .stage = (enum fx_stage)p->over->stage[limit],
        .action = FX_ACTION_LOG,
        .mode = p->rules->rule_mode[FX_RULE_LIMIT_EXCEEDED],
        .has_observed = p->over->observed[limit] > 0,
        .observed = p->over->observed[limit],
        .has_limit = true,
        .limit = value_of(p, limit),
        .would = would_of(p, limit),
    };
    fx_findings_add(p->list, &f, fx_text_slice(&name),
                    fx_slice_str(fx_limit_row(limit)->beyond), SIZE_MAX, sizeof space);
}

static void report_all(struct place *p)
{
    if (p->rules->rule_mode[FX_RULE_LIMIT_EXCEEDED] == FX_MODE_OFF)
        return;
    if (p->list->count > 0)
        look_at_list(p);
    for (size_t i = 0; p->over->which >> i != 0; i++)
        if ((p->over->which & FX_BIT(i)) != 0)
            report(p, (enum fx_limit)i);
}

void fx_exceeded_message(struct fx_session *s)
{
    struct fx_message *m = s->message;
    if (m->over.which == 0 && m->findings.count == 0)
        return;
    report_all(&(struct place){s, m->rules, &m->over, &m->findings, &m->would, 0});
}

void fx_exceeded_session(struct fx_session *s)
{
    if (s->over.which == 0 && s->findings.count == 0)
        return;
    report_all(&(struct place){s, s->rules, &s->over, &s->findings, &s->would, 0});
}
