/* body-line-length - a line of the body over the limit, octets without CRLF. One finding, for
 * the longest line of the message. */
#include "check.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    const struct fx_message *m = in->session->message;
    if (m->body.longest <= in->setting->limit)
        return FX_NO;
    char buffer[32];
    struct fx_text where;
    fx_text_init_fixed(&where, buffer, sizeof buffer);
    fx_text_add_str(&where, "line ");
    fx_text_add_u64(&where, m->body.longest_line);
    return fx_report(in, &(struct fx_observation){.has_observed = true,
                                                  .observed = m->body.longest,
                                                  .evidence = fx_text_slice(&where)});
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)event;
    return s->message->body.longest <= bounds->limit;
}

const struct fx_check fx_check_body_line_length = {
    .rule = FX_RULE_BODY_LINE_LENGTH,
    .events = FX_EVENT_BIT(FX_EVENT_EOM),
    .of_body = true,
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "A line of the body longer than the firewall accepts.",
};
