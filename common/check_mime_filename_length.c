/* mime-filename-length - the name of an attachment over the limit, octets after decoding:
 * `filename` of Content-Disposition and `name` of Content-Type, RFC 2231 forms put together. */
#include "check.h"

/* A name is no address, but there may be one in it, be it one that the cut hides. */
static enum fx_of_person of_person(const struct fx_file_name *name)
{
    if (name->sign_behind || name->at_least)
        return FX_PERSON_OPEN;
    return name->octets > name->text_len ? FX_PERSON_CUT : FX_PERSON_MAYBE;
}

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    const struct fx_message *m = in->session->message;
    enum fx_answer answer = FX_NO;
    for (size_t i = 0; i < m->name_count; i++) {
        const struct fx_file_name *name = &m->names[i];
        if (name->octets <= in->setting->limit)
            continue;
        answer = fx_report(
            in, &(struct fx_observation){.has_observed = true,
                                         .observed = name->octets,
                                         .at_least = name->at_least,
                                         .of = of_person(name),
                                         .evidence = fx_slice(name->text, name->text_len),
                                         .evidence_octets = name->octets,
                                         .detail = fx_slice_str(name->parameter)});
    }
    return answer;
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)event;
    (void)bounds;
    return s->message->name_count == 0;
}

const struct fx_check fx_check_mime_filename_length = {
    .rule = FX_RULE_MIME_FILENAME_LENGTH,
    .events = FX_EVENT_BIT(FX_EVENT_HEADER) | FX_EVENT_BIT(FX_EVENT_BODY) |
              FX_EVENT_BIT(FX_EVENT_EOM),
    .of_body = true,
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "The file name of a MIME part longer than the firewall accepts.",
};
