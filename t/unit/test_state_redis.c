/* Tests of the state store on a Redis server, which FX_REDIS names: what others may have put
 * there, how long things stay, and a connection that the server closes. t/live/test_state_redis.py
 * runs it. */
#include "state_tools.h"

#include "../../milter/state_redis.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#define WEEK_MS (INT64_C(7) * 24 * 3600 * 1000)

static struct fx_state_uri server;
static struct fx_state *store;
static redisContext *by_hand;

/* One command as a person would give it; the answer as a number, the length of a text, or -1.
 */
static long long run(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    redisReply *reply = redisvCommand(by_hand, format, args);
    va_end(args);
    assert_non_null(reply);
    if (reply->type == REDIS_REPLY_ERROR)
        fail_msg("%s: %s", format, reply->str);
    long long n = reply->type == REDIS_REPLY_INTEGER  ? reply->integer
                  : reply->type == REDIS_REPLY_STRING ? (long long)reply->len
                                                      : -1;
    freeReplyObject(reply);
    return n;
}

static int begin(void **state)
{
    (void)state;
    by_hand = server.host[0] != '\0' ? redisConnect(server.host, server.port)
                                     : redisConnectUnix(server.path);
    assert_non_null(by_hand);
    assert_int_equal(by_hand->err, 0);
    if (server.password[0] != '\0')
        (void)run("AUTH %s", server.password);
    (void)run("SELECT %u", (unsigned)server.db);
    (void)run("FLUSHALL");
    store = state_redis(&server, 1000);
    assert_non_null(store);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    fx_state_close(store);
    redisFree(by_hand);
    return 0;
}

static int64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Whatever is no value of ours is nothing, and makes room for one. */
static void strange_values(void **state)
{
    static const char *const commands[] = {
        "LPUSH fixup:k x",
        "HSET fixup:k field x",
        "ZADD fixup:k 1 x",
        "SET fixup:k short",
        "SET fixup:k 123456789012345",
        "SET fixup:k 12345678901234x6text",
        "SET fixup:k -123456789012345text",
        "SET fixup:k 9999999999999999text", /* a time, and a value */
        "SETRANGE fixup:k 524304 x",
    };
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        (void)run("DEL fixup:k");
        (void)run(commands[i]);
        struct act a = get(store, "k");
        assert_int_equal(a.was_there, strstr(commands[i], "9999") != NULL);
        if (!a.was_there)
            (void)run(commands[i]); /* it was taken out */
        put(store, "k", "ours", now_us());
        assert_value(store, "k", "ours");
        assert_int_equal(run("GET fixup:k"), 16 + 4);
    }
}

static void strange_members(void **state)
{
    (void)state;
    put(store, "k", "x", now_us());
    (void)run("ZADD fixup:due 1 %b 2 %s 3 %b", "", (size_t)0,
              "a-member-that-is-longer-than-any-key-may-be-and-so-cannot-be-one-of-ours",
              "a\0b", (size_t)3);
    assert_int_equal(run("ZCARD fixup:due"), 4);
    assert_due(store, INT64_MAX, 10, "k");
    assert_int_equal(run("ZCARD fixup:due"), 1);
}

/* A key whose value has expired is told as due, and gone once it was looked at. */
static void expired(void **state)
{
    (void)state;
    put(store, "k", "x", now_us());
    assert_int_equal(run("DEL fixup:k"), 1);
    assert_due(store, INT64_MAX, 10, "k");
    assert_value(store, "k", NULL);
    assert_due(store, INT64_MAX, 10, "");
    assert_int_equal(run("EXISTS fixup:due"), 0);
}

static void assert_stays(const char *key, int64_t ms)
{
    long long left = run("PTTL fixup:%s", key);
    if (left > ms || left < ms - 5000)
        fail_msg("%s stays for %lld ms, not %lld", key, left, (long long)ms);
}

static void times(void **state)
{
    (void)state;
    put(store, "soon", "x", now_us() + INT64_C(3600) * 1000000);
    put(store, "past", "x", now_us() - INT64_C(3600) * 1000000);
    put(store, "before-all", "x", INT64_MIN);
    assert_stays("soon", WEEK_MS + 3600 * 1000);
    assert_stays("past", WEEK_MS);
    assert_stays("before-all", WEEK_MS);
    assert_stays("due", INT64_C(90) * 24 * 3600 * 1000);
    put(store, "after-all", "x", INT64_MAX);
    assert_int_equal(get(store, "before-all").was_due, 0);
    assert_due(store, INT64_MAX, 10, "before-all past soon after-all");
    assert_int_equal(run("DBSIZE"), 5);
}

static void index_of_another(void **state)
{
    (void)state;
    (void)run("SET fixup:due mine");
    assert_false(try_put(store, "k", FX_LIT("x"), now_us()));
    assert_non_null(strstr(fx_state_why(store), "WRONGTYPE"));
    (void)run("DEL fixup:due");
    put(store, "k", "x", now_us());
    assert_due(store, INT64_MAX, 10, "k");
}

/* A server with a `timeout` closes what is idle: no fault. */
static void closed_when_idle(void **state)
{
    (void)state;
    put(store, "k", "x", now_us());
    assert_int_equal(run("CLIENT KILL TYPE normal SKIPME yes"), 1);
    put(store, "k", "y", now_us());
    assert_value(store, "k", "y");
}

static void read_only(void **state)
{
    (void)state;
    put(store, "k", "x", now_us());
    (void)run("REPLICAOF 127.0.0.1 1");
    assert_false(try_put(store, "k", FX_LIT("y"), now_us()));
    assert_non_null(strstr(fx_state_why(store), "READONLY"));
    (void)run("REPLICAOF NO ONE");
    put(store, "k", "z", now_us());
    assert_value(store, "k", "z");
}

static void out_of_memory(void **state)
{
    (void)state;
    put(store, "k", "x", now_us());
    (void)run("CONFIG SET maxmemory 1");
    assert_false(try_put(store, "k", FX_LIT("y"), now_us()));
    assert_non_null(strstr(fx_state_why(store), "OOM"));
    assert_value(store, "k", "x");
    (void)run("CONFIG SET maxmemory 0");
    put(store, "k", "z", now_us());
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)
    const struct CMUnitTest redis[] = {
        TEST(strange_values),   TEST(strange_members),  TEST(expired),   TEST(times),
        TEST(index_of_another), TEST(closed_when_idle), TEST(read_only), TEST(out_of_memory),
    };
    const char *uri = getenv("FX_REDIS");
    if (uri == NULL || fx_state_uri_parse(fx_slice_str(uri), &server) != NULL) {
        (void)fputs("FX_REDIS names no server\n", stderr);
        return 1;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(redis, NULL, NULL);
}
