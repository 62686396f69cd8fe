/* end_of_data - see end_of_data.h. */
#include "end_of_data.h"

#include "check.h"

bool fx_end_of_data_wanted(const struct fx_session *s)
{
    const struct fx_ruleset *rules = s->message->rules;
    return rules->end_of_data.every > 0 && !s->local &&
           rules->rule_mode[FX_RULE_END_OF_DATA_HELD] == FX_MODE_ENFORCE;
}

bool fx_end_of_data_hold(struct fx_session *s, enum fx_hold answer)
{
    struct fx_message *m = s->message;
    if (answer == FX_HOLD_NO)
        return false;
    struct fx_finding f = {
        .rule = FX_RULE_END_OF_DATA_HELD,
        .said_by = FX_BIT(0),
        .stage = FX_STAGE_END,
        .action = FX_ACTION_HOLD,
        .would = fx_outcome_of(FX_ACTION_HOLD, FX_OVERFLOW_NONE, false),
        .mode = FX_MODE_ENFORCE,
        .has_observed = true,
        .observed = (uint64_t)m->rules->end_of_data.hold_seconds,
        .enforced = answer == FX_HOLD_YES,
        .fresh = true,
        .instead = answer == FX_HOLD_YES ? NULL : "answered: as many as may be are held",
    };
    if (answer == FX_HOLD_FULL)
        fx_session_over(s, FX_LIMIT_MAX_HELD, m->rules->end_of_data.max_held + 1);
    if (m->would.outcome[0] < f.would)
        m->would.outcome[0] = (unsigned char)f.would;
    fx_findings_add(&m->findings, &f, FX_ABSENT, FX_ABSENT, (size_t)s->policy->limits.findings,
                    (size_t)s->policy->limits.evidence);
    return answer == FX_HOLD_YES;
}
