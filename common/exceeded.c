/* exceeded - see exceeded.h. */
#include "exceeded.h"

/* Where the findings of one lifetime are. */
struct place {
    const struct fx_session *session;
    const struct fx_ruleset *rules;
    struct fx_over *over;
    struct fx_findings *list;
    struct fx_would *would;
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

/* What the list itself has left out: of the enforced profile, of which a record is made. */
static void look_at_list(struct place *p)
{
    uint64_t found = p->list->omitted;
    for (size_t i = 0; i < p->list->count; i++) {
        const struct fx_finding *f = &p->list->items[i];
        if (f->rule == FX_RULE_LIMIT_EXCEEDED)
            continue;
        found++;
        if (f->profile == 0 && f->evidence.cut)
            fx_over_note(p->over, FX_LIMIT_EVIDENCE, f->stage, f->evidence.whole);
    }
    if (p->list->omitted > 0)
        fx_over_note(p->over, FX_LIMIT_FINDINGS, p->list->items[p->list->count - 1].stage,
                     found);
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
        .said_by = FX_BIT(0),
        .stage = (enum fx_stage)p->over->stage[limit],
        .action = FX_ACTION_LOG,
        .mode = p->rules->rule_mode[FX_RULE_LIMIT_EXCEEDED],
        .has_observed = p->over->observed[limit] > 0,
        .observed = p->over->observed[limit],
        .has_limit = true,
        .limit = value_of(p, limit),
        .would = would_of(p, limit),
    };
    for (size_t i = 1; i < p->rules->profile_count; i++)
        f.said_by |= FX_BIT(i);
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
    report_all(&(struct place){s, m->rules, &m->over, &m->findings, &m->would});
}

void fx_exceeded_session(struct fx_session *s)
{
    if (s->over.which == 0 && s->findings.count == 0)
        return;
    report_all(&(struct place){s, s->rules, &s->over, &s->findings, &s->would});
}
