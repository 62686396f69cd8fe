/* extension-not-allowed - a MAIL or RCPT parameter of an extension that the firewall hides.
 *
 * The firewall hides the keyword, not the parameter: a client that reads EHLO would not have
 * sent it. So it is flagged, and a loss only where the mail cannot go without: an address that
 * is not ASCII, or an extension in `require`. */
#include "check.h"

static bool ascii(struct fx_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] > 0x7F)
            return false;
    return true;
}

/* SMTPUTF8 stands at MAIL; that the mail cannot go without it may show only at RCPT. */
static bool needs_smtputf8(const struct fx_check_input *in)
{
    const struct fx_message *m = in->session->message;
    return m != NULL && (m->extensions & FX_BIT(FX_EXT_SMTPUTF8)) != 0 &&
           !ascii(in->event->text) && fx_profile_shows(in->profile, FX_EXT_SMTPUTF8) != FX_YES;
}

/* RFC 6152, RFC 3030. */
static bool body_value(struct fx_slice value)
{
    return fx_slice_eq_nocase(value, FX_LIT("7BIT")) ||
           fx_slice_eq_nocase(value, FX_LIT("8BITMIME")) ||
           fx_slice_eq_nocase(value, FX_LIT("BINARYMIME"));
}

/* "a=b@example.org" may be one word, and no parameter at all. */
static enum fx_of_person of_person(struct fx_slice parameter, enum fx_extension ext)
{
    return ext == FX_EXT_UNKNOWN && fx_slice_find(parameter, '@') < parameter.len
               ? FX_PERSON_OPEN
               : FX_PERSON_MAYBE;
}

static enum fx_answer report(const struct fx_check_input *in, struct fx_slice parameter,
                             enum fx_extension ext)
{
    bool body = ext == FX_EXT_8BITMIME || ext == FX_EXT_BINARYMIME;
    bool essential = ext != FX_EXT_UNKNOWN && (in->rules->require & FX_BIT(ext)) != 0;
    if (ext == FX_EXT_SMTPUTF8 && !ascii(in->event->text))
        essential = true;
    /* What follows the "=" may be an address (ORCPT) or a secret (AUTH); BODY's says which,
     * where it is one that there is. */
    return fx_report(in, &(struct fx_observation){
                             .extension = ext,
                             .essential = essential,
                             .basis = body                    ? FX_BASIS_ASSUMED
                                      : ext == FX_EXT_UNKNOWN ? FX_BASIS_INFERRED
                                                              : FX_BASIS_OBSERVED,
                             .of = of_person(parameter, ext),
                             .evidence = body && body_value(fx_parameter_value(parameter))
                                             ? parameter
                                             : fx_parameter_keyword(parameter),
                             .detail = ext == FX_EXT_UNKNOWN
                                           ? FX_ABSENT
                                           : fx_slice_str(fx_extension_name(ext))});
}

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    const struct fx_event *event = in->event;
    enum fx_answer answer = FX_NO;
    if (!in->profile->extensions.from.set)
        return FX_NO;
    if (event->parameters_cut) /* nobody needs so many, but to hide one behind them */
        answer =
            fx_report(in, &(struct fx_observation){.basis = FX_BASIS_INFERRED,
                                                   .evidence = FX_LIT("too many to look at")});
    for (size_t i = 0; i < event->parameter_count; i++) {
        enum fx_extension ext =
            fx_parameter_extension(event->parameters[i], event->kind == FX_EVENT_RCPT);
        if (fx_profile_shows(in->profile, ext) != FX_YES)
            answer = report(in, event->parameters[i], ext);
    }
    if (event->kind == FX_EVENT_RCPT && needs_smtputf8(in))
        answer = fx_report(in, &(struct fx_observation){.essential = true,
                                                        .extension = FX_EXT_SMTPUTF8,
                                                        .evidence = FX_LIT("SMTPUTF8"),
                                                        .detail = FX_LIT("SMTPUTF8")});
    return answer;
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    bool on_rcpt = event->kind == FX_EVENT_RCPT;
    bool smtputf8 = on_rcpt && s->message != NULL &&
                    (s->message->extensions & FX_BIT(FX_EXT_SMTPUTF8)) != 0;
    if (event->parameters_cut ||
        (smtputf8 && (bounds->extensions & FX_BIT(FX_EXT_SMTPUTF8)) == 0))
        return false;
    for (size_t i = 0; i < event->parameter_count; i++) {
        enum fx_extension ext = fx_parameter_extension(event->parameters[i], on_rcpt);
        if ((bounds->extensions & FX_BIT(ext)) == 0)
            return false;
    }
    return true;
}

const struct fx_check fx_check_extension_not_allowed = {
    .rule = FX_RULE_EXTENSION_NOT_ALLOWED,
    .events = FX_ON_PATHS,
    .quiet = quiet,
    .evaluate = evaluate,
    .describe =
        "A MAIL or RCPT parameter of an extension whose EHLO keyword the firewall hides.",
};
