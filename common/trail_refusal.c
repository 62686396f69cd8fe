/* trail_refusal - recipient-truncation: what became of recipients that got 452.
 *
 * Refusals of one message are kept under the message where it was sent. Where it was not,
 * nothing but its sender and client are known, and those recipients of another message of
 * theirs are taken for it: that answer is inferred.
 */
#include "trail_parts.h"

#include <stdlib.h>
#include <string.h>

#define VERSION 1
#define REFUSALS_MAX FX_TRAIL_ANSWERS /* open ones of a message; the oldest is given up */
#define TAKEN_MAX 100                 /* accepted recipients kept where some are unnamed */
#define KNOWN_MAX 600                 /* these, and those of the unnamed that came again */

typedef unsigned char mark[FX_MARK_OCTETS];

struct refusal {
    char session[33];
    uint64_t message;
    char queue_id[FX_SIGHTING_WORD], profile[FX_SIGHTING_WORD], host[256];
    enum fx_mode mode;
    int64_t due;
    uint64_t refused, returned; /* recipients; the unnamed among them */
    uint64_t unnamed;           /* of these, how many have not come again yet */
    bool sent;                  /* the message was, to those accepted */
    bool had_others;            /* there were others, to whom it could have been sent */
    size_t pending_count, taken_count;
    mark *pending; /* refused, not seen again yet; owned */
    mark *taken;   /* accepted then, or counted since, so none of the unnamed any more; owned */
};

struct list {
    struct refusal items[REFUSALS_MAX];
    size_t count;
};

static void finish(struct refusal *r)
{
    free(r->pending);
    free(r->taken);
}

static void clear(struct list *l)
{
    for (size_t i = 0; i < l->count; i++)
        finish(&l->items[i]);
    l->count = 0;
}

static void drop(struct list *l, size_t at)
{
    finish(&l->items[at]);
    memmove(&l->items[at], &l->items[at + 1], (l->count - at - 1) * sizeof l->items[0]);
    l->count--;
}

static void pack_marks(struct fx_text *t, mark *marks, size_t count)
{
    fx_pack_number(t, count, 2);
    if (count > 0)
        fx_pack_octets(t, marks, count * sizeof *marks);
}

static void pack(const struct list *l, struct fx_text *t)
{
    fx_text_reset(t);
    fx_pack_number(t, VERSION, 1);
    fx_pack_number(t, l->count, 1);
    for (size_t i = 0; i < l->count; i++) {
        const struct refusal *r = &l->items[i];
        fx_pack_word(t, r->session);
        fx_pack_number(t, r->message, 8);
        fx_pack_word(t, r->queue_id);
        fx_pack_word(t, r->profile);
        fx_pack_word(t, r->host);
        fx_pack_number(t, (uint64_t)r->mode, 1);
        fx_pack_number(t, (uint64_t)r->due, 8);
        fx_pack_number(t, r->refused, 8);
        fx_pack_number(t, r->returned, 8);
        fx_pack_number(t, r->unnamed, 8);
        fx_pack_number(t, r->sent, 1);
        fx_pack_number(t, r->had_others, 1);
        pack_marks(t, r->pending, r->pending_count);
        pack_marks(t, r->taken, r->taken_count);
    }
}

/* false: no memory. What does not fit the octets there are makes u bad. */
static bool unpack_marks(struct fx_unpack *u, mark **marks, size_t *count)
{
    size_t n = (size_t)fx_unpack_number(u, 2);
    if (!u->good || n == 0)
        return true;
    if (n > u->rest.len / sizeof **marks) {
        u->good = false;
        return true;
    }
    *marks = malloc(n * sizeof **marks);
    /* no fault: malloc-leak: kept in *marks */
    if (*marks == NULL)
        return false;
    fx_unpack_octets(u, *marks, n * sizeof **marks);
    *count = n;
    return true;
}

static bool unpack_refusal(struct fx_unpack *u, struct refusal *r)
{
    *r = (struct refusal){0};
    fx_unpack_word(u, r->session, sizeof r->session);
    r->message = fx_unpack_number(u, 8);
    fx_unpack_word(u, r->queue_id, sizeof r->queue_id);
    fx_unpack_word(u, r->profile, sizeof r->profile);
    fx_unpack_word(u, r->host, sizeof r->host);
    uint64_t mode = fx_unpack_number(u, 1);
    r->mode = mode < FX_MODE_COUNT ? (enum fx_mode)mode : FX_MODE_OFF;
    r->due = (int64_t)fx_unpack_number(u, 8);
    r->refused = fx_unpack_number(u, 8);
    r->returned = fx_unpack_number(u, 8);
    r->unnamed = fx_unpack_number(u, 8);
    r->sent = fx_unpack_number(u, 1) != 0;
    r->had_others = fx_unpack_number(u, 1) != 0;
    if (!unpack_marks(u, &r->pending, &r->pending_count) ||
        !unpack_marks(u, &r->taken, &r->taken_count))
        return false;
    u->good = u->good && r->returned <= r->refused && r->unnamed <= r->refused - r->returned &&
              r->pending_count <= r->refused - r->returned - r->unnamed;
    return true;
}

/* false: no memory; the list is empty then, and where the bytes are nobody's. */
static bool unpack(struct fx_slice bytes, struct list *l)
{
    struct fx_unpack u = {.rest = bytes, .good = bytes.len > 0};
    bool memory = true;
    l->count = 0;
    if (fx_unpack_number(&u, 1) != VERSION)
        return true;
    size_t count = (size_t)fx_unpack_number(&u, 1);
    u.good = u.good && count <= REFUSALS_MAX;
    while (memory && u.good && l->count < count)
        memory = unpack_refusal(&u, &l->items[l->count++]);
    if (!memory || !u.good || u.rest.len > 0)
        clear(l);
    return memory;
}

static bool among(const struct fx_mark *m, mark *marks, size_t count, size_t *at)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(marks[i], m->octets, sizeof marks[i]) == 0) {
            *at = i;
            return true;
        }
    return false;
}

/* One that has come is none of the unnamed any more: nobody is counted twice. */
static void remember(struct refusal *r, const struct fx_mark *m)
{
    if (r->taken_count >= KNOWN_MAX)
        return;
    mark *more = realloc(r->taken, (r->taken_count + 1) * sizeof *more);
    if (more == NULL)
        return;
    r->taken = more;
    memcpy(r->taken[r->taken_count++], m->octets, sizeof *more);
}

/* These recipients have come. */
static void take(struct refusal *r, const struct fx_sighting *s)
{
    for (size_t i = 0; i < s->recipient_count; i++) {
        const struct fx_mark *m = &s->recipients[i];
        size_t at;
        if (among(m, r->pending, r->pending_count, &at)) {
            memcpy(r->pending[at], r->pending[--r->pending_count], sizeof r->pending[at]);
            r->returned++;
            if (r->unnamed > 0)
                remember(r, m);
        } else if (r->unnamed > 0 && !among(m, r->taken, r->taken_count, &at)) {
            r->unnamed--;
            r->returned++;
            remember(r, m);
        }
    }
}

static void tell(struct fx_trail_work *w, const struct refusal *r, bool in_time)
{
    struct fx_later *later = &w->answers[w->answer_count++];
    bool abandoned = !r->sent && r->had_others && r->returned == 0;
    bool certain = r->sent ? r->taken_count == 0 : !in_time;
    *later = (struct fx_later){
        .rule = FX_RULE_RECIPIENT_TRUNCATION,
        .message = r->message,
        .mode = r->mode,
        .basis = certain ? FX_BASIS_OBSERVED : FX_BASIS_INFERRED,
        .detail = in_time     ? "respected"
                  : abandoned ? "abandoned"
                              : "lost",
        .count = r->refused,
        .returned = in_time ? r->refused : r->returned,
    };
    memcpy(later->session, r->session, sizeof later->session);
    memcpy(later->queue_id, r->queue_id, sizeof later->queue_id);
    memcpy(later->profile, r->profile, sizeof later->profile);
    memcpy(later->host, r->host, sizeof later->host);
}

static void settle_returned(struct fx_trail_work *w, struct list *l)
{
    for (size_t i = 0; i < l->count;) {
        struct refusal *r = &l->items[i];
        take(r, w->sighting);
        if (r->pending_count > 0 || r->unnamed > 0) {
            i++;
            continue;
        }
        tell(w, r, true);
        drop(l, i);
    }
}

static void settle_due(struct fx_trail_work *w, struct list *l)
{
    for (size_t i = 0; i < l->count;) {
        if (l->items[i].due > w->now) {
            i++;
            continue;
        }
        tell(w, &l->items[i], false);
        drop(l, i);
    }
}

static bool known(const struct list *l, const struct fx_sighting *s)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->items[i].message == s->message &&
            memcmp(l->items[i].session, s->session, sizeof s->session) == 0)
            return true;
    return false;
}

/* The marks of some of a sighting's recipients; false: no memory. */
static bool choose(const struct fx_sighting *s, bool refused, size_t max, mark **out,
                   size_t *count)
{
    if (s->recipient_count == 0 || max == 0)
        return true;
    *out = malloc(s->recipient_count * sizeof **out);
    if (*out == NULL)
        return false;
    for (size_t i = 0; i < s->recipient_count && *count < max; i++) {
        const struct fx_mark *m = &s->recipients[i];
        size_t at;
        bool wanted = refused ? m->refused : m->result == FX_RECIPIENT_ACCEPTED;
        if (wanted && !among(m, *out, *count, &at))
            memcpy((*out)[(*count)++], m->octets, sizeof **out);
    }
    return true;
}

/* Refused ones that came after as many as are marked. */
static uint64_t unmarked(const struct fx_sighting *s)
{
    uint64_t n = s->refused;
    for (size_t i = 0; n > 0 && i < s->recipient_count; i++)
        n -= s->recipients[i].refused;
    return n;
}

/* What the sighting itself left open. */
static bool append(struct list *l, const struct fx_sighting *s, int64_t due)
{
    uint64_t unnamed = s->unnamed + unmarked(s);
    if (l->count == REFUSALS_MAX)
        drop(l, 0);
    struct refusal *r = &l->items[l->count];
    *r = (struct refusal){.message = s->message,
                          .mode = s->mode,
                          .due = due,
                          .refused = s->refused + s->unnamed,
                          .unnamed = unnamed,
                          .sent = s->sent};
    memcpy(r->session, s->session, sizeof r->session);
    memcpy(r->queue_id, s->queue_id, sizeof r->queue_id);
    memcpy(r->profile, s->profile, sizeof r->profile);
    memcpy(r->host, s->host, sizeof r->host);
    for (size_t i = 0; i < s->recipient_count; i++)
        if (s->recipients[i].result == FX_RECIPIENT_ACCEPTED)
            r->had_others = true;
    bool good = choose(s, true, FX_MARKS_MAX, &r->pending, &r->pending_count) &&
                choose(s, false, unnamed > 0 ? TAKEN_MAX : 0, &r->taken, &r->taken_count);
    if (good)
        l->count++;
    else
        finish(r);
    return good;
}

static bool put(struct fx_trail_work *w, const struct list *l, struct fx_state_value *fresh)
{
    *fresh = (struct fx_state_value){0};
    if (l->count == 0)
        return true;
    fresh->due = l->items[0].due;
    for (size_t i = 1; i < l->count; i++)
        if (l->items[i].due < fresh->due)
            fresh->due = l->items[i].due;
    pack(l, &w->bytes);
    w->failed = w->bytes.overflow;
    fresh->bytes = fx_text_slice(&w->bytes);
    return !w->failed;
}

/* comes: the recipients of the sighting may be those of an earlier one. leaves: some of its own
 * are open now. */
static bool step(struct fx_trail_work *w, const struct fx_state_value *old,
                 struct fx_state_value *fresh, bool comes, bool leaves)
{
    struct list l;
    w->answer_count = 0;
    w->failed = !unpack(old->bytes, &l);
    if (w->failed || (l.count == 0 && !leaves) ||
        (w->sighting != NULL && known(&l, w->sighting))) {
        bool nothing = !w->failed && l.count == 0 && fx_slice_told(old->bytes);
        clear(&l);
        *fresh = (struct fx_state_value){0};
        return nothing; /* not even readable: away with it */
    }
    if (w->sighting == NULL)
        settle_due(w, &l);
    else if (comes)
        settle_returned(w, &l);
    if (leaves && !append(&l, w->sighting, w->sighting->ended + w->terms->lost_after))
        w->failed = true;
    bool changed = !w->failed && put(w, &l, fresh);
    clear(&l);
    return changed;
}

bool fx_refusal_step(void *arg, const struct fx_state_value *old, struct fx_state_value *fresh)
{
    struct fx_trail_work *w = arg;
    const struct fx_sighting *s = w->sighting;
    return step(w, old, fresh, true, s != NULL && s->refused + s->unnamed > 0);
}

bool fx_given_up_step(void *arg, const struct fx_state_value *old, struct fx_state_value *fresh)
{
    struct fx_trail_work *w = arg;
    const struct fx_sighting *s = w->sighting;
    /* who gives up again with them has not sent them */
    return step(w, old, fresh, s != NULL && s->sent,
                s != NULL && s->given_up && s->refused > 0);
}
