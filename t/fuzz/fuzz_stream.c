/* fuzz_stream - what an MTA may say to the daemon, octet by octet: libmilter's main loop in a
 * thread, the daemon's own callbacks, log, state store and reload behind it.
 *
 * Input: an octet, of which one bit says which configuration is in force; what goes over the
 * connection. An input is over when the daemon has hung up: its session has ended by then.
 *
 * libmilter itself is taken as it is: what it is known to do wrong, hide_faults() keeps away.
 */
#include "callbacks.h"
#include "connection.h"
#include "fuzz.h"
#include "log.h"
#include "log_lines.h"
#include "packets.h"
#include "say.h"
#include "snapshot.h"
#include "state_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 10000
#define RELOAD_EVERY 5000
#define MAX_PACKET ((size_t)1024 * 1024) /* as the daemon has it */

/* Set where events pass, in libmilter's threads, one connection at a time. */
static struct seen {
    unsigned long messages; /* that have to have a record */
    unsigned long sessions_least, sessions_most;
    bool dropped;
} seen;

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static struct snapshot *snapshots[2]; /* to read a configuration takes longer than an input */
static unsigned in_force;

/* ---- what passes, by the linker's --wrap ---- */

struct fx_decision __real_fx_engine_feed(struct fx_engine *e, const struct fx_event *event);
struct fx_decision __wrap_fx_engine_feed(struct fx_engine *e, const struct fx_event *event);
struct snapshot *__real_snapshot_acquire(void);
struct snapshot *__wrap_snapshot_acquire(void);

static void see_close(const struct fx_session *s)
{
    bool found = s->findings.count > 0 || s->findings.omitted > 0 || s->refused;
    bool due = fx_ruleset_active(s->rules) && (found || s->messages == 0);
    seen.sessions_least += due && !seen.dropped;
    seen.sessions_most += due || seen.dropped;
    seen.dropped = false;
}

struct fx_decision __wrap_fx_engine_feed(struct fx_engine *e, const struct fx_event *event)
{
    const struct fx_session *s = fx_engine_session(e);
    struct fx_decision decision = __real_fx_engine_feed(e, event);
    if (event->kind == FX_EVENT_MAIL)
        seen.messages += !s->in_message || fx_ruleset_active(s->message->rules);
    seen.dropped |= decision.reply != NULL && decision.reply->code == 421;
    if (event->kind == FX_EVENT_CLOSE)
        see_close(s);
    return decision;
}

/* ---- the daemon ---- */

static const char rest[] =
    "clients = (\n"
    "  { networks = [ \"198.51.100.0/25\" ]; mode = \"off\"; },\n"
    "  { networks = [ \"192.0.2.0/25\" ]; profile = \"pix-6.3\"; mode = \"enforce\";\n"
    "    simulate : { recipients : { limit = 2; overflow = \"lose\"; }; }; },\n"
    "  { networks = [ \"2001:db8::/32\" ]; profile = \"stormshield\"; mode = \"tag\"; },\n"
    "  { authenticated = true; profile = \"zorp\"; mode = \"enforce\";\n"
    "    require = [ \"STARTTLS\" ]; },\n"
    "  { daemon_name = \"staging\"; mode = \"enforce\"; rules : { dkim-* = \"off\"; }; }\n"
    ");\n"
    "state : { backend = \"memory\"; };\n"
    "limits : { findings = 8; recipients = 4; signatures = 3; address = 64; };\n";

static void write_configurations(void)
{
    static const char *const first[2] = {
        "policy : { profile = \"asa-9\"; compare = \"all\"; mode = \"tag\";\n"
        "  content_type_grade = \"listed\"; dkim_severity = \"note\"; };\n",
        "policy : { profile = \"pix-7.2.2\"; mode = \"enforce\"; };\n"};
    static const char *const logs[2] = {"",
                                        "addresses = \"hash\"; address_key_file = \"key\";"};
    char path[128], text[4096];
    fuzz_path(path, sizeof path, "key");
    memset(text, 'a', 64);
    fuzz_write_file(path, text, 64);
    for (int i = 0; i < 2; i++) {
        int n = snprintf(text, sizeof text,
                         "%slog : { file = \"log\"; syslog = false; %s };\n"
                         "milter : { socket = \"unix:%s\"; };\n%s",
                         first[i], logs[i], address.sun_path, rest);
        HOLDS(n > 0 && (size_t)n < sizeof text);
        fuzz_path(path, sizeof path, i == 0 ? "0.conf" : "1.conf");
        fuzz_write_file(path, text, (size_t)n);
    }
}

static struct fx_config *load(unsigned which)
{
    const struct fx_config_override override = {.keys = FX_KEYS_ALL};
    return fuzz_load(which == 0 ? "0.conf" : "1.conf", &override);
}

/* As a reload does it; the connections of this process get it from here. */
static void reload(unsigned which)
{
    struct fx_config *config = load(which);
    HOLDS(log_reload(config) && snapshot_install(config));
    snapshot_release(snapshots[which]);
    snapshots[which] = __real_snapshot_acquire();
}

struct snapshot *__wrap_snapshot_acquire(void)
{
    struct snapshot *snapshot = snapshots[in_force];
    return snapshot != NULL ? snapshot_again(snapshot) : __real_snapshot_acquire();
}

static void *serve(void *unused)
{
    smfi_main();
    fuzz_wrong("libmilter goes on", __FILE__, __LINE__);
    return unused;
}

static void stop(void)
{
    state_stop();
    log_close();
}

static void start(void)
{
    pthread_t thread;
    char where[160];
    fuzz_path(address.sun_path, sizeof address.sun_path, "s");
    snprintf(where, sizeof where, "unix:%s", address.sun_path);
    write_configurations();
    say_detach();
    signal(SIGPIPE, SIG_IGN);
    struct fx_config *config = load(0);
    HOLDS(snapshot_install(config));
    HOLDS(smfi_register(callbacks_descriptor) == MI_SUCCESS);
    smfi_setmaxdatasize(MAX_PACKET);
    HOLDS(smfi_setconn(where) == MI_SUCCESS && smfi_opensocket(true) == MI_SUCCESS);
    HOLDS(log_open(config) == 0 && state_start(&config->settings));
    HOLDS(pthread_create(&thread, NULL, serve, NULL) == 0);
    HOLDS(atexit(stop) == 0);
    fuzz_path(where, sizeof where, "log");
    log_lines_open(where);
    reload(0);
    reload(1);
}

/* ---- the MTA ---- */

/* What libmilter 8.17 itself does wrong with octets that no MTA sends, and that no filter could
 * help, does not reach it:
 * - the text of SMFIC_UNKNOWN without a NUL at its end, which goes to a callback that is told
 * no length: it gets its NUL;
 * - macros of which one has a name and no value: smfi_getsymval walks in steps of two past the
 *   end of the list. They become an even number. */
static void hide_faults(char *octets, size_t count)
{
    struct packet packet;
    for (size_t at = 0; packet_at(octets, count, at, &packet); at = packet.end) {
        size_t strings = 0;
        for (size_t i = packet.data + 1; i < packet.end; i++)
            strings += octets[i] == '\0';
        if (packet.command == 'U' && packet.end > packet.data)
            octets[packet.end - 1] = '\0';
        if (packet.command == 'D' && strings % 2 == 1)
            *(char *)memchr(octets + packet.data + 1, '\0', packet.end - packet.data - 1) = 'x';
    }
}

static bool push(int fd, struct fx_slice *out)
{
    ssize_t n = send(fd, out->ptr, out->len, MSG_NOSIGNAL);
    if (n >= 0)
        *out = fx_slice_from(*out, (size_t)n);
    else if (errno != EAGAIN)
        out->len = 0; /* the daemon has hung up */
    if (out->len == 0)
        shutdown(fd, SHUT_WR);
    return out->len > 0;
}

static void converse(int fd, struct fx_slice out)
{
    static char in[1 << 16];
    size_t kept = 0;
    bool writing = push(fd, &out);
    for (;;) {
        struct pollfd p = {.fd = fd, .events = writing ? POLLIN | POLLOUT : POLLIN};
        int ready = poll(&p, 1, PATIENCE_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        HOLDS(ready > 0); /* the daemon is still there */
        if (writing && (p.revents & POLLOUT))
            writing = push(fd, &out);
        ssize_t n = recv(fd, in + kept, sizeof in - kept, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n <= 0)
            break;
        kept = replies_take(in, kept + (size_t)n);
    }
    HOLDS(kept == 0);
}

static void look_at_the_end(void)
{
    struct log_lines lines = {0};
    HOLDS(connection_live() == 0);
    log_lines_take(&lines);
    if (lines.messages != seen.messages)
        fprintf(stderr, "%lu records of messages, %lu messages\n", lines.messages,
                seen.messages);
    HOLDS(lines.messages == seen.messages);
    HOLDS(lines.sessions >= seen.sessions_least && lines.sessions <= seen.sessions_most);
}

FUZZ_TARGET(stream)
{
    static unsigned long count;
    struct fuzz_input in = {(const char *)data, size};
    if (count == 0)
        start();
    in_force = fuzz_octet(&in) & 1;
    if (++count % RELOAD_EVERY == 0)
        reload(in_force);
    struct fx_slice octets = fuzz_rest(&in);
    hide_faults((char *)(uintptr_t)octets.ptr, octets.len);
    seen = (struct seen){0};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    HOLDS(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    converse(fd, octets);
    close(fd);
    free((void *)(uintptr_t)octets.ptr);
    look_at_the_end();
}
