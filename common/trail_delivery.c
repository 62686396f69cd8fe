/* trail_delivery - duplicate-delivery: the same message from the same client again.
 *
 * Counted for each recipient: a client that sends one message in several transactions, each to
 * others, repeats nothing. A repeat is told when its interval fits the one before: about the
 * same, or growing as that of a queue does which waits longer each time.
 */
#include "trail_parts.h"

#include <string.h>

#define VERSION 1
#define KEPT_MAX 200   /* recipients of one message */
#define JITTER 2000000 /* microseconds; intervals that differ by less are alike */

/* What a value may hold; its numbers are added to and subtracted from one another. */
#define TIME_MAX (INT64_MAX / 4)
#define COPIES_MAX (UINT64_C(1) << 62)

struct copy {
    unsigned char mark[FX_MARK_OCTETS];
    int64_t first, last, interval; /* began; interval 0: there was one copy */
    uint64_t copies;
    bool now; /* of this sighting; not kept */
};

struct delivery {
    char session[33]; /* of the last sighting: one that is given twice counts once */
    uint64_t message;
    size_t count;
    struct copy kept[KEPT_MAX];
};

static bool possible(const struct copy *c)
{
    return c->copies > 0 && c->copies < COPIES_MAX && c->first >= -TIME_MAX &&
           c->first <= c->last && c->last <= TIME_MAX && c->interval >= 0 &&
           c->interval <= TIME_MAX;
}

static bool unpack(struct fx_slice bytes, struct delivery *d)
{
    struct fx_unpack u = {.rest = bytes, .good = bytes.len > 0};
    *d = (struct delivery){0};
    if (fx_unpack_number(&u, 1) != VERSION)
        return false;
    fx_unpack_word(&u, d->session, sizeof d->session);
    d->message = fx_unpack_number(&u, 8);
    size_t count = (size_t)fx_unpack_number(&u, 2);
    for (size_t i = 0; u.good && i < count && i < KEPT_MAX; i++) {
        struct copy *c = &d->kept[d->count++];
        fx_unpack_octets(&u, c->mark, sizeof c->mark);
        c->first = (int64_t)fx_unpack_number(&u, 8);
        c->last = (int64_t)fx_unpack_number(&u, 8);
        c->interval = (int64_t)fx_unpack_number(&u, 8);
        c->copies = fx_unpack_number(&u, 8);
        u.good = u.good && possible(c);
    }
    if (u.good && u.rest.len == 0)
        return true;
    *d = (struct delivery){0};
    return false;
}

static void pack(const struct delivery *d, struct fx_text *t)
{
    fx_text_reset(t);
    fx_pack_number(t, VERSION, 1);
    fx_pack_word(t, d->session);
    fx_pack_number(t, d->message, 8);
    fx_pack_number(t, d->count, 2);
    for (size_t i = 0; i < d->count; i++) {
        const struct copy *c = &d->kept[i];
        fx_pack_octets(t, c->mark, sizeof c->mark);
        fx_pack_number(t, (uint64_t)c->first, 8);
        fx_pack_number(t, (uint64_t)c->last, 8);
        fx_pack_number(t, (uint64_t)c->interval, 8);
        fx_pack_number(t, c->copies, 8);
    }
}

static struct copy *find(struct delivery *d, const struct fx_mark *mark)
{
    for (size_t i = 0; i < d->count; i++)
        if (memcmp(d->kept[i].mark, mark->octets, sizeof mark->octets) == 0)
            return &d->kept[i];
    return NULL;
}

/* A place for one more; the one that was not seen for the longest gives up its own. */
static struct copy *place(struct delivery *d)
{
    if (d->count < KEPT_MAX)
        return &d->kept[d->count++];
    struct copy *oldest = &d->kept[0];
    for (size_t i = 1; i < d->count; i++)
        if (d->kept[i].last < oldest->last)
            oldest = &d->kept[i];
    return oldest;
}

static bool steady(int64_t before, int64_t now)
{
    int64_t apart = now > before ? now - before : before - now;
    return before == 0 || apart <= JITTER || (now >= before / 2 && now / 5 <= before / 2);
}

/* One more copy for this recipient. True: it fits those before. A copy may be known before one
 * that came earlier, when the answer to that one was held; and clocks are set back. */
static bool another(struct copy *c, int64_t began)
{
    int64_t interval = began > c->last ? began - c->last : c->last - began;
    bool fits = steady(c->interval, interval);
    c->copies++;
    if (began > c->last)
        c->last = began;
    if (began < c->first)
        c->first = began;
    c->interval = interval > 0 ? interval : 1;
    return fits;
}

static void tell(struct fx_trail_work *w, const struct copy *c)
{
    const struct fx_sighting *s = w->sighting;
    struct fx_later *later = &w->answers[0];
    *later = (struct fx_later){
        .rule = FX_RULE_DUPLICATE_DELIVERY,
        .message = s->message,
        .mode = s->mode,
        .basis = FX_BASIS_OBSERVED,
        .count = c->copies,
        .interval = (c->last - c->first) / (int64_t)(c->copies - 1),
    };
    memcpy(later->session, s->session, sizeof later->session);
    memcpy(later->queue_id, s->queue_id, sizeof later->queue_id);
    memcpy(later->profile, s->profile, sizeof later->profile);
    memcpy(later->host, s->host, sizeof later->host);
    w->answer_count = 1;
}

bool fx_delivery_step(void *arg, const struct fx_state_value *old, struct fx_state_value *fresh)
{
    struct fx_trail_work *w = arg;
    const struct fx_sighting *s = w->sighting;
    struct delivery d;
    struct copy most = {0};

    w->answer_count = 0;
    if (s == NULL) { /* remembered for long enough */
        *fresh = (struct fx_state_value){0};
        return old->due <= w->now;
    }
    (void)unpack(old->bytes, &d);
    if (d.message == s->message && memcmp(d.session, s->session, sizeof d.session) == 0)
        return false;
    for (size_t i = 0; i < s->recipient_count; i++) {
        if (s->recipients[i].result != FX_RECIPIENT_ACCEPTED)
            continue;
        struct copy *c = find(&d, &s->recipients[i]);
        if (c == NULL) {
            c = place(&d);
            *c = (struct copy){.first = s->began, .last = s->began, .copies = 1};
            memcpy(c->mark, s->recipients[i].octets, sizeof c->mark);
        } else if (!c->now && c->last != s->began && another(c, s->began) &&
                   c->copies > most.copies) {
            most = *c;
        }
        c->now = true; /* an address that is named twice is one recipient */
    }
    memcpy(d.session, s->session, sizeof d.session);
    d.message = s->message;
    if (most.copies > 0)
        tell(w, &most);
    pack(&d, &w->bytes);
    w->failed = w->bytes.overflow;
    *fresh = (struct fx_state_value){fx_text_slice(&w->bytes), s->ended + w->terms->remember};
    return !w->failed;
}
