/* state_tools - what the tests of the state stores share: steps that put, keep and delete. */
#ifndef STATE_TOOLS_H
#define STATE_TOOLS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "state.h"

/* One change, and what it saw. */
struct act {
    bool changes;
    struct fx_state_value fresh;
    size_t calls;
    bool was_there;
    int64_t was_due;
    size_t was_len;
    char was[64]; /* the beginning, with a NUL */
};

static inline bool act_step(void *arg, const struct fx_state_value *old,
                            struct fx_state_value *fresh)
{
    struct act *a = arg;
    a->calls++;
    a->was_there = fx_slice_told(old->bytes);
    a->was_due = old->due;
    a->was_len = old->bytes.len;
    struct fx_slice first = fx_slice_first(old->bytes, sizeof a->was - 1);
    if (first.len > 0)
        memcpy(a->was, first.ptr, first.len);
    a->was[first.len] = '\0';
    *fresh = a->fresh;
    return a->changes;
}

static inline bool try_put(struct fx_state *s, const char *key, struct fx_slice bytes,
                           int64_t due)
{
    struct act a = {.changes = true, .fresh = {bytes, due}};
    return fx_state_change(s, key, act_step, &a);
}

static inline void put(struct fx_state *s, const char *key, const char *text, int64_t due)
{
    if (!try_put(s, key, fx_slice_str(text), due))
        fail_msg("%s", fx_state_why(s));
}

/* What there is; nothing is changed. */
static inline struct act get(struct fx_state *s, const char *key)
{
    struct act a = {.changes = false};
    if (!fx_state_change(s, key, act_step, &a))
        fail_msg("%s", fx_state_why(s));
    return a;
}

static inline void assert_value(struct fx_state *s, const char *key, const char *want)
{
    struct act a = get(s, key);
    assert_int_equal(a.was_there, want != NULL);
    if (want != NULL)
        assert_string_equal(a.was, want);
}

static inline void assert_due(struct fx_state *s, int64_t now, size_t max, const char *want)
{
    char keys[64][FX_STATE_KEY], all[64 * (FX_STATE_KEY + 1)] = "";
    size_t count = 99, len = 0;
    assert_true(max <= 64);
    if (!fx_state_due(s, now, max, keys, &count))
        fail_msg("%s", fx_state_why(s));
    assert_true(count <= max);
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(keys[i]);
        if (len > 0)
            all[len++] = ' ';
        memcpy(all + len, keys[i], n + 1);
        len += n;
    }
    assert_string_equal(all, want);
}

#endif
