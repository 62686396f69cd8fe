/* sandbox_probe - for LD_PRELOAD: what somebody who has taken the daemon over would try, tried
 * by one of its own threads. Whenever it locks a file, which it does as it opens its log, and
 * there is a file FX_SHIM.ask, each line of that is tried ("read /etc/passwd", "execve"), and
 * what came of it is a line of FX_SHIM.told: the same words and the number of the error, 0 for
 * none. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static long opens(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return fd;
}

static long read_file(const char *path)
{
    return opens(path, O_RDONLY);
}

static long write_file(const char *path)
{
    return opens(path, O_WRONLY);
}

static long make(const char *path)
{
    return opens(path, O_WRONLY | O_CREAT | O_EXCL);
}

static long remove_file(const char *path)
{
    return unlink(path);
}

static long rename_file(const char *path)
{
    char other[4096];
    snprintf(other, sizeof other, "%s.renamed", path);
    return rename(path, other);
}

static long execute(const char *unused)
{
    char *none[] = {NULL};
    (void)unused;
    return syscall(SYS_execve, "/nothing/here", none, none);
}

static long child(long pid)
{
    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid((pid_t)pid, NULL, 0);
    return pid;
}

static long forks(const char *unused)
{
    (void)unused;
    return child(syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L));
}

static long trace(const char *unused)
{
    (void)unused;
    return syscall(SYS_ptrace, 16L /* PTRACE_ATTACH */, (long)getppid(), 0L, 0L);
}

static long signal_other(const char *pid)
{
    return kill(atoi(pid), 0);
}

static long page(int protection)
{
    void *at = mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return -1;
    return munmap(at, 4096);
}

static long map_code(const char *unused)
{
    (void)unused;
    return page(PROT_READ | PROT_WRITE | PROT_EXEC);
}

static long make_code(const char *unused)
{
    (void)unused;
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return 0; /* this has to be allowed, so that the test is told */
    long result = mprotect(at, 4096, PROT_READ | PROT_EXEC);
    int error = errno;
    munmap(at, 4096);
    errno = error;
    return result;
}

static long reach(const char *port, int protocol, bool at_once)
{
    struct sockaddr_in there = {.sin_family = AF_INET,
                                .sin_port = htons((in_port_t)atoi(port))};
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol);
    if (fd < 0)
        return -1;
    long result =
        at_once ? sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&there, sizeof there)
                : connect(fd, (struct sockaddr *)&there, sizeof there);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

static long connects(const char *port)
{
    return reach(port, 0, false);
}

static long multipath(const char *port)
{
    return reach(port, 262 /* IPPROTO_MPTCP */, false);
}

static long fast_open(const char *port)
{
    return reach(port, 0, true);
}

static long closed(long fd)
{
    int error = errno;
    if (fd >= 0)
        close((int)fd);
    errno = error;
    return fd;
}

static long datagrams(const char *unused)
{
    (void)unused;
    return closed(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

/* The kernel would send it the signal. */
static long owner(const char *pid)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    long result = fcntl(fd, F_SETOWN, atoi(pid));
    closed(fd);
    return result;
}

static long set_user_id(const char *path)
{
    return closed(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 04700));
}

static long change_mode(const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    long result = fchmod(fd, 04700);
    closed(fd);
    return result;
}

static long times_of(const char *path)
{
    return utimensat(AT_FDCWD, path, NULL, 0);
}

static long binds(const char *unused)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    (void)unused;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    long result = bind(fd, (struct sockaddr *)&here, sizeof here);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

static long abstract(const char *name)
{
    struct sockaddr_un there = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    memcpy(there.sun_path + 1, name, len);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    long result = connect(fd, (struct sockaddr *)&there,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len));
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

static long packets(const char *unused)
{
    (void)unused;
    long fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        close((int)fd);
    return fd;
}

static long resolve(const char *name)
{
    struct addrinfo *found = NULL;
    int code = getaddrinfo(name, "1", NULL, &found);
    if (code == 0)
        freeaddrinfo(found);
    errno = code == EAI_SYSTEM ? errno : EHOSTUNREACH;
    return code == 0 ? 0 : -1;
}

static long dump(const char *unused)
{
    (void)unused;
    return prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L);
}

static const struct {
    const char *word;
    long (*attempt)(const char *argument);
} attempts[] = {{"read", read_file},      {"write", write_file},      {"make", make},
                {"remove", remove_file},  {"rename", rename_file},    {"execve", execute},
                {"fork", forks},          {"ptrace", trace},          {"kill", signal_other},
                {"map-code", map_code},   {"make-code", make_code},   {"connect", connects},
                {"bind", binds},          {"abstract", abstract},     {"netlink", packets},
                {"resolve", resolve},     {"dumpable", dump},         {"mptcp", multipath},
                {"fastopen", fast_open},  {"udp", datagrams},         {"owner", owner},
                {"set-uid", set_user_id}, {"chmod-uid", change_mode}, {"times", times_of}};

/* "call NAME", with zeros for arguments: the number is not the same everywhere. */
static const struct {
    const char *word;
    long number;
} calls[] = {
    {"mount", SYS_mount},
    {"umount2", SYS_umount2},
    {"chroot", SYS_chroot},
    {"bpf", SYS_bpf},
    {"pivot_root", SYS_pivot_root},
    {"unshare", SYS_unshare},
    {"setns", SYS_setns},
    {"init_module", SYS_init_module},
    {"finit_module", SYS_finit_module},
    {"kexec_load", SYS_kexec_load},
    {"keyctl", SYS_keyctl},
    {"add_key", SYS_add_key},
    {"userfaultfd", SYS_userfaultfd},
    {"perf_event_open", SYS_perf_event_open},
    {"process_vm_readv", SYS_process_vm_readv},
    {"process_vm_writev", SYS_process_vm_writev},
    {"setuid", SYS_setuid},
    {"setgid", SYS_setgid},
    {"setgroups", SYS_setgroups},
    {"setresuid", SYS_setresuid},
    {"capset", SYS_capset},
    {"execveat", SYS_execveat},
    {"personality", SYS_personality},
    {"memfd_create", SYS_memfd_create},
    {"open_by_handle_at", SYS_open_by_handle_at},
    {"reboot", SYS_reboot},
    {"io_uring_setup", 425},
    {"clone3", 435},
    {"openat2", 437},
    {"none", 4000},
};

static long call_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(calls[i].word, name) == 0)
            return syscall(calls[i].number, 0L, 0L, 0L, 0L, 0L, 0L);
    errno = EINVAL;
    return -1;
}

static int attempt(const char *word, const char *argument)
{
    errno = 0;
    if (strcmp(word, "call") == 0)
        return call_by_name(argument) < 0 ? errno : 0;
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++)
        if (strcmp(attempts[i].word, word) == 0)
            return attempts[i].attempt(argument) < 0 ? errno : 0;
    return EINVAL;
}

static void answer(void)
{
    char path[4096], line[4096];
    const char *base = getenv("FX_SHIM");
    snprintf(path, sizeof path, "%s.ask", base);
    FILE *ask = fopen(path, "r");
    if (ask == NULL)
        return;
    snprintf(path, sizeof path, "%s.part", base);
    FILE *told = fopen(path, "w");
    while (told != NULL && fgets(line, sizeof line, ask) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        size_t word = strcspn(line, " ");
        const char *argument = line[word] == '\0' ? "" : line + word + 1;
        line[word] = '\0';
        int error = attempt(line, argument);
        fprintf(told, "%s%s%s\t%d\n", line, argument[0] == '\0' ? "" : " ", argument, error);
        fflush(told);
    }
    if (told != NULL)
        fclose(told);
    fclose(ask);
    snprintf(line, sizeof line, "%s.ask", base);
    unlink(line);
    snprintf(line, sizeof line, "%s.told", base);
    (void)!rename(path, line);
}

int flock(int fd, int operation)
{
    int (*real)(int, int);
    *(void **)&real = dlsym(RTLD_NEXT, "flock");
    answer();
    return real(fd, operation);
}
