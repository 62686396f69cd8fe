/* record_dkim - the member "dkim" of a message record; see record_json.h. */
#include "record_json.h"

static void anomalies(struct fx_json *j, const struct fx_signatures *all, size_t signature)
{
    fx_json_open(j, "anomalies", '[');
    for (size_t i = 0; i < all->anomaly_count; i++)
        if (all->anomalies[i].signature == signature)
            fx_json_string(j, NULL, fx_slice_str(fx_rule_name(all->anomalies[i].is.rule)));
    fx_json_close(j, ']');
}

/* Without a real Content-Type field no firewall takes the name for a second one. */
static const char *content_type(const struct fx_message *m, const struct fx_signature_seen *s)
{
    return s->names_content_type && m->content_types > 0 ? fx_grade_name(s->grade) : "none";
}

static void signature(struct fx_json *j, const struct fx_message *m, size_t number)
{
    const struct fx_signatures *all = m->signatures;
    const struct fx_signature_seen *s = &all->list[number];
    fx_json_open(j, NULL, '{');
    fx_json_string(j, "kind", fx_slice_str(fx_signature_kind_name(s->kind)));
    if (s->kind == FX_SIGNATURE_ARC_MESSAGE || s->kind == FX_SIGNATURE_ARC_SEAL) {
        fx_json_string(j, "field", fx_slice_str(fx_signature_field_name(s->kind)));
        if (s->instance > 0)
            fx_json_number(j, "instance", s->instance);
    }
    fx_json_string(j, "domain", fx_signatures_piece(all, &s->domain));
    fx_json_string(j, "selector", fx_signatures_piece(all, &s->selector));
    fx_json_string(j, "algorithm", fx_signatures_piece(all, &s->algorithm));
    fx_json_string(j, "body_hash", fx_slice_str(fx_body_result_name(s->result)));
    fx_json_string(j, "content_type", fx_slice_str(content_type(m, s)));
    anomalies(j, all, number);
    fx_json_close(j, '}');
}

void fx_json_dkim(struct fx_json *j, const struct fx_message *m)
{
    fx_json_open(j, "dkim", '[');
    for (size_t i = 0; i < m->signatures->count; i++)
        signature(j, m, i);
    fx_json_close(j, ']');
    if (m->signatures->omitted > 0)
        fx_json_number(j, "signatures_omitted", m->signatures->omitted);
}
