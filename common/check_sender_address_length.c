/* sender-address-length - the sender's address over the limit, octets between the angle
 * brackets. */
#include "check.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    if (!fx_slice_told(in->event->text))
        return FX_UNKNOWN;
    struct fx_slice address = fx_path_address(in->event->text);
    if (address.len <= in->setting->limit)
        return FX_NO;
    return fx_report(in, &(struct fx_observation){.has_observed = true,
                                                  .observed = address.len,
                                                  .of = FX_PERSON_ADDRESS,
                                                  .evidence = address});
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)s;
    return fx_path_address(event->text).len <= bounds->limit;
}

const struct fx_check fx_check_sender_address_length = {
    .rule = FX_RULE_SENDER_ADDRESS_LENGTH,
    .events = FX_EVENT_BIT(FX_EVENT_MAIL),
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "A sender address longer than the firewall accepts.",
};
