/* record_dkim - the member "dkim" of a message record; see record_json.h. */
#include "record_json.h"

/* Where the list of signatures stops, so that the record can be finished; findings come before
 * it, and one signature takes 75 kB at most. */
#define SIGNATURES_UP_TO (FX_RECORD_MAX / 16 * 15)

static void anomalies(struct fx_json *j, const char *name, const struct fx_signatures *all,
                      size_t signature)
{
    fx_json_open(j, name, '[');
    for (size_t i = 0; i < all->anomaly_count; i++)
        if (all->anomalies[i].signature == signature)
            fx_json_string(j, NULL, fx_slice_str(fx_rule_name(all->anomalies[i].is.rule)));
    fx_json_close(j, ']');
}

/* What the field says of itself: a signer may write as much as there is room in a field. */
static void word(struct fx_json *j, const char *name, const struct fx_session *s,
                 const struct fx_piece *piece)
{
    uint64_t max = s->policy->limits.address;
    struct fx_slice text = fx_signatures_piece(s->message->signatures, piece);
    if (s->policy->pseudonyms != NULL && fx_signature_personal(text))
        text = FX_LIT("#"); /* no address belongs here, and it may be folded anywhere */
    fx_json_string(j, name, fx_slice_first(text, max < FX_RECORD_WORD_MAX ? (size_t)max : FX_RECORD_WORD_MAX));
}

static void signature(struct fx_json *j, const struct fx_session *session, size_t number)
{
    const struct fx_message *m = session->message;
    const struct fx_signatures *all = m->signatures;
    const struct fx_signature_seen *s = &all->list[number];
    fx_json_open(j, NULL, '{');
    fx_json_string(j, "kind", fx_slice_str(fx_signature_kind_name(s->kind)));
    if (s->kind == FX_SIGNATURE_ARC_MESSAGE || s->kind == FX_SIGNATURE_ARC_SEAL) {
        fx_json_string(j, "field", fx_slice_str(fx_signature_field_name(s->kind)));
        if (s->instance > 0)
            fx_json_number(j, "instance", s->instance);
    }
    word(j, "domain", session, &s->domain);
    word(j, "selector", session, &s->selector);
    word(j, "algorithm", session, &s->algorithm);
    fx_json_string(j, "body_hash", fx_slice_str(fx_body_result_name(s->result)));
    fx_json_string(j, "content_type",
                   fx_slice_str(fx_signature_content_type(s, m->content_types > 0)));
    anomalies(j, "anomalies", all, number);
    fx_json_close(j, '}');
}

void fx_json_dkim(struct fx_json *j, const struct fx_session *s)
{
    const struct fx_signatures *all = s->message->signatures;
    size_t shown = 0;
    fx_json_open(j, "dkim", '[');
    while (shown < all->count && j->text->len < SIGNATURES_UP_TO)
        signature(j, s, shown++);
    fx_json_close(j, ']');
    j->cut = j->cut || shown < all->count;
    uint64_t omitted = all->omitted + (all->count - shown);
    if (omitted > 0)
        fx_json_number(j, "signatures_omitted", omitted);
    if (fx_signatures_of_message(all))
        anomalies(j, "dkim_message", all, FX_NO_SIGNATURE);
}
