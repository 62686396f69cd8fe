/* sandbox_seccomp - the table of calls as a filter of libseccomp, with those whose arguments
 * matter.
 *
 * seccomp(2), seccomp_rule_add(3). Rules of one call with different arguments are tried one
 * after the other; the filter is a binary tree over the numbers of calls, since it runs at each
 * of them.
 */
#define _GNU_SOURCE /* CLONE_THREAD */
#include "sandbox_calls.h"
#include "sandbox_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#define REFUSED SCMP_ACT_ERRNO(EPERM)
#define UNKNOWN SCMP_ACT_ERRNO(ENOSYS)
#define ROOM 1048576 /* more than libseccomp takes: some 150 kB */
#define TREE 2       /* SCMP_FLTATR_CTL_OPTIMIZE */

#if defined(__s390__) || defined(__s390x__) /* clone(2): stack and flags change places */
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* When a rule holds. */
enum when { ALWAYS, NAMES, NO_NAMES };

#define MASKED(n, mask, value)                                                      \
    {                                                                               \
        .arg = (n), .op = SCMP_CMP_MASKED_EQ, .datum_a = (mask), .datum_b = (value) \
    }
#define NOT(n, bits) MASKED(n, bits, 0)
#define ALL(n, bits) MASKED(n, bits, bits)
#define EQ(n, value)                                      \
    {                                                     \
        .arg = (n), .op = SCMP_CMP_EQ, .datum_a = (value) \
    }

#define SOCKET_TYPE 0xf /* beside SOCK_CLOEXEC and SOCK_NONBLOCK */
#define SOCKET(when, family, type, protocol)                             \
    {                                                                    \
        "socket", SCMP_ACT_ALLOW, when, 3,                               \
        {                                                                \
            EQ(0, family), MASKED(1, SOCKET_TYPE, type), EQ(2, protocol) \
        }                                                                \
    }
#define FCNTL(name, command)             \
    {                                    \
        name, SCMP_ACT_ALLOW, ALWAYS, 1, \
        {                                \
            EQ(1, command)               \
        }                                \
    }
#define FCNTL_ALL(name)                                                       \
    FCNTL(name, F_DUPFD), FCNTL(name, F_DUPFD_CLOEXEC), FCNTL(name, F_GETFD), \
        FCNTL(name, F_SETFD), FCNTL(name, F_GETFL), FCNTL(name, F_SETFL),     \
        FCNTL(name, F_GETLK), FCNTL(name, F_SETLK), FCNTL(name, F_SETLKW)

/* No two rules of a call hold for the same arguments, so that their order says nothing. */
static const struct argument_rule {
    const char *name;
    uint32_t action;
    enum when when;
    unsigned count;
    struct scmp_arg_cmp compare[3];
} argument_rules[] = {
    /* What is mapped is no code. Where names are looked up libraries may be loaded: they are
     * code, but nothing that is written to is. */
    {"mmap", SCMP_ACT_ALLOW, ALWAYS, 1, {NOT(2, PROT_EXEC)}},
    {"mmap", REFUSED, NO_NAMES, 1, {ALL(2, PROT_EXEC)}},
    {"mmap", SCMP_ACT_ALLOW, NAMES, 1, {MASKED(2, PROT_WRITE | PROT_EXEC, PROT_EXEC)}},
    {"mmap", REFUSED, NAMES, 1, {ALL(2, PROT_WRITE | PROT_EXEC)}},
    {"mmap2", SCMP_ACT_ALLOW, ALWAYS, 1, {NOT(2, PROT_EXEC)}},
    {"mmap2", REFUSED, NO_NAMES, 1, {ALL(2, PROT_EXEC)}},
    {"mmap2", SCMP_ACT_ALLOW, NAMES, 1, {MASKED(2, PROT_WRITE | PROT_EXEC, PROT_EXEC)}},
    {"mmap2", REFUSED, NAMES, 1, {ALL(2, PROT_WRITE | PROT_EXEC)}},
    {"mprotect", SCMP_ACT_ALLOW, ALWAYS, 1, {NOT(2, PROT_EXEC)}},
    {"mprotect", REFUSED, ALWAYS, 1, {ALL(2, PROT_EXEC)}},
    /* threads, no processes */
    {"clone", SCMP_ACT_ALLOW, ALWAYS, 1, {ALL(CLONE_FLAGS, CLONE_THREAD)}},
    {"clone", REFUSED, ALWAYS, 1, {NOT(CLONE_FLAGS, CLONE_THREAD)}},
    /* syslog and Redis, sessions, and where names are looked up which addresses there are */
    {"socket", SCMP_ACT_ALLOW, ALWAYS, 1, {EQ(0, AF_UNIX)}},
    /* Landlock looks at TCP alone: multipath TCP and SCTP would go around it */
    SOCKET(ALWAYS, AF_INET, SOCK_STREAM, 0),
    SOCKET(ALWAYS, AF_INET6, SOCK_STREAM, 0),
    SOCKET(ALWAYS, AF_INET, SOCK_STREAM, IPPROTO_TCP),
    SOCKET(ALWAYS, AF_INET6, SOCK_STREAM, IPPROTO_TCP),
    SOCKET(NAMES, AF_INET, SOCK_DGRAM, 0),
    SOCKET(NAMES, AF_INET6, SOCK_DGRAM, 0),
    {"socket", SCMP_ACT_ALLOW, NAMES, 1, {EQ(0, AF_NETLINK)}},
    /* sending that connects is not asked about by Landlock either */
    {"sendto", SCMP_ACT_ALLOW, ALWAYS, 1, {NOT(3, MSG_FASTOPEN)}},
    {"sendmsg", SCMP_ACT_ALLOW, ALWAYS, 1, {NOT(2, MSG_FASTOPEN)}},
    {"sendmmsg", SCMP_ACT_ALLOW, NAMES, 1, {NOT(3, MSG_FASTOPEN)}},
    /* locks and flags; with F_SETOWN and F_SETSIG the kernel would kill others for it */
    FCNTL_ALL("fcntl"),
    FCNTL_ALL("fcntl64"),
    /* no program is made that others run as this user */
    {"open", SCMP_ACT_ALLOW, ALWAYS, 1, {NOT(2, S_ISUID | S_ISGID)}},
    {"openat", SCMP_ACT_ALLOW, ALWAYS, 1, {NOT(3, S_ISUID | S_ISGID)}},
    {"fchmod", SCMP_ACT_ALLOW, ALWAYS, 1, {NOT(1, S_ISUID | S_ISGID)}},
    /* of an open file, not by name */
    {"utimensat", SCMP_ACT_ALLOW, ALWAYS, 1, {EQ(1, 0)}},
    {"utimensat_time64", SCMP_ACT_ALLOW, ALWAYS, 1, {EQ(1, 0)}},
    /* stdio asks whether it writes to a terminal; the resolver how much there is to read */
    {"ioctl", SCMP_ACT_ALLOW, ALWAYS, 1, {EQ(1, TCGETS)}},
    {"ioctl", SCMP_ACT_ALLOW, NAMES, 1, {EQ(1, FIONREAD)}},
    /* its own limits are read, not set */
    {"prlimit64", SCMP_ACT_ALLOW, ALWAYS, 2, {EQ(0, 0), EQ(2, 0)}},
};

static bool absent(struct fx_text *said, const char *why)
{
    return sandbox_absent(said, "seccomp", why);
}

/* seccomp(2) is there; libseccomp would do with prctl(2), which cannot reach every thread. */
static bool kernel_has_it(void)
{
    const uint32_t action = SECCOMP_RET_ERRNO;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0 || errno != ENOSYS;
}

/* The call by that name, unless there is none here. */
static bool number_of(const char *name, int *number)
{
    *number = seccomp_syscall_resolve_name(name);
    return *number != __NR_SCMP_ERROR;
}

/* The code of what libseccomp did not take, or 0. */
static int add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned count,
               const struct scmp_arg_cmp *compare)
{
    int number;
    if (!number_of(name, &number))
        return 0;
    int code = seccomp_rule_add_array(filter, action, number, count, compare);
    return code == -EDOM ? 0 : code; /* known, but not to this architecture */
}

static int add_table(scmp_filter_ctx filter, bool names, uint64_t *calls)
{
    int number, code = 0;
    for (const struct sandbox_calls *c = sandbox_calls_allowed; c->names != NULL; c++)
        for (size_t i = 0; c->names[i] != NULL && code == 0 && (names || !c->names_only); i++) {
            code = add(filter, SCMP_ACT_ALLOW, c->names[i], 0, NULL);
            *calls += number_of(c->names[i], &number) && number >= 0;
        }
    for (size_t i = 0; sandbox_calls_refused[i] != NULL && code == 0; i++)
        code = add(filter, REFUSED, sandbox_calls_refused[i], 0, NULL);
    return code;
}

static int add_arguments(scmp_filter_ctx filter, bool names, uint64_t *calls)
{
    const struct scmp_arg_cmp self = EQ(0, (scmp_datum_t)getpid());
    const char *last = "";
    int number, code = add(filter, SCMP_ACT_ALLOW, "tgkill", 1, &self); /* abort(3) */
    *calls += 1;
    for (size_t i = 0; i < sizeof argument_rules / sizeof argument_rules[0] && code == 0; i++) {
        const struct argument_rule *r = &argument_rules[i];
        if (r->when != ALWAYS && (r->when == NAMES) != names)
            continue;
        code = add(filter, r->action, r->name, r->count, r->compare);
        *calls += strcmp(last, r->name) != 0 && number_of(r->name, &number) && number >= 0;
        last = r->name;
    }
    return code;
}

static int load(scmp_filter_ctx filter, bool names, uint64_t *calls)
{
    int code = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (code == 0)
        code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (code == 0)
        code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, TREE);
    if (code == 0)
        code = add_table(filter, names, calls);
    if (code == 0)
        code = add_arguments(filter, names, calls);
    return code != 0 ? code : seccomp_load(filter);
}

/* Where there is no memory, libseccomp 2.5.4 makes a filter that lacks calls, and says nothing.
 */
static bool room_to_make(void)
{
    void *room = malloc(ROOM);
    bool good = room != NULL;
    if (good)
        memset(room, 0, 1); /* else a compiler may leave both calls out */
    free(room);
    return good;
}

bool sandbox_seccomp(const struct sandbox_plan *plan, struct fx_text *said)
{
    uint64_t calls = 0;
    if (!kernel_has_it())
        return absent(said, "the kernel has none");
    scmp_filter_ctx filter = room_to_make() ? seccomp_init(UNKNOWN) : NULL;
    if (filter == NULL)
        return absent(said, "no memory");
    int code = load(filter, plan->names, &calls);
    seccomp_release(filter);
    if (code != 0)
        return absent(said, strerror(-code));
    fx_text_add_str(said, "seccomp ");
    fx_text_add_u64(said, calls);
    fx_text_add_str(said, " calls");
    return true;
}
