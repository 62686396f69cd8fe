/* exits - the exit codes of sysexits(3) that the programs use; not every system has the
 * header.
 */
#ifndef FX_EXITS_H
#define FX_EXITS_H

enum ctl_exit {
    CTL_EXIT_OK = 0,
    CTL_EXIT_FOUND = 1, /* as grep(1) and cmp(1): no trouble, but something was found */
    CTL_EXIT_USAGE = 64,
    CTL_EXIT_NO_INPUT = 66,
    CTL_EXIT_INTERNAL = 70,
    CTL_EXIT_CANNOT_CREATE = 73,
    CTL_EXIT_IO = 74,
    CTL_EXIT_TRY_LATER = 75,
    CTL_EXIT_NO_PERMISSION = 77,
    CTL_EXIT_CONFIG = 78
};

#endif
