/* fixupctl - what the subcommands share: the table's type, and help, version and fault
 * messages.
 *
 * Each subcommand is one cmd_*.c with one function that gets its own arguments, argv[0] being
 * the subcommand's name, and returns the exit code. The build gives FX_VERSION, a string.
 */
#ifndef FX_FIXUPCTL_H
#define FX_FIXUPCTL_H

#include "config.h"
#include "exits.h"
#include "options.h"
#include "paths.h"

#define CTL_PROGRAM "fixupctl"

/* Options that every command has; their ids are above those of the commands. */
enum { CTL_OPTION_HELP = 1000, CTL_OPTION_VERSION };
#define CTL_COMMON_OPTIONS                        \
    {CTL_OPTION_HELP, 'h', "help", false},        \
    {                                             \
        CTL_OPTION_VERSION, 'V', "version", false \
    }

struct ctl_command {
    const char *name;
    const char *synopsis; /* "check [-c FILE] ..." */
    const char *summary;  /* one line */
    const char *help;     /* the rest, line ends included */
    int (*run)(const struct ctl_command *self, int argc, char **argv);
};

extern const struct ctl_command ctl_cmd_check;
extern const struct ctl_command ctl_cmd_hash;
extern const struct ctl_command ctl_cmd_mtaconf;
extern const struct ctl_command ctl_cmd_profiles;
extern const struct ctl_command ctl_cmd_report;
extern const struct ctl_command ctl_cmd_verify;

/* Each writes to stdout and returns the exit code. */
int ctl_help(const struct ctl_command *command);
int ctl_version(void);

/* "fixupctl check: WORD: what" and the synopsis on stderr; word may be NULL. Exit code 64. */
int ctl_usage(const struct ctl_command *command, const char *word, const char *what);
/* After CTL_OPTION_BAD. */
int ctl_usage_option(const struct ctl_command *command, const struct ctl_options *options);

/* All faults on stderr, and what follows from them: exit code 78. */
int ctl_faults(const struct fx_faults *faults);

/* The folders with profiles, by the environment; false after a message: no memory. */
bool ctl_profile_dirs(struct fx_profile_dirs *dirs);

/* What is wrong with the name of a profile on the command line: NULL when it is one of names,
 * or "NAME+VARIANT" with variants that NAME has. One whose file is faulty is told elsewhere. */
const char *ctl_profile_wrong(const char *name, char *const *names, size_t count,
                              const char *const *dirs);

#endif
