/* process - see process.h. */
#include "process.h"

#include "command_filter.h"
#include "listener.h"
#include "log.h"
#include "notify.h"
#include "relief.h"
#include "say.h"
#include "state_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <libmilter/mfapi.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

static int ready_pipe = -1;
/* Unix sockets that are ours to remove: the milter's, the command filter's. */
static struct own {
    char path[128];
    struct stat there; /* what it was when it was made */
} own_paths[2];
static size_t own_count;

/* The caller's part: its exit status is the daemon's, or 0 once that is ready. */
static void wait_for(pid_t child, int fd)
{
    char byte;
    ssize_t n;
    do
        n = read(fd, &byte, 1);
    while (n < 0 && errno == EINTR);
    if (n == 1)
        _exit(0);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    _exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : EX_SOFTWARE);
}

void process_close_inherited(void)
{
#ifdef SYS_close_range
    syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0U);
#endif
}

bool process_detach(void)
{
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    pid_t child = fork();
    if (child < 0)
        return false;
    if (child > 0) {
        close(ends[1]);
        wait_for(child, ends[0]);
    }
    close(ends[0]);
    ready_pipe = ends[1];
    fcntl(ready_pipe, F_SETFD, FD_CLOEXEC);
    setsid();
    return chdir("/") == 0;
}

void process_ready(void)
{
    /* before the caller ends: a service manager would take that for our end */
    notify_ready(ready_pipe >= 0);
    if (ready_pipe < 0)
        return;
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        if (null > STDERR_FILENO)
            close(null);
    }
    say_detach();
    if (write(ready_pipe, "", 1) != 1)
        say(LOG_WARNING, "cannot tell the caller that the daemon is ready");
    close(ready_pipe);
    ready_pipe = -1;
}

void process_raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        say(LOG_WARNING, "the limit of descriptors stays as it is: %s", strerror(errno));
}

/* A unix socket that is open now; the end of the process removes it. */
static void own(const char *path)
{
    if (path == NULL)
        return;
    struct own *o = &own_paths[own_count];
    snprintf(o->path, sizeof o->path, "%s", path);
    if (lstat(path, &o->there) == 0)
        own_count++;
}

static int open_milter(const struct fx_settings *settings)
{
    const char *path = listener_path(settings->milter.socket);
    if (!listener_allowed(settings->milter.socket, settings))
        return EX_CONFIG;
    /* libmilter would take the socket away from a daemon that lives. */
    if (path != NULL && listener_in_use(path)) {
        say(LOG_ERR, "%s: the socket is in use by another process", path);
        return EX_UNAVAILABLE;
    }
    /* The socket gets its mode from this alone: chmod would follow a link put in its place. */
    mode_t before = umask((mode_t)(~settings->milter.socket_mode & 0777));
    bool opened = smfi_setconn(settings->milter.socket) == MI_SUCCESS &&
                  smfi_opensocket(true) == MI_SUCCESS;
    umask(before);
    if (!opened) {
        say(LOG_ERR, "%s: the socket cannot be opened: %s", settings->milter.socket,
            errno == 0 ? "in use, or no such place" : strerror(errno));
        return EX_UNAVAILABLE;
    }
    own(path);
    relief_prepare(settings->milter.socket);
    return path == NULL ? 0 : listener_give_to_group(path, settings);
}

int process_give_sockets(uid_t uid, const char *user)
{
    for (size_t i = 0; i < own_count; i++) {
        if (lchown(own_paths[i].path, uid, (gid_t)-1) != 0) {
            say(LOG_ERR, "%s: cannot be given to %s: %s", own_paths[i].path, user,
                strerror(errno));
            return EX_NOPERM;
        }
    }
    return 0;
}

int process_open_sockets(const struct fx_settings *settings, int *filter)
{
    const char *listen = settings->command_filter.listen;
    *filter = -1;
    int code = open_milter(settings);
    if (code != 0 || listen[0] == '\0')
        return code;
    code = listener_open(listen, settings, filter);
    if (code == 0)
        own(listener_path(listen));
    return code;
}

void process_remove_sockets(void)
{
    struct stat now;
    for (size_t i = 0; i < own_count; i++) {
        const struct own *o = &own_paths[i];
        if (lstat(o->path, &now) == 0 && now.st_dev == o->there.st_dev &&
            now.st_ino == o->there.st_ino)
            unlink(o->path);
    }
}

void process_end(int code)
{
    static pthread_mutex_t end_lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&end_lock); /* never given back */
    state_stop();
    log_daemon("stop");
    log_close();
    command_filter_say_counts();
    say(LOG_NOTICE, "stopped");
    process_remove_sockets();
    fflush(NULL);
    _exit(code);
}

void process_tell_kept(const struct fx_settings *before, const struct fx_settings *after)
{
    const struct {
        const char *name;
        bool differs;
    } kept[] = {
        {"milter.socket", strcmp(before->milter.socket, after->milter.socket) != 0},
        {"milter.socket_mode", before->milter.socket_mode != after->milter.socket_mode},
        {"milter.socket_group",
         strcmp(before->milter.socket_group, after->milter.socket_group) != 0},
        {"milter.user", strcmp(before->milter.user, after->milter.user) != 0},
        {"milter.sandbox", before->milter.sandbox != after->milter.sandbox},
        {"command_filter.listen",
         strcmp(before->command_filter.listen, after->command_filter.listen) != 0},
        {"state.backend", strcmp(before->state.backend, after->state.backend) != 0},
        {"state.path", strcmp(before->state.path, after->state.path) != 0},
        {"state.uri", strcmp(before->state.uri, after->state.uri) != 0},
        {"limits.state_entries", before->state.entries != after->state.entries},
    };
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (kept[i].differs)
            say(LOG_WARNING, "reload: %s is used at start only; a change needs a restart",
                kept[i].name);
}
