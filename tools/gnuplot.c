/* gnuplot - see gnuplot.h. */
#include "gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "gnuplot"
/* What is kept of its messages. */
#define SAID_MAX 2048

enum { TO, FROM, SAID, PIPES };

/* The program while it runs, and our ends of the pipes; -1: closed. */
struct run {
    pid_t pid;
    int fds[PIPES];
    struct fx_slice script; /* what is still to be written */
    struct fx_text *out, said;
    int64_t end; /* when it has to be over, in milliseconds */
};

static int64_t now(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* A pipe whose ends the program does not inherit by themselves, and none of which is 0, 1 or 2,
 * also where the caller has closed these. An error number. */
static int make_pipe(int ends[2])
{
    int first[2], error = 0;
    if (pipe(first) != 0)
        return errno;
    for (int i = 0; i < 2; i++) {
        ends[i] = fcntl(first[i], F_DUPFD_CLOEXEC, PIPES);
        if (ends[i] < 0)
            error = errno;
        close(first[i]);
    }
    return error;
}

static char *environment_path(void)
{
    const char *path = getenv("PATH");
    struct fx_text t;
    fx_text_init_growing(&t, 65536);
    fx_text_add_str(&t, "PATH=");
    fx_text_add_str(&t, path != NULL ? path : "/usr/bin:/bin");
    fx_text_add_char(&t, '\0');
    if (t.overflow) {
        fx_text_finish(&t);
        return NULL;
    }
    return t.data;
}

/* theirs: its standard input, output and error output. An error number. */
static int spawn(pid_t *pid, const int *theirs)
{
    static char program[] = PROGRAM, quiet[] = "-d", locale[] = "LC_ALL=C", zone[] = "TZ=UTC0",
                home[] = "HOME=/";
    char *arguments[] = {program, quiet, NULL};
    char *environment[] = {environment_path(), locale, zone, home, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t pipe_signal;
    if (environment[0] == NULL)
        return ENOMEM;
    int error = posix_spawn_file_actions_init(&actions);
    if (error == 0 && (error = posix_spawnattr_init(&attributes)) != 0)
        posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        free(environment[0]);
        return error;
    }
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    for (int i = 0; i < PIPES && error == 0; i++)
        error = posix_spawn_file_actions_adddup2(&actions, theirs[i], i);
    if (error == 0)
        error = posix_spawnattr_setsigdefault(&attributes, &pipe_signal);
    /* a group of its own, so that what it may have started ends with it */
    if (error == 0)
        error = posix_spawnattr_setflags(&attributes,
                                         POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    if (error == 0)
        error = posix_spawnp(pid, program, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(environment[0]);
    return error;
}

/* An error number. */
static int start(struct run *run)
{
    int ends[PIPES][2] = {{-1, -1}, {-1, -1}, {-1, -1}}, error = 0;
    for (int i = 0; i < PIPES && error == 0; i++)
        error = make_pipe(ends[i]);
    if (error == 0) {
        const int theirs[PIPES] = {ends[TO][0], ends[FROM][1], ends[SAID][1]};
        error = spawn(&run->pid, theirs);
    }
    for (int i = 0; i < PIPES; i++) {
        close_fd(&ends[i][i == TO ? 0 : 1]);
        run->fds[i] = ends[i][i == TO ? 1 : 0];
        if (run->fds[i] >= 0 && fcntl(run->fds[i], F_SETFL, O_NONBLOCK) != 0 && error == 0)
            error = errno;
    }
    return error;
}

static bool again(void)
{
    return errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK;
}

static void give(struct run *run)
{
    ssize_t done = write(run->fds[TO], run->script.ptr, run->script.len);
    if (done >= 0)
        run->script = fx_slice_from(run->script, (size_t)done);
    /* a program that does not want all of it says why, or its exit code does */
    if (run->script.len == 0 || (done < 0 && !again()))
        close_fd(&run->fds[TO]);
}

static void take(int *fd, struct fx_text *text)
{
    char buffer[16384];
    size_t room = text->max > 0 ? sizeof buffer : text->cap - text->len;
    ssize_t got = read(*fd, buffer, sizeof buffer);
    if (got > 0)
        fx_text_add(text, fx_slice_first(fx_slice(buffer, (size_t)got), room));
    else if (got == 0 || !again())
        close_fd(fd);
}

/* Until it has closed its outputs. false: not in time, or too much. */
static bool talk(struct run *run)
{
    while (run->fds[FROM] >= 0 || run->fds[SAID] >= 0) {
        struct pollfd polled[PIPES];
        int64_t left = run->end - now();
        for (int i = 0; i < PIPES; i++)
            polled[i] =
                (struct pollfd){.fd = run->fds[i], .events = i == TO ? POLLOUT : POLLIN};
        if (left <= 0 || run->out->overflow)
            return false;
        if (poll(polled, PIPES, (int)left) < 0)
            continue;
        if (polled[TO].revents != 0)
            give(run);
        if (polled[FROM].revents != 0)
            take(&run->fds[FROM], run->out);
        if (polled[SAID].revents != 0)
            take(&run->fds[SAID], &run->said);
    }
    return true;
}

/* false: it did not end in time, and was made to end. */
static bool await(struct run *run, int *status)
{
    bool in_time = true;
    pid_t got;
    while ((got = waitpid(run->pid, status, in_time ? WNOHANG : 0)) != run->pid) {
        static const struct timespec pause = {.tv_nsec = 2000000};
        if (got < 0 && errno != EINTR)
            return true; /* who started us has SIGCHLD ignored: what was written must do */
        if (in_time && now() >= run->end) {
            in_time = false;
            kill(-run->pid, SIGKILL);
        } else if (in_time) {
            nanosleep(&pause, NULL);
        }
    }
    return in_time;
}

/* The first line that says something; gnuplot shows the faulty line of the script, and a mark
 * under the place, before it. */
static void add_said(struct fx_text *trouble, struct fx_slice said)
{
    struct fx_slice line, best = FX_ABSENT;
    while (fx_slice_line(&said, &line)) {
        line = fx_slice_trim(line);
        if (line.len > 1 &&
            (!fx_slice_told(best) || fx_slice_starts_nocase(line, FX_LIT("line "))))
            best = line;
    }
    if (fx_slice_told(best)) {
        fx_text_add_str(trouble, ": ");
        fx_text_add(trouble, fx_slice_first(best, 200));
    }
}

static bool judge(struct run *run, bool talked, bool in_time, int status,
                  struct fx_text *trouble)
{
    if (run->out->overflow)
        fx_text_add_str(trouble, PROGRAM " wrote too much");
    else if (!talked || !in_time)
        fx_text_add_str(trouble, PROGRAM " did not end in time");
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fx_text_add_str(trouble, WIFEXITED(status) && WEXITSTATUS(status) == 127
                                     ? PROGRAM " could not be run"
                                     : PROGRAM " failed");
    else
        return true;
    add_said(trouble, fx_text_slice(&run->said));
    return false;
}

bool ctl_gnuplot_run(struct fx_slice script, struct fx_text *out, struct fx_text *trouble)
{
    char said[SAID_MAX];
    struct run run = {.pid = -1,
                      .script = script,
                      .out = out,
                      .end = now() + INT64_C(1000) * CTL_GNUPLOT_SECONDS};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    int status = 0;
    bool good = false;
    fx_text_init_fixed(&run.said, said, sizeof said);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, &before);
    int error = start(&run);
    if (error == 0) {
        bool talked = talk(&run);
        if (!talked) {
            kill(-run.pid, SIGKILL); /* also what holds the pipes when it is gone itself */
            run.end = now();
        }
        for (int i = 0; i < PIPES; i++)
            close_fd(&run.fds[i]);
        bool in_time = await(&run, &status);
        good = judge(&run, talked, in_time, status, trouble);
    } else {
        fx_text_add_str(trouble, error == ENOENT ? PROGRAM " is not installed"
                                                 : PROGRAM " could not be run: ");
        if (error != ENOENT)
            fx_text_add_str(trouble, strerror(error));
        run.end = now();
        if (run.pid > 0)
            await(&run, &status);
        for (int i = 0; i < PIPES; i++)
            close_fd(&run.fds[i]);
    }
    sigaction(SIGPIPE, &before, NULL);
    return good;
}

static size_t find(struct fx_slice s, struct fx_slice what)
{
    for (size_t at = 0; at + what.len <= s.len; at++) {
        at += fx_slice_find(fx_slice_from(s, at), what.ptr[0]);
        if (fx_slice_eq(fx_slice_first(fx_slice_from(s, at), what.len), what))
            return at;
    }
    return s.len;
}

bool ctl_gnuplot_next(struct fx_slice *rest, struct fx_slice *svg)
{
    /* no text within has these as they are: gnuplot writes < as a reference */
    static const struct fx_slice head = {"<?xml", 5}, tail = {"</svg>", 6};
    struct fx_slice from = fx_slice_from(*rest, find(*rest, head));
    size_t end = find(from, tail);
    if (end == from.len)
        return false;
    *svg = fx_slice_first(from, end + tail.len);
    *rest = fx_slice_from(from, svg->len);
    return true;
}
