/* recipient-count - more RCPT commands in one transaction than the firewall lets through.
 *
 * The firewall sees commands, not answers: recipients that the MTA refuses count as well, where
 * it shows them. One finding, raised with each further recipient. */
#include "check.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    uint64_t count = in->session->message == NULL ? 0 : in->session->message->recipients_seen;
    if (count <= in->setting->limit)
        return FX_NO;
    return fx_report(
        in, &(struct fx_observation){.merge = true, .has_observed = true, .observed = count});
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)event;
    return s->message == NULL || s->message->recipients_seen <= bounds->limit;
}

const struct fx_check fx_check_recipient_count = {
    .rule = FX_RULE_RECIPIENT_COUNT,
    .events = FX_EVENT_BIT(FX_EVENT_RCPT),
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "More recipients in one transaction than the firewall lets through.",
};
