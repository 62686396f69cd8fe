/* state - what outlives a session: short values under keys, each until a time.
 *
 * One interface, several stores: memory (here), SQLite and Redis (milter/). What is in the
 * values is nobody's business here; trail.h knows it. A store is used by one thread at a time;
 * Redis and SQLite may be shared with other processes, and a change is atomic for all of them.
 */
#ifndef FX_STATE_H
#define FX_STATE_H

#include "text.h"

/* A key: a letter for the kind and 64 hex digits, and NUL. */
#define FX_STATE_KEY 66
/* The longest value. */
#define FX_STATE_VALUE_MAX ((size_t)512 * 1024)

/* What is stored under a key. bytes absent: nothing. due: when it is to be looked at again,
 * microseconds since 1970; whoever holds many values gives up the one that is due first. */
struct fx_state_value {
    struct fx_slice bytes;
    int64_t due;
};

/* One change: is given what there is (bytes absent: nothing), and says in *fresh what shall be
 * there; *fresh is nothing when it is called. False: it stays as it is. May be called again for
 * the same change when another process was faster, with what is there then, so it must begin
 * anew each time. fresh->bytes need to last until the next call or the end of the change, and
 * may be part of old->bytes. */
typedef bool fx_state_step(void *arg, const struct fx_state_value *old,
                           struct fx_state_value *fresh);

struct fx_state;

/* What a store can do. The functions return false when the store failed: nothing was changed,
 * as far as can be known, and fx_state_why says why. None waits longer than a few seconds. A
 * store opens what it needs at its first use and whenever that is gone, so it works again by
 * itself when the cause of a failure is gone. */
struct fx_state_class {
    const char *name; /* as in state.backend */
    bool (*change)(struct fx_state *state, const char *key, fx_state_step *step, void *arg);
    /* The keys of up to max values with due <= now, those due longest first. */
    bool (*due)(struct fx_state *state, int64_t now, size_t max, char (*keys)[FX_STATE_KEY],
                size_t *count);
    void (*close)(struct fx_state *state);
    /* Both NULL: each change is a step of its own. */
    bool (*begin)(struct fx_state *state);
    bool (*end)(struct fx_state *state, bool keep);
};

/* The beginning of every store. */
struct fx_state {
    const struct fx_state_class *is;
    uint64_t given_up; /* values, because there were too many; grows */
    char why[256]; /* the last call failed: why, one line without line end; else "" */
};

/* A store that lives as long as the process: at most max values (1 or more). NULL: no memory.
 */
struct fx_state *fx_state_memory(size_t max);

/* key: 1 to FX_STATE_KEY - 1 characters. A value longer than FX_STATE_VALUE_MAX is a failure.
 */
bool fx_state_change(struct fx_state *state, const char *key, fx_state_step *step, void *arg);
bool fx_state_due(struct fx_state *state, int64_t now, size_t max, char (*keys)[FX_STATE_KEY],
                  size_t *count);

/* Where the store can do that, all changes between begin and end are one step: with `keep` all
 * of them are there after it, else, or when one or the end itself failed, none. Nobody else can
 * change anything meanwhile, so it should be short. With other stores each change is a step of
 * its own all the same, and these two do nothing. Nothing but changes may come between. Every
 * begin that gave true has its end; one that keeps nothing leaves fx_state_why as it was. */
bool fx_state_joins(const struct fx_state *state);
bool fx_state_begin(struct fx_state *state);
bool fx_state_end(struct fx_state *state, bool keep);

const char *fx_state_why(const struct fx_state *state);
void fx_state_close(struct fx_state *state); /* NULL allowed */

/* For stores: sets why to "where: what", cut, with ? for what is not printable ASCII; where may
 * be NULL. Returns false. */
bool fx_state_failed(struct fx_state *state, const char *where, const char *what);

#endif
