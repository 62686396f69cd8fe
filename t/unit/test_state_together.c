/* Tests of several changes as one step: on a store that joins them, SQLite, and on one where
 * each is a step of its own, memory. */
#include "state_tools.h"

#include "../../milter/state_sqlite.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define LATER INT64_C(4000000000000000)
#define MOST 2000

static char file[256];
static struct fx_state *store;

static bool joins(void)
{
    return fx_state_joins(store);
}

static int begin_memory(void **state)
{
    (void)state;
    store = fx_state_memory(MOST);
    return store == NULL;
}

static int begin_sqlite(void **state)
{
    const char *base = getenv("TMPDIR");
    (void)state;
    (void)snprintf(file, sizeof file, "%.200s/fixup-together-%ld.db",
                   base != NULL ? base : "/tmp", (long)getpid());
    store = state_sqlite(file, MOST);
    return store == NULL;
}

static int finish(void **state)
{
    static const char *const ends[] = {"", "-journal"};
    (void)state;
    fx_state_close(store);
    for (size_t i = 0; i < 2; i++) {
        char path[300];
        (void)snprintf(path, sizeof path, "%s%s", file, ends[i]);
        (void)unlink(path);
    }
    return 0;
}

/* Nobody else sees a part of them where the store joins changes; in any case all are there. */
static void together(void **state)
{
    (void)state;
    put(store, "a", "before", LATER);
    put(store, "b", "before", LATER + 1);
    assert_true(fx_state_begin(store));
    put(store, "a", "after", LATER);
    assert_value(store, "a", "after");
    put(store, "c", "after", LATER + 2);
    struct act a = {.changes = true, .fresh = {FX_ABSENT, 0}};
    assert_true(fx_state_change(store, "b", act_step, &a));
    if (joins()) {
        struct fx_state *other = state_sqlite(file, 1000);
        char keys[4][FX_STATE_KEY];
        size_t count;
        assert_true(fx_state_due(other, INT64_MAX, 4, keys, &count));
        assert_int_equal(count, 2);
        assert_string_equal(keys[1], "b");
        fx_state_close(other);
    }
    assert_true(fx_state_end(store, true));
    assert_due(store, INT64_MAX, 10, "a c");
    assert_value(store, "a", "after");
}

/* Not kept: as if nothing had been, the count of values included. */
static void not_kept(void **state)
{
    (void)state;
    put(store, "a", "before", LATER);
    assert_true(fx_state_begin(store));
    put(store, "a", "after", LATER);
    put(store, "b", "after", LATER + 1);
    assert_true(fx_state_end(store, false));
    assert_value(store, "a", joins() ? "before" : "after");
    assert_value(store, "b", joins() ? NULL : "after");
}

/* What is wrong with one change alone is told, and leaves the others to whoever ends them. */
static void one_fails(void **state)
{
    static char too_long[FX_STATE_VALUE_MAX + 1];
    (void)state;
    assert_true(fx_state_begin(store));
    put(store, "a", "x", LATER);
    assert_false(try_put(store, "b", fx_slice(too_long, sizeof too_long), LATER));
    assert_true(fx_state_end(store, false));
    assert_string_equal(fx_state_why(store), "a value is too long");
    assert_value(store, "a", joins() ? NULL : "x");
    assert_true(fx_state_begin(store));
    put(store, "a", "again", LATER);
    assert_true(fx_state_end(store, true));
    assert_value(store, "a", "again");
}

/* One change that fails takes all of its step with it, and no later one is made outside. */
static void full_together(void **state)
{
    static char long_value[60000];
    struct rlimit before, small = {.rlim_cur = 0};
    char key[16];
    bool failed = false;
    (void)state;
    put(store, "k", "before", LATER);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    small.rlim_cur = 200000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    memset(long_value, 'v', sizeof long_value);
    assert_true(fx_state_begin(store));
    put(store, "k", "after", LATER);
    for (int i = 0; i < 200 && !failed; i++) { /* more than is kept in memory */
        (void)snprintf(key, sizeof key, "l%d", i);
        failed = !try_put(store, key, fx_slice(long_value, sizeof long_value), LATER);
    }
    assert_true(failed);
    assert_false(try_put(store, "m", FX_LIT("x"), LATER));
    assert_non_null(strstr(fx_state_why(store), "before this one"));
    assert_false(fx_state_end(store, true));
    assert_string_not_equal(fx_state_why(store), "");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_value(store, "k", "before");
    assert_due(store, INT64_MAX, 10, "k");
    /* too late: the end itself fails */
    assert_true(fx_state_begin(store));
    put(store, "k", "after", LATER);
    for (int i = 0; i < 10; i++) {
        (void)snprintf(key, sizeof key, "l%d", i);
        assert_true(try_put(store, key, fx_slice(long_value, sizeof long_value), LATER));
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_false(fx_state_end(store, true));
    assert_string_not_equal(fx_state_why(store), "");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_value(store, "k", "before");
    assert_due(store, INT64_MAX, 10, "k");
}

/* Somebody holds the file, or has put another in its place: there is no beginning, or a new
 * one. */
static void together_locked(void **state)
{
    (void)state;
    put(store, "k", "before", LATER);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_false(fx_state_begin(store));
    assert_non_null(strstr(fx_state_why(store), "locked"));
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_true(fx_state_begin(store));
    put(store, "k", "after", LATER);
    assert_true(fx_state_end(store, true));
    assert_value(store, "k", "after");
}

/* A step that came to nothing is not counted among the values there are. */
static void bound_once_more(void **state)
{
    (void)state;
    fx_state_close(store);
    store = state_sqlite(file, 2);
    put(store, "a", "x", LATER);
    assert_true(fx_state_begin(store));
    put(store, "b", "x", LATER + 1);
    assert_true(fx_state_end(store, false));
    put(store, "c", "x", LATER + 2);
    assert_due(store, INT64_MAX, 10, "a c");
    put(store, "d", "x", LATER + 3);
    assert_due(store, INT64_MAX, 10, "c d");
}

static void who_joins(void **state)
{
    (void)state;
    assert_true(joins());
}

int main(void)
{
#define MEMORY(f) cmocka_unit_test_setup_teardown(f, begin_memory, finish)
#define SQLITE(f) cmocka_unit_test_setup_teardown(f, begin_sqlite, finish)
    const struct CMUnitTest tests[] = {
        MEMORY(together),        MEMORY(not_kept),      MEMORY(one_fails),
        SQLITE(who_joins),       SQLITE(together),      SQLITE(not_kept),
        SQLITE(one_fails),       SQLITE(full_together), SQLITE(bound_once_more),
        SQLITE(together_locked),
    };
    (void)signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
