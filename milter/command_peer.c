/* command_peer - see command_peer.h. */
#include "command_peer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define INPUT_OCTETS 4096
#define OUTPUT_OCTETS ((size_t)2 * COMMAND_PEER_REPLY)
/* How long a request, or the taking of an answer, may last. */
#define STEP_MS 10000
/* Who connects asks at once; only later it counts as idle. */
#define FIRST_MS 1000
/* How long the last words of a lost connection may take to be read: closing with octets unread
 * would throw them away. */
#define LINGER_MS 2000

struct command_peer {
    int fd;
    command_peer_answer *answer;
    enum {
        SERVING,
        LEAVING,  /* no more requests; what is written has to go out */
        LINGERING /* all is out; what still comes is thrown away */
    } state;
    bool ended;            /* the peer writes no more */
    bool served;           /* has had an answer */
    const char *fault;     /* not yet told */
    int64_t quiet_since;   /* the last turn in which something happened */
    int64_t request_since; /* the request that is not whole; INT64_MAX: none */
    int64_t output_since;  /* what is not yet written; INT64_MAX: nothing */
    int64_t linger_until;
    struct fx_socketmap protocol;
    struct fx_slice input; /* of `in`, not yet looked at */
    struct fx_text output; /* of `out`, from out_at on not yet written */
    size_t out_at;
    char in[INPUT_OCTETS], out[OUTPUT_OCTETS];
};

struct command_peer *command_peer_create(int fd, command_peer_answer *answer, int64_t now)
{
    struct command_peer *p = malloc(sizeof *p);
    if (p == NULL)
        return NULL;
    p->fd = fd;
    p->answer = answer;
    p->state = SERVING;
    p->ended = p->served = false;
    p->fault = NULL;
    p->quiet_since = now;
    p->request_since = p->output_since = INT64_MAX;
    p->linger_until = 0;
    p->input = FX_ABSENT;
    p->out_at = 0;
    fx_socketmap_init(&p->protocol);
    fx_text_init_fixed(&p->output, p->out, sizeof p->out);
    return p;
}

void command_peer_destroy(struct command_peer *p)
{
    if (p == NULL)
        return;
    close(p->fd);
    free(p);
}

int command_peer_fd(const struct command_peer *p)
{
    return p->fd;
}

static bool unwritten(const struct command_peer *p)
{
    return p->out_at < p->output.len;
}

static bool has_room(const struct command_peer *p)
{
    return sizeof p->out - p->output.len >= COMMAND_PEER_REPLY;
}

short command_peer_events(const struct command_peer *p)
{
    short events = unwritten(p) ? POLLOUT : 0;
    if (p->state == LINGERING || (p->state == SERVING && !p->ended && p->input.len == 0))
        events |= POLLIN;
    return events;
}

int64_t command_peer_deadline(const struct command_peer *p)
{
    if (p->state == LINGERING)
        return p->linger_until;
    int64_t since = p->request_since < p->output_since ? p->request_since : p->output_since;
    return since == INT64_MAX ? INT64_MAX : since + STEP_MS;
}

enum command_peer_rest command_peer_rest(const struct command_peer *p, int64_t now,
                                         int64_t *since)
{
    char c;
    if (p->state != SERVING || p->request_since != INT64_MAX || unwritten(p))
        return COMMAND_PEER_BUSY;
    *since = p->quiet_since;
    bool young = !p->served && now - p->quiet_since < FIRST_MS;
    bool unread = p->input.len > 0 || recv(p->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
    return young || unread ? COMMAND_PEER_SOON : COMMAND_PEER_IDLE;
}

/* The last reply of this connection. There is room for it: output is looked after first. */
static void give_up(struct command_peer *p, enum fx_socketmap_reply kind, const char *why)
{
    p->state = LEAVING;
    p->fault = why;
    p->input = FX_ABSENT;
    fx_socketmap_add_reply(&p->output, kind, fx_slice_str(why));
}

/* false: the connection is broken. */
static bool take(struct command_peer *p, int64_t now)
{
    ssize_t n = read(p->fd, p->in, sizeof p->in);
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    p->quiet_since = now;
    p->ended = n == 0;
    p->input = fx_slice(p->in, (size_t)n);
    return true;
}

/* Answers what has come, as far as there is room for replies. */
static void serve(struct command_peer *p, int64_t now)
{
    while (p->state == SERVING && has_room(p)) {
        struct fx_socketmap_request request;
        switch (fx_socketmap_feed(&p->protocol, &p->input, &request)) {
        case FX_SOCKETMAP_REQUEST:
            p->answer(&request, &p->output);
            p->served = true;
            p->request_since = INT64_MAX;
            break;
        case FX_SOCKETMAP_FAULT:
            give_up(p, FX_SOCKETMAP_PERM, fx_socketmap_fault(&p->protocol));
            return;
        default:
            if (fx_socketmap_within(&p->protocol) && p->request_since == INT64_MAX)
                p->request_since = now;
            if (p->ended && fx_socketmap_within(&p->protocol))
                give_up(p, FX_SOCKETMAP_PERM, "the request was cut off");
            return;
        }
    }
}

/* false: the connection is broken. */
static bool put(struct command_peer *p, int64_t now)
{
    while (unwritten(p)) {
        ssize_t n = send(p->fd, p->out + p->out_at, p->output.len - p->out_at, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            return false;
        if (n < 0) {
            if (p->output_since == INT64_MAX)
                p->output_since = now;
            return true;
        }
        p->out_at += (size_t)n;
    }
    fx_text_reset(&p->output);
    p->out_at = 0;
    p->output_since = INT64_MAX;
    return true;
}

static bool linger(struct command_peer *p, int64_t now)
{
    if (now >= p->linger_until)
        return false;
    ssize_t n = read(p->fd, p->in, sizeof p->in);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

/* false: over. */
static bool work(struct command_peer *p, short revents, int64_t now)
{
    if (p->state == LINGERING)
        return linger(p, now);
    if (now >= command_peer_deadline(p)) {
        if (unwritten(p)) {
            p->fault = "an answer was not taken in time";
            return false;
        }
        give_up(p, FX_SOCKETMAP_TIMEOUT, "the request was not finished in time");
    }
    if ((revents & (POLLIN | POLLHUP)) != 0 && (command_peer_events(p) & POLLIN) != 0 &&
        !take(p, now))
        return false;
    do {
        serve(p, now);
        if (!put(p, now))
            return false;
    } while (p->state == SERVING && p->input.len > 0 && !unwritten(p));
    if (unwritten(p) || p->input.len > 0)
        return true;
    if (p->ended)
        return false;
    if (p->state == LEAVING) {
        shutdown(p->fd, SHUT_WR);
        p->state = LINGERING;
        p->linger_until = now + LINGER_MS;
    }
    return true;
}

bool command_peer_turn(struct command_peer *p, short revents, int64_t now, const char **fault)
{
    bool goes_on = (revents & (POLLERR | POLLNVAL)) == 0 && work(p, revents, now);
    if (p->fault != NULL)
        *fault = p->fault;
    p->fault = NULL;
    return goes_on;
}
