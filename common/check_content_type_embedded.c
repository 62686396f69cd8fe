/* content-type-embedded - a message that has a Content-Type names it within another field as
 * well, a signature above all: the fault of firewalls before 7.2(3), whose debug line spoke of
 * multiple Content-Type headers (Cisco document 118550). No server's business, so nothing holds
 * where the profile has no such rule. */
#include "check.h"

#include <string.h>

/* The detail is the grade; more is said where it is not the list of signed fields (h=). */
static enum fx_answer report(const struct fx_check_input *in, struct fx_observation *seen)
{
    char buffer[64];
    enum fx_signature_kind kind;
    struct fx_text detail;
    if (seen->grade > in->rules->content_type_grade)
        return FX_NO;
    fx_text_init_fixed(&detail, buffer, sizeof buffer);
    fx_text_add_str(&detail, fx_grade_name(seen->grade));
    if (!fx_signature_kind_find(seen->evidence, &kind)) {
        fx_text_add_str(&detail, ", in a field that is no signature");
    } else if (seen->tag != NULL && strcmp(seen->tag, "h") != 0) {
        fx_text_add_str(&detail, ", in ");
        fx_text_add_str(&detail, seen->tag);
        fx_text_add_char(&detail, '=');
    }
    seen->graded = true;
    seen->detail = fx_text_slice(&detail);
    return fx_report(in, seen);
}

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    const struct fx_message *m = in->session->message;
    const struct fx_signatures *all = m->signatures;
    enum fx_answer answer = FX_NO;
    if (m->content_types == 0)
        return FX_NO;
    for (size_t i = 0; all != NULL && i < all->count; i++) {
        const struct fx_signature_seen *s = &all->list[i];
        struct fx_observation seen = {.signature = i + 1,
                                      .has_offset = true,
                                      .offset = s->grade_at,
                                      .grade = s->grade,
                                      .tag = fx_signature_tag_name(s->grade_tag),
                                      .evidence =
                                          fx_slice_str(fx_signature_field_name(s->kind))};
        if (s->names_content_type && report(in, &seen) == FX_YES)
            answer = FX_YES;
    }
    for (size_t i = 0; i < m->embedded.count; i++) {
        const struct fx_embedded_field *field = &m->embedded.fields[i];
        bool whole = field->name_len < FX_EMBEDDED_NAME;
        struct fx_observation seen = {.evidence = fx_slice(field->name, field->name_len),
                                      .of = field->sign_behind ? FX_PERSON_OPEN
                                            : whole            ? FX_PERSON_MAYBE
                                                               : FX_PERSON_CUT,
                                      .grade = field->grade};
        if (report(in, &seen) == FX_YES)
            answer = FX_YES;
    }
    return answer;
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)event;
    (void)bounds;
    const struct fx_message *m = s->message;
    bool signed_by_any = m->signatures != NULL && m->signatures->count > 0;
    return m->content_types == 0 || (m->embedded.count == 0 && !signed_by_any);
}

const struct fx_check fx_check_content_type_embedded = {
    .rule = FX_RULE_CONTENT_TYPE_EMBEDDED,
    .events = FX_EVENT_BIT(FX_EVENT_EOM),
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "The name Content-Type within another header field.",
};
