/* extension-required - an extension that the policy asks for was not used.
 *
 * The server's own rule, not the firewall's. Extensions that leave no trace at MAIL
 * (PIPELINING, ENHANCEDSTATUSCODES, ...) give no answer. */
#include "check.h"
#include "command.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    enum fx_answer answer = FX_NO;
    if (in->rules->require == 0)
        return FX_NO;
    for (int e = FX_EXT_UNKNOWN + 1; e < FX_EXT_COUNT; e++) {
        enum fx_extension ext = (enum fx_extension)e;
        if (!(in->rules->require & FX_BIT(ext)))
            continue;
        enum fx_answer used = fx_extension_used(in->session, ext);
        if (used == FX_NO)
            answer = fx_report(
                in, &(struct fx_observation){.extension = ext,
                                             .evidence = fx_slice_str(fx_extension_name(ext))});
        else if (used == FX_UNKNOWN && answer == FX_NO)
            answer = FX_UNKNOWN;
    }
    return answer;
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)s;
    (void)event;
    return bounds->require == 0;
}

const struct fx_check fx_check_extension_required = {
    .rule = FX_RULE_EXTENSION_REQUIRED,
    .events = FX_EVENT_BIT(FX_EVENT_MAIL),
    .action = FX_ACTION_REFUSE,
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "An extension that policy.require asks for was not used.",
};
