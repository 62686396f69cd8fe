/* verb-not-allowed - a command verb the profile does not let through.
 *
 * STARTTLS and AUTH never reach a milter as commands; they are known by their traces, the TLS
 * and AUTH macros at MAIL, and so are findings of the message they carry. HELO and EHLO come
 * through the same callback: where nothing tells which, there is an answer at MAIL if a trace
 * of EHLO turns up. */
#include "check.h"
#include "command.h"

static enum fx_answer report_verb(const struct fx_check_input *in, struct fx_slice verb)
{
    return fx_report(
        in, &(struct fx_observation){.of = fx_command_of_person(in->event), .evidence = verb});
}

/* Not in the list, or not even a word of SMTP: the firewall does not let it through. */
static enum fx_answer ask_verb(const struct fx_check_input *in, struct fx_slice verb)
{
    if (fx_profile_lets_through(in->profile, fx_verb_find(verb)) != FX_NO)
        return FX_NO;
    return report_verb(in, verb);
}

/* X's alone are those of a firewall in front. A marked verb was not let through, whatever the
 * verb: the mark may be of a "MAIL:", and of anybody's making. */
static enum fx_answer ask_line(const struct fx_check_input *in, struct fx_slice line)
{
    struct fx_slice verb = fx_command_word(line);
    if (!in->profile->verbs.from.set || fx_command_masked(verb))
        return FX_NO;
    if (fx_command_unmark(line, &verb))
        return report_verb(in, verb);
    return ask_verb(in, verb);
}

static enum fx_answer ask_greeting(const struct fx_check_input *in)
{
    if (in->event->greeting == FX_GREETING_UNKNOWN)
        return FX_UNKNOWN;
    return ask_verb(in,
                    in->event->greeting == FX_GREETING_EHLO ? FX_LIT("EHLO") : FX_LIT("HELO"));
}

/* A verb by what it left behind in the session. */
struct trace {
    enum fx_verb verb;
    enum fx_extension extension; /* that it belongs to, or UNKNOWN */
    enum fx_answer used;
    struct fx_slice by; /* what tells; absent: the verb itself says it */
};

static enum fx_answer ask_trace(const struct fx_check_input *in, struct trace t)
{
    if (t.used != FX_YES || !in->profile->verbs.from.set)
        return t.used == FX_UNKNOWN ? FX_UNKNOWN : FX_NO;
    if (fx_profile_lets_through(in->profile, t.verb) == FX_YES)
        return FX_NO;
    return fx_report(in, &(struct fx_observation){
                             .basis = FX_BASIS_INFERRED,
                             .extension = t.extension,
                             .essential = t.extension != FX_EXT_UNKNOWN &&
                                          (in->rules->require & FX_BIT(t.extension)) != 0,
                             .past = t.verb == FX_VERB_EHLO,
                             .evidence = fx_slice_str(fx_verb_name(t.verb)),
                             .detail = t.by});
}

/* "ESMTPS", "UTF8SMTPA" and the like (RFC 3848, RFC 6531 section 4.3), or "SMTP" after HELO. */
static enum fx_answer ehlo_by_protocol(struct fx_slice with)
{
    if (fx_slice_eq_nocase(with, FX_LIT("SMTP")))
        return FX_NO;
    return fx_slice_starts_nocase(with, FX_LIT("ESMTP")) ||
                   fx_slice_starts_nocase(with, FX_LIT("UTF8SMTP"))
               ? FX_YES
               : FX_UNKNOWN;
}

/* Where HELO or EHLO itself did not tell: Sendmail's macro r does at MAIL; STARTTLS and AUTH
 * are offered after EHLO alone; a parameter is a hint only, servers take it after HELO too. A
 * client whose EHLO the firewall refuses says HELO, and its mail goes on: refusing MAIL in its
 * place would show what never happens. */
static struct trace trace_ehlo(const struct fx_session *s, const struct fx_event *event)
{
    struct trace t = {.verb = FX_VERB_EHLO, .used = FX_YES};
    if (s->greeting != FX_GREETING_UNKNOWN) {
        t.used = FX_NO; /* answered at HELO */
    } else if (event->macros != NULL && fx_slice_told(event->macros->r)) {
        t.by = FX_LIT("macro r");
        t.used = ehlo_by_protocol(event->macros->r);
    } else if (s->tls == FX_YES) {
        t.by = FX_LIT("STARTTLS");
    } else if (s->authenticated == FX_YES) {
        t.by = FX_LIT("AUTH");
    } else if (event->parameter_count > 0 && !s->local) {
        struct fx_slice parameter = event->parameters[0];
        t.by = fx_parameter_extension(parameter, false) != FX_EXT_UNKNOWN
                   ? fx_parameter_keyword(parameter)
                   : FX_LIT("a parameter");
    } else {
        t.used = FX_UNKNOWN;
    }
    return t;
}

static enum fx_answer ask_traces(const struct fx_check_input *in)
{
    const struct fx_session *s = in->session;
    enum fx_answer answers[] = {
        ask_trace(in, (struct trace){.verb = FX_VERB_STARTTLS,
                                     .extension = FX_EXT_STARTTLS,
                                     .used = s->tls}),
        ask_trace(in, (struct trace){.verb = FX_VERB_AUTH,
                                     .extension = FX_EXT_AUTH,
                                     .used = s->authenticated}),
        ask_trace(in, trace_ehlo(s, in->event)),
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
        return ask_line(in, in->event->text);
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

static bool all_let_through(const struct fx_bounds *bounds, enum fx_verb verb)
{
    return (bounds->verbs & FX_BIT(verb)) != 0;
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    switch (event->kind) {
    case FX_EVENT_COMMAND:
        return false; /* there are few, and most of them are bad ones */
    case FX_EVENT_HELO:
        return event->greeting == FX_GREETING_UNKNOWN ||
               all_let_through(bounds, event->greeting == FX_GREETING_EHLO ? FX_VERB_EHLO
                                                                           : FX_VERB_HELO);
    case FX_EVENT_MAIL:
        return (s->tls != FX_YES || all_let_through(bounds, FX_VERB_STARTTLS)) &&
               (s->authenticated != FX_YES || all_let_through(bounds, FX_VERB_AUTH)) &&
               (trace_ehlo(s, event).used != FX_YES || all_let_through(bounds, FX_VERB_EHLO));
    case FX_EVENT_DATA:
        return all_let_through(bounds, FX_VERB_DATA);
    default:
        return all_let_through(bounds, FX_VERB_RCPT);
    }
}

const struct fx_check fx_check_verb_not_allowed = {
    .rule = FX_RULE_VERB_NOT_ALLOWED,
    .events = FX_ON_COMMANDS,
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "A command verb outside the list that the firewall lets through.",
};
