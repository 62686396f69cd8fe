/* config_values - the settings of a file, read by the table of settings.h.
 *
 * The table says which names there are, and for each the type and the range; this file knows
 * the types. What a list or a group means is left to config_policy.c, which finds its place
 * here.
 */
#include "config_reader.h"

#include <string.h>

#define NAME_MAX_OCTETS 160

static const char *type_found(const config_setting_t *s)
{
    switch (config_setting_type(s)) {
    case CONFIG_TYPE_GROUP:
        return "a group { }";
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        return "a number";
    case CONFIG_TYPE_FLOAT:
        return "a number with a fraction";
    case CONFIG_TYPE_STRING:
        return "a string";
    case CONFIG_TYPE_BOOL:
        return "a truth value";
    case CONFIG_TYPE_ARRAY:
        return "an array [ ]";
    default:
        return "a list ( )";
    }
}

void fx_values_default(struct fx_values *v)
{
    for (size_t i = 0; i < FX_SETTING_COUNT; i++) {
        const struct fx_setting_row *row = fx_settings_row(i);
        v->of[i] = (struct fx_value){.number = row->number, .text = row->text};
    }
}

/* A name as it stands in faults: libconfig allows them to be of any length. */
static void dotted(char *out, size_t cap, const char *group, const char *member)
{
    struct fx_text t;
    fx_text_init_fixed(&t, out, cap - 1);
    fx_text_add(&t, fx_slice_first(fx_slice_str(group), cap / 2));
    if (t.len > 0)
        fx_text_add_char(&t, '.');
    fx_text_add(&t, fx_slice_first(fx_slice_str(member), cap - 1 - t.len));
    out[t.len] = '\0';
}

/* ---- one function a type; each adds a fault or fills in the value ---- */

struct target {
    struct fx_reader *r;
    const struct fx_setting_row *row;
    const config_setting_t *place;
    const char *name;
    struct fx_value *value;
};

static void wrong_type(const struct target *t, const char *allowed)
{
    fx_fault(t->r->faults, fx_reader_at(t->r, t->place), t->name, "is %s; allowed: %s",
             type_found(t->place), allowed);
}

static void read_bool(const struct target *t)
{
    if (config_setting_type(t->place) != CONFIG_TYPE_BOOL) {
        wrong_type(t, "true, false");
        return;
    }
    t->value->number = config_setting_get_bool(t->place) != 0;
    t->value->place = t->place;
}

static void read_number(const struct target *t)
{
    const struct fx_setting_row *row = t->row;
    const char *blank = row->unit != NULL ? " " : "",
               *unit = row->unit != NULL ? row->unit : "";
    int type = config_setting_type(t->place);
    if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
        fx_fault(t->r->faults, fx_reader_at(t->r, t->place), t->name,
                 "is %s; allowed: a number from %lld to %lld%s%s", type_found(t->place),
                 (long long)row->min, (long long)row->max, blank, unit);
        return;
    }
    int64_t n = config_setting_get_int64(t->place);
    if (n < row->min || n > row->max) {
        fx_fault(t->r->faults, fx_reader_at(t->r, t->place), t->name,
                 "%lld is out of range; allowed: %lld to %lld%s%s", (long long)n,
                 (long long)row->min, (long long)row->max, blank, unit);
        return;
    }
    t->value->number = n;
    t->value->place = t->place;
}

/* The string of a setting that has to be one; NULL after a fault. */
static const char *string_of(const struct target *t, const char *allowed)
{
    if (config_setting_type(t->place) != CONFIG_TYPE_STRING) {
        wrong_type(t, allowed);
        return NULL;
    }
    const char *text = config_setting_get_string(t->place);
    return text != NULL ? text : "";
}

static void read_octal(const struct target *t)
{
    const char *text = string_of(t, "a string of octal digits such as \"0660\"");
    struct fx_quoted q;
    int64_t mode = 0;
    if (text == NULL)
        return;
    size_t n = 0;
    while (n < 5 && text[n] >= '0' && text[n] <= '7')
        mode = mode * 8 + (text[n++] - '0');
    if (n == 0 || text[n] != '\0' || mode > t->row->max) {
        fx_fault(t->r->faults, fx_reader_at(t->r, t->place), t->name,
                 "%s is not a mode; allowed: octal digits, \"0\" to \"0777\"",
                 fx_quote(&q, text));
        return;
    }
    t->value->number = mode;
    t->value->place = t->place;
}

static void read_word(const struct target *t)
{
    struct fx_choice choice;
    struct fx_quoted q;
    const char *text = "";
    bool is_string = config_setting_type(t->place) == CONFIG_TYPE_STRING;
    if (is_string)
        text = string_of(t, "");
    fx_choice_init(&choice, NULL); /* so few words need no hint */
    for (size_t i = 0; t->row->words[i] != NULL; i++) {
        if (is_string && strcmp(text, t->row->words[i]) == 0) {
            t->value->number = (int64_t)i;
            t->value->text = t->row->words[i];
            t->value->place = t->place;
            return;
        }
        fx_choice_add(&choice, t->row->words[i]);
    }
    if (is_string)
        fx_fault(t->r->faults, fx_reader_at(t->r, t->place), t->name, "%s is not %s; %s",
                 fx_quote(&q, text), t->row->unit, fx_choice_text(&choice));
    else
        wrong_type(t, fx_choice_text(&choice) + strlen("allowed: "));
}

#define PATH_OCTETS \
    4095 /* PATH_MAX of Linux without its NUL; a folder may still go before it */

/* What is wrong with a string for its type; NULL: nothing. */
static const char *string_fault(const struct fx_setting_row *row, const char *text)
{
    struct fx_slice s = fx_slice_str(text);
    bool remote;
    if (s.len == 0)
        return row->may_be_empty ? NULL : "is empty; allowed: a string with something in it";
    if ((row->type == FX_TYPE_PATH || row->type == FX_TYPE_SOCKET) && s.len > PATH_OCTETS)
        return "is too long; allowed: 4095 octets";
    if (row->type == FX_TYPE_SOCKET)
        return fx_socket_check(s, &remote);
    if (row->type == FX_TYPE_PORT && !fx_port_check(s))
        return "is not an address with a port; allowed: 127.0.0.1:9797, [::1]:9797 and the "
               "like";
    return NULL;
}

static void read_string(const struct target *t)
{
    const char *text = string_of(t, "a string");
    struct fx_quoted q;
    if (text == NULL)
        return;
    const char *wrong = string_fault(t->row, text);
    if (wrong != NULL) {
        fx_fault(t->r->faults, fx_reader_at(t->r, t->place), t->name, "%s %s",
                 fx_quote(&q, text), wrong);
        return;
    }
    t->value->text = text;
    t->value->place = t->place;
}

bool fx_values_array(struct fx_reader *r, const config_setting_t *array, const char *name,
                     const char *of_what)
{
    bool good = config_setting_type(array) == CONFIG_TYPE_ARRAY;
    if (!good)
        fx_fault(r->faults, fx_reader_at(r, array), name,
                 "is %s; allowed: an array [ \"...\" ] of %s", type_found(array), of_what);
    else if (config_setting_length(array) > 0 &&
             config_setting_type(config_setting_get_elem(array, 0)) != CONFIG_TYPE_STRING) {
        fx_fault(r->faults, fx_reader_at(r, array), name,
                 "is not an array of strings; allowed: an array [ \"...\" ] of %s", of_what);
        good = false;
    }
    return good;
}

static void read_names(const struct target *t, const char *of_what)
{
    if (t->row->type == FX_TYPE_PROFILES &&
        config_setting_type(t->place) == CONFIG_TYPE_STRING) {
        struct fx_quoted q;
        const char *text = string_of(t, "");
        if (text == NULL || strcmp(text, "all") != 0) {
            fx_fault(t->r->faults, fx_reader_at(t->r, t->place), t->name,
                     "%s is neither; allowed: \"all\", or an array [ \"...\" ] of %s",
                     fx_quote(&q, text != NULL ? text : ""), of_what);
            return;
        }
    } else if (!fx_values_array(t->r, t->place, t->name, of_what)) {
        return;
    }
    t->value->place = t->place;
}

static void read_complex(const struct target *t, int type, const char *allowed)
{
    if (config_setting_type(t->place) != type)
        wrong_type(t, allowed);
    else
        t->value->place = t->place;
}

static void read_value(const struct target *t)
{
    switch (t->row->type) {
    case FX_TYPE_BOOL:
        read_bool(t);
        return;
    case FX_TYPE_NUMBER:
        read_number(t);
        return;
    case FX_TYPE_OCTAL:
        read_octal(t);
        return;
    case FX_TYPE_WORD:
        read_word(t);
        return;
    case FX_TYPE_STRING:
    case FX_TYPE_PATH:
    case FX_TYPE_SOCKET:
    case FX_TYPE_PORT:
    case FX_TYPE_PROFILE:
        read_string(t);
        return;
    case FX_TYPE_PROFILES:
        read_names(t, "profiles");
        return;
    case FX_TYPE_EXTENSIONS:
        read_names(t, "EHLO keywords");
        return;
    case FX_TYPE_NETWORKS:
        read_names(t, "networks");
        return;
    case FX_TYPE_RULES:
        read_complex(t, CONFIG_TYPE_GROUP, "a group { rule = \"mode\"; }");
        return;
    case FX_TYPE_CLIENTS:
        read_complex(t, CONFIG_TYPE_LIST, "a list ( { ... }, { ... } ) of groups");
        return;
    }
}

static void note_inert(const struct target *t)
{
    const struct fx_setting_row *row = t->row;
    if (t->value->place != t->place)
        return;
    bool same = t->value->number == row->number;
    if (row->text != NULL)
        same = t->value->text != NULL && strcmp(t->value->text, row->text) == 0;
    if (row->inert && !same)
        fx_fault(t->r->notices, fx_reader_at(t->r, t->place), t->name, "has no effect yet");
}

/* ---- the walk through the tree ---- */

struct walk {
    struct fx_reader *r;
    struct fx_values *v;
    bool client; /* a block of `clients` */
};

/* The row that `key` names in this scope. A block's settings are those of `clients` and,
 * without the word before the dot, those of `policy`; `simulate` is the same in both. */
static const struct fx_setting_row *find_row(bool client, const char *key)
{
    static const char *const prefixes[] = {"", "clients.", "policy."};
    for (size_t i = 0; i < (client ? 3U : 1U); i++) {
        char full[2 * NAME_MAX_OCTETS];
        struct fx_text t;
        fx_text_init_fixed(&t, full, sizeof full);
        fx_text_add_str(&t, prefixes[i]);
        fx_text_add_str(&t, key);
        const struct fx_setting_row *row = fx_settings_find(fx_text_slice(&t));
        if (row != NULL && !t.overflow &&
            (client ? row->scope != FX_SCOPE_FILE : row->scope != FX_SCOPE_CLIENT))
            return row;
    }
    return NULL;
}

/* Row n under its name in this scope; NULL when it has none. */
static const char *name_in_scope(const struct fx_setting_row *row, bool client)
{
    if (!client)
        return row->scope == FX_SCOPE_CLIENT ? NULL : row->name;
    if (row->scope == FX_SCOPE_FILE)
        return NULL;
    for (size_t i = 0; i < 2; i++) {
        const char *prefix = i == 0 ? "clients." : "policy.";
        if (strncmp(row->name, prefix, strlen(prefix)) == 0)
            return row->name + strlen(prefix);
    }
    return row->name;
}

/* The next word of name below group `key`, into word; false when it is not below. */
static bool member_of(const char *name, const char *key, char *word, size_t cap)
{
    size_t len = strlen(key);
    if (len > 0 && (strncmp(name, key, len) != 0 || name[len] != '.'))
        return false;
    const char *rest = name + (len > 0 ? len + 1 : 0);
    struct fx_slice s = fx_slice_str(rest);
    s = fx_slice_first(s, fx_slice_find(s, '.'));
    if (s.len == 0 || s.len >= cap)
        return false;
    memcpy(word, s.ptr, s.len);
    word[s.len] = '\0';
    return true;
}

static bool is_group(bool client, const char *key)
{
    char word[NAME_MAX_OCTETS];
    const struct fx_setting_row *row;
    for (size_t i = 0; (row = fx_settings_row(i)) != NULL; i++) {
        const char *name = name_in_scope(row, client);
        if (name != NULL && member_of(name, key, word, sizeof word))
            return true;
    }
    return false;
}

static void unknown_setting(const struct walk *w, const config_setting_t *s, const char *group,
                            const char *name)
{
    /* the words stay here while the choice borrows them */
    char words[FX_SETTING_COUNT][NAME_MAX_OCTETS];
    size_t count = 0;
    struct fx_choice choice;
    const struct fx_setting_row *row;

    fx_choice_init(&choice, config_setting_name(s));
    for (size_t i = 0; (row = fx_settings_row(i)) != NULL; i++) {
        const char *full = name_in_scope(row, w->client);
        if (full == NULL || !member_of(full, group, words[count], sizeof words[count]) ||
            (count > 0 && strcmp(words[count], words[count - 1]) == 0))
            continue;
        fx_choice_add(&choice, words[count++]);
    }
    fx_fault(w->r->faults, fx_reader_at(w->r, s), name, "is not a setting; %s",
             fx_choice_text(&choice));
}

/* no fault: misc-no-recursion: no deeper than the names of groups in the table */
static void walk_group(const struct walk *w, const config_setting_t *group, const char *key,
                       const char *shown)
{
    int count = config_setting_length(group);
    for (int i = 0; i < count; i++) {
        const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
        char full[NAME_MAX_OCTETS], name[NAME_MAX_OCTETS];
        dotted(full, sizeof full, key, config_setting_name(s));
        dotted(name, sizeof name, shown, config_setting_name(s));
        const struct fx_setting_row *row = find_row(w->client, full);
        if (row != NULL) {
            size_t id = (size_t)(row - fx_settings_row(0));
            struct target t = {w->r, row, s, name, &w->v->of[id]};
            read_value(&t);
            note_inert(&t);
        } else if (!is_group(w->client, full)) {
            unknown_setting(w, s, key, name);
        } else if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
            fx_fault(w->r->faults, fx_reader_at(w->r, s), name,
                     "is %s; allowed: a group { ... }", type_found(s));
        } else {
            walk_group(w, s, full, name);
        }
    }
}

void fx_values_read(struct fx_reader *r, const config_setting_t *group, const char *name,
                    bool client, struct fx_values *v)
{
    struct walk w = {r, v, client};
    walk_group(&w, group, "", name);
}
