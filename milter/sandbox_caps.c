/* sandbox_caps - capabilities and privileges of Linux by the calls themselves: two structures
 * are less to depend on than a library. */
#include "sandbox_parts.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPS_MAX 64 /* two words of 32 each, the third version of the structure */

static bool failed(struct fx_text *said, const char *what)
{
    int error = errno;
    fx_text_add_str(said, what);
    fx_text_add_str(said, " (");
    fx_text_add_str(said, strerror(error));
    fx_text_add_char(said, ')');
    return false;
}

void sandbox_bounding(void)
{
    for (int cap = 0; cap < CAPS_MAX; cap++)
        if (prctl(PR_CAPBSET_READ, (unsigned long)cap, 0UL, 0UL, 0UL) == 1)
            (void)prctl(PR_CAPBSET_DROP, (unsigned long)cap, 0UL, 0UL, 0UL);
}

bool sandbox_not_dumpable(struct fx_text *said)
{
    if (prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL) != 0)
        return failed(said, "core files allowed");
    fx_text_add_str(said, "no core file");
    return true;
}

bool sandbox_no_new_privileges(struct fx_text *said)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0)
        return failed(said, "no-new-privileges absent");
    fx_text_add_str(said, "no-new-privileges");
    return true;
}

bool sandbox_no_capabilities(struct fx_text *said)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};
    /* older kernels have no ambient set; where there is one, it cannot hold more than the
     * others */
    (void)prctl(PR_CAP_AMBIENT, (unsigned long)PR_CAP_AMBIENT_CLEAR_ALL, 0UL, 0UL, 0UL);
    if (syscall(SYS_capset, &header, sets) != 0 || syscall(SYS_capget, &header, sets) != 0)
        return failed(said, "capabilities kept");
    errno = EPERM;
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        if (sets[i].effective != 0 || sets[i].permitted != 0 || sets[i].inheritable != 0)
            return failed(said, "capabilities kept");
    fx_text_add_str(said, "no capabilities");
    return true;
}
