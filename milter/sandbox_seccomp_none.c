/* sandbox_seccomp_none - a build without libseccomp. */
#include "sandbox_parts.h"

bool sandbox_seccomp(const struct sandbox_plan *plan, struct fx_text *said)
{
    (void)plan;
    return sandbox_absent(said, "seccomp", "not in this build");
}
