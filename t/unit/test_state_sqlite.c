/* Tests of the state store in SQLite: the file itself, and what may be wrong with it. */
#include "state_tools.h"

#include "../../milter/state_sqlite.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define LATER INT64_C(4000000000000000)

static char folder[256], file[300];
static struct fx_state *store;

static void path_of(const char *name, char out[300])
{
    (void)snprintf(out, 300, "%s/%s", folder, name);
}

static int begin(void **state)
{
    const char *base = getenv("TMPDIR");
    (void)state;
    (void)snprintf(folder, sizeof folder, "%.200s/fixup-sqlite-XXXXXX",
                   base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(folder));
    path_of("state.db", file);
    store = state_sqlite(file, 1000);
    assert_non_null(store);
    return 0;
}

static void clear_folder(void)
{
    static const char *const names[] = {"state.db", "state.db-journal", "aside",
                                        "aside-journal"};
    char path[300];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        path_of(names[i], path);
        (void)unlink(path);
    }
}

static int finish(void **state)
{
    (void)state;
    fx_state_close(store);
    clear_folder();
    assert_int_equal(rmdir(folder), 0);
    return 0;
}

/* What a person with sqlite3(1) would do. */
static sqlite3 *open_file(void)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    return db;
}

static void run(sqlite3 *db, const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
}

static void run_once(const char *sql)
{
    sqlite3 *db = open_file();
    run(db, sql);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void write_file(const char *text)
{
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void assert_fails(const char *key, const char *what)
{
    char keys[1][FX_STATE_KEY];
    size_t count;
    assert_false(try_put(store, key, FX_LIT("x"), LATER));
    if (strstr(fx_state_why(store), what) == NULL)
        fail_msg("%s: %s", what, fx_state_why(store));
    assert_non_null(strstr(fx_state_why(store), file));
    (void)fx_state_due(store, LATER, 1, keys, &count);
}

static void made_private(void **state)
{
    static const char *const ends[] = {"", "-journal"};
    (void)state;
    assert_int_equal(access(file, F_OK), -1);
    mode_t before = umask(0);
    put(store, "k", "x", LATER);
    (void)umask(before);
    for (size_t i = 0; i < 2; i++) {
        char path[320];
        struct stat st;
        (void)snprintf(path, sizeof path, "%s%s", file, ends[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
}

static void no_folder(void **state)
{
    char path[300];
    (void)state;
    fx_state_close(store);
    path_of("none", path);
    (void)snprintf(file, sizeof file, "%.250s/state.db", path);
    store = state_sqlite(file, 1000);
    assert_fails("k", "No such file or directory");
    assert_int_equal(mkdir(path, 0700), 0);
    put(store, "k", "x", LATER);
    fx_state_close(store);
    store = NULL;
    assert_int_equal(unlink(file), 0);
    path_of("none/state.db-journal", file);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(path), 0);
}

static void not_a_database(void **state)
{
    struct stat st;
    (void)state;
    write_file("These are the notes of somebody, and no database at all; keep them.\n");
    assert_fails("k", "not a database");
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_size, 68);
    clear_folder();
    put(store, "k", "x", LATER);
}

static void a_folder(void **state)
{
    (void)state;
    assert_int_equal(mkdir(file, 0700), 0);
    assert_fails("k", "is not a file");
    assert_int_equal(rmdir(file), 0);
    put(store, "k", "x", LATER);
}

/* What another program has in the place is left as it is. */
static void of_another(void **state)
{
    (void)state;
    run_once("CREATE TABLE mails (id); INSERT INTO mails VALUES (1)");
    assert_fails("k", "another program");
    run_once("INSERT INTO mails VALUES (2)");
    sqlite3 *db = open_file();
    sqlite3_stmt *mode = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &mode, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(mode), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(mode, 0), "delete");
    sqlite3_finalize(mode);
    sqlite3_close(db);
}

static void of_another_version(void **state)
{
    (void)state;
    put(store, "k", "x", LATER);
    fx_state_close(store);
    store = state_sqlite(file, 1000);
    run_once("PRAGMA user_version = 2");
    assert_fails("k", "version 2, not 1");
    run_once("PRAGMA user_version = 1");
    assert_value(store, "k", "x");
}

static void locked(void **state)
{
    (void)state;
    put(store, "k", "before", LATER);
    sqlite3 *db = open_file();
    run(db, "BEGIN EXCLUSIVE");
    assert_fails("k", "locked");
    run(db, "COMMIT");
    put(store, "k", "after", LATER);
    sqlite3_close(db);
    assert_value(store, "k", "after");
}

/* The lock is there before the store is opened for the first time. */
static void locked_at_first(void **state)
{
    (void)state;
    sqlite3 *db = open_file();
    run(db, "BEGIN EXCLUSIVE");
    assert_fails("k", "locked");
    run(db, "COMMIT");
    sqlite3_close(db);
    put(store, "k", "x", LATER);
}

static void removed(void **state)
{
    (void)state;
    put(store, "k", "x", LATER);
    assert_int_equal(unlink(file), 0);
    assert_value(store, "k", NULL);
    put(store, "k", "again", LATER);
    fx_state_close(store);
    store = state_sqlite(file, 1000);
    assert_value(store, "k", "again");
    clear_folder();
    assert_due(store, INT64_MAX, 10, "");
}

/* Another store is moved to the place, and what was there aside. */
static void replaced(void **state)
{
    char aside[300];
    (void)state;
    path_of("aside", aside);
    put(store, "k", "first", LATER);
    fx_state_close(store);
    assert_int_equal(rename(file, aside), 0);
    store = state_sqlite(file, 1000);
    put(store, "k", "second", LATER);
    assert_value(store, "k", "second");
    assert_int_equal(rename(aside, file), 0);
    struct act a = get(store, "k");
    assert_true(a.was_there);
    put(store, "m", "there", LATER);
    fx_state_close(store);
    store = state_sqlite(file, 1000);
    assert_value(store, "m", "there");
}

static void full(void **state)
{
    static char long_value[60000];
    struct rlimit before, small = {.rlim_cur = 0};
    struct stat st;
    char key[16];
    bool failed = false;
    (void)state;
    put(store, "k", "before", LATER);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    small.rlim_cur = 200000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    memset(long_value, 'v', sizeof long_value);
    for (int i = 0; i < 40 && !failed; i++) {
        (void)snprintf(key, sizeof key, "l%d", i);
        failed = !try_put(store, key, fx_slice(long_value, sizeof long_value), LATER);
    }
    assert_true(failed);
    if (strstr(fx_state_why(store), "full") == NULL &&
        strstr(fx_state_why(store), "disk I/O") == NULL)
        fail_msg("%s", fx_state_why(store));
    assert_value(store, "k", "before");
    assert_value(store, key, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    put(store, key, "room", LATER);
    assert_value(store, key, "room");
}

static void read_only(void **state)
{
    (void)state;
    if (geteuid() == 0) /* whom no mode keeps out */
        return;
    put(store, "k", "x", LATER);
    fx_state_close(store);
    store = state_sqlite(file, 1000);
    assert_int_equal(chmod(file, 0400), 0);
    assert_fails("k", "readonly");
    assert_int_equal(chmod(file, 0600), 0);
    put(store, "k", "y", LATER);
}

/* Values that are no text and no number, put in by hand. */
static void strange_values(void **state)
{
    (void)state;
    put(store, "k", "x", LATER);
    run_once("INSERT INTO state (key, value, due) VALUES ('text', 'abc', 1), ('real', 2.5, 2), "
             "('zero', zeroblob(0), 3), ('late', x'00', 'never')");
    assert_value(store, "text", "abc");
    assert_value(store, "zero", "");
    assert_due(store, 3, 10, "text real zero");
    assert_true(get(store, "late").was_there);
    put(store, "real", "mended", LATER);
    assert_value(store, "real", "mended");
}

/* What somebody has put into the file beside the values is not run. */
static void triggers(void **state)
{
    (void)state;
    put(store, "k1", "one", 10);
    run_once("CREATE TRIGGER t BEFORE INSERT ON state BEGIN SELECT RAISE(IGNORE); END");
    put(store, "k2", "two", 20);
    assert_value(store, "k2", "two");
}

/* Many too many, as after a smaller limits.state_entries: they go, but not with one change. */
static void far_too_many(void **state)
{
    (void)state;
    put(store, "k1", "one", 10);
    run_once("WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 5000) "
             "INSERT INTO state SELECT 'm' || x, x'00', 1000000 - x FROM c");
    put(store, "k2", "two", 2000000);
    assert_true(get(store, "m2000").was_there);
    for (int i = 0; i < 10; i++)
        put(store, "k2", "two", 2000000);
    assert_value(store, "k2", "two");
    assert_false(get(store, "m2000").was_there);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)
    const struct CMUnitTest tests[] = {
        TEST(made_private),   TEST(no_folder),
        TEST(not_a_database), TEST(a_folder),
        TEST(of_another),     TEST(of_another_version),
        TEST(locked),         TEST(locked_at_first),
        TEST(removed),        TEST(replaced),
        TEST(full),           TEST(read_only),
        TEST(strange_values), TEST(triggers),
        TEST(far_too_many),
    };
    (void)signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
