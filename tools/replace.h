/* replace - writing a file as a whole: what was there stays until the new one is complete. */
#ifndef FX_REPLACE_H
#define FX_REPLACE_H

#include "exits.h"
#include "slice.h"

/* Writes the text to a file beside `path` and gives it that name. It can be read by owner and
 * group, and be written by its owner. A path that leads to anything but a regular file is left
 * alone, a symbolic link too. What is wrong is told on stderr. Thread-safe. */
enum ctl_exit ctl_replace(const char *path, struct fx_slice text);

#endif
