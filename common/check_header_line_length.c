/* header-line-length - a line of a header field over the limit, octets without CRLF. Each line
 * of a folded field counts by itself, name and colon included (RFC 5322 section 2.1.1). One
 * finding a field, for its longest line. */
#include "check.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    const struct fx_message *m = in->session->message;
    if (m->field_line <= in->setting->limit)
        return m->field_line_at_least ? FX_UNKNOWN : FX_NO;
    return fx_report(in, &(struct fx_observation){.has_observed = true,
                                                  .observed = m->field_line,
                                                  .at_least = m->field_line_at_least,
                                                  .evidence = in->event->text});
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)event;
    return s->message->field_line <= bounds->limit;
}

const struct fx_check fx_check_header_line_length = {
    .rule = FX_RULE_HEADER_LINE_LENGTH,
    .events = FX_EVENT_BIT(FX_EVENT_HEADER),
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "A line of a header field longer than the firewall accepts.",
};
