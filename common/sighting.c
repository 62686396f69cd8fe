/* sighting - see sighting.h. */
#include "sighting.h"

#include <stdlib.h>
#include <string.h>

static void word(char *out, size_t cap, struct fx_slice text)
{
    text = fx_slice_first(text, cap - 1);
    if (text.len > 0)
        memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
}

/* One digest of pieces; the first says which of them, so that none is taken for another. */
static bool digest(struct fx_session *s, const struct fx_slice *pieces, size_t count,
                   struct fx_digest *out)
{
    fx_hash_reset(s->hash);
    for (size_t i = 0; i < count; i++)
        fx_hash_add_piece(s->hash, pieces[i]);
    return fx_hash_end(s->hash, out);
}

/* The client as such: its port is another with each connection. */
static struct fx_slice client(const struct fx_session *s)
{
    size_t len = s->client.family == FX_FAMILY_INET    ? 4
                 : s->client.family == FX_FAMILY_INET6 ? 16
                                                       : 0;
    return fx_slice((const char *)s->client.bytes, len);
}

/* What the message is known by. */
static bool identify(struct fx_session *s, struct fx_sighting *out)
{
    struct fx_message *m = s->message;
    struct fx_slice from = fx_kept_slice(&m->sender), by = fx_kept_slice(&m->message_id);
    struct fx_slice kind = FX_LIT("message-id");
    struct fx_digest body;

    if (s->hash == NULL)
        return false;
    if (m->body_hashed) {
        if (!fx_hash_end(s->hash, &body))
            return false;
        kind = FX_LIT("body");
        by = fx_slice((const char *)body.octets, sizeof body.octets);
    }
    out->identified = m->header_ended && out->sent;
    return digest(s, (struct fx_slice[]){kind, from, by}, 3, &out->identity) &&
           digest(s, (struct fx_slice[]){FX_LIT("delivery"), client(s), kind, from, by}, 5,
                  &out->delivery) &&
           digest(s, (struct fx_slice[]){FX_LIT("source"), client(s), from}, 3, &out->source);
}

static bool copy_marks(const struct fx_message *m, struct fx_sighting *out)
{
    if (m->mark_count == 0)
        return true;
    out->recipients = malloc(m->mark_count * sizeof *out->recipients);
    if (out->recipients == NULL)
        return false;
    memcpy(out->recipients, m->marks, m->mark_count * sizeof *out->recipients);
    out->recipient_count = m->mark_count;
    return true;
}

bool fx_sighting_of(struct fx_session *s, struct fx_sighting *out)
{
    struct fx_message *m = s->message;
    struct fx_sighting fresh = {
        .message = m->number,
        .mode = m->rules->mode,
        .began = m->began.wall,
        .ended = m->ended_at.wall,
        .truncation = m->rules->rule_mode[FX_RULE_RECIPIENT_TRUNCATION] != FX_MODE_OFF,
        .duplicates = m->rules->rule_mode[FX_RULE_DUPLICATE_DELIVERY] != FX_MODE_OFF,
        .limits = m->rules->rule_mode[FX_RULE_LIMIT_EXCEEDED] != FX_MODE_OFF,
        .sent = m->ended == FX_ENDED_EOM,
        .given_up = m->ended == FX_ENDED_ABORT || m->ended == FX_ENDED_CLOSE,
        .refused = m->refused_452,
        .unnamed = m->refusals > m->refusals_then ? m->refusals - m->refusals_then : 0,
    };
    if ((!fresh.truncation && !fresh.duplicates) || m->mark_count == 0)
        return false;
    memcpy(fresh.session, s->id, sizeof fresh.session);
    word(fresh.queue_id, sizeof fresh.queue_id, fx_kept_slice(&m->queue_id));
    word(fresh.profile, sizeof fresh.profile, fx_slice_str(m->rules->profiles[0]->name));
    word(fresh.host, sizeof fresh.host,
         s->host.told ? fx_kept_slice(&s->host) : fx_slice_str(s->policy->host));
    if (!identify(s, &fresh) || !copy_marks(m, &fresh)) {
        s->no_memory = true;
        return false;
    }
    *out = fresh;
    return true;
}

void fx_sighting_finish(struct fx_sighting *sighting)
{
    free(sighting->recipients);
    *sighting = (struct fx_sighting){0};
}
