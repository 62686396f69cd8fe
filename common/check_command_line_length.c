/* command-line-length - a command line over the limit, octets without CRLF.
 *
 * An MTA hands over parts of the line only (Postfix before 3.10 just the verb of an unknown
 * command); put together again they are a lower bound. */
#include "check.h"
#include "command.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    bool whole;
    uint64_t octets = fx_command_octets(in->event, &whole);
    if (octets <= in->setting->limit)
        return whole ? FX_NO : FX_UNKNOWN;
    return fx_report(
        in, &(struct fx_observation){.has_observed = true,
                                     .observed = octets,
                                     .at_least = !whole,
                                     .basis = whole ? FX_BASIS_OBSERVED : FX_BASIS_INFERRED,
                                     .of = fx_command_of_person(in->event),
                                     .evidence = fx_command_name(in->event)});
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)s;
    bool whole;
    return fx_command_octets(event, &whole) <= bounds->limit;
}

const struct fx_check fx_check_command_line_length = {
    .rule = FX_RULE_COMMAND_LINE_LENGTH,
    .events = FX_ON_COMMANDS & ~FX_EVENT_BIT(FX_EVENT_DATA),
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "A command line longer than the firewall accepts.",
};
