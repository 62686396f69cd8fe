/* sendmail_shim - what a private Sendmail would ask of the machine, answered from its
 * environment.
 *
 * Preloaded by t/live/sendmail.py. Sendmail sleeps for a minute at start when its host name has
 * no dot, which no configuration changes, and it logs to /dev/log alone. So the host name is
 * FX_SHIM_HOST and syslog() appends to FX_SHIM_LOG. No name is looked up outside the machine,
 * and /etc/hosts.allow is not read: every client is unknown by name and allowed. A port that is
 * open is logged, which Sendmail does not do. The two variables are read when the library is
 * loaded, since Sendmail clears its environment soon after.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

static char shim_host[256], shim_log[1024];

__attribute__((constructor)) static void shim_init(void)
{
    const char *host = getenv("FX_SHIM_HOST"), *log = getenv("FX_SHIM_LOG");
    snprintf(shim_host, sizeof shim_host, "%s", host != NULL ? host : "mx.example.net");
    snprintf(shim_log, sizeof shim_log, "%s", log != NULL ? log : "/dev/null");
}

int gethostname(char *name, size_t size)
{
    snprintf(name, size, "%s", shim_host);
    return 0;
}

static void *nobody(void)
{
    h_errno = HOST_NOT_FOUND;
    return NULL;
}

struct hostent *gethostbyaddr(const void *addr, socklen_t len, int family)
{
    (void)addr, (void)len, (void)family;
    return nobody();
}

/* An address in digits, which is how a milter's socket is named, needs no look-up. */
struct hostent *gethostbyname2(const char *name, int family)
{
    unsigned char bytes[16];
    struct hostent *(*real)(const char *, int) = dlsym(RTLD_NEXT, "gethostbyname2");
    bool digits = inet_pton(family, name, bytes) == 1;
    return digits && real != NULL ? real(name, family) : nobody();
}

int hosts_ctl(const char *daemon, const char *name, const char *addr, const char *user)
{
    (void)daemon, (void)name, (void)addr, (void)user;
    return 1;
}

/* One write a line: processes of one Sendmail share the file. */
static void say(const char *format, va_list args)
{
    char line[4096];
    int head = snprintf(line, sizeof line, "sendmail[%ld]: ", (long)getpid());
    int rest = vsnprintf(line + head, sizeof line - 1 - (size_t)head, format, args);
    size_t len = (size_t)head + (rest > 0 ? (size_t)rest : 0);
    if (len > sizeof line - 2)
        len = sizeof line - 2;
    line[len++] = '\n';
    int fd = open(shim_log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return;
    if (write(fd, line, len) < 0)
        line[0] = '\0';
    close(fd);
}

void openlog(const char *ident, int option, int facility)
{
    (void)ident, (void)option, (void)facility;
}

void syslog(int priority, const char *format, ...)
{
    va_list args;
    (void)priority;
    va_start(args, format);
    say(format, args);
    va_end(args);
}

void __syslog_chk(int priority, int flag, const char *format, ...);
void __syslog_chk(int priority, int flag, const char *format, ...)
{
    va_list args;
    (void)priority, (void)flag;
    va_start(args, format);
    say(format, args);
    va_end(args);
}

int listen(int fd, int backlog)
{
    int result = (int)syscall(SYS_listen, fd, backlog);
    if (result == 0)
        syslog(LOG_INFO, "port open");
    return result;
}
