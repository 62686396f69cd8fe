/* process - see process.h. */
#include "process.h"

#include "log.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libmilter/mfapi.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

static int ready_pipe = -1;
static char socket_path[128]; /* of the unix socket that is ours to remove */

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

static const char *unix_path(const char *socket)
{
    if (strncmp(socket, "unix:", 5) == 0)
        return socket + 5;
    if (strncmp(socket, "local:", 6) == 0)
        return socket + 6;
    return NULL;
}

bool process_accounts_exist(const struct fx_settings *settings)
{
    const char *user = settings->milter.user, *group = settings->milter.socket_group;
    bool good = true;
    if (user[0] != '\0' && getpwnam(user) == NULL) {
        say(LOG_ERR, "milter.user: there is no user %s", user);
        good = false;
    }
    if (group[0] != '\0' && getgrnam(group) == NULL) {
        say(LOG_ERR, "milter.socket_group: there is no group %s", group);
        good = false;
    }
    return good;
}

static int give_to_group(const char *path, const struct fx_settings *settings)
{
    if (settings->milter.socket_group[0] != '\0') {
        const struct group *group = getgrnam(settings->milter.socket_group);
        if (group == NULL || chown(path, (uid_t)-1, group->gr_gid) != 0) {
            say(LOG_ERR, "%s: cannot be given to the group %s: %s", path,
                settings->milter.socket_group,
                group == NULL ? "no such group" : strerror(errno));
            return EX_CONFIG;
        }
    }
    if (chmod(path, (mode_t)settings->milter.socket_mode) != 0) {
        say(LOG_ERR, "%s: cannot set the mode: %s", path, strerror(errno));
        return EX_CANTCREAT;
    }
    return 0;
}

/* Somebody answers there: libmilter would take the socket away from a daemon that lives. */
static bool answers(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return false;
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return false;
    bool connected = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return connected;
}

int process_open_socket(const struct fx_settings *settings)
{
    const char *path = unix_path(settings->milter.socket);
    if (path != NULL && answers(path)) {
        say(LOG_ERR, "%s: the socket is in use by another process", path);
        return EX_UNAVAILABLE;
    }
    /* Nobody may connect between bind and chmod who could not afterwards. */
    mode_t before = umask((mode_t)(~settings->milter.socket_mode & 0777));
    bool opened = smfi_setconn(settings->milter.socket) == MI_SUCCESS &&
                  smfi_opensocket(true) == MI_SUCCESS;
    umask(before);
    if (!opened) {
        say(LOG_ERR, "%s: the socket cannot be opened: %s", settings->milter.socket,
            errno == 0 ? "in use, or no such place" : strerror(errno));
        return EX_UNAVAILABLE;
    }
    if (path == NULL)
        return 0;
    snprintf(socket_path, sizeof socket_path, "%s", path);
    return give_to_group(path, settings);
}

void process_remove_socket(void)
{
    if (socket_path[0] != '\0')
        unlink(socket_path);
}

void process_end(int code)
{
    static pthread_mutex_t end_lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&end_lock); /* never given back */
    log_daemon("stop", NULL);
    say(LOG_NOTICE, "stopped");
    log_close();
    process_remove_socket();
    fflush(NULL);
    _exit(code);
}

int process_drop_privileges(const struct fx_settings *settings)
{
    const char *user = settings->milter.user;
    if (user[0] == '\0') {
        if (geteuid() == 0)
            say(LOG_WARNING, "running as root: set milter.user");
        return 0;
    }
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL) {
        say(LOG_ERR, "milter.user: there is no user %s", user);
        return EX_CONFIG;
    }
    if (geteuid() != 0 && geteuid() == entry->pw_uid)
        return 0;
    const char *path = unix_path(settings->milter.socket);
    if (path != NULL && geteuid() == 0 && chown(path, entry->pw_uid, (gid_t)-1) != 0) {
        say(LOG_ERR, "%s: cannot be given to %s: %s", path, user, strerror(errno));
        return EX_NOPERM;
    }
    if (initgroups(user, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 ||
        setuid(entry->pw_uid) != 0 || (entry->pw_uid != 0 && setuid(0) == 0)) {
        say(LOG_ERR, "milter.user: cannot become %s: %s", user, strerror(errno));
        return EX_NOPERM;
    }
    return 0;
}
