/* verdict - findings and mode become one outcome; see check.h. */
#include "check.h"

/* The first in time, then the most severe, then the order of the rules; earlier findings win
 * ties. */
static bool decides_over(const struct fx_reply *a, const struct fx_finding *of_a,
                         const struct fx_reply *b, const struct fx_finding *of_b)
{
    if (of_a->stage != of_b->stage)
        return of_a->stage < of_b->stage;
    if (a->outcome != b->outcome)
        return a->outcome > b->outcome;
    return of_a->rule < of_b->rule;
}

bool fx_verdict_choose(const struct fx_session *s, const struct fx_event *event,
                       struct fx_findings *list, struct fx_reply *reply)
{
    struct fx_finding *chosen = NULL;
    for (size_t i = 0; i < list->count; i++) {
        struct fx_finding *f = &list->items[i];
        struct fx_reply candidate;
        const char *instead = NULL;
        if (!f->fresh || f->profile != 0 || f->mode != FX_MODE_ENFORCE)
            continue;
        if (!fx_reply_for(s, event, list, f, &candidate, &instead)) {
            if (instead != NULL)
                f->instead = instead;
            continue;
        }
        if (chosen == NULL || decides_over(&candidate, f, reply, chosen)) {
            chosen = f;
            *reply = candidate;
        }
    }
    if (chosen == NULL)
        return false;
    chosen->enforced = true;
    /* The event gets this answer, and no other in the place of another finding's. */
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].fresh)
            list->items[i].instead = NULL;
    return true;
}

struct fx_finding *fx_verdict_loses(struct fx_findings *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct fx_finding *f = &list->items[i];
        if (f->fresh && f->profile == 0 && f->mode == FX_MODE_ENFORCE &&
            f->action == FX_ACTION_TRUNCATE && f->overflow == FX_OVERFLOW_LOSE)
            return f;
    }
    return NULL;
}

/* Something was found behind the enforced profile; compared ones do not make a verdict. */
static bool anything(const struct fx_findings *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].profile == 0)
            return true;
    return list->omitted > 0;
}

enum fx_outcome fx_verdict_message(const struct fx_message *m)
{
    if (m->refused && m->ended == FX_ENDED_ANSWERED)
        return m->reply.outcome;
    if (m->ended != FX_ENDED_EOM && m->recipient_refused &&
        m->results[FX_RECIPIENT_ACCEPTED] == 0)
        return m->reply.outcome;
    return anything(&m->findings) ? FX_OUTCOME_FLAG : FX_OUTCOME_PASS;
}

enum fx_outcome fx_verdict_session(const struct fx_session *s)
{
    if (s->refused)
        return s->reply.outcome;
    return anything(&s->findings) ? FX_OUTCOME_FLAG : FX_OUTCOME_PASS;
}
