/* redis_link - see redis_link.h. */
#include "redis_link.h"

#include "clock.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LIST_MAX 1000
#define READ_OCTETS 16384
#if HIREDIS_MAJOR > 0
#define LIST_COUNT size_t
#else
#define LIST_COUNT int
#endif

/* ---- commands ---- */

void redis_words_add(struct redis_words *w, struct fx_slice word)
{
    w->at[w->count] = word.len > 0 ? word.ptr : "";
    w->len[w->count++] = word.len;
}

struct redis_words redis_words_of(const char *const *list)
{
    struct redis_words w = {0};
    for (; *list != NULL; list++)
        redis_words_add(&w, fx_slice_str(*list));
    return w;
}

/* ---- the connection ---- */

static bool give_up(struct redis_link *l, const char *why)
{
    (void)snprintf(l->why, sizeof l->why, "%s", why);
    redis_link_close(l);
    return false;
}

static bool wait_for(struct redis_link *l, short events)
{
    struct pollfd p = {.fd = l->fd, .events = events};
    for (;;) {
        int64_t left = l->until - clock_ms();
        int n = left <= 0 ? 0 : poll(&p, 1, (int)left);
        if (n > 0)
            return true;
        if (n == 0)
            return give_up(l, "no answer in time");
        if (errno != EINTR)
            return give_up(l, strerror(errno));
    }
}

static bool reach(struct redis_link *l, int family, const struct sockaddr *address,
                  socklen_t len)
{
    int error = 0;
    socklen_t size = sizeof error;
    l->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->fd < 0)
        return give_up(l, strerror(errno));
    if (connect(l->fd, address, len) == 0)
        return true;
    if (errno != EINPROGRESS && errno != EINTR)
        return give_up(l, strerror(errno));
    if (!wait_for(l, POLLOUT))
        return false;
    if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    return error == 0 || give_up(l, strerror(error));
}

static bool reach_path(struct redis_link *l, const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof un.sun_path)
        return give_up(l, "the path is too long for a socket");
    memcpy(un.sun_path, path, len);
    return reach(l, AF_UNIX, (const struct sockaddr *)&un, sizeof un);
}

/* Whatever address of it answers first, in the resolver's order. */
static bool reach_host(struct redis_link *l, const char *host, unsigned port)
{
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    const int on = 1;
    struct addrinfo *list;
    char service[16];
    (void)snprintf(service, sizeof service, "%u", port);
    int error = getaddrinfo(host, service, &wanted, &list);
    if (error != 0)
        return give_up(l, error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
    bool good = false;
    for (const struct addrinfo *a = list; a != NULL && !good; a = a->ai_next)
        good = reach(l, a->ai_family, a->ai_addr, a->ai_addrlen);
    freeaddrinfo(list);
    if (good) /* without it answers come later, no worse */
        (void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return good;
}

/* hiredis takes memory for as many as a list says that it has. */
static void *make_list(const redisReadTask *task, LIST_COUNT count)
{
    const struct redis_link *l = task->privdata;
    return count > LIST_MAX ? NULL : l->hiredis.createArray(task, count);
}

void redis_link_init(struct redis_link *l, size_t answer_max)
{
    *l = (struct redis_link){.fd = -1, .answer_max = answer_max};
    fx_text_init_growing(&l->out, 2 * answer_max);
}

bool redis_link_open(struct redis_link *l, const struct fx_state_uri *uri)
{
    redis_link_close(l);
    if (uri->host[0] != '\0' ? !reach_host(l, uri->host, uri->port) : !reach_path(l, uri->path))
        return false;
    l->reader = redisReaderCreate();
    if (l->reader == NULL)
        return give_up(l, "no memory");
    l->make = l->hiredis = *l->reader->fn;
    l->make.createArray = make_list;
    l->reader->fn = &l->make;
    l->reader->privdata = l;
    l->reader->maxbuf = 0; /* 0.14 aborts where there is no memory for a smaller one */
    return true;
}

bool redis_link_quiet(const struct redis_link *l)
{
    struct pollfd p = {.fd = l->fd, .events = POLLIN};
    return l->fd >= 0 && poll(&p, 1, 0) == 0;
}

bool redis_link_add(struct redis_link *l, struct redis_words w)
{
    char *command;
    long long len = redisFormatCommandArgv(&command, w.count, w.at, w.len);
    if (len >= 0) {
        fx_text_add(&l->out, fx_slice(command, (size_t)len));
        redisFreeCommand(command);
    }
    return (len >= 0 && !l->out.overflow) || give_up(l, "no memory");
}

bool redis_link_send(struct redis_link *l)
{
    for (struct fx_slice left = fx_text_slice(&l->out); left.len > 0;) {
        if (!wait_for(l, POLLOUT))
            return false;
        ssize_t n = send(l->fd, left.ptr, left.len, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return give_up(l, strerror(errno));
        left = fx_slice_from(left, n < 0 ? 0 : (size_t)n);
    }
    fx_text_reset(&l->out);
    return true;
}

/* What hiredis noted. */
static bool misread(struct redis_link *l)
{
    char why[sizeof l->reader->errstr];
    (void)snprintf(why, sizeof why, "%s", l->reader->errstr);
    return give_up(l, why[0] == '\0' ? "the connection is broken" : why);
}

/* What has come is given to hiredis. */
static bool take(struct redis_link *l, size_t *octets)
{
    char buffer[READ_OCTETS];
    ssize_t n = recv(l->fd, buffer, sizeof buffer, 0);
    if (n == 0)
        return give_up(l, "the server closed the connection");
    if (n < 0)
        return errno == EINTR || errno == EAGAIN || give_up(l, strerror(errno));
    *octets += (size_t)n;
    return redisReaderFeed(l->reader, buffer, (size_t)n) == REDIS_OK || misread(l);
}

redisReply *redis_link_receive(struct redis_link *l)
{
    for (size_t octets = 0;;) {
        void *reply = NULL;
        if (redisReaderGetReply(l->reader, &reply) != REDIS_OK) {
            misread(l);
            return NULL;
        }
        if (reply != NULL)
            return reply;
        if (octets > l->answer_max) {
            give_up(l, "an answer is too long");
            return NULL;
        }
        if (!wait_for(l, POLLIN) || !take(l, &octets))
            return NULL;
    }
}

void redis_link_close(struct redis_link *l)
{
    if (l->fd >= 0)
        (void)close(l->fd);
    if (l->reader != NULL)
        redisReaderFree(l->reader);
    l->fd = -1;
    l->reader = NULL;
    fx_text_reset(&l->out);
}

void redis_link_finish(struct redis_link *l)
{
    redis_link_close(l);
    fx_text_finish(&l->out);
}
