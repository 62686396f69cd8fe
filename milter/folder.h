/* folder - may somebody else put another file in the place of one of ours?
 *
 * Looked at by name, before there is anything to race for: whoever may write to a folder now
 * may do so later. Not thread-safe (getpwnam).
 */
#ifndef FXM_FOLDER_H
#define FXM_FOLDER_H

#include "settings.h"

#include <stdbool.h>
#include <sys/types.h>

/* May what belongs to this user decide what we do: root, who runs this, milter.user ("": none)?
 */
bool folder_owner_good(uid_t owner, const char *user);
/* The unix sockets of the settings: false, the reason said, when the folder of one can be
 * written to by everybody or belongs to another than root, us and milter.user, or when
 * everybody can put another one in its place. A folder that is not there, or out of our sight,
 * is left to bind. A socket that everybody may connect to is warned of. */
bool folder_sockets_safe(const struct fx_settings *settings);
/* Warns of a socket whose folder is not there. For -n: at the start bind(2) tells. */
void folder_warn_missing(const struct fx_settings *settings);
/* Warns of the same in the folders of log and state store, which are not refused: an
 * administrator may share them on purpose, and what is written there is checked when read. */
void folder_warn(const struct fx_settings *settings);

#endif
