/* Tests of the state stores: the same cases on all of them, with keys and values of every kind,
 * and against a model that is too simple to be wrong. Memory and SQLite; or, where FX_REDIS
 * names a server (t/live/test_state_redis.py starts one), Redis. */
#include "state_tools.h"

#include "../../milter/state_sqlite.h"
#if FX_WITH_REDIS
#include "../../milter/state_redis.h"
#include <hiredis/hiredis.h>
#endif

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* Times far ahead, since Redis lets go of what was due long ago. */
#define LATER INT64_C(4000000000000000)

static enum { MEMORY, SQLITE, REDIS } kind;
static char file[256];
static struct fx_state *store;

#if FX_WITH_REDIS
static struct fx_state_uri server;

static bool redis_named(void)
{
    const char *uri = getenv("FX_REDIS");
    if (uri == NULL || uri[0] == '\0')
        return false;
    assert_null(fx_state_uri_parse(fx_slice_str(uri), &server));
    return true;
}

/* Everything goes: the server is the test's own. */
static void redis_empty(void)
{
    redisContext *c = server.host[0] != '\0' ? redisConnect(server.host, server.port)
                                             : redisConnectUnix(server.path);
    assert_non_null(c);
    assert_int_equal(c->err, 0);
    if (server.password[0] != '\0')
        freeReplyObject(redisCommand(c, "AUTH %s", server.password));
    redisReply *reply = redisCommand(c, "FLUSHALL");
    assert_non_null(reply);
    assert_int_equal(reply->type, REDIS_REPLY_STATUS);
    freeReplyObject(reply);
    redisFree(c);
}
#endif

static struct fx_state *open_store(size_t max)
{
    struct fx_state *s = NULL;
    if (kind == MEMORY)
        s = fx_state_memory(max);
    if (kind == SQLITE)
        s = state_sqlite(file, max);
#if FX_WITH_REDIS
    if (kind == REDIS)
        s = state_redis(&server, max);
#endif
    assert_non_null(s);
    return s;
}

static void remove_files(void)
{
    static const char *const ends[] = {"", "-journal"};
    for (size_t i = 0; i < 2; i++) {
        char path[300];
        (void)snprintf(path, sizeof path, "%s%s", file, ends[i]);
        (void)unlink(path);
    }
}

static int begin(void **state)
{
    (void)state;
    store = open_store(1000);
    return 0;
}

#if FX_WITH_REDIS
static int begin_redis(void **state)
{
    kind = REDIS;
    redis_empty();
    return begin(state);
}
#endif

static int finish(void **state)
{
    (void)state;
    fx_state_close(store);
    remove_files();
    return 0;
}

/* ---- one value ---- */

static void nothing(void **state)
{
    struct act a = {.changes = true, .fresh = {FX_ABSENT, 0}};
    (void)state;
    assert_value(store, "k", NULL);
    assert_true(fx_state_change(store, "k", act_step, &a));
    assert_int_equal(a.calls, 1);
    assert_false(a.was_there);
    assert_value(store, "k", NULL);
    assert_due(store, INT64_MAX, 10, "");
    assert_string_equal(store->is->name,
                        ((const char *const[]){"memory", "sqlite", "redis"})[kind]);
}

static void put_keep_delete(void **state)
{
    (void)state;
    put(store, "k", "one", LATER + 7);
    struct act a = get(store, "k");
    assert_true(a.was_there);
    assert_string_equal(a.was, "one");
    assert_int_equal(a.was_due, LATER + 7);
    put(store, "k", "another", LATER + 3);
    a = get(store, "k");
    assert_string_equal(a.was, "another");
    assert_int_equal(a.was_due, LATER + 3);
    assert_due(store, LATER + 3, 10, "k");
    assert_due(store, LATER + 2, 10, "");
    put(store, "m", "other", LATER);
    assert_true(try_put(store, "k", FX_ABSENT, 0));
    assert_value(store, "k", NULL);
    assert_value(store, "m", "other");
    assert_due(store, INT64_MAX, 10, "m");
}

static void keys(void **state)
{
    char key[FX_STATE_KEY + 1];
    (void)state;
    memset(key, 'a', sizeof key);
    key[FX_STATE_KEY] = '\0';
    assert_false(try_put(store, key, FX_LIT("x"), LATER));
    assert_non_null(strstr(fx_state_why(store), "key"));
    assert_false(try_put(store, "", FX_LIT("x"), LATER));
    key[FX_STATE_KEY - 1] = '\0';
    put(store, key, "x", LATER);
    assert_string_equal(fx_state_why(store), "");
    assert_value(store, key, "x");
    key[FX_STATE_KEY - 2] = '\0';
    assert_value(store, key, NULL);
}

/* Every octet, nothing at all, and the longest. */
static void values(void **state)
{
    char *longest = malloc(FX_STATE_VALUE_MAX + 1);
    (void)state;
    assert_non_null(longest);
    for (size_t i = 0; i <= FX_STATE_VALUE_MAX; i++)
        longest[i] = (char)(i * 31 + i / 251);
    put(store, "empty", "", LATER);
    struct act a = get(store, "empty");
    assert_true(a.was_there);
    assert_int_equal(a.was_len, 0);
    assert_true(try_put(store, "octets", fx_slice(longest, 4096), LATER));
    a = get(store, "octets");
    assert_int_equal(a.was_len, 4096);
    assert_memory_equal(a.was, longest, sizeof a.was - 1);
    assert_true(try_put(store, "long", fx_slice(longest, FX_STATE_VALUE_MAX), LATER));
    assert_int_equal(get(store, "long").was_len, FX_STATE_VALUE_MAX);
    assert_false(try_put(store, "long", fx_slice(longest, FX_STATE_VALUE_MAX + 1), LATER));
    assert_string_equal(fx_state_why(store), "a value is too long");
    assert_int_equal(get(store, "long").was_len, FX_STATE_VALUE_MAX);
    free(longest);
}

/* The fresh value may be a part of the old one. */
static bool halve(void *arg, const struct fx_state_value *old, struct fx_state_value *fresh)
{
    (void)arg;
    *fresh = (struct fx_state_value){fx_slice_from(old->bytes, old->bytes.len / 2), LATER};
    return true;
}

static void part_of_old(void **state)
{
    (void)state;
    put(store, "k", "0123456789abcdef", LATER);
    assert_true(fx_state_change(store, "k", halve, NULL));
    assert_value(store, "k", "89abcdef");
}

/* ---- many values ---- */

static void due_order(void **state)
{
    (void)state;
    put(store, "c", "", LATER + 10);
    put(store, "a", "", LATER + 30);
    put(store, "b", "", LATER + 20);
    put(store, "e", "", LATER + 10);
    put(store, "d", "", LATER + 10);
    assert_due(store, LATER + 9, 10, "");
    assert_due(store, LATER + 10, 10, "c d e");
    assert_due(store, LATER + 29, 2, "c d");
    assert_due(store, LATER + 29, 10, "c d e b");
    put(store, "c", "", LATER + 40);
    assert_due(store, LATER + 100, 10, "d e b a c");
    assert_due(store, LATER + 100, 0, "");
}

static void bound(void **state)
{
    char key[16];
    (void)state;
    fx_state_close(store);
    store = open_store(5);
    for (int i = 0; i < 8; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        put(store, key, key, LATER + (i * 5) % 8);
    }
    /* k0 0, k5 1, k2 2 are given up; left are k7 3, k4 4, k1 5, k6 6, k3 7 */
    assert_due(store, INT64_MAX, 10, "k7 k4 k1 k6 k3");
    put(store, "k4", "again", LATER + 9);
    assert_due(store, INT64_MAX, 10, "k7 k1 k6 k3 k4");
    put(store, "first", "goes at once", LATER);
    assert_value(store, "first", NULL);
    assert_due(store, INT64_MAX, 10, "k7 k1 k6 k3 k4");
    assert_true(try_put(store, "k7", FX_ABSENT, 0));
    put(store, "first", "has room", LATER);
    assert_due(store, INT64_MAX, 10, "first k1 k6 k3 k4");
}

/* ---- the model ---- */

#define MODEL_MAX 12
#define MODEL_KEYS 30

static struct model {
    bool there;
    unsigned value;
    int64_t due;
} model[MODEL_KEYS];

static void key_text(size_t k, char out[8])
{
    (void)snprintf(out, 8, "k%02u", (unsigned)k);
}

/* The one due first; the least key among equals. */
static size_t model_first(void)
{
    size_t best = MODEL_KEYS;
    for (size_t k = 0; k < MODEL_KEYS; k++)
        if (model[k].there && (best == MODEL_KEYS || model[k].due < model[best].due))
            best = k;
    return best;
}

static void model_put(size_t k, unsigned value, int64_t due)
{
    size_t count = 0;
    model[k] = (struct model){true, value, due};
    for (size_t i = 0; i < MODEL_KEYS; i++)
        count += model[i].there;
    if (count > MODEL_MAX)
        model[model_first()].there = false;
}

static void compare_all(void)
{
    char key[8], want[16], all[256] = "";
    struct model before[MODEL_KEYS];
    for (size_t k = 0; k < MODEL_KEYS; k++) {
        key_text(k, key);
        struct act a = get(store, key);
        assert_int_equal(a.was_there, model[k].there);
        if (!a.was_there)
            continue;
        (void)snprintf(want, sizeof want, "%u", model[k].value);
        assert_string_equal(a.was, want);
        assert_int_equal(a.was_due, model[k].due);
    }
    memcpy(before, model, sizeof model);
    for (size_t k; (k = model_first()) < MODEL_KEYS; model[k].there = false) {
        key_text(k, key);
        (void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s",
                       all[0] == '\0' ? "" : " ", key);
    }
    memcpy(model, before, sizeof model);
    assert_due(store, INT64_MAX, MODEL_KEYS, all);
}

static void like_the_model(void **state)
{
    uint32_t seed = 20261122;
    char key[8], value[16];
    (void)state;
    memset(model, 0, sizeof model);
    fx_state_close(store);
    store = open_store(MODEL_MAX);
    for (unsigned i = 0; i < 1500; i++) {
        seed = seed * 1664525 + 1013904223;
        size_t k = (seed >> 8) % MODEL_KEYS;
        int64_t due = LATER + (int64_t)((seed >> 16) % 40);
        key_text(k, key);
        (void)snprintf(value, sizeof value, "%u", i);
        if ((seed >> 28) < 4) {
            assert_true(try_put(store, key, FX_ABSENT, 0));
            model[k].there = false;
        } else {
            put(store, key, value, due);
            model_put(k, i, due);
        }
        if (kind != MEMORY && i % 500 == 0) {
            fx_state_close(store);
            store = open_store(MODEL_MAX);
        }
        if (i % 50 == 0)
            compare_all();
    }
    compare_all();
}

/* As many as the setting's default, and changes in the time that one takes among few. */
static void many(void **state)
{
    char key[16];
    const int all = kind == MEMORY ? 200000 : 3000;
    (void)state;
    fx_state_close(store);
    store = open_store((size_t)all / 2);
    for (int i = 0; i < all; i++) {
        (void)snprintf(key, sizeof key, "k%07d", i);
        put(store, key, "x", LATER + i);
    }
    (void)snprintf(key, sizeof key, "k%07d", all / 2 - 1);
    assert_value(store, key, NULL);
    (void)snprintf(key, sizeof key, "k%07d", all / 2);
    assert_value(store, key, "x");
    assert_due(store, INT64_MAX, 1, key);
}

/* ---- two that use one store ---- */

struct rival {
    struct fx_state *other;
    struct act mine;
    bool came_between;
};

static bool let_rival_in(void *arg, const struct fx_state_value *old,
                         struct fx_state_value *fresh)
{
    struct rival *r = arg;
    if (r->mine.calls == 0)
        r->came_between = try_put(r->other, "k", FX_LIT("rival"), LATER);
    return act_step(&r->mine, old, fresh);
}

/* Whoever comes between is either kept out, or seen: nobody's change is lost. */
static void conflict(void **state)
{
    (void)state;
    struct rival r = {.other = open_store(1000),
                      .mine = {.changes = true, .fresh = {FX_LIT("mine"), LATER}}};
    put(store, "k", "before", LATER);
    assert_value(r.other, "k", "before");
    assert_true(fx_state_change(store, "k", let_rival_in, &r));
    assert_int_equal(r.came_between, kind == REDIS);
    assert_int_equal(r.mine.calls, kind == REDIS ? 2 : 1);
    assert_string_equal(r.mine.was, kind == REDIS ? "rival" : "before");
    assert_value(r.other, "k", "mine");
    put(r.other, "k", "after", LATER);
    assert_value(store, "k", "after");
    fx_state_close(r.other);
}

/* The bound holds for all together. */
static void bound_of_two(void **state)
{
    char key[16];
    (void)state;
    fx_state_close(store);
    store = open_store(4);
    struct fx_state *other = open_store(4);
    for (int i = 0; i < 10; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        put(i % 2 == 0 ? store : other, key, key, LATER + i);
    }
    assert_due(store, INT64_MAX, 10, "k6 k7 k8 k9");
    assert_due(other, INT64_MAX, 10, "k6 k7 k8 k9");
    fx_state_close(other);
}

static void reopened(void **state)
{
    (void)state;
    put(store, "k", "kept", LATER + 5);
    fx_state_close(store);
    store = open_store(1000);
    struct act a = get(store, "k");
    assert_string_equal(a.was, "kept");
    assert_int_equal(a.was_due, LATER + 5);
    assert_due(store, INT64_MAX, 10, "k");
}

/* ---- messages ---- */

static void why(void **state)
{
    char word[600];
    struct fx_state s = {.why = ""};
    (void)state;
    assert_false(fx_state_failed(&s, "here", "gone\r\n\x1b[1m\xff"));
    assert_string_equal(fx_state_why(&s), "here: gone???[1m?");
    memset(word, 'w', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_false(fx_state_failed(&s, word, word));
    assert_int_equal(strlen(fx_state_why(&s)), sizeof s.why - 1);
    assert_false(fx_state_failed(&s, NULL, "alone"));
    assert_string_equal(fx_state_why(&s), "alone");
    fx_state_close(NULL);
}

/* ---- all of it ---- */

static const struct {
    const char *name;
    CMUnitTestFunction test;
    bool memory; /* a store that others can have as well is not needed */
} cases[] = {
#define CASE(f, memory) \
    {                   \
#f, f, memory   \
    }
    CASE(nothing, true),   CASE(put_keep_delete, true), CASE(keys, true),
    CASE(values, true),    CASE(part_of_old, true),     CASE(due_order, true),
    CASE(bound, true),     CASE(like_the_model, true),  CASE(many, true),
    CASE(conflict, false), CASE(bound_of_two, false),   CASE(reopened, false),
    CASE(why, true),
};
#define CASES (sizeof cases / sizeof cases[0])

static int begin_memory(void **state)
{
    kind = MEMORY;
    return begin(state);
}

static int begin_sqlite(void **state)
{
    kind = SQLITE;
    return begin(state);
}

static size_t add_tests(struct CMUnitTest *tests, const char *name, int (*setup)(void **),
                        bool memory)
{
    static char names[2 * CASES][64];
    static size_t used;
    size_t count = 0;
    for (size_t i = 0; i < CASES; i++) {
        if (memory && !cases[i].memory)
            continue;
        (void)snprintf(names[used], sizeof names[used], "%s: %s", name, cases[i].name);
        tests[count++] = (struct CMUnitTest){.name = names[used++],
                                             .test_func = cases[i].test,
                                             .setup_func = setup,
                                             .teardown_func = finish};
    }
    return count;
}

int main(void)
{
    struct CMUnitTest tests[2 * CASES];
    const char *base = getenv("TMPDIR");
    size_t count = 0;
    (void)signal(SIGPIPE, SIG_IGN);
    (void)snprintf(file, sizeof file, "%.200s/fixup-state-%ld.db", base != NULL ? base : "/tmp",
                   (long)getpid());
#if FX_WITH_REDIS
    if (redis_named())
        count = add_tests(tests, "redis", begin_redis, false);
#endif
    if (count == 0) {
        count = add_tests(tests, "memory", begin_memory, true);
        count += add_tests(tests + count, "sqlite", begin_sqlite, false);
    }
    return _cmocka_run_group_tests("stores", tests, count, NULL, NULL);
}
