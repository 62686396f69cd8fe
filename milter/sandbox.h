/* sandbox - what the daemon gives up once its sockets are open, so that whoever takes it over
 * with a hostile message has little to work with: capabilities, new privileges, system calls
 * that it never makes, files that are not its own.
 *
 * Each part may be missing, in the kernel or in the build. milter.sandbox says what becomes of
 * that: "available" does without, "required" does not start, "off" uses none. One line tells at
 * start which part holds, and which does not and why. All parts are put on before there are
 * threads and before the log is opened, and nothing takes them off again. For the start only,
 * but for sandbox_explain and the like.
 */
#ifndef FXM_SANDBOX_H
#define FXM_SANDBOX_H

#include "config.h"
#include "paths.h"

/* What root alone can give up, so before privileges_drop. */
void sandbox_prepare(const struct fx_settings *settings);
/* Everything else. The files that may be reached from here on are worked out from the
 * configuration and from the folders of profiles. 0 or a sysexits code, the reason said. */
int sandbox_enter(const struct fx_config *config, const struct fx_profile_dirs *profiles);

/* Says that a file was refused because it is out of the sandbox, and what helps, where one is
 * in force. Thread-safe. */
void sandbox_explain(void);
/* Says the same of a file whose folder is another one than at the start. Thread-safe. */
void sandbox_explain_folder(const char *path);
/* `path` could not be opened for writing, or made, for want of permission: is the sandbox why?
 * It is where the permissions of the file system allow it. Thread-safe. */
bool sandbox_refused(const char *path);

#endif
