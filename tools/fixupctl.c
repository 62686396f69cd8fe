/* fixupctl - the policy core without an MTA: one table of subcommands, one file for each. */
#include "fixupctl.h"

#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ctl_command *const commands[] = {&ctl_cmd_check,   &ctl_cmd_hash,
                                                     &ctl_cmd_mtaconf, &ctl_cmd_profiles,
                                                     &ctl_cmd_report,  &ctl_cmd_verify};
#define COMMANDS (sizeof commands / sizeof commands[0])

static int finish(int code)
{
    return ctl_stdout_good(CTL_PROGRAM) ? code : CTL_EXIT_IO;
}

int ctl_version(void)
{
    puts(CTL_PROGRAM " (fixup-milter) " FX_VERSION);
    return finish(CTL_EXIT_OK);
}

int ctl_help(const struct ctl_command *command)
{
    printf("usage: " CTL_PROGRAM " %s\n\n%s\n\n%s", command->synopsis, command->summary,
           command->help);
    puts("  -h, --help       this text\n  -V, --version    the version");
    return finish(CTL_EXIT_OK);
}

static int help(void)
{
    puts("usage: " CTL_PROGRAM " COMMAND [OPTION]... [ARGUMENT]...\n\n"
         "What would SMTP inspection in a firewall do to this mail?\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    puts("\n" CTL_PROGRAM " COMMAND --help tells more about one.");
    return finish(CTL_EXIT_OK);
}

int ctl_usage(const struct ctl_command *command, const char *word, const char *what)
{
    fprintf(stderr, CTL_PROGRAM "%s%s: ", command != NULL ? " " : "",
            command != NULL ? command->name : "");
    if (word != NULL) {
        ctl_put_str(stderr, word);
        fputs(": ", stderr);
    }
    fprintf(stderr, "%s\nusage: " CTL_PROGRAM " %s\n", what,
            command != NULL ? command->synopsis : "COMMAND [OPTION]... [ARGUMENT]...");
    if (command == NULL) {
        fputs("commands:", stderr);
        for (size_t i = 0; i < COMMANDS; i++)
            fprintf(stderr, " %s", commands[i]->name);
        fputs("\n", stderr);
    }
    return CTL_EXIT_USAGE;
}

int ctl_usage_option(const struct ctl_command *command, const struct ctl_options *options)
{
    return ctl_usage(command, options->word, options->wrong);
}

int ctl_faults(const struct fx_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        ctl_put_str(stderr, faults->lines[i]);
        fputc('\n', stderr);
    }
    if (faults->incomplete || faults->count == 0)
        fputs(CTL_PROGRAM ": not enough memory\n", stderr);
    return CTL_EXIT_CONFIG;
}

bool ctl_profile_dirs(struct fx_profile_dirs *dirs)
{
    if (fx_profile_dirs_init(getenv(FX_PROFILE_PATH_VARIABLE), dirs))
        return true;
    fputs(CTL_PROGRAM ": not enough memory\n", stderr);
    return false;
}

static bool has_variants(const struct fx_profile *p, struct fx_slice rest)
{
    while (rest.len > 0) {
        rest = fx_slice_from(rest, 1);
        struct fx_slice word = fx_slice_first(rest, fx_slice_find(rest, '+'));
        size_t i = 0;
        while (i < p->variant_count && !fx_slice_eq(word, fx_slice_str(p->variants[i]->name)))
            i++;
        if (i == p->variant_count)
            return false;
        rest = fx_slice_from(rest, word.len);
    }
    return true;
}

const char *ctl_profile_wrong(const char *name, char *const *names, size_t count,
                              const char *const *dirs)
{
    struct fx_slice word = fx_slice_str(name);
    struct fx_slice base = fx_slice_first(word, fx_slice_find(word, '+'));
    struct fx_faults faults = {0};
    size_t i = 0;
    while (i < count && !fx_slice_eq(base, fx_slice_str(names[i])))
        i++;
    if (i == count)
        return "no such profile";
    if (base.len == word.len)
        return NULL;
    struct fx_profile *p = fx_config_load_profile(names[i], dirs, &faults);
    bool good = p == NULL || has_variants(p, fx_slice_from(word, base.len));
    fx_profile_destroy(p);
    fx_faults_finish(&faults);
    return good ? NULL : "the profile has no such variant";
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return ctl_usage(NULL, NULL, "which command?");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help();
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return ctl_version();
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(commands[i], argc - 1, argv + 1);
    return ctl_usage(NULL, argv[1], "no such command or option");
}
