/* sandbox_landlock_none - a system without linux/landlock.h. */
#include "sandbox_parts.h"

bool sandbox_landlock(const struct sandbox_plan *plan, struct fx_text *said)
{
    (void)plan;
    fx_text_add_str(said, "Landlock absent (not in this build)");
    return false;
}
