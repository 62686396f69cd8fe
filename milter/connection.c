/* connection - see connection.h. */
#include "connection.h"

#include "clock.h"
#include "hold.h"
#include "io.h"
#include "log.h"
#include "say.h"
#include "snapshot.h"
#include "state_thread.h"
#include "workplaces.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct connection {
    struct connection *next, **link; /* under connections_lock */
    pthread_mutex_t busy;            /* held while an event is fed */
    bool cut;                        /* under busy */
    bool place;                      /* to hold its answer; while an event is fed */
    bool at_work;                    /* its engine has a workplace */
    bool over;                       /* and needs it no more once the answer is out */
    struct state_waiting *sighting;  /* under busy; of the message that ended last, or NULL */
    atomic_bool sighted;             /* changed under busy: there was a message to follow */
    uint64_t crowd,
        most; /* it is one too many: of how many, and how many there may be; else 0 */
    struct snapshot *snapshot;
    struct fx_engine *engine;
    struct negotiated terms;
};

static atomic_bool door_closed;
static pthread_mutex_t connections_lock = PTHREAD_MUTEX_INITIALIZER;
/* under connections_lock */
static struct connection *connections;
static unsigned long live;
static uint64_t turned_away; /* since it was told */
static int64_t tell_after;
/* The next session on the same socket follows its close at once. */
#define KEPT 64
#define TELL_MS 60000
static struct kept {
    const void *key; /* NULL: none */
    struct negotiated terms;
    struct snapshot *snapshot; /* counted */
} kept[KEPT];
static size_t kept_next;

static bool emit(void *arg, struct fx_record *record)
{
    (void)arg;
    return log_write(record);
}

static void pass_on(struct connection *c, bool taken)
{
    if (!c->sighted)
        return;
    c->sighted = false;
    if (c->sighting == NULL || taken || !c->sighting->sighting.sent)
        state_see(c->sighting);
    else
        state_waiting_free(c->sighting);
    c->sighting = NULL;
}

/* Kept until it is known what became of the answer. */
static void sight(void *arg, struct fx_sighting *sighting)
{
    struct connection *c = arg;
    pass_on(c, true);
    c->sighting = malloc(sizeof *c->sighting);
    if (c->sighting != NULL)
        *c->sighting = (struct state_waiting){.sighting = *sighting};
    else
        fx_sighting_finish(sighting);
    c->sighted = true;
}

/* Every Nth of a ruleset, as far as there is a place for it. */
static enum fx_hold ask_hold(void *arg, const struct fx_ruleset *rules)
{
    struct connection *c = arg;
    if (snapshot_turn(c->snapshot, rules) % (uint64_t)rules->end_of_data.every != 0)
        return FX_HOLD_NO;
    enum hold_place place = hold_take(rules->end_of_data.max_held);
    c->place = place == HOLD_PLACE;
    return place == HOLD_ENDED ? FX_HOLD_NO : c->place ? FX_HOLD_YES : FX_HOLD_FULL;
}

static bool random_id(char id[33])
{
    unsigned char bytes[16];
    if (RAND_bytes(bytes, (int)sizeof bytes) != 1)
        return false;
    fx_hex(bytes, sizeof bytes, id);
    return true;
}

/* A place among those there may be. *crowd: 0; else that there is none, and how many there
 * would be. *most: how many there may be. */
static void enter(const struct snapshot *snapshot, uint64_t *crowd, uint64_t *most)
{
    uint64_t share = io_files_share();
    *most = snapshot == NULL ? share : snapshot_config(snapshot)->policy->limits.connections;
    if (*most > share)
        *most = share;
    pthread_mutex_lock(&connections_lock);
    *crowd = live < *most ? 0 : (uint64_t)live + 1;
    if (*crowd == 0)
        live++;
    pthread_mutex_unlock(&connections_lock);
}

static void leave(uint64_t crowd)
{
    pthread_mutex_lock(&connections_lock);
    if (crowd == 0)
        live--;
    pthread_mutex_unlock(&connections_lock);
}

/* Not once for each: a flood is not to fill the system's log. on_error: what becomes of them.
 */
static void tell_turned_away(uint64_t most, enum fx_failure on_error)
{
    static const char *const become[] = {[FX_FAILURE_TEMPFAIL] = "deferred",
                                         [FX_FAILURE_ACCEPT] = "let through, not judged",
                                         [FX_FAILURE_REJECT] = "refused"};
    int64_t now = clock_ms();
    pthread_mutex_lock(&connections_lock);
    uint64_t count = ++turned_away;
    bool tell = now >= tell_after;
    if (tell) {
        tell_after = now + TELL_MS;
        turned_away = 0;
    }
    pthread_mutex_unlock(&connections_lock);
    if (tell)
        say(LOG_WARNING, "limits.connections: %" PRIu64 " are open; further ones %s: %" PRIu64,
            most, become[on_error], count);
}

/* Takes over the snapshot, whatever becomes of it; and the place. */
static struct connection *create(struct snapshot *snapshot, const struct negotiated *terms,
                                 uint64_t crowd, uint64_t most)
{
    char id[33];
    struct connection *c = calloc(1, sizeof *c);
    if (c == NULL) {
        snapshot_release(snapshot);
        leave(crowd);
        return NULL;
    }
    c->snapshot = snapshot;
    c->crowd = crowd;
    c->most = most;
    if (c->snapshot != NULL && random_id(id))
        c->engine =
            fx_engine_create(snapshot_config(c->snapshot)->policy, id,
                             &(struct fx_engine_hooks){
                                 .emit = emit, .sight = sight, .hold = ask_hold, .arg = c});
    if (c->engine == NULL || pthread_mutex_init(&c->busy, NULL) != 0) {
        fx_engine_destroy(c->engine);
        snapshot_release(c->snapshot);
        leave(crowd);
        free(c);
        return NULL;
    }
    pthread_mutex_lock(&connections_lock);
    c->next = connections;
    c->link = &connections;
    if (c->next != NULL)
        c->next->link = &c->next;
    connections = c;
    pthread_mutex_unlock(&connections_lock);
    connection_set_terms(c, terms);
    return c;
}

struct connection *connection_create(void)
{
    const struct negotiated terms = negotiate_not();
    struct snapshot *snapshot = snapshot_acquire();
    uint64_t crowd, most;
    enter(snapshot, &crowd, &most);
    if (crowd == 0)
        return create(snapshot, &terms, crowd, most);
    snapshot_release(snapshot);
    return NULL; /* it is seen to at CONNECT */
}

/* Takes what is kept under a key out of its place. Under connections_lock. */
static struct kept take_kept(const void *key)
{
    struct kept found = {.terms = negotiate_not()};
    for (size_t i = 0; i < KEPT; i++) {
        if (kept[i].key != key)
            continue;
        found = kept[i];
        kept[i] = (struct kept){0};
    }
    return found;
}

struct connection *connection_create_after(const void *key)
{
    pthread_mutex_lock(&connections_lock);
    struct kept before = take_kept(key);
    pthread_mutex_unlock(&connections_lock);
    struct snapshot *snapshot = snapshot_acquire();
    if (before.snapshot == NULL || snapshot == NULL ||
        negotiate_covers(&before.terms, snapshot_config(snapshot)->policy)) {
        snapshot_release(before.snapshot);
    } else {
        snapshot_release(snapshot);
        snapshot = before.snapshot;
    }
    uint64_t crowd, most;
    enter(snapshot, &crowd, &most);
    if (crowd > 0)
        tell_turned_away(most, snapshot == NULL ? FX_FAILURE_TEMPFAIL
                                                : snapshot_config(snapshot)->policy->on_error);
    return create(snapshot, &before.terms, crowd, most);
}

bool connection_turns_away(const struct connection *c, struct fx_event *event)
{
    event->connections = c->crowd;
    event->connections_most = c->most;
    return c->crowd > 0;
}

void connection_destroy(struct connection *c)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&connections_lock);
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    pthread_mutex_unlock(&connections_lock);
    pass_on(c, false);
    if (c->at_work)
        workplaces_give(fx_engine_vacate(c->engine));
    pthread_mutex_destroy(&c->busy);
    fx_engine_destroy(c->engine);
    snapshot_release(c->snapshot);
    leave(c->crowd);
    free(c);
}

static void begin_work(struct connection *c)
{
    struct fx_workplace *w = workplaces_take();
    c->at_work = fx_engine_occupy(c->engine, w);
    if (!c->at_work)
        fx_workplace_destroy(w);
}

bool connection_feed(struct connection *c, struct fx_event *event, struct fx_decision *decision)
{
    event->time = clock_now();
    pthread_mutex_lock(&c->busy);
    bool alive = !c->cut;
    c->place = false;
    if (alive && event->kind == FX_EVENT_MAIL && !c->at_work)
        begin_work(c);
    if (alive)
        *decision = fx_engine_feed(c->engine, event);
    if (c->place && decision->hold_seconds == 0) /* its record was not written */
        hold_give_back();
    c->over = c->at_work && fx_engine_idle(c->engine);
    pthread_mutex_unlock(&c->busy);
    return alive;
}

void connection_follow(struct connection *c, bool taken)
{
    if (!c->sighted && !c->over) /* most events end no message */
        return;
    pthread_mutex_lock(&c->busy);
    pass_on(c, taken);
    if (c->over && fx_engine_idle(c->engine)) {
        workplaces_give(fx_engine_vacate(c->engine));
        c->at_work = c->over = false;
    }
    pthread_mutex_unlock(&c->busy);
}

const struct fx_session *connection_session(const struct connection *c)
{
    return fx_engine_session(c->engine);
}

const struct fx_policy *connection_policy(const struct connection *c)
{
    return snapshot_config(c->snapshot)->policy;
}

const struct negotiated *connection_terms(const struct connection *c)
{
    return &c->terms;
}

void connection_set_terms(struct connection *c, const struct negotiated *terms)
{
    c->terms = *terms;
    fx_engine_allow(c->engine, terms->may_tag, terms->may_lose);
}

void connection_keep(const struct connection *c, const void *key)
{
    struct snapshot *snapshot = snapshot_again(c->snapshot);
    pthread_mutex_lock(&connections_lock);
    struct kept oldest = kept[kept_next];
    kept[kept_next] = (struct kept){key, c->terms, snapshot};
    kept_next = (kept_next + 1) % KEPT;
    pthread_mutex_unlock(&connections_lock);
    snapshot_release(oldest.snapshot);
}

void connection_forget(const void *key)
{
    pthread_mutex_lock(&connections_lock);
    struct kept outdated = take_kept(key);
    pthread_mutex_unlock(&connections_lock);
    snapshot_release(outdated.snapshot);
}

enum fx_failure connection_on_error(const struct connection *c)
{
    if (c != NULL)
        return connection_policy(c)->on_error;
    struct snapshot *snapshot = snapshot_acquire();
    enum fx_failure answer =
        snapshot == NULL ? FX_FAILURE_TEMPFAIL : snapshot_config(snapshot)->policy->on_error;
    snapshot_release(snapshot);
    return answer;
}

void connection_close_door(void)
{
    door_closed = true;
}

bool connection_door_closed(void)
{
    return door_closed;
}

unsigned long connection_live(void)
{
    pthread_mutex_lock(&connections_lock);
    unsigned long n = live;
    pthread_mutex_unlock(&connections_lock);
    return n;
}

void connection_cut_all(void)
{
    pthread_mutex_lock(&connections_lock);
    for (struct connection *c = connections; c != NULL; c = c->next) {
        struct fx_event event = {.kind = FX_EVENT_CLOSE, .time = clock_now(), .cut = true};
        pthread_mutex_lock(&c->busy);
        if (!c->cut && fx_engine_session(c->engine)->began.wall != 0)
            fx_engine_feed(c->engine, &event);
        c->cut = true;
        pthread_mutex_unlock(&c->busy);
    }
    pthread_mutex_unlock(&connections_lock);
}
