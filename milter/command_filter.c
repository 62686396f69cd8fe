/* command_filter - see command_filter.h. The thread: poll(2) over the listener and a bounded
 * number of connections. It alone touches them; others read the counters. */
#include "command_filter.h"

#include "clock.h"
#include "command_peer.h"
#include "say.h"
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Connections accepted in one go, so that a flood does not starve those there are. */
#define ACCEPT_MAX 64
#define PAUSE_MS 1000     /* no descriptors left: try again */
#define SOON_MS 20        /* so long those that are about to be served may take */
#define COMPLAIN_MS 60000 /* one complaint of a kind in this time */

static atomic_bool running;
static _Atomic uint64_t seen[FX_VERB_COUNT], rewritten[FX_VERB_COUNT];

/* of the thread */
static int listener_fd;
static int64_t accept_after;
static struct command_peer *peers[FX_COMMAND_FILTER_CONNECTIONS_MAX];
static struct pollfd polled[1 + FX_COMMAND_FILTER_CONNECTIONS_MAX]; /* 0: the listener */
static size_t peer_count;

/* Peers must not be able to fill the system's log. */
static void complain(int64_t *next, const char *what)
{
    int64_t now = clock_ms();
    if (now < *next)
        return;
    *next = now + COMPLAIN_MS;
    say(LOG_WARNING, "command filter: %s", what);
}

/* ---- answers ---- */

static void rewrite(const struct fx_config *config, const struct fx_socketmap_request *request,
                    struct fx_text *out)
{
    char space[FX_SOCKETMAP_KEPT + 80];
    struct fx_text line;
    fx_text_init_fixed(&line, space, sizeof space);
    struct fx_rewrite r =
        fx_rewrite_line(&config->policy->base, config->settings.command_filter.mark_ehlo,
                        request->key, !request->cut, &line);
    atomic_fetch_add_explicit(&seen[r.verb], 1, memory_order_relaxed);
    if (r.what == FX_REWRITE_NOTHING) {
        fx_socketmap_add_reply(out, FX_SOCKETMAP_NOTFOUND, FX_LIT(""));
        return;
    }
    if (r.what == FX_REWRITE_COMMAND)
        atomic_fetch_add_explicit(&rewritten[r.verb], 1, memory_order_relaxed);
    fx_socketmap_add_reply(out, FX_SOCKETMAP_OK, fx_text_slice(&line));
}

static void answer(const struct fx_socketmap_request *request, struct fx_text *out)
{
    if (!fx_slice_eq(request->name, FX_LIT("verbs"))) {
        fx_socketmap_add_reply(out, FX_SOCKETMAP_PERM,
                               FX_LIT("there is no such map here, only verbs"));
        return;
    }
    struct snapshot *snapshot = snapshot_acquire();
    if (snapshot == NULL) {
        fx_socketmap_add_reply(out, FX_SOCKETMAP_TEMP, FX_LIT("there is no policy"));
        return;
    }
    rewrite(snapshot_config(snapshot), request, out);
    snapshot_release(snapshot);
}

/* ---- connections ---- */

static size_t connections_allowed(void)
{
    struct snapshot *snapshot = snapshot_acquire();
    size_t n = snapshot == NULL
                   ? 0
                   : (size_t)snapshot_config(snapshot)->settings.command_filter.connections;
    snapshot_release(snapshot);
    return n;
}

static void drop_peer(size_t i)
{
    command_peer_destroy(peers[i]);
    peers[i] = peers[--peer_count];
}

enum room { ROOM_NONE, ROOM_SOON, ROOM_MADE };

/* The one that has been idle the longest goes: Postfix keeps a connection for 10 idle seconds,
 * and opens a new one where its own is gone, but once for a command only (dict_sockmap). So
 * none goes that has asked and not been read. */
static enum room make_room(int64_t now)
{
    size_t oldest = peer_count;
    int64_t since, least = INT64_MAX;
    bool soon = false;
    for (size_t i = 0; i < peer_count; i++) {
        enum command_peer_rest rest = command_peer_rest(peers[i], now, &since);
        soon = soon || rest == COMMAND_PEER_SOON;
        if (rest == COMMAND_PEER_IDLE && since < least) {
            least = since;
            oldest = i;
        }
    }
    if (oldest == peer_count)
        return soon ? ROOM_SOON : ROOM_NONE;
    drop_peer(oldest);
    return ROOM_MADE;
}

/* After a reload there may be several too many. */
static enum room room_for_one(size_t allowed, int64_t now)
{
    enum room room = ROOM_MADE;
    while (room == ROOM_MADE && peer_count >= allowed)
        room = make_room(now);
    return room;
}

static void refuse(int fd)
{
    static int64_t next;
    char space[FX_SOCKETMAP_REPLY_MAX(64)];
    struct fx_text reply;
    fx_text_init_fixed(&reply, space, sizeof space);
    fx_socketmap_add_reply(&reply, FX_SOCKETMAP_TEMP, FX_LIT("too many connections"));
    (void)send(fd, reply.data, reply.len, MSG_NOSIGNAL); /* it is closed all the same */
    close(fd);
    complain(&next, "too many connections (limits.command_filter_connections)");
}

static void admit(int fd, int64_t now)
{
    const int on = 1;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* a unix socket needs none */
    struct command_peer *p = command_peer_create(fd, answer, now);
    if (p == NULL)
        close(fd);
    else
        peers[peer_count++] = p;
}

static bool passing(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ECONNABORTED;
}

static void accept_some(int64_t now)
{
    static int64_t next;
    size_t allowed = connections_allowed();
    for (int i = 0; i < ACCEPT_MAX; i++) {
        enum room room = room_for_one(allowed, now);
        if (room == ROOM_SOON) { /* whoever comes waits in the backlog */
            accept_after = now + SOON_MS;
            return;
        }
        int fd = accept(listener_fd, NULL, NULL);
        if (fd < 0 && !passing(errno)) {
            complain(&next, strerror(errno));
            accept_after = now + (make_room(now) == ROOM_MADE ? SOON_MS : PAUSE_MS);
        }
        if (fd < 0)
            return;
        if (room == ROOM_MADE)
            admit(fd, now);
        else
            refuse(fd);
    }
}

/* ---- the thread ---- */

static void give_turns(size_t count, int64_t now)
{
    static int64_t next;
    /* from the end: a dropped one leaves its place to one that had its turn */
    for (size_t i = count; i-- > 0;) {
        const char *fault = NULL;
        short revents = polled[1 + i].revents;
        if (revents == 0 && now < command_peer_deadline(peers[i]))
            continue;
        bool goes_on = command_peer_turn(peers[i], revents, now, &fault);
        if (fault != NULL)
            complain(&next, fault);
        if (!goes_on)
            drop_peer(i);
    }
}

/* Milliseconds for poll(2) until somebody's time is over. */
static int wait_time(int64_t now)
{
    int64_t until = now < accept_after ? accept_after : INT64_MAX;
    for (size_t i = 0; i < peer_count; i++) {
        int64_t deadline = command_peer_deadline(peers[i]);
        if (deadline < until)
            until = deadline;
    }
    if (until == INT64_MAX)
        return -1;
    return until <= now ? 0 : (int)(until - now);
}

static void prepare(int64_t now)
{
    polled[0] = (struct pollfd){.fd = now < accept_after ? -1 : listener_fd, .events = POLLIN};
    for (size_t i = 0; i < peer_count; i++)
        polled[1 + i] = (struct pollfd){.fd = command_peer_fd(peers[i]),
                                        .events = command_peer_events(peers[i])};
}

static void *serve(void *unused)
{
    static int64_t next;
    const struct timespec pause = {.tv_sec = PAUSE_MS / 1000};
    for (;;) {
        int64_t now = clock_ms();
        size_t count = peer_count;
        prepare(now);
        if (poll(polled, (nfds_t)(1 + count), wait_time(now)) < 0) {
            if (errno != EINTR) {
                complain(&next, strerror(errno));
                nanosleep(&pause, NULL);
            }
            continue;
        }
        now = clock_ms();
        give_turns(count, now);
        if ((polled[0].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
            say(LOG_ERR, "command filter: its socket is broken; mail filtering goes on");
            close(listener_fd);
            listener_fd = -1;
        } else if (polled[0].revents != 0) {
            accept_some(now);
        }
    }
    return unused;
}

bool command_filter_start(int listener)
{
    pthread_t thread;
    listener_fd = listener;
    if (pthread_create(&thread, NULL, serve, NULL) != 0)
        return false;
    pthread_detach(thread);
    atomic_store(&running, true);
    return true;
}

/* ---- what was counted ---- */

bool command_filter_counts(struct fx_command_counts *counts)
{
    if (!atomic_load(&running))
        return false;
    for (size_t i = 0; i < FX_VERB_COUNT; i++) {
        counts->seen[i] = atomic_load_explicit(&seen[i], memory_order_relaxed);
        counts->rewritten[i] = atomic_load_explicit(&rewritten[i], memory_order_relaxed);
    }
    return true;
}

static void add_count(struct fx_text *t, const struct fx_command_counts *counts, int verb)
{
    const char *name = verb == FX_VERB_UNKNOWN ? "unknown" : fx_verb_name((enum fx_verb)verb);
    if (counts->seen[verb] == 0)
        return;
    fx_text_add_char(t, ' ');
    fx_text_add_str(t, name);
    fx_text_add_char(t, ' ');
    fx_text_add_u64(t, counts->seen[verb]);
    if (counts->rewritten[verb] == 0)
        return;
    fx_text_add_char(t, '/');
    fx_text_add_u64(t, counts->rewritten[verb]);
}

void command_filter_say_counts(void)
{
    char space[900];
    struct fx_text t;
    struct fx_command_counts counts;
    if (!command_filter_counts(&counts))
        return;
    fx_text_init_fixed(&t, space, sizeof space);
    for (int v = FX_VERB_UNKNOWN + 1; v < FX_VERB_COUNT; v++)
        add_count(&t, &counts, v);
    add_count(&t, &counts, FX_VERB_UNKNOWN);
    if (t.len == 0)
        fx_text_add_str(&t, " none");
    say(LOG_NOTICE, "commands seen/rewritten:%.*s", (int)t.len, t.data);
}

void command_filter_say_limits(void)
{
    if (!atomic_load(&running))
        return;
    struct snapshot *snapshot = snapshot_acquire();
    bool blocks = snapshot != NULL && snapshot_config(snapshot)->policy->block_count > 0;
    snapshot_release(snapshot);
    if (blocks)
        say(LOG_NOTICE,
            "command filter: it knows no client address, so clients blocks do not apply to it");
}
