/* state_sqlite - see state_sqlite.h.
 *
 * https://www.sqlite.org/c3ref/intro.html, https://www.sqlite.org/lockingv3.html. With a
 * rollback journal a commit waits for the disk, some twenty times a second at most, and in a
 * thread that nobody waits for. WAL mode would not wait, but maps a file into memory (-shm)
 * that all who use the store share: who cuts that file, or has no room for it, kills us by
 * SIGBUS.
 */
#include "state_sqlite.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Others write for a moment; who holds the file longer is a failure. */
#define BUSY_MS 200
/* The file says whose it is: "fxup", and the version of the table. */
#define APPLICATION 0x66787570
#define VERSION 1
/* Of those over the bound, so many go with one change. */
#define SHRINK_MAX 1000

enum statement {
    BEGIN,
    COMMIT,
    ROLLBACK,
    GET,
    PUT,
    DELETE,
    DUE,
    SHRINK,
    COUNT,
    SEEN,
    STATEMENTS
};

static const char *const texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [GET] = "SELECT value, due FROM state WHERE key = ?1",
    [PUT] = "INSERT INTO state (key, value, due) VALUES (?1, ?2, ?3) "
            "ON CONFLICT (key) DO UPDATE SET value = ?2, due = ?3",
    [DELETE] = "DELETE FROM state WHERE key = ?1",
    [DUE] = "SELECT key FROM state WHERE due <= ?1 ORDER BY due, key LIMIT ?2",
    [SHRINK] = "DELETE FROM state WHERE key IN "
               "(SELECT key FROM state ORDER BY due, key LIMIT ?1)",
    [COUNT] = "SELECT count(*) FROM state",
    /* another number when somebody else has written */
    [SEEN] = "PRAGMA data_version",
};

static const char table[] =
    "CREATE TABLE state (key TEXT PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 65), "
    "value BLOB NOT NULL, due INTEGER NOT NULL);"
    "CREATE INDEX state_due ON state (due, key)";

struct sqlite {
    struct fx_state state; /* first: it is the handle */
    size_t max;
    sqlite3 *db; /* NULL: not open */
    sqlite3_stmt *prepared[STATEMENTS];
    struct stat file;    /* what was opened */
    int64_t count, seen; /* values there are, and SEEN when they were counted; -1: not yet */
    bool joined;         /* several changes are under way; without db: one of them failed */
    char path[];
};

/* ---- failing ---- */

static void close_file(struct sqlite *s)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(s->prepared[i]);
        s->prepared[i] = NULL;
    }
    sqlite3_close_v2(s->db);
    s->db = NULL;
}

/* Says what went wrong with SQLite's words, and those of the system where it has some. */
static bool failed(struct sqlite *s)
{
    char what[200];
    int error = sqlite3_system_errno(s->db), code = sqlite3_errcode(s->db);
    bool system = error != 0 && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN);
    (void)snprintf(what, sizeof what, "%s%s%s", sqlite3_errmsg(s->db), system ? ": " : "",
                   system ? strerror(error) : "");
    return fx_state_failed(&s->state, s->path, what);
}

/* The same, and begins anew with the next use: an error may have left the connection half-way,
 * and the file may have become another. */
static bool give_up(struct sqlite *s)
{
    failed(s);
    close_file(s);
    return false;
}

/* ---- opening ---- */

static bool run(struct sqlite *s, const char *sql)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool number_of(struct sqlite *s, const char *sql, int64_t *out)
{
    sqlite3_stmt *query = NULL;
    bool good = sqlite3_prepare_v2(s->db, sql, -1, &query, NULL) == SQLITE_OK &&
                sqlite3_step(query) == SQLITE_ROW;
    if (good)
        *out = sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    return good;
}

enum owner { OURS, NOBODY, ANOTHER, UNKNOWN };

/* Reads only: nothing of another's file is changed. */
static enum owner whose(struct sqlite *s)
{
    char what[100];
    int64_t application, version, tables;
    if (!number_of(s, "PRAGMA application_id", &application) ||
        !number_of(s, "PRAGMA user_version", &version) ||
        !number_of(s, "SELECT count(*) FROM sqlite_master", &tables)) {
        failed(s);
        return UNKNOWN;
    }
    if (application == APPLICATION && version == VERSION)
        return OURS;
    if (application == 0 && version == 0 && tables == 0)
        return NOBODY;
    if (application == APPLICATION)
        (void)snprintf(what, sizeof what, "is a state store of version %lld, not %d",
                       (long long)version, VERSION);
    else
        (void)snprintf(what, sizeof what, "is the database of another program");
    fx_state_failed(&s->state, s->path, what);
    return ANOTHER;
}

/* Two processes may come at the same time: who is second finds it done. */
static bool make_table(struct sqlite *s)
{
    char mark[100];
    (void)snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   APPLICATION, VERSION);
    if (!run(s, "BEGIN IMMEDIATE"))
        return failed(s);
    enum owner owner = whose(s);
    bool good = owner == OURS || owner == NOBODY;
    if (owner == NOBODY && !(run(s, table) && run(s, mark)))
        good = failed(s);
    if (good && !run(s, "COMMIT"))
        good = failed(s);
    return good; /* closing rolls back */
}

static bool prepare(struct sqlite *s)
{
    if (!run(s, "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = NORMAL; "
                "PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0"))
        return failed(s);
    for (size_t i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v3(s->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &s->prepared[i],
                               NULL) != SQLITE_OK)
            return failed(s);
    s->count = s->seen = -1;
    return true;
}

/* Made here, since SQLite makes it readable for all; its other files get the same mode. One
 * that is there is not opened: closing it would end the locks of another handle in this
 * process. */
static bool make_file(struct sqlite *s)
{
    if (io_link_of_others(s->path))
        return fx_state_failed(&s->state, s->path, "is a symbolic link of another user");
    int fd = open(s->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0 || errno == EEXIST || fx_state_failed(&s->state, s->path, strerror(errno));
}

static bool same_file(const struct sqlite *s)
{
    struct stat now;
    return stat(s->path, &now) == 0 && now.st_dev == s->file.st_dev &&
           now.st_ino == s->file.st_ino;
}

/* Open, and still the file of that name. */
static bool ready(struct sqlite *s)
{
    if (s->db != NULL && same_file(s))
        return true;
    close_file(s);
    if (!make_file(s))
        return false;
    if (stat(s->path, &s->file) != 0)
        return fx_state_failed(&s->state, s->path, strerror(errno));
    if (!S_ISREG(s->file.st_mode))
        return fx_state_failed(&s->state, s->path, "is not a file");
    bool good = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                NULL) == SQLITE_OK;
    if (s->db == NULL)
        return fx_state_failed(&s->state, s->path, "no memory");
    sqlite3_busy_timeout(s->db, BUSY_MS);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    if (!good)
        return give_up(s);
    enum owner owner = whose(s);
    good = (owner == OURS || (owner == NOBODY && make_table(s))) && prepare(s);
    if (!good)
        close_file(s);
    return good;
}

/* ---- use ---- */

/* Runs a statement without rows, what is bound to it included. */
static bool done(struct sqlite *s, enum statement which)
{
    sqlite3_stmt *p = s->prepared[which];
    int code = sqlite3_step(p);
    sqlite3_reset(p);
    return code == SQLITE_DONE;
}

static bool number_now(struct sqlite *s, enum statement which, int64_t *out)
{
    sqlite3_stmt *p = s->prepared[which];
    bool good = sqlite3_step(p) == SQLITE_ROW;
    if (good)
        *out = sqlite3_column_int64(p, 0);
    sqlite3_reset(p);
    return good;
}

static bool bind_key(struct sqlite *s, enum statement which, const char *key)
{
    return sqlite3_bind_text(s->prepared[which], 1, key, -1, SQLITE_STATIC) == SQLITE_OK;
}

/* Counting looks at every value, so it is done where others have changed something only. */
static bool count_values(struct sqlite *s)
{
    int64_t seen;
    if (!number_now(s, SEEN, &seen))
        return false;
    if (seen == s->seen && s->count >= 0)
        return true;
    s->seen = seen;
    return number_now(s, COUNT, &s->count);
}

static bool put(struct sqlite *s, const char *key, const struct fx_state_value *value)
{
    sqlite3_stmt *p = s->prepared[PUT];
    return bind_key(s, PUT, key) &&
           sqlite3_bind_blob64(p, 2, value->bytes.len > 0 ? value->bytes.ptr : "",
                               value->bytes.len, SQLITE_STATIC) == SQLITE_OK &&
           sqlite3_bind_int64(p, 3, value->due) == SQLITE_OK && done(s, PUT);
}

static bool shrink(struct sqlite *s)
{
    int64_t over = s->count - (int64_t)s->max;
    if (over <= 0)
        return true;
    if (over > SHRINK_MAX)
        over = SHRINK_MAX;
    if (sqlite3_bind_int64(s->prepared[SHRINK], 1, over) != SQLITE_OK || !done(s, SHRINK))
        return false;
    s->count -= over;
    s->state.given_up += (uint64_t)over;
    return true;
}

/* Puts what the step says in the place of `old`; within the transaction. */
static bool store(struct sqlite *s, const char *key, bool was_there,
                  const struct fx_state_value *fresh)
{
    if (fx_slice_told(fresh->bytes)) {
        s->count += was_there ? 0 : 1;
        return put(s, key, fresh) && shrink(s);
    }
    s->count -= was_there ? 1 : 0;
    return !was_there || (bind_key(s, DELETE, key) && done(s, DELETE));
}

/* The step, with what is there; within the transaction. *wanted: it wants a change. What it was
 * given, and may answer with, lasts until the statement is reset. */
static bool change(struct sqlite *s, const char *key, fx_state_step *step, void *arg,
                   bool *wanted)
{
    sqlite3_stmt *p = s->prepared[GET];
    struct fx_state_value old = {.bytes = FX_ABSENT}, fresh;
    if (!bind_key(s, GET, key))
        return false;
    int code = sqlite3_step(p);
    if (code == SQLITE_ROW) {
        const char *bytes = sqlite3_column_blob(p, 0);
        int len = sqlite3_column_bytes(p, 0);
        old.bytes = len > 0 && bytes != NULL ? fx_slice(bytes, (size_t)len) : FX_LIT("");
        old.due = sqlite3_column_int64(p, 1);
    }
    bool good = code == SQLITE_ROW || code == SQLITE_DONE;
    *wanted = good && step(arg, &old, &fresh);
    if (*wanted)
        good = store(s, key, fx_slice_told(old.bytes), &fresh);
    sqlite3_reset(p);
    return good;
}

/* Nobody else writes from here on until the end. */
static bool begin(struct sqlite *s)
{
    return ready(s) && ((done(s, BEGIN) && count_values(s)) || give_up(s));
}

static bool end(struct sqlite *s, bool keep)
{
    return done(s, keep ? COMMIT : ROLLBACK) || give_up(s); /* closing rolls back */
}

static bool sqlite_change(struct fx_state *state, const char *key, fx_state_step *step,
                          void *arg)
{
    struct sqlite *s = (struct sqlite *)state;
    bool wanted = false;
    if (s->joined && s->db == NULL)
        return fx_state_failed(state, s->path, "another change failed before this one");
    if (!s->joined && !begin(s))
        return false;
    if (!change(s, key, step, arg, &wanted))
        return give_up(s);
    return s->joined || end(s, wanted);
}

static bool sqlite_begin(struct fx_state *state)
{
    struct sqlite *s = (struct sqlite *)state;
    s->joined = begin(s);
    return s->joined;
}

static bool sqlite_end(struct fx_state *state, bool keep)
{
    struct sqlite *s = (struct sqlite *)state;
    s->joined = false;
    if (s->db == NULL)
        return !keep || fx_state_failed(state, s->path, "a change failed before");
    if (!keep)
        s->count = -1;
    return end(s, keep);
}

static bool sqlite_due(struct fx_state *state, int64_t now, size_t max,
                       char (*keys)[FX_STATE_KEY], size_t *count)
{
    struct sqlite *s = (struct sqlite *)state;
    sqlite3_stmt *p;
    int code = SQLITE_DONE;
    if (!ready(s))
        return false;
    p = s->prepared[DUE];
    if (sqlite3_bind_int64(p, 1, now) != SQLITE_OK ||
        sqlite3_bind_int64(p, 2, max > INT64_MAX ? INT64_MAX : (int64_t)max) != SQLITE_OK)
        return give_up(s);
    while (*count < max && (code = sqlite3_step(p)) == SQLITE_ROW) {
        const char *key = (const char *)sqlite3_column_text(p, 0);
        size_t len = key == NULL ? 0 : strnlen(key, FX_STATE_KEY);
        if (len > 0 && len < FX_STATE_KEY)
            memcpy(keys[(*count)++], key, len + 1);
    }
    sqlite3_reset(p);
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return true;
    *count = 0;
    return give_up(s);
}

static void sqlite_close(struct fx_state *state)
{
    struct sqlite *s = (struct sqlite *)state;
    close_file(s);
    free(s);
}

struct fx_state *state_sqlite(const char *path, size_t max)
{
    static const struct fx_state_class class = {.name = "sqlite",
                                                .change = sqlite_change,
                                                .due = sqlite_due,
                                                .close = sqlite_close,
                                                .begin = sqlite_begin,
                                                .end = sqlite_end};
    size_t len = strlen(path);
    struct sqlite *s = calloc(1, sizeof *s + len + 1);
    if (s == NULL)
        return NULL;
    s->state.is = &class;
    s->max = max;
    memcpy(s->path, path, len);
    /* no fault: malloc-leak: the store begins with what is given back */
    return &s->state;
}
