/* verb-masked-upstream - the MTA was handed a command of X's: a real inspecting firewall stands
 * before it. The number of X's is the length of what was hidden, which names the candidates. */
#include "check.h"
#include "command.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    struct fx_slice verb = fx_command_word(in->event->text);
    if (!fx_command_masked(verb))
        return FX_NO;
    char buffer[400];
    struct fx_text detail;
    fx_text_init_fixed(&detail, buffer, sizeof buffer);
    fx_text_add_u64(&detail, verb.len);
    fx_text_add_str(&detail, " octets:");
    size_t named = 0;
    for (int v = FX_VERB_UNKNOWN + 1; v < FX_VERB_COUNT; v++) {
        const char *name = fx_verb_name((enum fx_verb)v);
        if (fx_slice_str(name).len != verb.len)
            continue;
        fx_text_add_str(&detail, named++ == 0 ? " " : ", ");
        fx_text_add_str(&detail, name);
    }
    if (named == 0)
        fx_text_add_str(&detail, " no known verb alone has this length");
    return fx_report(in, &(struct fx_observation){.has_observed = true,
                                                  .observed = verb.len,
                                                  .basis = FX_BASIS_INFERRED,
                                                  .evidence = verb,
                                                  .detail = fx_text_slice(&detail)});
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)s;
    (void)bounds;
    return !fx_command_masked(fx_command_word(event->text));
}

const struct fx_check fx_check_verb_masked_upstream = {
    .rule = FX_RULE_VERB_MASKED_UPSTREAM,
    .events = FX_EVENT_BIT(FX_EVENT_COMMAND),
    .action = FX_ACTION_LOG,
    .quiet = quiet,
    .evaluate = evaluate,
    .describe =
        "A command of nothing but X's: an inspecting firewall in front of this MTA wrote it.",
};
