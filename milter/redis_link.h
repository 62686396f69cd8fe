/* redis_link - a connection to a Redis server: commands there, answers back, each within a time.
 *
 * hiredis formats and parses; connecting, sending and waiting are done here. That of 0.14 aborts
 * where it connects without memory, crashes where it sends without, and has a time limit for
 * each read instead of one for an answer as a whole, however slowly it drips. */
#ifndef FXM_REDIS_LINK_H
#define FXM_REDIS_LINK_H

#include "state_uri.h"
#include "text.h"

#include <hiredis/hiredis.h>

#define REDIS_WORDS_MAX 8

/* The words of a command, borrowed. */
struct redis_words {
    int count;
    const char *at[REDIS_WORDS_MAX];
    size_t len[REDIS_WORDS_MAX];
};

/* One connection, used by one thread. */
struct redis_link {
    int fd;        /* -1: there is none */
    int64_t until; /* for what is under way, clock_ms(); whoever uses the link sets it */
    redisReader *reader;
    redisReplyObjectFunctions make, hiredis; /* what answers become; as hiredis has it */
    struct fx_text out;                      /* commands on their way */
    size_t answer_max;
    char why[128]; /* it failed last */
};

void redis_words_add(struct redis_words *w, struct fx_slice word);
/* Of a list that ends with NULL. */
struct redis_words redis_words_of(const char *const *list);
#define REDIS_WORDS(...) redis_words_of((const char *const[]){__VA_ARGS__, NULL})

/* Not connected; an answer may have so many octets, and commands on their way twice as many. */
void redis_link_init(struct redis_link *l, size_t answer_max);
/* Each failure of those that follow closes the link, and with it WATCH, MULTI and answers still
 * on their way; l->why has the words, a system's or hiredis', or "no memory". */
bool redis_link_open(struct redis_link *l, const struct fx_state_uri *uri);
/* Connected, and nothing is there to read: where nothing is owed that would be its end, or
 * nonsense. */
bool redis_link_quiet(const struct redis_link *l);
bool redis_link_add(struct redis_link *l, struct redis_words w);
bool redis_link_send(struct redis_link *l);
/* The next answer, for freeReplyObject. */
redisReply *redis_link_receive(struct redis_link *l);
void redis_link_close(struct redis_link *l);
/* Closes it and gives its memory back. */
void redis_link_finish(struct redis_link *l);

#endif
