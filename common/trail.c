/* trail - see trail.h: which keys a sighting is looked for under, and one change for each. */
#include "trail_parts.h"

#define DUE_AT_ONCE 100

static const struct kind {
    char letter;
    fx_state_step *step;
} kinds[] = {
    {'d', fx_delivery_step},
    {'r', fx_refusal_step},
    {'g', fx_given_up_step},
};
enum { DELIVERY, REFUSAL, GIVEN_UP, KINDS };

static void key_of(const struct kind *kind, const struct fx_digest *digest,
                   char key[FX_STATE_KEY])
{
    key[0] = kind->letter;
    fx_hex(digest->octets, sizeof digest->octets, key + 1);
}

static bool change(struct fx_state *state, const struct kind *kind, const char *key,
                   struct fx_trail_work *w, fx_trail_tell *tell, void *arg)
{
    w->failed = false;
    w->answer_count = 0;
    bool good = fx_state_change(state, key, kind->step, w) && !w->failed;
    for (size_t i = 0; good && i < w->answer_count; i++)
        tell(arg, &w->answers[i]);
    return good;
}

bool fx_trail_see(struct fx_state *state, const struct fx_sighting *s,
                  const struct fx_trail_terms *terms, fx_trail_tell *tell, void *arg)
{
    const struct {
        bool wanted;
        const struct fx_digest *digest;
    } of[KINDS] = {
        [DELIVERY] = {s->duplicates && s->identified, &s->delivery},
        [REFUSAL] = {s->truncation && s->identified, &s->identity},
        [GIVEN_UP] = {s->truncation && (s->sent || (s->given_up && s->refused > 0)),
                      &s->source},
    };
    struct fx_trail_work w = {.sighting = s, .terms = terms};
    char key[FX_STATE_KEY];
    bool good = true;

    fx_text_init_growing(&w.bytes, FX_STATE_VALUE_MAX);
    for (size_t k = 0; good && k < KINDS; k++) {
        if (!of[k].wanted)
            continue;
        key_of(&kinds[k], of[k].digest, key);
        good = change(state, &kinds[k], key, &w, tell, arg);
    }
    fx_text_finish(&w.bytes);
    return good;
}

/* What no kind of ours has put there goes. */
static bool forget(void *arg, const struct fx_state_value *old, struct fx_state_value *fresh)
{
    (void)arg;
    (void)old;
    *fresh = (struct fx_state_value){0};
    return true;
}

bool fx_trail_wait(struct fx_state *state, int64_t now, fx_trail_tell *tell, void *arg,
                   bool *more)
{
    char keys[DUE_AT_ONCE][FX_STATE_KEY];
    struct fx_trail_work w = {.now = now};
    size_t count = 0;
    bool good = fx_state_due(state, now, DUE_AT_ONCE, keys, &count);

    *more = count == DUE_AT_ONCE;
    if (!good || count == 0)
        return good;
    if (!fx_state_begin(state))
        return false;
    fx_text_init_growing(&w.bytes, FX_STATE_VALUE_MAX);
    for (size_t i = 0; good && i < count; i++) {
        struct kind kind = {keys[i][0], forget};
        for (size_t k = 0; k < KINDS; k++)
            if (kinds[k].letter == kind.letter)
                kind = kinds[k];
        good = change(state, &kind, keys[i], &w, tell, arg);
    }
    fx_text_finish(&w.bytes);
    return fx_state_end(state, good) && good;
}
