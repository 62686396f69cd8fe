/* sandbox_caps_none - a system without prctl(2) and capabilities(7). */
#include "sandbox_parts.h"

void sandbox_bounding(void)
{
}

bool sandbox_not_dumpable(struct fx_text *said)
{
    fx_text_add_str(said, "core files allowed (not in this build)");
    return false;
}

bool sandbox_no_new_privileges(struct fx_text *said)
{
    return sandbox_absent(said, "no-new-privileges", "not in this build");
}

bool sandbox_no_capabilities(struct fx_text *said)
{
    fx_text_add_str(said, "capabilities kept (not in this build)");
    return false;
}
