/* command-terminator - a command line not ended by CRLF. Only transcripts and the relay can
 * tell: MTAs accept a bare LF and do not pass it on. */
#include "check.h"
#include "command.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    static const char *const how[] = {
        [FX_TERMINATOR_LF] = "LF", [FX_TERMINATOR_CR] = "CR", [FX_TERMINATOR_NONE] = "none"};
    enum fx_terminator terminator = in->event->wire.terminator;
    if (terminator == FX_TERMINATOR_UNKNOWN)
        return FX_UNKNOWN;
    if (terminator == FX_TERMINATOR_CRLF)
        return FX_NO;
    return fx_report(in, &(struct fx_observation){.of = fx_command_of_person(in->event),
                                                  .evidence = fx_command_name(in->event),
                                                  .detail = fx_slice_str(how[terminator])});
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)s;
    (void)bounds;
    return event->wire.terminator == FX_TERMINATOR_UNKNOWN ||
           event->wire.terminator == FX_TERMINATOR_CRLF;
}

const struct fx_check fx_check_command_terminator = {
    .rule = FX_RULE_COMMAND_TERMINATOR,
    .events = FX_ON_COMMANDS,
    .of_command = true,
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "A command line that is not ended by CRLF.",
};
