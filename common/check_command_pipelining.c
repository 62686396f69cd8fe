/* command-pipelining - a command sent before the reply to the one before it. Only transcripts
 * and the relay can tell. */
#include "check.h"
#include "command.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    if (in->event->wire.pipelined != FX_YES)
        return in->event->wire.pipelined;
    return fx_report(in, &(struct fx_observation){.of = fx_command_of_person(in->event),
                                                  .evidence = fx_command_name(in->event)});
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)s;
    (void)bounds;
    return event->wire.pipelined != FX_YES;
}

const struct fx_check fx_check_command_pipelining = {
    .rule = FX_RULE_COMMAND_PIPELINING,
    .events = FX_ON_COMMANDS,
    .of_command = true,
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "A command sent before the reply to the command before it.",
};
