/* without - runs a program as on a kernel that lacks something: `without landlock PROGRAM ...`.
 * A seccomp filter answers its calls with ENOSYS, or with another error: landlock,
 * landlock-off, seccomp. The filter stays for all that is executed. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *what;
    unsigned call;
    unsigned error;
} lacks[] = {
    {"landlock", SYS_landlock_create_ruleset, ENOSYS},
    {"landlock-off", SYS_landlock_create_ruleset, EOPNOTSUPP},
    {"landlock-broken", SYS_landlock_restrict_self, E2BIG},
    {"seccomp", SYS_seccomp, ENOSYS},
    {"seccomp-broken", SYS_seccomp, ENOMEM},
    {"capset", SYS_capset, EPERM},
};

static int lack(unsigned call, unsigned error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 64;
    for (size_t i = 0; i < sizeof lacks / sizeof lacks[0]; i++) {
        if (strcmp(argv[1], lacks[i].what) != 0)
            continue;
        /* root needs no such promise, and without it setuid(2) is as it was */
        if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
            return 71;
        if (lack(lacks[i].call, lacks[i].error) != 0) {
            perror("without");
            return 71;
        }
        execv(argv[2], argv + 2);
        perror(argv[2]);
        return 71;
    }
    return 64;
}
