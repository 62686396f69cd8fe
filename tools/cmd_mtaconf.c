/* cmd_mtaconf - "fixupctl mtaconf": settings of the mail server that show a profile on the
 * wire. */
#include "fixupctl.h"

#include "mtaconf.h"
#include "output.h"
#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PROFILE "asa-9"
#define FILE_MAX_OCTETS ((size_t)4 * 1024 * 1024)

enum { OPTION_MTA = 1, OPTION_PROFILE, OPTION_BANNER, OPTION_OUTPUT };

struct arguments {
    const char *mta, *profile, *banner, *output;
};

/* All to stdout, each below a line that says which it is. */
static int print(const struct fx_mtaconf_file *files)
{
    for (size_t i = 0; i < FX_MTACONF_FILES; i++) {
        if (files[i].text.len == 0)
            continue;
        printf("%s%s ======== %s: %s\n", i > 0 ? "\n" : "", files[i].comment, files[i].name,
               files[i].use);
        fwrite(files[i].text.data, 1, files[i].text.len, stdout);
    }
    return ctl_stdout_good(CTL_PROGRAM) ? CTL_EXIT_OK : CTL_EXIT_IO;
}

static int put(enum fx_mtaconf_mta mta, const struct fx_mtaconf *wanted,
               const struct ctl_output *output)
{
    struct fx_mtaconf_file files[FX_MTACONF_FILES];
    struct ctl_output_file out[FX_MTACONF_FILES];
    size_t count = 0;
    int code;
    for (size_t i = 0; i < FX_MTACONF_FILES; i++)
        fx_text_init_growing(&files[i].text, FILE_MAX_OCTETS);
    fx_mtaconf_write(mta, wanted, files);
    bool whole = true;
    for (size_t i = 0; i < FX_MTACONF_FILES; i++) {
        whole = whole && !files[i].text.overflow;
        if (files[i].text.len > 0)
            out[count++] =
                (struct ctl_output_file){files[i].name, fx_text_slice(&files[i].text)};
    }
    if (!whole) {
        fputs(CTL_PROGRAM ": not enough memory\n", stderr);
        code = CTL_EXIT_TRY_LATER;
    } else if (output != NULL) {
        code = ctl_output_write(output, out, count);
    } else {
        code = print(files);
    }
    for (size_t i = 0; i < FX_MTACONF_FILES; i++)
        fx_text_finish(&files[i].text);
    return code;
}

/* Everything is known to be right but the folder for the output. */
static int with_profile(const struct ctl_command *self, const struct arguments *args,
                        enum fx_mtaconf_mta mta, const struct fx_profile *profile)
{
    struct fx_mtaconf wanted = {.profile = profile,
                                .version = FX_VERSION,
                                .banner = fx_slice_str(args->banner),
                                .directory = FX_ABSENT};
    struct ctl_output output;
    int code;
    if (args->banner != NULL && profile->banner.style == FX_BANNER_PLAIN)
        fputs(CTL_PROGRAM ": --banner is not used: this profile masks no greeting\n", stderr);
    if (args->output == NULL)
        return put(mta, &wanted, NULL);
    code = ctl_output_open(args->output, &output);
    if (code != CTL_EXIT_OK)
        return code;
    wanted.directory = fx_slice_str(output.path);
    if (mta == FX_MTACONF_POSTFIX && !fx_mtaconf_directory_good(wanted.directory))
        code =
            ctl_usage(self, output.path,
                      "a folder whose path main.cf cannot name; not allowed: blanks, commas, "
                      "braces, control characters");
    else
        code = put(mta, &wanted, &output);
    ctl_output_close(&output, code == CTL_EXIT_OK);
    return code;
}

static int with_dirs(const struct ctl_command *self, const struct arguments *args,
                     enum fx_mtaconf_mta mta, const char *const *dirs)
{
    struct fx_faults faults = {0};
    struct fx_profile *profile = NULL;
    const char *name = args->profile == NULL ? DEFAULT_PROFILE : args->profile;
    const char *wrong = NULL;
    char **names = NULL;
    size_t count = 0;
    int code;
    if (fx_config_profile_names(dirs, &names, &count, &faults)) {
        wrong = ctl_profile_wrong(name, names, count, dirs);
        if (wrong == NULL)
            profile = fx_config_load_profile(name, dirs, &faults);
    }
    if (wrong != NULL)
        code = ctl_usage(self, name, wrong);
    else if (profile != NULL)
        code = with_profile(self, args, mta, profile);
    else
        code = ctl_faults(&faults);
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    fx_profile_destroy(profile);
    fx_faults_finish(&faults);
    return code;
}

static int no_such_mta(const struct ctl_command *self, const char *word)
{
    char what[80];
    struct fx_text t;
    fx_text_init_fixed(&t, what, sizeof what - 1);
    fx_text_add_str(&t, "no such MTA; allowed: ");
    for (int i = 0; i < FX_MTACONF_COUNT; i++) {
        fx_text_add_str(&t, i > 0 ? ", " : "");
        fx_text_add_str(&t, fx_mtaconf_name((enum fx_mtaconf_mta)i));
    }
    what[t.len] = '\0';
    return ctl_usage(self, word, what);
}

static int run_with(const struct ctl_command *self, const struct arguments *args)
{
    enum fx_mtaconf_mta mta;
    struct fx_profile_dirs dirs;
    if (args->mta == NULL)
        return ctl_usage(self, NULL, "which MTA? --mta postfix or --mta sendmail");
    if (!fx_mtaconf_find(fx_slice_str(args->mta), &mta))
        return no_such_mta(self, args->mta);
    if (args->banner != NULL && !fx_mtaconf_banner_good(fx_slice_str(args->banner)))
        return ctl_usage(self, "--banner",
                         "is no greeting; allowed: 1 to 506 printable ASCII characters, no "
                         "blank at either end");
    if (!ctl_profile_dirs(&dirs))
        return CTL_EXIT_TRY_LATER;
    int code = with_dirs(self, args, mta, (const char *const *)dirs.dirs);
    fx_profile_dirs_finish(&dirs);
    return code;
}

static int run(const struct ctl_command *self, int argc, char **argv)
{
    static const struct ctl_option table[] = {{OPTION_MTA, 0, "mta", true},
                                              {OPTION_PROFILE, 'p', "profile", true},
                                              {OPTION_BANNER, 0, "banner", true},
                                              {OPTION_OUTPUT, 0, "output", true},
                                              CTL_COMMON_OPTIONS,
                                              {0, 0, NULL, false}};
    struct ctl_options options = {.argc = argc, .argv = argv, .at = 1};
    struct arguments args = {0};
    const char *value;
    int id;
    while ((id = ctl_options_next(&options, table, &value)) != CTL_OPTION_END) {
        if (id == OPTION_MTA)
            args.mta = value;
        else if (id == OPTION_PROFILE)
            args.profile = value;
        else if (id == OPTION_BANNER)
            args.banner = value;
        else if (id == OPTION_OUTPUT)
            args.output = value;
        else if (id == CTL_OPTION_HELP)
            return ctl_help(self);
        else if (id == CTL_OPTION_VERSION)
            return ctl_version();
        else if (id == CTL_OPTION_OPERAND)
            return ctl_usage(self, value, "takes no arguments");
        else
            return ctl_usage_option(self, &options);
    }
    return run_with(self, &args);
}

const struct ctl_command ctl_cmd_mtaconf = {
    .name = "mtaconf",
    .synopsis = "mtaconf --mta postfix|sendmail [-p PROFILE] [--banner TEXT] [--output DIR]",
    .summary = "settings of the mail server that show a profile on the wire",
    .help =
        "Prints what to add to the configuration of the mail server, each setting with what "
        "of\n"
        "the profile it shows and where that is known from, and what no setting can show.\n"
        "For staging, not for a server that takes real mail.\n\n"
        "      --mta MTA        postfix or sendmail\n"
        "  -p, --profile NAME   the profile; default: " DEFAULT_PROFILE "; NAME+VARIANT, too\n"
        "      --banner TEXT    the greeting that is masked, without its 220\n"
        "      --output DIR     write files into DIR, which is made if need be; one that is\n"
        "                       there and differs is left alone (exit code 73)\n",
    .run = run,
};
