/* sandbox_landlock_none - a system without linux/landlock.h. */
#include "sandbox_parts.h"

bool sandbox_landlock(const struct sandbox_plan *plan, struct fx_text *said)
{
    (void)plan;
    return sandbox_absent(said, "Landlock", "not in this build");
}
