/* options - reads a command line: one-letter and long options, operands anywhere, "--" ends
 * options.
 *
 * getopt_long is no part of POSIX. Arguments are borrowed. Not thread-safe; one reader a
 * command.
 */
#ifndef FX_OPTIONS_H
#define FX_OPTIONS_H

#include <stdbool.h>

struct ctl_option {
    int id;           /* above 0; what ctl_options_next returns */
    char letter;      /* 0: none */
    const char *name; /* NULL: none */
    bool takes_value;
};

enum { CTL_OPTION_END = 0, CTL_OPTION_OPERAND = -1, CTL_OPTION_BAD = -2 };

struct ctl_options {
    int argc;
    char **argv;
    int at;           /* the next argument; start with the first after the command's name */
    const char *more; /* further letters of the same argument */
    bool only_operands;
    const char *wrong; /* after CTL_OPTION_BAD: what is wrong, static; `word` is with what */
    const char *word;
};

/* The next option's id, CTL_OPTION_OPERAND, CTL_OPTION_END or CTL_OPTION_BAD. *value is the
 * option's value or the operand. The table ends with id 0. */
int ctl_options_next(struct ctl_options *o, const struct ctl_option *table, const char **value);

#endif
