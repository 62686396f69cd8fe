/* privileges - milter.user: is there one, and becoming it for good.
 *
 * setuid(2), setgroups(2), POSIX.1-2017 section 3 "Saved Set-User-ID". For the start, before
 * there are threads.
 */
#ifndef FXM_PRIVILEGES_H
#define FXM_PRIVILEGES_H

#include "settings.h"

#include <stdbool.h>

/* Do milter.user and milter.socket_group exist? Each that does not is said. */
bool privileges_accounts_exist(const struct fx_settings *settings);
/* Could milter.user read the files of keys, which root has read? Asked by root only; each that it
 * could not is said. For -n. */
bool privileges_try(const struct fx_settings *settings);
/* Becomes milter.user with its groups, and proves that there is no way back: real, effective
 * and saved ids are that user's, the groups are its own, and root cannot be had again. The unix
 * sockets that are open already become the user's. 0 or a sysexits code, the reason said. */
int privileges_drop(const struct fx_settings *settings);

#endif
