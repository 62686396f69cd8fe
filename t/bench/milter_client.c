/* milter_client - see milter_client.h. */
#include "milter_client_own.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void keep_text(struct milter_client *c, struct fx_slice text)
{
    text = fx_slice_first(text, sizeof c->text - 1);
    if (text.len > 0)
        memcpy(c->text, text.ptr, text.len);
    c->text[text.len] = '\0';
}

void milter_fail(struct milter_client *c, enum milter_error error, const char *what)
{
    if (c->error != MILTER_NO_ERROR)
        return;
    c->error = error;
    keep_text(c, fx_slice_str(what));
}

uint32_t milter_read_u32(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* ---- replies ---- */

static void answered(struct milter_client *c, enum milter_answer answer, int64_t now)
{
    c->answer = answer;
    c->times.answered = now;
    c->over = c->stage != END || answer == MILTER_DROPPED;
    c->stage = IDLE;
    c->waiting = false;
}

static void take_lists(struct milter_client *c, struct fx_slice rest)
{
    while (rest.len > 4) {
        uint32_t list = milter_read_u32(rest.ptr);
        rest = fx_slice_from(rest, 4);
        size_t len = fx_slice_find(rest, '\0');
        if (list >= MILTER_LISTS || len == rest.len) {
            milter_fail(c, MILTER_ERROR_PROTOCOL, "a list of macros that is none");
            return;
        }
        free(c->lists[list]);
        c->lists[list] = malloc(len + 1);
        if (c->lists[list] == NULL) {
            milter_fail(c, MILTER_ERROR_MEMORY, "no memory");
            return;
        }
        memcpy(c->lists[list], rest.ptr, len + 1);
        rest = fx_slice_from(rest, len + 1);
    }
}

static void take_terms(struct milter_client *c, char command, struct fx_slice data)
{
    if (command != 'O' || data.len < 12) {
        milter_fail(c, MILTER_ERROR_PROTOCOL, "no answer to the negotiation");
        return;
    }
    c->actions = milter_read_u32(data.ptr + 4);
    c->steps = milter_read_u32(data.ptr + 8);
    if ((c->actions & ~MILTER_ACTIONS) != 0 || (c->steps & ~MILTER_STEPS) != 0)
        milter_fail(c, MILTER_ERROR_PROTOCOL, "it wants what was not offered");
    take_lists(c, fx_slice_from(data, 12));
    c->stage = CONNECT;
    c->waiting = false;
}

static void take_code(struct milter_client *c, struct fx_slice text, int64_t now)
{
    keep_text(c, fx_slice_first(text, fx_slice_find(text, '\0')));
    if (strncmp(c->text, "421", 3) == 0)
        answered(c, MILTER_DROPPED, now);
    else if (c->text[0] == '4' || c->text[0] == '5')
        answered(c, c->text[0] == '4' ? MILTER_DEFERRED : MILTER_REJECTED, now);
    else
        milter_fail(c, MILTER_ERROR_PROTOCOL, "a reply code that is none");
}

static void carry_on(struct milter_client *c, int64_t now)
{
    if (c->stage == END) {
        answered(c, MILTER_PASSED, now);
        return;
    }
    c->waiting = false;
    if (c->stage != CONTENT)
        c->stage++;
}

static void take(struct milter_client *c, char command, struct fx_slice data, int64_t now)
{
    c->moved = now;
    if (!c->waiting) {
        milter_fail(c, MILTER_ERROR_PROTOCOL, "an answer that nobody waits for");
        return;
    }
    if (c->stage == NEGOTIATE) {
        take_terms(c, command, data);
        return;
    }
    if (c->stage == END && command != '\0' && strchr("+-2behimq", command) != NULL) {
        c->changes++;
        return;
    }
    switch (command) {
    case 'p':
        c->progress++;
        break;
    case 's':
        c->skip_body = c->wait_for == 'B';
        carry_on(c, now);
        break;
    case 'c':
        carry_on(c, now);
        break;
    case 'a':
        answered(c, MILTER_PASSED, now);
        break;
    case 'd':
        answered(c, MILTER_DISCARDED, now);
        break;
    case 't':
        answered(c, MILTER_DEFERRED, now);
        break;
    case 'r':
        answered(c, MILTER_REJECTED, now);
        break;
    case '4':
        answered(c, MILTER_DROPPED, now);
        break;
    case 'y':
        take_code(c, data, now);
        break;
    default:
        milter_fail(c, MILTER_ERROR_PROTOCOL, "an answer that is not known");
        break;
    }
}

static void take_packets(struct milter_client *c, int64_t now)
{
    size_t used = 0;
    while (c->error == MILTER_NO_ERROR && c->in.len - used >= 4) {
        size_t length = milter_read_u32(c->in.data + used);
        if (length == 0 || length > MILTER_PACKET_MOST)
            milter_fail(c, MILTER_ERROR_PROTOCOL, "a packet of impossible length");
        if (c->error != MILTER_NO_ERROR || c->in.len - used - 4 < length)
            break;
        const char *p = c->in.data + used + 4;
        take(c, p[0], fx_slice(p + 1, length - 1), now);
        used += 4 + length;
    }
    if (used > 0) {
        memmove(c->in.data, c->in.data + used, c->in.len - used);
        c->in.len -= used;
    }
}

/* ---- the socket ---- */

static void read_some(struct milter_client *c, int64_t now)
{
    char buffer[16384];
    ssize_t n = read(c->fd, buffer, sizeof buffer);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        milter_fail(c, MILTER_ERROR_CLOSED, n < 0 ? strerror(errno) : "the filter hung up");
        return;
    }
    fx_text_add(&c->in, fx_slice(buffer, (size_t)n));
    if (c->in.overflow)
        milter_fail(c, MILTER_ERROR_MEMORY, "no memory");
    take_packets(c, now);
}

/* Postfix writes when its buffer is full, and what is in it when it waits for a reply. */
static size_t to_write(const struct milter_client *c)
{
    size_t left = c->out.len - c->sent;
    return left >= MILTER_BUFFER ? MILTER_BUFFER : c->waiting || milter_held(c) ? left : 0;
}

/* false: there is no room for more now. */
static bool write_some(struct milter_client *c, int64_t now)
{
    while (c->error == MILTER_NO_ERROR && to_write(c) > 0) {
        ssize_t n = send(c->fd, c->out.data + c->sent, to_write(c), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return false;
        if (n < 0) {
            milter_fail(c, MILTER_ERROR_CLOSED, strerror(errno));
            return false;
        }
        c->sent += (size_t)n;
        c->moved = now;
    }
    memmove(c->out.data, c->out.data + c->sent, c->out.len - c->sent);
    c->out.len -= c->sent;
    c->sent = 0;
    return true;
}

static void finish_connect(struct milter_client *c)
{
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
        error = errno;
    if (error != 0)
        milter_fail(c, MILTER_ERROR_CONNECT, strerror(error));
    c->connecting = false;
}

static enum milter_state state(const struct milter_client *c)
{
    if (c->error != MILTER_NO_ERROR)
        return MILTER_FAILED;
    if (milter_held(c) && c->sent == c->out.len)
        return MILTER_HELD;
    return c->stage != IDLE ? MILTER_BUSY : c->over ? MILTER_OVER : MILTER_ANSWERED;
}

/* ---- the rest of milter_client.h ---- */

struct milter_client *milter_client_create(const struct sockaddr *address, socklen_t length,
                                           const struct milter_session *session, int64_t now,
                                           bool *later)
{
    *later = false;
    struct milter_client *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->fd = socket(address->sa_family, SOCK_STREAM, 0);
    int flags = c->fd < 0 ? -1 : fcntl(c->fd, F_GETFL);
    if (flags < 0 || fcntl(c->fd, F_SETFL, flags | O_NONBLOCK) != 0)
        goto failed;
    const int at_once = 1; /* Postfix tunes its buffers to the same end */
    if (address->sa_family != AF_UNIX &&
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once) != 0)
        goto failed;
    if (connect(c->fd, address, length) != 0) {
        c->connecting = errno == EINPROGRESS;
        *later = errno == EAGAIN; /* how a unix socket says so */
        if (!c->connecting)
            goto failed;
    }
    c->session = *session;
    c->moved = c->times.began = now;
    fx_text_init_growing(&c->in, 2 * MILTER_PACKET_MOST);
    fx_text_init_growing(&c->out, 2 * MILTER_PACKET_MOST);
    milter_send_on(c, now);
    return c;
failed:;
    int why = errno;
    if (c->fd >= 0)
        close(c->fd);
    free(c);
    errno = why;
    return NULL;
}

void milter_client_destroy(struct milter_client *c)
{
    /* Postfix says an abort after a message, when it goes on, and another when the client goes
     */
    static const char quit[] = {0, 0, 0, 1, 'A', 0, 0, 0, 1, 'A', 0, 0, 0, 1, 'Q'};
    if (c == NULL)
        return;
    size_t from = c->stage == IDLE ? 0 : 5;
    if (c->error == MILTER_NO_ERROR && (c->stage == IDLE || milter_held(c)) &&
        c->sent == c->out.len)
        send(c->fd, quit + from, sizeof quit - from, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(c->fd);
    for (size_t i = 0; i < MILTER_LISTS; i++)
        free(c->lists[i]);
    fx_text_finish(&c->in);
    fx_text_finish(&c->out);
    free(c);
}

void milter_client_message(struct milter_client *c, const struct milter_content *content,
                           const char *queue_id, int64_t now)
{
    c->content = content;
    c->queue_id = queue_id;
    c->part = 0;
    c->skip_body = false;
    if (c->stage == IDLE) {
        milter_send_abort(c);
        c->stage = MAIL;
        c->times.began = now;
    }
    c->times.end = c->times.answered = 0;
    c->progress = c->changes = 0;
    c->moved = now;
    c->text[0] = '\0';
    milter_send_on(c, now);
}

void milter_client_hold_end(struct milter_client *c, bool hold)
{
    c->hold_end = hold;
}

int milter_client_descriptor(const struct milter_client *c)
{
    return c->fd;
}

short milter_client_events(const struct milter_client *c)
{
    return c->connecting || to_write(c) > 0 ? POLLIN | POLLOUT : POLLIN;
}

enum milter_state milter_client_turn(struct milter_client *c, short events, int64_t now)
{
    if (c->connecting && (events & (POLLOUT | POLLERR | POLLHUP)) != 0)
        finish_connect(c);
    if (c->connecting)
        return state(c);
    if (c->error == MILTER_NO_ERROR && (events & (POLLIN | POLLERR | POLLHUP)) != 0)
        read_some(c, now);
    while (milter_send_on(c, now) && write_some(c, now))
        ;
    return state(c);
}

enum milter_state milter_client_timeout(struct milter_client *c, int64_t most, int64_t now)
{
    if (c->stage != IDLE && now - c->moved > most)
        milter_fail(c, MILTER_ERROR_TIMEOUT, "no answer in time");
    return state(c);
}

enum milter_answer milter_client_answer(const struct milter_client *c)
{
    return c->answer;
}

struct milter_times milter_client_times(const struct milter_client *c)
{
    return c->times;
}

enum milter_error milter_client_error(const struct milter_client *c)
{
    return c->error;
}

const char *milter_client_text(const struct milter_client *c)
{
    return c->text;
}

bool milter_client_at_end(const struct milter_client *c)
{
    return c->stage == END && c->waiting;
}

struct milter_terms milter_client_terms(const struct milter_client *c)
{
    struct milter_terms terms = {.actions = c->actions, .steps = c->steps};
    for (size_t i = 0; i < MILTER_LISTS; i++)
        terms.lists[i] = c->lists[i];
    return terms;
}

uint64_t milter_client_progress(const struct milter_client *c)
{
    return c->progress;
}

uint64_t milter_client_changes(const struct milter_client *c)
{
    return c->changes;
}
