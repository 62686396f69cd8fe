/* verb-not-allowed - a command verb the profile does not let through.
 *
 * STARTTLS and AUTH never reach a milter as commands; they are known by their traces, the TLS
 * and AUTH macros at MAIL, and so are findings of the message they carry. HELO and EHLO come
 * through the same callback: only where something tells which, there is an answer. */
#include "check.h"
#include "command.h"

/* Not in the list, or not even a word of SMTP: the firewall does not let it through. */
static enum fx_answer ask_verb(const struct fx_check_input *in, struct fx_slice verb)
{
    if (!in->profile->verbs.from.set || fx_command_masked(verb))
        return FX_NO;
    if (fx_profile_lets_through(in->profile, fx_verb_find(verb)) == FX_YES)
        return FX_NO;
    return fx_report(in, &(struct fx_observation){.evidence = verb});
}

static enum fx_answer ask_greeting(const struct fx_check_input *in)
{
    if (in->event->greeting == FX_GREETING_UNKNOWN)
        return FX_UNKNOWN;
    return ask_verb(in,
                    in->event->greeting == FX_GREETING_EHLO ? FX_LIT("EHLO") : FX_LIT("HELO"));
}

/* One verb that left a trace in the session; ext: the extension it belongs to, or UNKNOWN. */
static enum fx_answer ask_trace(const struct fx_check_input *in, enum fx_answer used,
                                enum fx_verb verb, enum fx_extension ext)
{
    if (used != FX_YES || !in->profile->verbs.from.set)
        return used == FX_UNKNOWN ? FX_UNKNOWN : FX_NO;
    if (fx_profile_lets_through(in->profile, verb) == FX_YES)
        return FX_NO;
    return fx_report(
        in, &(struct fx_observation){.basis = FX_BASIS_INFERRED,
                                     .extension = ext,
                                     .essential = ext != FX_EXT_UNKNOWN &&
                                                  (in->rules->require & FX_BIT(ext)) != 0,
                                     .evidence = fx_slice_str(fx_verb_name(verb))});
}

/* Sendmail says at MAIL which greeting there was; nobody else does. */
static enum fx_answer ehlo_by_macro(const struct fx_event *event)
{
    if (event->macros == NULL || !fx_slice_told(event->macros->r))
        return FX_UNKNOWN;
    return fx_slice_starts_nocase(event->macros->r, FX_LIT("ESMTP")) ? FX_YES : FX_NO;
}

static enum fx_answer ask_traces(const struct fx_check_input *in)
{
    const struct fx_session *s = in->session;
    enum fx_answer answers[] = {
        ask_trace(in, s->tls, FX_VERB_STARTTLS, FX_EXT_STARTTLS),
        ask_trace(in, s->authenticated, FX_VERB_AUTH, FX_EXT_AUTH),
        ask_trace(in, ehlo_by_macro(in->event), FX_VERB_EHLO, FX_EXT_UNKNOWN),
    };
    enum fx_answer all = FX_NO;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (answers[i] == FX_YES || (answers[i] == FX_UNKNOWN && all == FX_NO))
            all = answers[i];
    return all;
}

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    switch (in->event->kind) {
    case FX_EVENT_COMMAND:
        return ask_verb(in, fx_command_verb(in->event->text));
    case FX_EVENT_HELO:
        return ask_greeting(in);
    case FX_EVENT_DATA:
        return ask_verb(in, FX_LIT("DATA"));
    case FX_EVENT_MAIL:
        return ask_traces(in);
    default:
        return ask_verb(in, FX_LIT("RCPT"));
    }
}

const struct fx_check fx_check_verb_not_allowed = {
    .rule = FX_RULE_VERB_NOT_ALLOWED,
    .events = FX_ON_COMMANDS,
    .evaluate = evaluate,
    .describe = "A command verb outside the list that the firewall lets through.",
};
