/* caution - what whoever starts the daemon may not have meant: warned of, or refused.
 *
 * Looked at by name: whoever may write to a file now may do so later. Not thread-safe
 * (getpwnam).
 */
#ifndef FXM_CAUTION_H
#define FXM_CAUTION_H

#include "config.h"

#include <stdbool.h>

/* The files that the configuration was read from: false, the reason said, where everybody may
 * write to one. Warns of one that belongs to another than root, milter.user and us, or that the
 * group of others may write to, and where everybody may read a password. */
bool caution_files(const struct fx_config *config);
/* Warns of milter.user being root, and of sockets that take connections for every address of
 * the machine. */
void caution_settings(const struct fx_settings *settings);

#endif
