/* test_landlock - one kernel as each of those before it: what is asked of an ABI is never more
 * than it knows, and is kept to. The number that the kernel tells is replaced (--wrap=syscall).
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../milter/sandbox_parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int abi_told; /* 0: what the kernel says */
static uint64_t asked[3];

long __real_syscall(long number, long a, long b, long c, long d);
long __wrap_syscall(long number, long a, long b, long c, long d);

long __wrap_syscall(long number, long a, long b, long c, long d)
{
    if (number == SYS_landlock_create_ruleset && a == 0 && abi_told > 0)
        return abi_told;
    if (number == SYS_landlock_create_ruleset && a != 0)
        memcpy(asked, (const void *)a, sizeof asked);
    return __real_syscall(number, a, b, c, d);
}

static int kernel_abi(void)
{
    return (int)__real_syscall(SYS_landlock_create_ruleset, 0, 0, 1, 0);
}

static char folder[] = "/tmp/fixup-landlock-XXXXXX", foreign[] = "/tmp/fixup-foreign-XXXXXX";
static char inside[64], outside[64];

static int error_of(int result)
{
    return result < 0 ? errno : 0;
}

static int error_of_open(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600), error = errno;
    if (fd >= 0)
        close(fd);
    return fd >= 0 ? 0 : error;
}

static int error_of_connect(void)
{
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(9)};
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = error_of(connect(fd, (const struct sockaddr *)&there, sizeof there));
    close(fd);
    return error;
}

#define EXPECT(condition)                                       \
    do {                                                        \
        if (!(condition)) {                                     \
            fprintf(stderr, "# ABI %d: %s\n", abi, #condition); \
            _exit(1);                                           \
        }                                                       \
    } while (0)

static void child(int abi)
{
    char text[256];
    struct fx_text said;
    struct sandbox_path paths[] = {{folder, SANDBOX_WRITE}};
    const struct sandbox_plan plan = {.paths = paths, .count = 1};
    abi_told = abi;
    fx_text_init_fixed(&said, text, sizeof text);
    EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) == 0);
    EXPECT(sandbox_landlock(&plan, &said));
    text[said.len < sizeof text ? said.len : sizeof text - 1] = '\0';
    EXPECT(strstr(text, "(1 folder, 0 files)") != NULL);
    EXPECT((asked[0] >> 13) == (abi >= 5 ? 7U : abi >= 3 ? 3U : abi == 2 ? 1U : 0U));
    EXPECT(asked[1] == (abi >= 4 ? 3U : 0U));
    EXPECT(asked[2] == (abi >= 6 ? 3U : 0U));
    EXPECT(error_of_open(inside, O_RDWR | O_CREAT | O_TRUNC) == 0);
    EXPECT(error_of_open(outside, O_RDONLY) == EACCES);
    EXPECT(error_of_open(outside, O_WRONLY) == EACCES);
    EXPECT(error_of(unlink(outside)) == EACCES);
    EXPECT(error_of(truncate(outside, 1)) == (abi >= 3 ? EACCES : 0));
    EXPECT(error_of_connect() == (abi >= 4 ? EACCES : ECONNREFUSED));
    EXPECT(error_of(kill(getppid(), 0)) == (abi >= 6 ? EPERM : 0));
    EXPECT(error_of(unlink(inside)) == 0);
    _exit(0);
}

static void test_abis(void **state)
{
    int newest = kernel_abi();
    (void)state;
    if (newest < 1) {
        print_message("# no Landlock in this kernel\n");
        skip();
    }
    /* one that is newer than this source is treated as the last it knows */
    for (int abi = 1; abi <= (newest < 6 ? newest : 99); abi = abi == 7 ? 99 : abi + 1) {
        int status;
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            child(abi);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        if (abi == 99)
            break;
    }
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || mkdtemp(foreign) == NULL)
        return -1;
    snprintf(inside, sizeof inside, "%s/file", folder);
    snprintf(outside, sizeof outside, "%s/file", foreign);
    return error_of_open(outside, O_WRONLY | O_CREAT);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(outside) | rmdir(foreign) | rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_abis)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
