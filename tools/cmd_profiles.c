/* cmd_profiles - "fixupctl profiles": what the profiles say, and where they have it from. */
#include "fixupctl.h"

#include "profile.h"
#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_OCTETS ((size_t)4 * 1024 * 1024)

enum { OPTION_JSON = 1 };

static void json_string(struct fx_text *t, struct fx_slice s)
{
    bool lossy = false;
    fx_text_add_json(t, s, &lossy);
}

static void json_member(struct fx_text *t, const char *name, const char *value)
{
    fx_text_add_str(t, ",\"");
    fx_text_add_str(t, name);
    fx_text_add_str(t, "\":");
    json_string(t, fx_slice_str(value == NULL ? "" : value));
}

static void json_words(struct fx_text *t, struct fx_slice words)
{
    struct fx_slice word;
    const char *before = "[";
    while (fx_slice_word(&words, &word)) {
        fx_text_add_str(t, before);
        json_string(t, word);
        before = ",";
    }
    fx_text_add_str(t, before[0] == '[' ? "[]" : "]");
}

static void json_rule(struct fx_text *t, const struct fx_rule_setting *rule)
{
    fx_text_add_str(t, "{\"action\":");
    json_string(t, fx_slice_str(fx_action_name(rule->action)));
    fx_text_add_str(t, ",\"limit\":");
    if (rule->has_limit)
        fx_text_add_u64(t, rule->limit);
    else
        fx_text_add_str(t, "null");
    fx_text_add_str(t, ",\"overflow\":");
    if (rule->overflow != FX_OVERFLOW_NONE)
        json_string(t, fx_slice_str(fx_overflow_name(rule->overflow)));
    else
        fx_text_add_str(t, "null");
    fx_text_add_char(t, '}');
}

struct json_list {
    struct fx_text *text;
    const struct fx_profile *profile;
    const char *before;
};

/* One type for each setting: arrays for sets of words, booleans for faults, objects for rules,
 * strings for the rest. */
static void json_setting(void *arg, const char *name, struct fx_slice value,
                         const struct fx_provenance *from)
{
    struct json_list *list = arg;
    struct fx_text *t = list->text;
    struct fx_slice word = fx_slice_str(name);
    enum fx_rule rule;
    fx_text_add_str(t, list->before);
    list->before = ",";
    fx_text_add_str(t, "{\"name\":");
    json_string(t, word);
    fx_text_add_str(t, ",\"value\":");
    if (fx_slice_starts_nocase(word, FX_LIT("rules.")) &&
        fx_rule_find(fx_slice_from(word, 6), &rule))
        json_rule(t, &list->profile->rule[rule]);
    else if (strcmp(name, "verbs") == 0 || strcmp(name, "extensions") == 0)
        json_words(t, value);
    else if (strcmp(name, "tls_ends_inspection") == 0 ||
             strcmp(name, "split_end_of_data") == 0 || strcmp(name, "content_type_fault") == 0)
        fx_text_add(t, value);
    else
        json_string(t, value);
    json_member(t, "confidence", fx_confidence_name(from->confidence));
    json_member(t, "source", from->source);
    if (from->note != NULL)
        json_member(t, "note", from->note);
    fx_text_add_char(t, '}');
}

static bool print_json(const struct fx_profile *p)
{
    struct fx_text text;
    struct json_list list = {.text = &text, .profile = p, .before = ""};
    fx_text_init_growing(&text, LINE_MAX_OCTETS);
    fx_text_add_str(&text, "{\"name\":");
    json_string(&text, fx_slice_str(p->name));
    json_member(&text, "title", p->title);
    json_member(&text, "applies", p->applies);
    fx_text_add_str(&text, ",\"settings\":[");
    fx_profile_each(p, json_setting, &list);
    fx_text_add_str(&text, "],\"remedy\":[");
    for (size_t i = 0; p->remedy != NULL && p->remedy[i] != NULL; i++) {
        fx_text_add_str(&text, i > 0 ? "," : "");
        json_string(&text, fx_slice_str(p->remedy[i]));
    }
    fx_text_add_str(&text, "]}\n");
    bool good = !text.overflow;
    if (good)
        fwrite(text.data, 1, text.len, stdout);
    fx_text_finish(&text);
    return good;
}

static void put_padded(struct fx_slice s, int width)
{
    ctl_put(stdout, s);
    printf("%*s", s.len < (size_t)width ? width - (int)s.len : 0, "");
}

static void print_setting(void *arg, const char *name, struct fx_slice value,
                          const struct fx_provenance *from)
{
    (void)arg;
    fputs("  ", stdout);
    put_padded(fx_slice_str(name), 32);
    fputc(' ', stdout);
    put_padded(value, 24);
    printf(" %-10s ", fx_confidence_name(from->confidence));
    ctl_put_str(stdout, from->source);
    fputc('\n', stdout);
}

static void print_note(void *arg, const char *name, struct fx_slice value,
                       const struct fx_provenance *from)
{
    bool *any = arg;
    (void)value;
    if (from->note == NULL)
        return;
    if (!*any)
        fputs("\nnotes:\n", stdout);
    *any = true;
    printf("  %s: ", name);
    ctl_put_str(stdout, from->note);
    fputc('\n', stdout);
}

static bool print_whole(const struct fx_profile *p)
{
    bool any = false;
    ctl_put_str(stdout, p->name);
    fputs(": ", stdout);
    ctl_put_str(stdout, p->title);
    fputs("\napplies to: ", stdout);
    ctl_put_str(stdout, p->applies);
    printf("\n\n  %-32s %-24s %-10s %s\n", "setting", "value", "confidence", "source");
    fx_profile_each(p, print_setting, NULL);
    fx_profile_each(p, print_note, &any);
    if (p->remedy != NULL && p->remedy[0] != NULL)
        fputs("\nremedy:\n", stdout);
    for (size_t i = 0; p->remedy != NULL && p->remedy[i] != NULL; i++) {
        fputs("  ", stdout);
        ctl_put_str(stdout, p->remedy[i]);
        fputc('\n', stdout);
    }
    fputc('\n', stdout);
    return true;
}

static bool print_line(const struct fx_profile *p)
{
    put_padded(fx_slice_str(p->name), 18);
    fputc(' ', stdout);
    put_padded(fx_slice_str(p->title), 44);
    fputc(' ', stdout);
    ctl_put_str(stdout, p->applies);
    fputc('\n', stdout);
    return true;
}

/* One profile after the other, so that a faulty one does not hide the rest. */
static int print_all(char *const *names, size_t count, const char *const *dirs,
                     bool (*print)(const struct fx_profile *p))
{
    int code = CTL_EXIT_OK;
    for (size_t i = 0; i < count; i++) {
        struct fx_faults faults = {0};
        struct fx_profile *p = fx_config_load_profile(names[i], dirs, &faults);
        if (p == NULL)
            code = ctl_faults(&faults);
        else if (!print(p))
            code = CTL_EXIT_TRY_LATER;
        fx_profile_destroy(p);
        fx_faults_finish(&faults);
    }
    return code;
}

static bool known(char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static int with_names(const struct ctl_command *self, char *const *wanted, size_t wanted_count,
                      bool json, char *const *names, size_t count, const char *const *dirs)
{
    for (size_t i = 0; i < wanted_count; i++)
        if (!known(names, count, wanted[i]))
            return ctl_usage(self, wanted[i], "no such profile");
    if (count == 0)
        fputs(CTL_PROGRAM " profiles: no profiles are installed\n", stderr);
    int code;
    if (wanted_count > 0) {
        code = print_all(wanted, wanted_count, dirs, json ? print_json : print_whole);
    } else {
        if (!json && count > 0)
            printf("%-18s %-44s %s\n", "name", "title", "applies to");
        code = print_all(names, count, dirs, json ? print_json : print_line);
    }
    return ctl_stdout_good(CTL_PROGRAM) ? code : CTL_EXIT_IO;
}

static int run_with(const struct ctl_command *self, char *const *wanted, size_t wanted_count,
                    bool json)
{
    struct fx_profile_dirs dirs;
    struct fx_faults faults = {0};
    char **names = NULL;
    size_t count = 0;
    int code;
    if (!ctl_profile_dirs(&dirs))
        return CTL_EXIT_TRY_LATER;
    const char *const *list = (const char *const *)dirs.dirs;
    if (fx_config_profile_names(list, &names, &count, &faults))
        code = with_names(self, wanted, wanted_count, json, names, count, list);
    else
        code = ctl_faults(&faults);
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    fx_faults_finish(&faults);
    fx_profile_dirs_finish(&dirs);
    return code;
}

static int run(const struct ctl_command *self, int argc, char **argv)
{
    static const struct ctl_option table[] = {
        {OPTION_JSON, 0, "json", false}, CTL_COMMON_OPTIONS, {0, 0, NULL, false}};
    struct ctl_options options = {.argc = argc, .argv = argv, .at = 1};
    const char *value;
    bool json = false;
    char **wanted = calloc((size_t)argc, sizeof *wanted);
    size_t count = 0;
    int code = -1, id;
    if (wanted == NULL)
        return CTL_EXIT_TRY_LATER;
    while (code < 0 && (id = ctl_options_next(&options, table, &value)) != CTL_OPTION_END) {
        if (id == CTL_OPTION_OPERAND)
            wanted[count++] = argv[options.at - 1];
        else if (id == OPTION_JSON)
            json = true;
        else if (id == CTL_OPTION_HELP)
            code = ctl_help(self);
        else if (id == CTL_OPTION_VERSION)
            code = ctl_version();
        else
            code = ctl_usage_option(self, &options);
    }
    if (code < 0)
        code = run_with(self, wanted, count, json);
    free(wanted);
    return code;
}

const struct ctl_command ctl_cmd_profiles = {
    .name = "profiles",
    .synopsis = "profiles [--json] [--] [NAME]...",
    .summary = "what the firewall profiles say, and where they have it from",
    .help = "Without NAME: all profiles, a line each. With NAME: its settings, each with its "
            "source\n"
            "and how well it is founded (documented, reported, inferred, assumed), and the "
            "remedy.\n"
            "Profiles are looked for where they were installed, or in the folders of the\n"
            "environment variable FIXUP_PROFILE_PATH (separated by colons, the first wins).\n\n"
            "      --json       one JSON object a line\n",
    .run = run,
};
