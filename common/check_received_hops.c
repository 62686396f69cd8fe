/* received-hops - as many hops as a server takes for a loop, the MTA's own unseen one
 * included (RFC 5321 section 6.3). The server's rule, not the firewall's; reaching the limit is
 * enough. */
#include "check.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    uint64_t hops = in->session->message->received + 1;
    if (hops < in->setting->limit)
        return FX_NO;
    return fx_report(in, &(struct fx_observation){.has_observed = true, .observed = hops});
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)event;
    return s->message->received + 1 < bounds->limit;
}

const struct fx_check fx_check_received_hops = {
    .rule = FX_RULE_RECEIVED_HOPS,
    .events = FX_EVENT_BIT(FX_EVENT_EOH),
    .action = FX_ACTION_REFUSE,
    .has_limit = true,
    .limit = 25,
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "The message has passed as many hops as a server takes for a mail loop.",
};
