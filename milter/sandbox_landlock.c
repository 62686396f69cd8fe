/* sandbox_landlock - Landlock by its system calls; libc has no functions for them.
 *
 * Documentation/userspace-api/landlock.rst of Linux. What a kernel can limit is told by the
 * number of its ABI; a right that it does not know may not be asked for. The constants are
 * written out here, since the headers of a build are often older than the kernel it runs on.
 */
#define _GNU_SOURCE /* O_PATH */
#include "sandbox_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define VERSION_FLAG 1U /* LANDLOCK_CREATE_RULESET_VERSION */
#define RULE_PATH 1     /* LANDLOCK_RULE_PATH_BENEATH */
#define RULE_PORT 2     /* LANDLOCK_RULE_NET_PORT */

/* struct landlock_ruleset_attr as of ABI 6; older kernels take it as long as what they do not
 * know is zero. */
struct ruleset {
    uint64_t files, network, scoped;
};

struct port_rule { /* struct landlock_net_port_attr */
    uint64_t allowed, port;
};

enum {
    /* ABI 1 */
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_CHAR = 1 << 6,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_MAKE_SOCK = 1 << 9,
    FS_MAKE_FIFO = 1 << 10,
    FS_MAKE_BLOCK = 1 << 11,
    FS_MAKE_SYM = 1 << 12,
    FS_REFER = 1 << 13,     /* ABI 2: from one folder to another; without it never allowed */
    FS_TRUNCATE = 1 << 14,  /* ABI 3 */
    FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
    FS_ON_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV,
    NET_BIND_TCP = 1 << 0, /* ABI 4 */
    NET_CONNECT_TCP = 1 << 1,
    SCOPE_ABSTRACT_SOCKET = 1 << 0, /* ABI 6 */
    SCOPE_SIGNAL = 1 << 1,
};

/* What the ABI limits beyond the one before it. */
static const struct {
    int abi;
    struct ruleset more;
} abis[] = {
    {1, {.files = FS_REFER - 1}}, {2, {.files = FS_REFER}},
    {3, {.files = FS_TRUNCATE}},  {4, {.network = NET_BIND_TCP | NET_CONNECT_TCP}},
    {5, {.files = FS_IOCTL_DEV}}, {6, {.scoped = SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL}},
};

static const uint64_t rights[] = {
    [SANDBOX_READ] = FS_READ_FILE | FS_READ_DIR,
    /* READ_DIR: the folder itself is opened, to have a new name on disk */
    [SANDBOX_WRITE] =
        FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_TRUNCATE | FS_MAKE_REG | FS_REMOVE_FILE,
    [SANDBOX_REMOVE] = FS_REMOVE_FILE,
};

static bool absent(struct fx_text *said, const char *why)
{
    return sandbox_absent(said, "Landlock", why);
}

static bool failed(struct fx_text *said, int fd)
{
    int error = errno;
    if (fd >= 0)
        close(fd);
    return absent(said, strerror(error));
}

static void limits_of(int abi, struct ruleset *limits)
{
    *limits = (struct ruleset){0};
    for (size_t i = 0; i < sizeof abis / sizeof abis[0]; i++) {
        if (abis[i].abi > abi)
            break;
        limits->files |= abis[i].more.files;
        limits->network |= abis[i].more.network;
        limits->scoped |= abis[i].more.scoped;
    }
}

struct counts {
    uint64_t folders, files;
};

/* What is not there, or what the user could not reach in any case, is left out. */
static bool add_path(int ruleset, const struct ruleset *limits, const struct sandbox_path *path,
                     struct counts *counts)
{
    struct landlock_path_beneath_attr rule = {0};
    struct stat st;
    int fd = open(path->path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return true;
    if (fstat(fd, &st) != 0) {
        close(fd);
        return true;
    }
    bool folder = S_ISDIR(st.st_mode);
    rule.parent_fd = fd;
    rule.allowed_access = rights[path->access] & limits->files;
    if (!folder)
        rule.allowed_access &= FS_ON_FILES;
    bool good = syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule, 0) == 0;
    int error = errno;
    close(fd);
    errno = error;
    counts->folders += good && folder;
    counts->files += good && !folder;
    return good;
}

static bool add_rules(int ruleset, const struct ruleset *limits,
                      const struct sandbox_plan *plan, struct counts *counts)
{
    for (size_t i = 0; i < plan->count; i++)
        if (!add_path(ruleset, limits, &plan->paths[i], counts))
            return false;
    for (size_t i = 0; i < plan->port_count && limits->network != 0; i++) {
        const struct port_rule rule = {NET_CONNECT_TCP, plan->ports[i]};
        if (syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule, 0) != 0)
            return false;
    }
    return true;
}

static void tell(struct fx_text *said, int abi, const struct counts *counts)
{
    fx_text_add_str(said, "Landlock ABI ");
    fx_text_add_u64(said, (uint64_t)abi);
    fx_text_add_str(said, " (");
    fx_text_add_u64(said, counts->folders);
    fx_text_add_str(said, counts->folders == 1 ? " folder, " : " folders, ");
    fx_text_add_u64(said, counts->files);
    fx_text_add_str(said, counts->files == 1 ? " file)" : " files)");
}

bool sandbox_landlock(const struct sandbox_plan *plan, struct fx_text *said)
{
    struct ruleset limits;
    struct counts counts = {0};
    int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);
    if (abi < 1)
        return absent(said, errno == ENOSYS       ? "the kernel has none"
                            : errno == EOPNOTSUPP ? "the kernel has it disabled"
                                                  : strerror(errno));
    limits_of(abi, &limits);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &limits, sizeof limits, 0);
    if (ruleset < 0)
        return failed(said, -1);
    if (!add_rules(ruleset, &limits, plan, &counts) ||
        syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        return failed(said, ruleset);
    close(ruleset);
    tell(said, abi, &counts);
    return true;
}
