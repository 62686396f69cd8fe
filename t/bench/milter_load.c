/* milter_load - many SMTP sessions at once, as a milter sees them from Postfix. README:
 * usage().
 *
 * Messages begin at a rate that does not wait for answers, so that a slow filter shows as time
 * and not as fewer messages; each has a connection, or takes one that is free. Everything is
 * bounded: in number, in time, and in the time that one answer may take. The report is one JSON
 * object on standard output, at SIGUSR1 what there is so far.
 */
#include "address.h"
#include "load_report.h"
#include "milter_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)
#define RETRY (SECOND / 200) /* a listener with a full queue is asked again */
#define FILE_MOST ((size_t)64 * 1024 * 1024)

static const char built_in[] = "From: sender@example.org\n"
                               "To: user@example.net\n"
                               "Subject: a message of the load\n"
                               "Date: Sat, 21 Nov 2026 10:00:00 +0000\n"
                               "Message-ID: <load@example.org>\n"
                               "MIME-Version: 1.0\n"
                               "Content-Type: text/plain; charset=us-ascii\n"
                               "\n"
                               "A line of text.\n"
                               "Another line of text, a little longer than the first.\n";

struct options {
    union {
        struct sockaddr any;
        struct sockaddr_un un;
        struct sockaddr_in in;
    } socket;
    socklen_t socket_length;
    uint64_t connections, messages, each, seconds, patience, whole;
    double rate;
    struct fx_network clients;
    const char *file;
    bool unique;
};

/* A place for one connection. */
struct place {
    struct milter_client *client; /* NULL: free */
    struct milter_session session;
    uint64_t left; /* messages that may still go over it */
    bool idle;     /* the last one is answered */
    char address[64], queue_id[24];
};

struct load {
    const struct options *o;
    struct milter_content content;
    struct place *places;
    struct pollfd *polls;
    struct load_report report;
    uint64_t begun, sessions; /* messages; connections */
    uint64_t open;            /* messages without an answer */
    int64_t start, retry;
    int64_t run; /* no other has it: runs one after the other make no queue ID twice */
};

static volatile sig_atomic_t asked;

static void ask(int signal_number)
{
    (void)signal_number;
    asked = 1;
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000;
}

/* ---- sessions ---- */

/* Addresses of the network one after the other, without its first and its last. */
static void choose_client(struct load *l, struct place *p)
{
    struct fx_address a = l->o->clients.base;
    unsigned size = a.family == FX_FAMILY_INET ? 4 : 16;
    unsigned bits = size * 8 - l->o->clients.bits;
    uint64_t hosts = bits > 16 ? 65534 : bits > 1 ? (UINT64_C(1) << bits) - 2 : 1;
    uint64_t host = bits > 1 ? 1 + l->sessions % hosts : 0;
    struct fx_text t;
    a.bytes[size - 1] = (unsigned char)(a.bytes[size - 1] + (host & 255));
    a.bytes[size - 2] = (unsigned char)(a.bytes[size - 2] + (host >> 8));
    fx_text_init_fixed(&t, p->address, sizeof p->address - 1);
    fx_address_format(&t, &a);
    p->address[t.len] = '\0';
    p->session = (struct milter_session){.address = p->address,
                                         .port = (unsigned)(1024 + l->sessions % 60000),
                                         .name = "client.example.org",
                                         .helo = "client.example.org"};
}

static void close_place(struct place *p)
{
    milter_client_destroy(p->client);
    p->client = NULL;
    p->idle = false;
}

static void begin_message(struct load *l, struct place *p, int64_t now)
{
    snprintf(p->queue_id, sizeof p->queue_id, "4%08llX%06llX",
             (unsigned long long)l->run & 0xffffffff, (unsigned long long)l->begun);
    l->begun++;
    l->open++;
    p->idle = false;
    p->left--;
    milter_client_message(p->client, &l->content, p->queue_id, now);
}

/* A new connection in a free place; false: not now. */
static bool open_place(struct load *l, struct place *p, int64_t now)
{
    bool later;
    choose_client(l, p);
    p->client =
        milter_client_create(&l->o->socket.any, l->o->socket_length, &p->session, now, &later);
    if (p->client == NULL) {
        if (later) {
            l->retry = now + RETRY;
            return false;
        }
        load_report_error(&l->report, MILTER_ERROR_CONNECT, strerror(errno));
        l->begun++; /* the message that it was for */
        return true;
    }
    l->sessions++;
    p->left = l->o->each;
    begin_message(l, p, now);
    return true;
}

/* When the next message is due; INT64_MAX: there is none. */
static int64_t due(const struct load *l)
{
    int64_t at = l->start;
    if (l->begun >= l->o->messages)
        return INT64_MAX;
    if (l->o->rate > 0)
        at += (int64_t)((double)l->begun * (double)SECOND / l->o->rate);
    if (at - l->start >= (int64_t)l->o->seconds * SECOND)
        return INT64_MAX;
    return at;
}

static bool begin_one(struct load *l, int64_t now)
{
    struct place *empty = NULL;
    for (uint64_t i = 0; i < l->o->connections; i++) {
        struct place *p = &l->places[i];
        if (p->idle) {
            begin_message(l, p, now);
            return true;
        }
        if (p->client == NULL && empty == NULL)
            empty = p;
    }
    return empty != NULL && now >= l->retry && open_place(l, empty, now);
}

static void begin_due(struct load *l, int64_t now)
{
    for (int64_t at = due(l); at <= now; at = due(l)) {
        if (now - l->start >= (int64_t)l->o->seconds * SECOND || !begin_one(l, now))
            return;
        if (l->o->rate > 0)
            load_report_late(&l->report, now - at);
    }
}

static void look_at(struct load *l, struct place *p, enum milter_state state)
{
    if (state == MILTER_BUSY || p->idle)
        return;
    l->open--;
    load_report_extras(&l->report, p->client);
    if (state == MILTER_FAILED) {
        load_report_error(&l->report, milter_client_error(p->client),
                          milter_client_text(p->client));
        close_place(p);
        return;
    }
    load_report_answer(&l->report, p->client);
    p->idle = state == MILTER_ANSWERED && p->left > 0;
    if (!p->idle)
        close_place(p);
}

/* ---- the loop ---- */

static void tell(struct load *l, int64_t now)
{
    uint64_t at_end = 0;
    for (uint64_t i = 0; i < l->o->connections; i++)
        at_end += l->places[i].client != NULL && !l->places[i].idle &&
                  milter_client_at_end(l->places[i].client);
    l->report.begun = l->begun;
    l->report.open = l->open;
    l->report.at_end = at_end;
    l->report.sessions = l->sessions;
    l->report.micros = now - l->start;
    load_report_print(&l->report);
}

static int wait_ms(const struct load *l, int64_t now)
{
    int64_t at = due(l);
    if (at < l->retry)
        at = l->retry;
    int64_t ms = at == INT64_MAX || at - now > 50000 ? 50 : (at - now + 999) / 1000;
    return ms < 0 ? 1 : (int)ms; /* due, and no place for it */
}

static void poll_once(struct load *l)
{
    nfds_t count = 0;
    for (uint64_t i = 0; i < l->o->connections; i++) {
        const struct place *p = &l->places[i];
        l->polls[i] = (struct pollfd){.fd = -1};
        if (p->client == NULL)
            continue;
        l->polls[i].fd = milter_client_descriptor(p->client);
        l->polls[i].events = milter_client_events(p->client);
        count = (nfds_t)i + 1;
    }
    int64_t now = now_us();
    if (poll(l->polls, count, wait_ms(l, now)) < 0)
        return;
    now = now_us();
    for (nfds_t i = 0; i < count; i++) {
        struct place *p = &l->places[i];
        if (p->client == NULL)
            continue;
        if (p->idle && l->polls[i].revents != 0)
            close_place(p); /* nothing is owed there: the filter hung up */
        else if (l->polls[i].revents != 0)
            look_at(l, p, milter_client_turn(p->client, l->polls[i].revents, now));
        if (p->client != NULL && !p->idle)
            look_at(l, p,
                    milter_client_timeout(p->client, (int64_t)l->o->patience * SECOND, now));
    }
}

/* Until all are answered, or the time for everything is over. */
static void run(struct load *l)
{
    l->start = now_us();
    l->run = l->start / 1000;
    for (int64_t now = l->start; l->open > 0 || due(l) != INT64_MAX; now = now_us()) {
        if (now - l->start >= (int64_t)l->o->whole * SECOND)
            break;
        if (now - l->start >= (int64_t)l->o->seconds * SECOND && l->open == 0)
            break;
        begin_due(l, now);
        poll_once(l);
        if (asked) {
            asked = 0;
            tell(l, now_us());
        }
    }
    l->report.unfinished = l->open;
    tell(l, now_us());
    for (uint64_t i = 0; i < l->o->connections; i++)
        close_place(&l->places[i]);
}

/* ---- options ---- */

static void usage(FILE *to)
{
    fputs("usage: milter_load -s SOCKET [-a NETWORK] [-c CONNECTIONS] [-f FILE] [-m EACH]\n"
          "                   [-n MESSAGES] [-r RATE] [-t SECONDS] [-T SECONDS] [-u] [-w "
          "SECONDS]\n"
          "  -s SOCKET       of the filter: unix:/path or inet:port@address\n"
          "  -a NETWORK      addresses of the clients (192.0.2.0/24)\n"
          "  -c CONNECTIONS  at the same time, at most (10)\n"
          "  -f FILE         the message (one that is built in)\n"
          "  -m EACH         messages of one connection (1)\n"
          "  -n MESSAGES     in all (1000)\n"
          "  -r RATE         messages begun in a second (0: as fast as it goes)\n"
          "  -t SECONDS      no message is begun after this time (60)\n"
          "  -T SECONDS      the end, finished or not (120)\n"
          "  -u              each message has a Message-ID of its own; the file has one\n"
          "  -w SECONDS      without an answer or progress, an error (30)\n"
          "Prints one JSON object; exit 0 when every message was answered, else 1.\n",
          to);
}

static bool number(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    return fx_slice_u64(fx_slice_str(text), value) && *value >= least && *value <= most;
}

static bool read_socket(const char *text, struct options *o)
{
    char host[64];
    unsigned port;
    if (strncmp(text, "unix:", 5) == 0) {
        size_t n = strlen(text + 5);
        o->socket.un = (struct sockaddr_un){.sun_family = AF_UNIX};
        o->socket_length = sizeof o->socket.un;
        if (n == 0 || n >= sizeof o->socket.un.sun_path)
            return false;
        memcpy(o->socket.un.sun_path, text + 5, n);
        return true;
    }
    if (sscanf(text, "inet:%u@%63s", &port, host) != 2 || port == 0 || port > 65535)
        return false;
    o->socket.in =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    o->socket_length = sizeof o->socket.in;
    return inet_pton(AF_INET, host, &o->socket.in.sin_addr) == 1;
}

static bool read_option(int c, const char *value, struct options *o)
{
    char *rest;
    switch (c) {
    case 's':
        return read_socket(value, o);
    case 'a':
        return fx_network_parse(fx_slice_str(value), &o->clients);
    case 'c':
        return number(value, 1, 100000, &o->connections);
    case 'f':
        o->file = value;
        return true;
    case 'm':
        return number(value, 1, UINT32_MAX, &o->each);
    case 'n':
        return number(value, 1, UINT32_MAX, &o->messages);
    case 'r':
        o->rate = strtod(value, &rest);
        return *value != '\0' && *rest == '\0' && o->rate >= 0 && o->rate <= 1e6;
    case 't':
        return number(value, 1, 86400, &o->seconds);
    case 'T':
        return number(value, 1, 86400, &o->whole);
    case 'u':
        o->unique = true;
        return true;
    case 'w':
        return number(value, 1, 86400, &o->patience);
    default:
        return false;
    }
}

static bool read_file(const char *path, struct fx_text *bytes)
{
    char buffer[65536];
    size_t n;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return false;
    while (!bytes->overflow && (n = fread(buffer, 1, sizeof buffer, f)) > 0)
        fx_text_add(bytes, fx_slice(buffer, n));
    bool good = ferror(f) == 0 && !bytes->overflow;
    fclose(f);
    return good;
}

static bool make_content(struct load *l)
{
    struct fx_text bytes;
    fx_text_init_growing(&bytes, FILE_MOST);
    if (l->o->file == NULL)
        fx_text_add_str(&bytes, built_in);
    else if (!read_file(l->o->file, &bytes)) {
        fprintf(stderr, "milter_load: cannot read %s\n", l->o->file);
        fx_text_finish(&bytes);
        return false;
    }
    bool good = milter_content_make(&l->content, fx_text_slice(&bytes), "<sender@example.org>",
                                    "<user@example.net>");
    fx_text_finish(&bytes);
    if (good && l->o->unique && !milter_content_unique(&l->content)) {
        fputs("milter_load: the message has no Message-ID\n", stderr);
        return false;
    }
    return good;
}

/* As many descriptors as may be. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    struct options o = {.connections = 10,
                        .messages = 1000,
                        .each = 1,
                        .seconds = 60,
                        .patience = 30,
                        .whole = 120};
    struct load l = {.o = &o};
    fx_network_parse(FX_LIT("192.0.2.0/24"), &o.clients);
    for (int c; (c = getopt(argc, argv, "s:a:c:f:m:n:r:t:T:uw:")) != -1;)
        if (!read_option(c, optarg, &o)) {
            usage(stderr);
            return EX_USAGE;
        }
    if (optind < argc || o.socket_length == 0) {
        usage(stderr);
        return EX_USAGE;
    }
    raise_limit();
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = ask}, NULL);
    l.places = calloc(o.connections, sizeof *l.places);
    l.polls = calloc(o.connections, sizeof *l.polls);
    bool begun = l.places != NULL && l.polls != NULL && make_content(&l);
    if (begun)
        run(&l);
    else
        fputs("milter_load: cannot begin\n", stderr);
    bool good = load_report_good(&l.report);
    load_report_finish(&l.report);
    milter_content_finish(&l.content);
    free(l.places);
    free(l.polls);
    return !begun ? EX_OSERR : good ? 0 : 1;
}
