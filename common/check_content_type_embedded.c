/* content-type-embedded - a message that has a Content-Type names it within another field as
 * well, a signature above all: the fault of firewalls before 7.2(3), whose debug line spoke of
 * multiple Content-Type headers (Cisco document 118550). No server's business, so nothing holds
 * where the profile has no such rule. */
#include "check.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    const struct fx_message *m = in->session->message;
    enum fx_answer answer = FX_NO;
    if (m->content_types == 0)
        return FX_NO;
    for (size_t i = 0; i < m->embedded.count; i++) {
        const struct fx_embedded_field *field = &m->embedded.fields[i];
        if (field->grade > in->rules->content_type_grade)
            continue;
        struct fx_observation seen = {.evidence = fx_slice(field->name, field->name_len),
                                      .detail = fx_slice_str(fx_grade_name(field->grade))};
        answer = fx_report(in, &seen);
    }
    return answer;
}

const struct fx_check fx_check_content_type_embedded = {
    .rule = FX_RULE_CONTENT_TYPE_EMBEDDED,
    .events = FX_EVENT_BIT(FX_EVENT_EOM),
    .evaluate = evaluate,
    .describe = "The name Content-Type within another header field.",
};
