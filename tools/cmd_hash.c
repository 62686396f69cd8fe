/* cmd_hash - "fixupctl hash": as what an address stands in a log with log.addresses = "hash".
 */
#include "fixupctl.h"

#include "mailbox.h"
#include "terminal.h"

#include <stdio.h>
#include <string.h>

enum { OPTION_FILE = 1, OPTION_JSON };

struct arguments {
    const char *file, *address;
    bool json;
};

static bool print_one(const struct fx_pseudonyms *p, size_t key, struct fx_slice address,
                      bool json)
{
    struct fx_text line, hash;
    bool lossy = false;
    fx_text_init_growing(&hash, SIZE_MAX);
    fx_text_init_growing(&line, SIZE_MAX);
    bool good = fx_pseudonym_address(p, key, address, &hash);
    if (json) {
        fx_text_add_str(&line, "{\"hash\":");
        fx_text_add_json(&line, fx_text_slice(&hash), &lossy);
        fx_text_add_str(&line, key == 0 ? ",\"in_use\":true" : ",\"in_use\":false");
        fx_text_add_str(&line, lossy ? ",\"lossy\":true}" : "}");
        fwrite(line.data, 1, line.len, stdout);
    } else {
        ctl_put(stdout, fx_text_slice(&hash));
    }
    good = good && !hash.overflow && !line.overflow;
    putchar('\n');
    fx_text_finish(&line);
    fx_text_finish(&hash);
    return good;
}

static int print_all(const struct fx_pseudonyms *p, const struct arguments *args)
{
    struct fx_slice address = fx_path_address(fx_slice_trim(fx_slice_str(args->address)));
    for (size_t i = 0; i < fx_pseudonyms_count(p); i++)
        if (!print_one(p, i, address, args->json)) {
            fputs(CTL_PROGRAM ": not enough memory\n", stderr);
            return CTL_EXIT_TRY_LATER;
        }
    return ctl_stdout_good(CTL_PROGRAM) ? CTL_EXIT_OK : CTL_EXIT_IO;
}

static int with_dirs(const struct arguments *args, const char *const *dirs)
{
    const struct fx_config_override override = {.keys = FX_KEYS_ADDRESSES};
    struct fx_faults faults = {0};
    struct fx_config *config = fx_config_load(args->file, dirs, &override, &faults);
    int code = CTL_EXIT_CONFIG;
    if (config == NULL) {
        code = ctl_faults(&faults);
    } else if (config->pseudonyms == NULL) {
        ctl_put_str(stderr, args->file);
        fputs(
            ": log.address_key_file: is not set, so there is no key; allowed: a file with one "
            "key a line\n",
            stderr);
    } else {
        code = print_all(config->pseudonyms, args);
    }
    fx_faults_finish(&faults);
    fx_config_destroy(config);
    return code;
}

static int run(const struct ctl_command *self, int argc, char **argv)
{
    static const struct ctl_option table[] = {{OPTION_FILE, 'c', "config", true},
                                              {OPTION_JSON, 0, "json", false},
                                              CTL_COMMON_OPTIONS,
                                              {0, 0, NULL, false}};
    struct ctl_options options = {.argc = argc, .argv = argv, .at = 1};
    struct arguments args = {.file = FX_CONFIG_FILE};
    struct fx_profile_dirs dirs;
    const char *value;
    int id;
    while ((id = ctl_options_next(&options, table, &value)) != CTL_OPTION_END) {
        if (id == OPTION_FILE)
            args.file = value;
        else if (id == OPTION_JSON)
            args.json = true;
        else if (id == CTL_OPTION_HELP)
            return ctl_help(self);
        else if (id == CTL_OPTION_VERSION)
            return ctl_version();
        else if (id != CTL_OPTION_OPERAND)
            return ctl_usage_option(self, &options);
        else if (args.address != NULL)
            return ctl_usage(self, value, "one address at a time");
        else
            args.address = value;
    }
    if (args.address == NULL)
        return ctl_usage(self, NULL, "which address?");
    if (fx_path_address(fx_slice_trim(fx_slice_str(args.address))).len == 0)
        return ctl_usage(self, NULL, "the empty address is not hashed: it stays \"\"");
    if (!ctl_profile_dirs(&dirs))
        return CTL_EXIT_TRY_LATER;
    int code = with_dirs(&args, (const char *const *)dirs.dirs);
    fx_profile_dirs_finish(&dirs);
    return code;
}

const struct ctl_command ctl_cmd_hash = {
    .name = "hash",
    .synopsis = "hash [-c FILE] [--json] ADDRESS",
    .summary = "as what an address stands in a log with hashed addresses",
    .help = "One line for each key of log.address_key_file, the one in use first. To find all\n"
            "records of a person:\n\n"
            "  fixupctl hash user@example.org | cut -d@ -f1 | grep -F -f - compliance.jsonl\n\n"
            "Quotes, angle brackets and letter case make no difference.\n\n"
            "  -c, --config FILE    the configuration that names the keys; default:\n"
            "                       " FX_CONFIG_FILE "\n"
            "      --json           one JSON object a line: hash, in_use\n",
    .run = run,
};
