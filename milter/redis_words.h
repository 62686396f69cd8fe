/* redis_words - the words of a command, as hiredis wants them; borrowed. For state_redis.c. */
#ifndef FXM_REDIS_WORDS_H
#define FXM_REDIS_WORDS_H

#include "slice.h"

#define ARGUMENTS 8

struct words {
    int count;
    const char *at[ARGUMENTS];
    size_t len[ARGUMENTS];
};

static inline void add(struct words *w, struct fx_slice word)
{
    w->at[w->count] = word.len > 0 ? word.ptr : "";
    w->len[w->count++] = word.len;
}

#define WORDS(...) words_of((const char *const[]){__VA_ARGS__, NULL})
static inline struct words words_of(const char *const *list)
{
    struct words w = {0};
    for (; *list != NULL; list++)
        add(&w, fx_slice_str(*list));
    return w;
}

#endif
