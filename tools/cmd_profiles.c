/* cmd_profiles - "fixupctl profiles": what the profiles say, and where they have it from. */
#include "fixupctl.h"

#include "profile.h"
#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_OCTETS ((size_t)4 * 1024 * 1024)

#define WIDTH 100 /* where there is no terminal */
#define INDENT 2
#define GAP 2 /* between columns */
#define VALUE_COLUMNS 24
#define CONFIDENCE_COLUMNS 10

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
    fx_text_add_str(&text, "],\"variants\":[");
    for (size_t i = 0; i < p->variant_count; i++) {
        fx_text_add_str(&text, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_string(&text, fx_slice_str(p->variants[i]->name));
        json_member(&text, "title", p->variants[i]->title);
        fx_text_add_char(&text, '}');
    }
    fx_text_add_str(&text, "]}\n");
    bool good = !text.overflow;
    if (good)
        fwrite(text.data, 1, text.len, stdout);
    fx_text_finish(&text);
    return good;
}

/* Written with blanks up to so many columns, and two more. */
static void put_padded(struct fx_slice s, size_t columns)
{
    size_t used = ctl_columns(s);
    ctl_put(stdout, s);
    printf("%*s", (int)(used < columns ? columns - used : 0) + GAP, "");
}

static void put_blanks(size_t columns)
{
    printf("%*s", (int)columns, "");
}

/* The table of one profile. */
struct table {
    size_t name; /* columns of the longest name */
    size_t width;
    bool noted; /* the heading of the notes is out */
};

static size_t value_at(const struct table *t)
{
    return INDENT + t->name + GAP;
}

static size_t source_at(const struct table *t)
{
    return value_at(t) + VALUE_COLUMNS + GAP + CONFIDENCE_COLUMNS + GAP;
}

static void measure_setting(void *arg, const char *name, struct fx_slice value,
                            const struct fx_provenance *from)
{
    struct table *t = arg;
    size_t columns = ctl_columns(fx_slice_str(name));
    (void)value;
    (void)from;
    if (columns > t->name)
        t->name = columns;
}

/* A long value goes on below itself, and a source that does not fit below that. */
static void print_setting(void *arg, const char *name, struct fx_slice value,
                          const struct fx_provenance *from)
{
    struct table *t = arg;
    struct fx_slice source = fx_slice_str(from->source);
    struct fx_slice first = ctl_fold(&value, VALUE_COLUMNS);
    put_blanks(INDENT);
    put_padded(fx_slice_str(name), t->name);
    put_padded(first, VALUE_COLUMNS);
    if (ctl_columns(first) > VALUE_COLUMNS) { /* one long word */
        fputc('\n', stdout);
        put_blanks(value_at(t) + VALUE_COLUMNS + GAP);
    }
    fputs(fx_confidence_name(from->confidence), stdout);
    bool fits = source_at(t) + ctl_columns(source) <= t->width;
    if (fits) {
        put_blanks(CONFIDENCE_COLUMNS + GAP - strlen(fx_confidence_name(from->confidence)));
        ctl_put(stdout, source);
    }
    fputc('\n', stdout);
    if (value.len > 0) {
        put_blanks(value_at(t));
        ctl_put_folded(stdout, value, value_at(t), value_at(t), value_at(t) + VALUE_COLUMNS);
    }
    if (!fits) {
        put_blanks(value_at(t) + INDENT);
        ctl_put_folded(stdout, source, value_at(t) + INDENT, value_at(t) + INDENT, t->width);
    }
}

static void print_note(void *arg, const char *name, struct fx_slice value,
                       const struct fx_provenance *from)
{
    struct table *t = arg;
    (void)value;
    if (from->note == NULL)
        return;
    if (!t->noted)
        fputs("\nnotes:\n", stdout);
    t->noted = true;
    printf("  %s: ", name);
    ctl_put_folded(stdout, fx_slice_str(from->note), INDENT + strlen(name) + 2, 2 * INDENT,
                   t->width);
}

static void print_variants(const struct fx_profile *p, const struct table *t)
{
    if (p->variant_count > 0)
        fputs("\nvariants:\n", stdout);
    for (size_t i = 0; i < p->variant_count; i++) {
        printf("  %s+%s: ", p->name, p->variants[i]->name);
        ctl_put_folded(stdout, fx_slice_str(p->variants[i]->title),
                       INDENT + strlen(p->name) + 1 + strlen(p->variants[i]->name) + 2,
                       2 * INDENT, t->width);
    }
}

static void print_whole(const struct fx_profile *p)
{
    static const char applies[] = "applies to: ";
    struct table t = {.name = strlen("setting"), .width = ctl_terminal_width(stdout)};
    if (t.width == 0)
        t.width = WIDTH;
    fx_profile_each(p, measure_setting, &t);
    ctl_put_str(stdout, p->name);
    fputs(": ", stdout);
    ctl_put_folded(stdout, fx_slice_str(p->title), strlen(p->name) + 2, INDENT, t.width);
    fputs(applies, stdout);
    ctl_put_folded(stdout, fx_slice_str(p->applies), strlen(applies), INDENT, t.width);
    fputc('\n', stdout);
    put_blanks(INDENT);
    put_padded(FX_LIT("setting"), t.name);
    put_padded(FX_LIT("value"), VALUE_COLUMNS);
    put_padded(FX_LIT("confidence"), CONFIDENCE_COLUMNS);
    fputs("source\n", stdout);
    fx_profile_each(p, print_setting, &t);
    fx_profile_each(p, print_note, &t);
    print_variants(p, &t);
    if (p->remedy != NULL && p->remedy[0] != NULL)
        fputs("\nremedy:\n", stdout);
    for (size_t i = 0; p->remedy != NULL && p->remedy[i] != NULL; i++) {
        fputs("  ", stdout);
        ctl_put_str(stdout, p->remedy[i]);
        fputc('\n', stdout);
    }
    fputc('\n', stdout);
}

/* What stands in one row of the list. */
struct row {
    struct fx_slice name, title, applies;
};

static struct row row_of(const struct fx_profile *p)
{
    if (p == NULL)
        return (struct row){FX_LIT("name"), FX_LIT("title"), FX_LIT("applies to")};
    return (struct row){fx_slice_str(p->name), fx_slice_str(p->title),
                        fx_slice_str(p->applies)};
}

static void widen(size_t *columns, struct fx_slice s)
{
    size_t needed = ctl_columns(s);
    if (needed > *columns)
        *columns = needed;
}

/* A row each where the terminal has room for them, or where there is none; else two lines. */
static void print_list(struct fx_profile *const *profiles, size_t count)
{
    size_t width = ctl_terminal_width(stdout), name = 0, title = 0, applies = 0;
    for (size_t i = 0; i <= count; i++) {
        struct row row = row_of(i == 0 ? NULL : profiles[i - 1]);
        widen(&name, row.name);
        widen(&title, row.title);
        widen(&applies, row.applies);
    }
    bool one_line = width == 0 || name + GAP + title + GAP + applies <= width;
    for (size_t i = 0; i <= count; i++) {
        struct row row = row_of(i == 0 ? NULL : profiles[i - 1]);
        put_padded(row.name, name);
        if (one_line) {
            put_padded(row.title, title);
            ctl_put(stdout, row.applies);
            fputc('\n', stdout);
            continue;
        }
        ctl_put_folded(stdout, row.title, name + GAP, name + GAP, width);
        put_blanks(name + GAP + INDENT);
        ctl_put_folded(stdout, row.applies, name + GAP + INDENT, name + GAP + INDENT, width);
    }
}

enum form { FORM_LIST, FORM_WHOLE, FORM_JSON };

static bool print_all(struct fx_profile *const *profiles, size_t count, enum form form)
{
    bool good = true;
    if (form == FORM_LIST && count > 0)
        print_list(profiles, count);
    for (size_t i = 0; i < count && form != FORM_LIST; i++) {
        if (form == FORM_WHOLE)
            print_whole(profiles[i]);
        else
            good = print_json(profiles[i]) && good;
    }
    return good;
}

/* All that can be read are printed: a faulty one does not hide the rest. */
static int load_and_print(char *const *names, size_t count, const char *const *dirs,
                          enum form form)
{
    struct fx_profile **profiles = calloc(count + 1, sizeof *profiles);
    size_t loaded = 0;
    int code = CTL_EXIT_OK;
    if (profiles == NULL)
        return CTL_EXIT_TRY_LATER;
    for (size_t i = 0; i < count; i++) {
        struct fx_faults faults = {0};
        profiles[loaded] = fx_config_load_profile(names[i], dirs, &faults);
        if (profiles[loaded] == NULL)
            code = ctl_faults(&faults);
        else
            loaded++;
        fx_faults_finish(&faults);
    }
    if (!print_all(profiles, loaded, form))
        code = CTL_EXIT_TRY_LATER;
    for (size_t i = 0; i < loaded; i++)
        fx_profile_destroy(profiles[i]);
    free(profiles);
    return code;
}

static int with_names(const struct ctl_command *self, char *const *wanted, size_t wanted_count,
                      bool json, char *const *names, size_t count, const char *const *dirs)
{
    for (size_t i = 0; i < wanted_count; i++) {
        const char *wrong = ctl_profile_wrong(wanted[i], names, count, dirs);
        if (wrong != NULL)
            return ctl_usage(self, wanted[i], wrong);
    }
    if (count == 0)
        fputs(CTL_PROGRAM " profiles: no profiles are installed\n", stderr);
    enum form form = json ? FORM_JSON : wanted_count > 0 ? FORM_WHOLE : FORM_LIST;
    int code = wanted_count > 0 ? load_and_print(wanted, wanted_count, dirs, form)
                                : load_and_print(names, count, dirs, form);
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
            "NAME+VARIANT shows a profile with another reading of its sources.\n"
            "Profiles are looked for where they were installed, or in the folders of the\n"
            "environment variable FIXUP_PROFILE_PATH (separated by colons, the first wins).\n\n"
            "      --json       one JSON object a line\n",
    .run = run,
};
