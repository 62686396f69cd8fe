/* follow - see follow.h. */
#include "follow.h"

#include "grow.h"

#include <string.h>

static bool ready(struct fx_session *s)
{
    if (!s->follow)
        return false;
    if (s->hash == NULL)
        s->hash = fx_hash_create();
    if (s->hash == NULL)
        s->no_memory = true;
    return s->hash != NULL;
}

static void add_lower(struct fx_hash *h, struct fx_slice text)
{
    char lower[256];
    while (text.len > 0) {
        struct fx_slice piece = fx_slice_first(text, sizeof lower);
        for (size_t i = 0; i < piece.len; i++)
            lower[i] = fx_ascii_lower(piece.ptr[i]);
        fx_hash_add(h, fx_slice(lower, piece.len));
        text = fx_slice_from(text, piece.len);
    }
}

void fx_follow_recipient(struct fx_session *s, struct fx_slice address)
{
    struct fx_message *m = s->message;
    struct fx_digest digest;
    m->last_marked = false;
    if (s->follow && m->mark_count == FX_MARKS_MAX)
        fx_session_over(s, FX_LIMIT_FOLLOWED, m->recipients_seen);
    if (m->mark_count == FX_MARKS_MAX || !ready(s))
        return;
    if (m->mark_count == m->mark_cap) {
        struct fx_mark *bigger = fx_grown(m->marks, &m->mark_cap, sizeof *bigger);
        if (bigger == NULL) {
            s->no_memory = true;
            return;
        }
        m->marks = bigger;
    }
    fx_hash_reset(s->hash);
    add_lower(s->hash, address);
    if (!fx_hash_end(s->hash, &digest)) {
        s->no_memory = true;
        return;
    }
    struct fx_mark *mark = &m->marks[m->mark_count++];
    *mark = (struct fx_mark){.result = m->last_result};
    memcpy(mark->octets, digest.octets, sizeof mark->octets);
    m->last_marked = true;
}

void fx_follow_result(struct fx_session *s, enum fx_recipient_result result, bool refused)
{
    struct fx_message *m = s->message;
    if (refused)
        m->refused_452++;
    if (!m->last_marked)
        return;
    m->marks[m->mark_count - 1].result = result;
    m->marks[m->mark_count - 1].refused = refused;
}

/* {nbadrcpts} counts those that we refused, and those that the MTA showed us as refused, too.
 * Where it was given with the last recipient that was accepted, whatever came on top of it
 * after that was refused in a row at the end: as 452 for too many recipients is. */
void fx_follow_refusals(struct fx_session *s, const struct fx_event *event)
{
    struct fx_message *m = s->message;
    uint64_t told;
    if (event->macros == NULL || !fx_slice_told(event->macros->nbadrcpts) ||
        !fx_slice_u64(event->macros->nbadrcpts, &told))
        return;
    uint64_t known = m->results[FX_RECIPIENT_DEFERRED] + m->results[FX_RECIPIENT_REJECTED];
    m->refusals = told > known ? told - known : 0;
    if (event->kind == FX_EVENT_RCPT && m->last_result == FX_RECIPIENT_ACCEPTED)
        m->refusals_then = m->refusals;
}

/* An MTA that adds a Message-ID puts its queue id into it: the next copy gets another one. */
static bool added_by_mta(const struct fx_message *m)
{
    struct fx_slice id = fx_kept_slice(&m->queue_id);
    struct fx_slice message_id = fx_kept_slice(&m->message_id);
    for (size_t at = 0; id.len >= 4 && at + id.len < message_id.len; at++)
        if (fx_slice_eq(fx_slice_first(fx_slice_from(message_id, at), id.len), id) &&
            message_id.ptr[at + id.len] == '@')
            return true;
    return false;
}

void fx_follow_eoh(struct fx_session *s)
{
    struct fx_message *m = s->message;
    m->body_hashed =
        (!m->message_id.told || m->message_id.len == 0 || added_by_mta(m)) && ready(s);
    if (m->body_hashed)
        fx_hash_reset(s->hash);
}

void fx_follow_body(struct fx_session *s, struct fx_slice chunk)
{
    if (s->message->body_hashed)
        fx_hash_add(s->hash, chunk);
}
