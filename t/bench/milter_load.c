/* milter_load - many SMTP sessions at once, as a milter sees them from Postfix. README:
 * load_options_usage().
 *
 * Messages begin at a rate that does not wait for answers, so that a slow filter shows as time
 * and not as fewer messages; each has a connection, or takes one that is free. Everything is
 * bounded: in number, in time, and in the time that one answer may take. The report is one JSON
 * object on standard output, at SIGUSR1 what there is so far, and with -i when all are held.
 */
#include "load_options.h"
#include "load_report.h"
#include "milter_client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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

/* A place for one connection. */
struct place {
    struct milter_client *client; /* NULL: free */
    struct milter_session session;
    uint64_t left; /* messages that may still go over it */
    bool idle;     /* the last one is answered */
    bool held;     /* it stays as it is */
    char address[64], queue_id[24];
};

struct load {
    const struct load_options *o;
    struct milter_content contents[LOAD_FILES];
    size_t content_count;
    struct place *places;
    struct pollfd *polls;
    struct load_report report;
    uint64_t begun, sessions; /* messages; connections */
    uint64_t open;            /* messages without an answer */
    bool all_held, told;      /* the report of it is out; to end */
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
    p->idle = p->held = false;
}

static void begin_message(struct load *l, struct place *p, int64_t now)
{
    snprintf(p->queue_id, sizeof p->queue_id, "4%08llX%06llX",
             (unsigned long long)l->run & 0xffffffff, (unsigned long long)l->begun);
    const struct milter_content *content = &l->contents[l->begun % l->content_count];
    l->begun++;
    l->open++;
    p->idle = false;
    p->left--;
    if (l->o->hold != LOAD_HOLD_GREETED)
        milter_client_message(p->client, content, p->queue_id, now);
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
    milter_client_hold_end(p->client, l->o->hold == LOAD_HOLD_CONTENT);
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
    if (state == MILTER_BUSY || p->idle || (p->held && state != MILTER_FAILED))
        return;
    if (!p->held)
        l->open--;
    p->held = state == MILTER_HELD;
    if (p->held)
        return;
    load_report_extras(&l->report, p->client);
    if (state == MILTER_FAILED) {
        load_report_error(&l->report, milter_client_error(p->client),
                          milter_client_text(p->client));
        close_place(p);
        return;
    }
    load_report_answer(&l->report, p->client);
    p->held = state == MILTER_ANSWERED && l->o->hold == LOAD_HOLD_ANSWERED;
    p->idle = state == MILTER_ANSWERED && p->left > 0;
    if (!p->idle && !p->held)
        close_place(p);
}

/* ---- the loop ---- */

static void tell(struct load *l, int64_t now)
{
    uint64_t at_end = 0, held = 0;
    for (uint64_t i = 0; i < l->o->connections; i++) {
        held += l->places[i].held;
        at_end += l->places[i].client != NULL && !l->places[i].idle &&
                  milter_client_at_end(l->places[i].client);
    }
    l->report.begun = l->begun;
    l->report.open = l->open;
    l->report.at_end = at_end;
    l->report.held = held;
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

static bool has_ended(int descriptor)
{
    char buffer[256];
    return read(descriptor, buffer, sizeof buffer) <= 0;
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
    nfds_t more = 0;
    if (l->o->hold != LOAD_HOLD_NEVER) {
        l->polls[count] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
        more = 1;
    }
    if (poll(l->polls, count + more, wait_ms(l, now)) < 0)
        return;
    now = now_us();
    if (more > 0 && l->polls[count].revents != 0)
        l->told = has_ended(STDIN_FILENO);
    for (nfds_t i = 0; i < count; i++) {
        struct place *p = &l->places[i];
        if (p->client == NULL)
            continue;
        if (p->idle && l->polls[i].revents != 0)
            close_place(p); /* nothing is owed there: the filter hung up */
        else if (l->polls[i].revents != 0)
            look_at(l, p, milter_client_turn(p->client, l->polls[i].revents, now));
        if (p->client != NULL && !p->idle && !p->held)
            look_at(l, p,
                    milter_client_timeout(p->client, (int64_t)l->o->patience * SECOND, now));
    }
}

/* Is there anything to wait for? */
static bool goes_on(const struct load *l, int64_t now)
{
    if (now - l->start >= (int64_t)l->o->whole * SECOND)
        return false;
    if (l->o->hold != LOAD_HOLD_NEVER)
        return !l->told;
    return l->open > 0 ||
           (due(l) != INT64_MAX && now - l->start < (int64_t)l->o->seconds * SECOND);
}

/* Until all are answered, or the time for everything is over. */
static void run(struct load *l)
{
    l->start = now_us();
    l->run = l->start / 1000;
    for (int64_t now = l->start; goes_on(l, now); now = now_us()) {
        begin_due(l, now);
        poll_once(l);
        if (!l->all_held && l->o->hold != LOAD_HOLD_NEVER && l->open == 0 &&
            due(l) == INT64_MAX)
            asked = l->all_held = true;
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

/* ---- the start ---- */

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

/* file: NULL: the one that is built in. */
static bool make_content(struct load *l, const char *file)
{
    struct fx_text bytes;
    struct milter_content *content = &l->contents[l->content_count];
    fx_text_init_growing(&bytes, FILE_MOST);
    if (file == NULL)
        fx_text_add_str(&bytes, built_in);
    else if (!read_file(file, &bytes)) {
        fprintf(stderr, "milter_load: cannot read %s\n", file);
        fx_text_finish(&bytes);
        return false;
    }
    bool good = milter_content_make(content, fx_text_slice(&bytes), "<sender@example.org>",
                                    "<user@example.net>");
    fx_text_finish(&bytes);
    l->content_count += good;
    if (good && l->o->unique && !milter_content_unique(content)) {
        fputs("milter_load: the message has no Message-ID\n", stderr);
        return false;
    }
    return good;
}

static bool make_contents(struct load *l)
{
    bool good = true;
    for (size_t i = 0; good && i < l->o->file_count; i++)
        good = make_content(l, l->o->files[i]);
    return l->o->file_count > 0 ? good : make_content(l, NULL);
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
    struct load_options o;
    struct load l = {.o = &o};
    if (!load_options_read(&o, argc, argv)) {
        load_options_usage(stderr);
        return EX_USAGE;
    }
    raise_limit();
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = ask}, NULL);
    l.places = calloc(o.connections, sizeof *l.places);
    l.polls = calloc(o.connections + 1, sizeof *l.polls);
    bool begun = l.places != NULL && l.polls != NULL && make_contents(&l);
    if (begun)
        run(&l);
    else
        fputs("milter_load: cannot begin\n", stderr);
    bool good = load_report_good(&l.report);
    load_report_finish(&l.report);
    for (size_t i = 0; i < l.content_count; i++)
        milter_content_finish(&l.contents[i]);
    free(l.places);
    free(l.polls);
    return !begun ? EX_OSERR : good ? 0 : 1;
}
