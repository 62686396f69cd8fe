/* content-type-duplicate - two real Content-Type fields, which RFC 2045 section 3 does not
 * allow and firewalls before 7.2(3) ended the session for. */
#include "check.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    uint64_t count = in->session->message->content_types;
    if (count < 2)
        return FX_NO;
    return fx_report(in, &(struct fx_observation){.has_observed = true, .observed = count});
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)event;
    (void)bounds;
    return s->message->content_types < 2;
}

const struct fx_check fx_check_content_type_duplicate = {
    .rule = FX_RULE_CONTENT_TYPE_DUPLICATE,
    .events = FX_EVENT_BIT(FX_EVENT_EOM),
    .action = FX_ACTION_LOG,
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "More than one Content-Type field in the header.",
};
