/* state_thread - see state_thread.h. */
#include "state_thread.h"

#include "clock.h"
#include "log.h"
#include "say.h"
#include "snapshot.h"
#include "state_queue.h"
#include "state_redis.h"
#include "state_sqlite.h"
#include "trail.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How often it is looked for what is due. */
#define LOOK_MS 1000
/* From one change of the store to the next: what comes meanwhile is one step together, and
 * wakes nobody. So many sightings at most, since others who use the store wait for it. */
#define GATHER_MS 50
#define WORK_MAX 256
/* After a failure; twice as long after each further one. */
#define PAUSE_MIN_MS 500
#define PAUSE_MAX_MS 4000
#define SLOW_SAY_MS 60000
/* A store that fails and works in turns is not said more often. */
#define FAIL_SAY_MS 20000
/* At the end: for what is queued, and for the thread itself. */
#define WORK_OFF_MS 1500
#define STOP_MS 2000
/* Answers that the log did not take. */
#define LEFT_MAX 256
/* Answers that are not true before the step is done: more than what is due at once can give. */
#define TOLD_MAX 2048
/* What one sighting can give. */
#define TOLD_BY_ONE 64
/* So long nothing has to be given up for the next time to be told again. */
#define CROWDED_MS 600000

/* All of the thread, but where a lock is named. */
static struct fx_state *store;
static struct fx_record record;
static struct state_waiting *in_work; /* taken, not done with; in their order */
static bool took_all;                 /* of what waited then */
static struct fx_later *told;
static size_t told_count;
static int64_t look_at, gather_until, pause_until, pause_ms = PAUSE_MIN_MS, slow_said_at;
static bool failing, failure_said;
static int64_t failure_said_at = -FAIL_SAY_MS;
static uint64_t unanswered; /* messages */
static struct fx_later *left;
static size_t left_count;
static uint64_t left_out; /* answers */
static size_t entries_max;
static int64_t crowded_until; /* values were given up, and it is told */
static bool crowding;         /* `crowd` is of the step that is being done */
static struct fx_later crowd;

static bool running; /* of the thread that starts and stops it */
static int64_t stop_until;
static pthread_mutex_t end_lock = PTHREAD_MUTEX_INITIALIZER;
static bool ended;     /* under end_lock */
static bool abandoned; /* under end_lock: the thread is not waited for any longer */

/* ---- answers ---- */

/* end_lock is held meanwhile, so that none comes behind the stop record. */
static bool write_answer(const struct fx_later *answer)
{
    const struct fx_time now = clock_now();
    pthread_mutex_lock(&end_lock);
    bool written = !abandoned && fx_record_later(&record, &now, answer) && log_try(&record);
    pthread_mutex_unlock(&end_lock);
    return written;
}

static void take_answer(const struct fx_later *answer)
{
    if (left_count == 0 && write_answer(answer))
        return;
    if (left_count < LEFT_MAX)
        left[left_count++] = *answer;
    else
        left_out++;
}

static void collect(void *arg, const struct fx_later *answer)
{
    (void)arg;
    if (told_count < TOLD_MAX)
        told[told_count++] = *answer;
}

/* The step is over; of a store that joins changes nothing is true where it failed. */
static void settle_answers(bool worked)
{
    for (size_t i = 0; i < told_count && (worked || !fx_state_joins(store)); i++)
        take_answer(&told[i]);
    told_count = 0;
}

static void write_left(void)
{
    size_t done = 0;
    while (done < left_count && write_answer(&left[done]))
        done++;
    if (done == 0)
        return;
    left_count -= done;
    memmove(left, left + done, left_count * sizeof *left);
    if (left_out > 0 && left_count == 0) {
        say(LOG_WARNING, "state store: %" PRIu64 " answers could not be written into the log",
            left_out);
        left_out = 0;
    }
}

/* ---- the store, and when it fails ---- */

static void store_failed(void)
{
    int64_t now = clock_ms();
    if (!failure_said && now >= failure_said_at + FAIL_SAY_MS) {
        say(LOG_WARNING,
            "state store: %s; mail goes on, recipient-truncation and duplicate-delivery wait",
            fx_state_why(store));
        failure_said = true;
        failure_said_at = now;
    }
    failing = true;
    pause_until = now + pause_ms;
    pause_ms = pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause_ms * 2;
}

static void store_works(void)
{
    if (!failing)
        return;
    failing = false;
    if (failure_said) {
        unanswered += state_queue_dropped();
        if (unanswered > 0)
            say(LOG_NOTICE, "state store: works again; %" PRIu64 " messages got no answer",
                unanswered);
        else
            say(LOG_NOTICE, "state store: works again");
        unanswered = 0;
    }
    failure_said = false;
    pause_ms = PAUSE_MIN_MS;
}

/* Whether what was asked of the store is done with: it worked, or it is not the store that
 * failed, and trying again would not help. */
static bool done_with(bool worked)
{
    if (worked) {
        store_works();
        return true;
    }
    if (fx_state_why(store)[0] != '\0') {
        store_failed();
        return false;
    }
    unanswered++;
    return true;
}

/* The times of the policy in force; false: there is none. */
static bool terms_now(struct fx_trail_terms *terms)
{
    struct snapshot *snapshot = snapshot_acquire();
    if (snapshot == NULL)
        return false;
    const struct fx_settings *settings = &snapshot_config(snapshot)->settings;
    terms->lost_after = settings->state.lost_after_seconds * 1000000;
    terms->remember = settings->state.remember_seconds * 1000000;
    snapshot_release(snapshot);
    return true;
}

static void look_for_due(void)
{
    bool more = false;
    bool good = fx_trail_wait(store, clock_now().wall, collect, NULL, &more);
    settle_answers(good);
    /* a store that can be read is not one that can be written: what failed has to work */
    if (!good || in_work == NULL)
        good = done_with(good);
    look_at = clock_ms() + (good && more ? 0 : LOOK_MS);
}

/* There was no room for what this message leaves behind; of a step the first is told. */
static void note_crowd(const struct fx_sighting *s, uint64_t given_up)
{
    if (given_up == 0 || !s->limits || crowding)
        return;
    crowding = true;
    crowd = (struct fx_later){.rule = FX_RULE_LIMIT_EXCEEDED,
                              .message = s->message,
                              .mode = s->mode,
                              .detail = fx_limit_row(FX_LIMIT_STATE_ENTRIES)->beyond,
                              .count = entries_max + given_up,
                              .limit = entries_max};
    memcpy(crowd.session, s->session, sizeof crowd.session);
    memcpy(crowd.queue_id, s->queue_id, sizeof crowd.queue_id);
    memcpy(crowd.profile, s->profile, sizeof crowd.profile);
    memcpy(crowd.host, s->host, sizeof crowd.host);
}

/* Told when it begins; it is over when nothing was given up for some time. */
static void tell_crowd(bool worked)
{
    int64_t now = clock_ms();
    if (crowding && worked && now >= crowded_until) {
        say(LOG_WARNING, "state store: it is full (limits.state_entries); what is due first is "
                         "given up");
        take_answer(&crowd);
    }
    if (crowding && worked)
        crowded_until = now + CROWDED_MS;
    crowding = false;
}

/* Sees as many as one step may have. *seen: how many of those in work are done with when it has
 * worked, *skipped: how many of these for want of memory. false: the store failed. */
static bool see_together(const struct fx_trail_terms *terms, size_t *seen, uint64_t *skipped)
{
    bool good = fx_state_begin(store);
    bool began = good;
    *seen = *skipped = 0;
    for (const struct state_waiting *w = in_work; good && w != NULL; w = w->next) {
        uint64_t given_up = store->given_up;
        if (!fx_trail_see(store, &w->sighting, terms, collect, NULL)) {
            good = fx_state_why(store)[0] == '\0'; /* trying again would not help */
            *skipped += good ? 1 : 0;
        }
        *seen += 1;
        note_crowd(&w->sighting, store->given_up - given_up);
        if (!fx_state_joins(store) || told_count > TOLD_MAX - TOLD_BY_ONE)
            break;
    }
    return began && fx_state_end(store, good) && good;
}

static void take_work(void)
{
    size_t count = 0;
    in_work = state_queue_take(WORK_MAX);
    for (const struct state_waiting *w = in_work; w != NULL; w = w->next)
        count++;
    took_all = count < WORK_MAX;
}

static void see_some(void)
{
    struct fx_trail_terms terms;
    size_t seen;
    uint64_t skipped;
    if (!terms_now(&terms))
        return;
    if (in_work == NULL)
        take_work();
    if (in_work == NULL)
        return;
    bool good = see_together(&terms, &seen, &skipped);
    settle_answers(good);
    tell_crowd(good);
    if (!good) {
        store_failed();
        return;
    }
    gather_until = clock_ms() + GATHER_MS;
    unanswered += skipped;
    store_works();
    for (; seen > 0; seen--) {
        struct state_waiting *w = in_work;
        in_work = w->next;
        state_waiting_free(w);
    }
}

/* Nothing failed, and yet there was no room for all. */
static void say_slow(int64_t now)
{
    if (failing || now < slow_said_at + SLOW_SAY_MS)
        return;
    unanswered += state_queue_dropped();
    if (unanswered == 0)
        return;
    say(LOG_WARNING, "state store: too slow, or no memory: %" PRIu64 " messages got no answer",
        unanswered);
    unanswered = 0;
    slow_said_at = now;
}

/* ---- the thread ---- */

static void turn(int64_t now)
{
    if (now >= look_at)
        write_left();
    if (now < pause_until) {
        look_at = now >= look_at ? now + LOOK_MS : look_at;
        return;
    }
    if (now >= look_at)
        look_for_due();
    if (now >= pause_until)
        see_some();
    say_slow(now);
}

/* Until there is something to do. */
static void rest(void)
{
    int64_t now = clock_ms();
    bool failed = now < pause_until;
    if (!failed && (in_work != NULL || !took_all))
        return;
    int64_t from = failed ? pause_until : gather_until;
    if (now < from)
        state_queue_wait(from < look_at ? from : look_at, false);
    if (!failed)
        state_queue_wait(look_at, true);
}

/* Sessions that are over, and what of them could not be seen to any more. */
static void count_rest(void)
{
    unanswered += state_queue_dropped();
    while (in_work != NULL || (in_work = state_queue_take(WORK_MAX)) != NULL) {
        struct state_waiting *w = in_work;
        in_work = w->next;
        state_waiting_free(w);
        unanswered++;
    }
    write_left();
    if (unanswered > 0)
        say(LOG_WARNING, "state store: %" PRIu64 " messages got no answer", unanswered);
    if (left_count + left_out > 0)
        say(LOG_WARNING, "state store: %" PRIu64 " answers could not be written into the log",
            left_count + left_out);
}

/* Until something fails, be it for the first time; what is due is for the next start. */
static void work_off(void)
{
    do {
        see_some();
        if (in_work == NULL)
            take_work();
    } while (!failing && in_work != NULL && clock_ms() < stop_until);
}

static void *work(void *unused)
{
    while (!state_queue_closed()) {
        turn(clock_ms());
        rest();
    }
    work_off();
    count_rest();
    fx_state_close(store);
    fx_record_finish(&record);
    pthread_mutex_lock(&end_lock);
    ended = true;
    pthread_mutex_unlock(&end_lock);
    return unused;
}

static struct fx_state *create_store(const struct fx_settings *settings)
{
    size_t max = entries_max = (size_t)settings->state.entries;
    struct fx_state_uri uri;
    /* the reader has parsed it before */
    if (strcmp(settings->state.backend, "redis") == 0)
        return fx_state_uri_parse(fx_slice_str(settings->state.uri), &uri) == NULL
                   ? state_redis(&uri, max)
                   : NULL;
    if (strcmp(settings->state.backend, "memory") == 0)
        return fx_state_memory(max);
    return state_sqlite(settings->state.path, max);
}

bool state_start(const struct fx_settings *settings)
{
    fx_record_init(&record);
    left = calloc(LEFT_MAX, sizeof *left);
    told = calloc(TOLD_MAX, sizeof *told);
    crowded_until = INT64_MIN;
    store = create_store(settings);
    pthread_t thread;
    running = left != NULL && told != NULL && store != NULL && state_queue_open() &&
              pthread_create(&thread, NULL, work, NULL) == 0;
    if (running)
        pthread_detach(thread);
    return running;
}

void state_see(struct state_waiting *sighting)
{
    state_queue_put(sighting);
}

void state_stop(void)
{
    const struct timespec moment = {.tv_nsec = 5000000};
    bool over = false;
    if (!running)
        return;
    stop_until = clock_ms() + WORK_OFF_MS;
    state_queue_close();
    for (int64_t until = clock_ms() + STOP_MS; !over && clock_ms() < until;) {
        nanosleep(&moment, NULL);
        pthread_mutex_lock(&end_lock);
        over = ended;
        pthread_mutex_unlock(&end_lock);
    }
    pthread_mutex_lock(&end_lock);
    abandoned = true;
    pthread_mutex_unlock(&end_lock);
    if (!over)
        say(LOG_WARNING, "state store: it does not answer; not waited for any longer");
}
