/* state_redis - see state_redis.h.
 *
 * A change is WATCH, GET, the step, and MULTI ... EXEC, which the server refuses when another
 * client has written meanwhile (https://redis.io/docs/latest/develop/interact/transactions/).
 */
#include "state_redis.h"

#include "clock.h"
#include "redis_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PREFIX "fixup:"
#define INDEX PREFIX "due"
#define CONNECT_MS 1000
#define CHANGE_MS 1500 /* all of it, the greeting likewise */
/* What an answer may have; the longest is a value. */
#define ANSWER_OCTETS (FX_STATE_VALUE_MAX + 65536)
/* A value begins with its time, so many digits. */
#define DUE_DIGITS 16
#define DUE_MAX INT64_C(9007199254740991) /* what a score holds exactly */
/* Where nobody looks any more, values go by themselves: this long after they were due; the set
 * a good while after the last change. */
#define KEEP_MS (INT64_C(7) * 24 * 3600 * 1000)
#define KEEP_INDEX "7776000" /* 90 days in seconds */
/* Of those over the bound, so many go with one change. */
#define SHRINK 16

struct redis {
    struct fx_state state; /* first: it is the handle */
    struct fx_state_uri uri;
    size_t max;
    struct redis_link link;
    char where[280]; /* for messages */
};

/* ---- one command, one answer ---- */

/* Every failure ends the connection. */
static bool give_up(struct redis *r, const char *what)
{
    fx_state_failed(&r->state, r->where, what);
    redis_link_close(&r->link);
    return false;
}

static bool append(struct redis *r, struct redis_words w)
{
    return redis_link_add(&r->link, w) || give_up(r, r->link.why);
}

static bool send_all(struct redis *r)
{
    return redis_link_send(&r->link) || give_up(r, r->link.why);
}

/* For freeReplyObject; NULL: it failed. */
static redisReply *receive(struct redis *r)
{
    redisReply *reply = redis_link_receive(&r->link);
    if (reply == NULL)
        give_up(r, r->link.why);
    return reply;
}

static redisReply *ask(struct redis *r, struct redis_words w)
{
    return append(r, w) && send_all(r) ? receive(r) : NULL;
}

static void set_time(struct redis *r, int64_t ms)
{
    r->link.until = clock_ms() + ms;
}

/* "+OK" or "+QUEUED"; else it failed, with the server's words, or `said` in their place. */
static bool expect(struct redis *r, redisReply *reply, const char *status, const char *said)
{
    if (reply == NULL)
        return false;
    bool good = reply->type == REDIS_REPLY_STATUS && reply->str != NULL &&
                strcmp(reply->str, status) == 0;
    if (!good && said == NULL && reply->type == REDIS_REPLY_ERROR)
        said = reply->str;
    if (!good)
        give_up(r, said != NULL ? said : "an answer that makes no sense");
    freeReplyObject(reply);
    return good;
}

static bool tell(struct redis *r, struct redis_words w, const char *said)
{
    return expect(r, ask(r, w), "OK", said);
}

/* ---- connecting ---- */

/* A server may repeat what it was told, so its words about a password are not passed on. */
static bool introduce(struct redis *r)
{
    static const char refused[] = "the server refuses user or password";
    const struct fx_state_uri *u = &r->uri;
    char db[16];
    if (u->password[0] != '\0' &&
        !tell(r,
              u->user[0] != '\0' ? REDIS_WORDS("AUTH", u->user, u->password)
                                 : REDIS_WORDS("AUTH", u->password),
              refused))
        return false;
    (void)snprintf(db, sizeof db, "%lu", (unsigned long)u->db);
    return u->db == 0 || tell(r, REDIS_WORDS("SELECT", db), NULL);
}

static bool ready(struct redis *r)
{
    bool connected = redis_link_quiet(&r->link);
    set_time(r, connected ? CHANGE_MS : CONNECT_MS);
    if (connected)
        return true;
    if (!redis_link_open(&r->link, &r->uri))
        return give_up(r, r->link.why);
    set_time(r, CHANGE_MS);
    return introduce(r);
}

/* ---- a change ---- */

struct names {
    char key[sizeof PREFIX + FX_STATE_KEY];
    const char *member; /* the key without its prefix */
};
static struct names names_of(const char *key)
{
    struct names n = {.key = PREFIX, .member = key};
    memcpy(n.key + sizeof PREFIX - 1, key, strnlen(key, FX_STATE_KEY - 1));
    return n;
}

static int64_t clamped(int64_t due)
{
    return due < 0 ? 0 : due > DUE_MAX ? DUE_MAX : due;
}

/* What the server has under a key; the slice is borrowed from the answer. */
static struct fx_state_value value_of(const redisReply *reply)
{
    struct fx_state_value nothing = {.bytes = FX_ABSENT};
    uint64_t due;
    if (reply->type != REDIS_REPLY_STRING || reply->str == NULL || reply->len < DUE_DIGITS)
        return nothing;
    struct fx_slice all = fx_slice(reply->str, reply->len);
    if (all.len - DUE_DIGITS > FX_STATE_VALUE_MAX ||
        !fx_slice_u64(fx_slice_first(all, DUE_DIGITS), &due))
        return nothing;
    return (struct fx_state_value){fx_slice_from(all, DUE_DIGITS), (int64_t)due};
}

/* EXEC after MULTI and so many commands. 1: done; 0: another client was faster; -1: it failed.
 * *size: the answer of the last command, how many keys there are. */
static int execute(struct redis *r, int queued, long long *size)
{
    if (!append(r, REDIS_WORDS("EXEC")) || !send_all(r) || !expect(r, receive(r), "OK", NULL))
        return -1;
    for (int i = 0; i < queued; i++)
        if (!expect(r, receive(r), "QUEUED", NULL))
            return -1;
    redisReply *reply = receive(r);
    if (reply == NULL)
        return -1;
    int result = reply->type == REDIS_REPLY_NIL ? 0 : 1;
    const redisReply *fault = reply->type == REDIS_REPLY_ERROR ? reply : NULL;
    bool good =
        result == 0 || (reply->type == REDIS_REPLY_ARRAY && reply->elements == (size_t)queued);
    for (size_t i = 0; good && result == 1 && i < reply->elements; i++) {
        const redisReply *e = reply->element[i];
        if (e->type == REDIS_REPLY_ERROR)
            fault = e;
        else if (e->type == REDIS_REPLY_INTEGER)
            *size = e->integer;
    }
    good = good && fault == NULL;
    if (!good)
        give_up(r, fault != NULL ? fault->str : "an answer that makes no sense");
    freeReplyObject(reply);
    return good ? result : -1;
}

static int put(struct redis *r, const struct names *n, const struct fx_state_value *value,
               long long *size)
{
    char due[24], left[24];
    int64_t at = clamped(value->due);
    int64_t ms = at / 1000 - clock_now().wall / 1000;
    size_t len = DUE_DIGITS + value->bytes.len;
    char *bytes = malloc(len);
    if (bytes == NULL) {
        give_up(r, "no memory");
        return -1;
    }
    (void)snprintf(due, sizeof due, "%0*lld", DUE_DIGITS, (long long)at);
    (void)snprintf(left, sizeof left, "%lld", (long long)(ms > 0 ? ms : 0) + KEEP_MS);
    memcpy(bytes, due, DUE_DIGITS);
    if (value->bytes.len > 0)
        memcpy(bytes + DUE_DIGITS, value->bytes.ptr, value->bytes.len);
    struct redis_words set = REDIS_WORDS("SET", n->key);
    redis_words_add(&set, fx_slice(bytes, len));
    redis_words_add(&set, FX_LIT("PX"));
    redis_words_add(&set, fx_slice_str(left));
    bool good = append(r, REDIS_WORDS("MULTI")) && append(r, set) &&
                append(r, REDIS_WORDS("ZADD", INDEX, due, n->member)) &&
                append(r, REDIS_WORDS("EXPIRE", INDEX, KEEP_INDEX)) &&
                append(r, REDIS_WORDS("ZCARD", INDEX));
    free(bytes);
    return good ? execute(r, 4, size) : -1;
}

static int take_out(struct redis *r, const struct names *n)
{
    long long size;
    return append(r, REDIS_WORDS("MULTI")) && append(r, REDIS_WORDS("DEL", n->key)) &&
                   append(r, REDIS_WORDS("ZREM", INDEX, n->member))
               ? execute(r, 2, &size)
               : -1;
}

/* A member of the set as a key; false: it is none, and nobody of ours has put it there. */
static bool key_of(const redisReply *e, char key[FX_STATE_KEY])
{
    if (e->type != REDIS_REPLY_STRING || e->str == NULL || e->len == 0 ||
        e->len >= FX_STATE_KEY || memchr(e->str, '\0', e->len) != NULL)
        return false;
    memcpy(key, e->str, e->len);
    key[e->len] = '\0';
    return true;
}

/* Up to max keys of the set, due first, from a command that lists them. Members that are no
 * keys are taken out of it. */
static bool list(struct redis *r, struct redis_words w, size_t max, char (*keys)[FX_STATE_KEY],
                 size_t *count)
{
    redisReply *reply = ask(r, w);
    if (reply == NULL)
        return false;
    bool good = reply->type == REDIS_REPLY_ARRAY && reply->elements <= max;
    if (!good)
        give_up(r, reply->type == REDIS_REPLY_ERROR ? reply->str
                                                    : "an answer that makes no sense");
    for (size_t i = 0; good && i < reply->elements; i++) {
        const redisReply *e = reply->element[i];
        if (key_of(e, keys[*count])) {
            ++*count;
            continue;
        }
        struct redis_words remove = REDIS_WORDS("ZREM", INDEX);
        redis_words_add(&remove,
                        e->type == REDIS_REPLY_STRING ? fx_slice(e->str, e->len) : FX_LIT(""));
        redisReply *removed = ask(r, remove);
        good = removed != NULL;
        if (good)
            freeReplyObject(removed);
    }
    freeReplyObject(reply);
    return good;
}

/* Those due first go, the value with its place in the set. */
static bool shrink(struct redis *r, long long size)
{
    char keys[SHRINK][FX_STATE_KEY], last[24];
    size_t count = 0;
    if (size < 0 || (unsigned long long)size <= r->max)
        return true;
    unsigned long long over = (unsigned long long)size - r->max;
    (void)snprintf(last, sizeof last, "%llu", over > SHRINK ? SHRINK - 1ULL : over - 1);
    if (!list(r, REDIS_WORDS("ZRANGE", INDEX, "0", last), SHRINK, keys, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct names n = names_of(keys[i]);
        if (take_out(r, &n) < 0)
            return false;
        r->state.given_up++;
    }
    return true;
}

/* What there is, watched from now on; NULL: it failed. A key of another type is none of ours,
 * and counts as nothing. */
static redisReply *look(struct redis *r, const struct names *n)
{
    static const struct fx_slice type = {"WRONGTYPE", 9};
    char end[24];
    (void)snprintf(end, sizeof end, "%zu", FX_STATE_VALUE_MAX + DUE_DIGITS); /* one too many */
    if (!append(r, REDIS_WORDS("WATCH", n->key)) ||
        !append(r, REDIS_WORDS("GETRANGE", n->key, "0", end)) || !send_all(r) ||
        !expect(r, receive(r), "OK", NULL))
        return NULL;
    redisReply *reply = receive(r);
    if (reply == NULL || reply->type == REDIS_REPLY_STRING ||
        (reply->type == REDIS_REPLY_ERROR &&
         fx_slice_starts_nocase(fx_slice(reply->str, reply->len), type)))
        return reply;
    give_up(r, reply->type == REDIS_REPLY_ERROR ? reply->str : "an answer that makes no sense");
    freeReplyObject(reply);
    return NULL;
}

/* One try. 1: done; 0: another client was faster; -1: it failed. */
static int try_change(struct redis *r, const struct names *n, fx_state_step *step, void *arg)
{
    struct fx_state_value fresh = {.bytes = FX_ABSENT};
    long long size = 0;
    int result;
    redisReply *reply = look(r, n);
    if (reply == NULL)
        return -1;
    struct fx_state_value old = value_of(reply);
    bool wanted = step(arg, &old, &fresh);
    if (!wanted && fx_slice_told(old.bytes))
        result = tell(r, REDIS_WORDS("UNWATCH"), NULL) ? 1 : -1;
    else if (wanted && fx_slice_told(fresh.bytes))
        result = put(r, n, &fresh, &size);
    else /* what expired may still stand in the set */
        result = take_out(r, n);
    freeReplyObject(reply);
    return result == 1 && !shrink(r, size) ? -1 : result;
}

static bool redis_change(struct fx_state *state, const char *key, fx_state_step *step,
                         void *arg)
{
    struct redis *r = (struct redis *)state;
    struct names n = names_of(key);
    int result = ready(r) ? 0 : -1;
    while (result == 0 && clock_ms() < r->link.until)
        result = try_change(r, &n, step, arg);
    return result > 0 ||
           (result == 0 && give_up(r, "others change the same value all the time"));
}

static bool redis_due(struct fx_state *state, int64_t now, size_t max,
                      char (*keys)[FX_STATE_KEY], size_t *count)
{
    struct redis *r = (struct redis *)state;
    char until[24], limit[24];
    (void)snprintf(until, sizeof until, "%lld", (long long)clamped(now));
    (void)snprintf(limit, sizeof limit, "%zu", max);
    if (ready(r) &&
        list(r, REDIS_WORDS("ZRANGEBYSCORE", INDEX, "-inf", until, "LIMIT", "0", limit), max,
             keys, count))
        return true;
    *count = 0;
    return false;
}

static void redis_close(struct fx_state *state)
{
    struct redis *r = (struct redis *)state;
    memset(r->uri.password, 0, sizeof r->uri.password);
    redis_link_finish(&r->link);
    free(r);
}

struct fx_state *state_redis(const struct fx_state_uri *uri, size_t max)
{
    static const struct fx_state_class class = {
        .name = "redis", .change = redis_change, .due = redis_due, .close = redis_close};
    struct redis *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->state.is = &class;
    r->uri = *uri;
    r->max = max;
    redis_link_init(&r->link, ANSWER_OCTETS);
    if (uri->host[0] != '\0')
        (void)snprintf(r->where, sizeof r->where, "%s port %u", uri->host, uri->port);
    else
        (void)snprintf(r->where, sizeof r->where, "%s", uri->path);
    return &r->state;
}
