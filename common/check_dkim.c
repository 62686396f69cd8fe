/* dkim-* - the signature anomalies, all of them in one check: they come from one reading of
 * the header and the body, and no profile has a say in them. */
#include "check.h"

/* Serious enough, or asked for by name. */
static bool counts(const struct fx_ruleset *rules, enum fx_rule rule)
{
    return fx_dkim_rule(rule)->severity <= rules->dkim_severity || rules->rule_named[rule];
}

/* The field that it is about. */
static struct fx_slice field_of(const struct fx_signatures *all, size_t signature)
{
    if (signature == FX_NO_SIGNATURE)
        return FX_ABSENT;
    return fx_slice_str(fx_signature_field_name(all->list[signature].kind));
}

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    const struct fx_signatures *all = in->session->message->signatures;
    enum fx_answer answer = FX_NO;
    for (size_t i = 0; all != NULL && i < all->anomaly_count; i++) {
        const struct fx_anomaly_kept *kept = &all->anomalies[i];
        struct fx_slice text = fx_signatures_piece(all, &kept->text);
        if (!counts(in->rules, kept->is.rule))
            continue;
        struct fx_observation seen = {
            .rule = kept->is.rule,
            .severity = fx_dkim_rule(kept->is.rule)->severity,
            .basis = kept->is.basis,
            .signature = kept->signature == FX_NO_SIGNATURE ? 0 : kept->signature + 1,
            .has_offset = kept->is.has_at,
            .offset = kept->is.at,
            .has_observed = kept->is.has_observed,
            .observed = kept->is.observed,
            .has_limit = kept->is.has_limit,
            .limit = kept->is.limit,
            .of = kept->is.personal && text.len > 0 ? FX_PERSON_PART : FX_PERSON_MAYBE,
            .evidence = text.len > 0 ? text : field_of(all, kept->signature),
            .evidence_octets = text.len > 0 ? kept->is.text_octets : 0,
            .detail = fx_slice_str(kept->is.what)};
        answer = fx_report(in, &seen);
    }
    return answer;
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)event;
    (void)bounds;
    return s->message->signatures == NULL || s->message->signatures->anomaly_count == 0;
}

const struct fx_check fx_check_dkim = {
    .rule = FX_RULE_DKIM_FIRST,
    .last = FX_RULE_DKIM_LAST,
    .events = FX_EVENT_BIT(FX_EVENT_EOM),
    .action = FX_ACTION_LOG,
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "Something is wrong with a signature; each rule says what (dkim_anomaly.c).",
};
