/* verb-too-short - a verb of fewer characters than the firewall accepts. An empty line is one
 * of none. */
#include "check.h"
#include "command.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    struct fx_slice verb = fx_command_verb(in->event->text);
    if (verb.len >= in->setting->limit || fx_command_masked(fx_command_word(in->event->text)))
        return FX_NO;
    return fx_report(in, &(struct fx_observation){.has_observed = true,
                                                  .observed = verb.len,
                                                  .of = fx_command_of_person(in->event),
                                                  .evidence = verb});
}

const struct fx_check fx_check_verb_too_short = {
    .rule = FX_RULE_VERB_TOO_SHORT,
    .events = FX_EVENT_BIT(FX_EVENT_COMMAND),
    .evaluate = evaluate,
    .describe = "A command verb with fewer characters than the firewall accepts.",
};
