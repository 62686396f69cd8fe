/* sandbox_parts - the parts of the sandbox, each in a file of its own, and in another one where
 * it cannot be built. Private to sandbox*.c.
 *
 * A part adds a few words about itself to `said` in either case: what holds now ("Landlock ABI
 * 7 (4 folders, 9 files)"), or what does not and why ("Landlock absent (not in this build)").
 * false: it does not hold. For the start; not thread-safe.
 */
#ifndef FXM_SANDBOX_PARTS_H
#define FXM_SANDBOX_PARTS_H

#include "sandbox_plan.h"
#include "text.h"

/* That a part does not hold, and why. */
static inline bool sandbox_absent(struct fx_text *said, const char *part, const char *why)
{
    fx_text_add_str(said, part);
    fx_text_add_str(said, " absent (");
    fx_text_add_str(said, why);
    fx_text_add_char(said, ')');
    return false;
}

/* ---- sandbox_caps.c: prctl(2), capabilities(7) ---- */

/* Empties the bounding set, as long as that may be done (CAP_SETPCAP). It counts for nothing
 * but a program that is executed, so that not being able to is no failure. */
void sandbox_bounding(void);
/* No core file, and no other process of the same user may look into this one: keys and mail are
 * in its memory. */
bool sandbox_not_dumpable(struct fx_text *said);
/* execve(2) gives no rights any more, whatever the program. Landlock and seccomp ask for it. */
bool sandbox_no_new_privileges(struct fx_text *said);
/* No capability is left in any set, and none can come back but by execve(2). */
bool sandbox_no_capabilities(struct fx_text *said);

/* ---- sandbox_landlock.c: landlock(7) ---- */

/* The files of the plan and no others can be opened, by this process or its children; no TCP
 * port is bound any more, and those of the plan alone are connected to (from ABI 4 on); devices
 * take no ioctl(2) but for what was open (5); no abstract socket and no process outside is
 * reached (6). */
bool sandbox_landlock(const struct sandbox_plan *plan, struct fx_text *said);

/* ---- sandbox_seccomp.c: seccomp(2), sandbox_calls.h ---- */

/* The calls of the table and no others. The last part: it forbids what puts the others on. */
bool sandbox_seccomp(const struct sandbox_plan *plan, struct fx_text *said);

#endif
