/* config_profile - one profile file, its format described in fixup-profile(5), into a profile.
 */
#include "config_profile.h"

#include <stdlib.h>
#include <string.h>

static const char *const setting_members[] = {"value", "confidence", "source", "note", NULL};

/* The value of a setting, with its provenance read; NULL after a fault. */
static const config_setting_t *value_of(const struct fx_profile_file *f,
                                        const config_setting_t *group, const char *name,
                                        struct fx_provenance *from)
{
    if (config_setting_type(group) != CONFIG_TYPE_GROUP) {
        fx_fault(f->r->faults, fx_file_at(f, group), name,
                 "is not a group; allowed: { value = ...; confidence = \"...\"; source = "
                 "\"...\"; }");
        return NULL;
    }
    fx_file_members(f, group, name, setting_members);
    fx_file_provenance(f, group, name, from);
    const config_setting_t *value = config_setting_get_member(group, "value");
    if (value == NULL)
        fx_fault(f->r->faults, fx_file_at(f, group), name, "has no value");
    return value;
}

/* ---- the settings ---- */

/* Adds the bit of one word to *set; false when there is no such word. */
typedef bool add_bit(struct fx_slice word, uint64_t *set);
typedef const char *name_of(unsigned n);

static bool add_verb(struct fx_slice word, uint64_t *set)
{
    enum fx_verb verb = fx_verb_find(word);
    if (verb == FX_VERB_UNKNOWN)
        return false;
    *set |= FX_BIT(verb);
    return true;
}

static bool add_extension(struct fx_slice word, uint64_t *set)
{
    enum fx_extension ext = fx_extension_find(word);
    if (ext == FX_EXT_UNKNOWN)
        return false;
    *set |= FX_BIT(ext);
    return true;
}

static const char *verb_name(unsigned n)
{
    return fx_verb_name((enum fx_verb)n);
}

static const char *extension_name(unsigned n)
{
    return fx_extension_name((enum fx_extension)n);
}

static void read_set(const struct fx_profile_file *f, const config_setting_t *value,
                     const char *name, const char *what, add_bit *add, name_of *name_at,
                     unsigned count, uint64_t *set)
{
    if (!fx_values_array(f->r, value, name, what))
        return;
    int length = config_setting_length(value);
    for (int i = 0; i < length; i++) {
        const char *word = config_setting_get_string_elem(value, i);
        struct fx_choice choice;
        struct fx_quoted q;
        if (word == NULL || add(fx_slice_str(word), set))
            continue;
        fx_choice_init(&choice, word);
        for (unsigned n = 1; n < count; n++)
            fx_choice_add(&choice, name_at(n));
        fx_fault(f->r->faults, fx_file_at(f, config_setting_get_elem(value, (unsigned)i)), name,
                 "%s is not among the %s; %s", fx_quote(&q, word), what,
                 fx_choice_text(&choice));
    }
}

static void read_verbs(const struct fx_profile_file *f, const config_setting_t *s)
{
    const config_setting_t *value = value_of(f, s, "verbs", &f->p->verbs.from);
    if (value != NULL)
        read_set(f, value, "verbs.value", "verbs", add_verb, verb_name, FX_VERB_COUNT,
                 &f->p->verbs.set);
}

static void read_extensions(const struct fx_profile_file *f, const config_setting_t *s)
{
    const config_setting_t *value = value_of(f, s, "extensions", &f->p->extensions.from);
    if (value != NULL)
        read_set(f, value, "extensions.value", "EHLO keywords", add_extension, extension_name,
                 FX_EXT_COUNT, &f->p->extensions.set);
}

/* Printable ASCII without what every address is made of. */
static bool address_character(char c)
{
    char l = fx_ascii_lower(c);
    return c > ' ' && c < 0x7F && !fx_ascii_digit(c) && !(l >= 'a' && l <= 'z') && c != '@' &&
           c != '.';
}

static void read_address_characters(const struct fx_profile_file *f, const config_setting_t *s)
{
    const config_setting_t *value =
        value_of(f, s, "address_characters", &f->p->address_characters.from);
    const char *text = NULL;
    if (value == NULL)
        return;
    if (config_setting_type(value) == CONFIG_TYPE_STRING)
        text = config_setting_get_string(value);
    bool good = text != NULL && text[0] != '\0' && strlen(text) <= 64;
    for (size_t i = 0; good && text[i] != '\0'; i++)
        good = address_character(text[i]) && strchr(text + i + 1, text[i]) == NULL;
    if (!good)
        fx_fault(f->r->faults, fx_file_at(f, value), "address_characters.value",
                 "is not a set of characters; allowed: a string of printable ASCII characters, "
                 "each once, no letters, digits, dots, @ or blanks");
    else
        fx_file_keep(f, text, &f->p->address_characters.set);
}

static void read_banner(const struct fx_profile_file *f, const config_setting_t *s)
{
    const config_setting_t *value = value_of(f, s, "banner", &f->p->banner.from);
    struct fx_choice choice;
    struct fx_quoted q;
    if (value == NULL || fx_banner_find(fx_slice_str(fx_file_word(value)), &f->p->banner.style))
        return;
    fx_choice_init(&choice, NULL);
    for (size_t i = 0; i < FX_BANNER_COUNT; i++)
        fx_choice_add(&choice, fx_banner_name((enum fx_banner)i));
    fx_fault(f->r->faults, fx_file_at(f, value), "banner.value", "%s is not a style; %s",
             fx_file_shown(&q, value), fx_choice_text(&choice));
}

static void read_ehlo_reply(const struct fx_profile_file *f, const config_setting_t *s)
{
    const config_setting_t *value = value_of(f, s, "ehlo_reply", &f->p->ehlo_reply.from);
    struct fx_choice choice;
    struct fx_quoted q;
    if (value == NULL ||
        fx_ehlo_reply_find(fx_slice_str(fx_file_word(value)), &f->p->ehlo_reply.style))
        return;
    fx_choice_init(&choice, NULL);
    for (size_t i = 0; i < FX_EHLO_REPLY_COUNT; i++)
        fx_choice_add(&choice, fx_ehlo_reply_name((enum fx_ehlo_reply)i));
    fx_fault(f->r->faults, fx_file_at(f, value), "ehlo_reply.value", "%s is not a style; %s",
             fx_file_shown(&q, value), fx_choice_text(&choice));
}

static void read_switch(const struct fx_profile_file *f, const config_setting_t *s,
                        struct fx_provenance *from, bool *on)
{
    const char *name = config_setting_name(s);
    const config_setting_t *value = value_of(f, s, name, from);
    if (value == NULL)
        return;
    if (config_setting_type(value) != CONFIG_TYPE_BOOL)
        fx_fault(f->r->faults, fx_file_at(f, value), name,
                 "has no truth value; allowed: true, false");
    else
        *on = config_setting_get_bool(value) != 0;
}

static void read_tls(const struct fx_profile_file *f, const config_setting_t *s)
{
    read_switch(f, s, &f->p->tls_ends_inspection.from, &f->p->tls_ends_inspection.on);
}

static void read_split(const struct fx_profile_file *f, const config_setting_t *s)
{
    read_switch(f, s, &f->p->split_end_of_data.from, &f->p->split_end_of_data.on);
}

static void read_content_type(const struct fx_profile_file *f, const config_setting_t *s)
{
    read_switch(f, s, &f->p->content_type_fault.from, &f->p->content_type_fault.on);
}

/* ---- the file ---- */

static void read_title(const struct fx_profile_file *f, const config_setting_t *s)
{
    fx_file_line(f, s, "title", &f->p->title);
}

static void read_applies(const struct fx_profile_file *f, const config_setting_t *s)
{
    fx_file_line(f, s, "applies", &f->p->applies);
}

static void read_remedy(const struct fx_profile_file *f, const config_setting_t *s)
{
    if (!fx_values_array(f->r, s, "remedy", "commands"))
        return;
    int count = config_setting_length(s);
    if (count == 0) {
        fx_fault(f->r->faults, fx_file_at(f, s), "remedy",
                 "is empty; allowed: commands, a line each");
        return;
    }
    f->p->remedy = calloc((size_t)count + 1, sizeof *f->p->remedy);
    /* no fault: malloc-leak: kept in f->p->remedy */
    if (f->p->remedy == NULL) {
        fx_fault_memory(f->r->faults);
        return;
    }
    size_t n = 0;
    for (int i = 0; i < count; i++) {
        fx_file_line(f, config_setting_get_elem(s, (unsigned)i), "remedy", &f->p->remedy[n]);
        if (f->p->remedy[n] != NULL)
            n++;
    }
}

static void read_inherit(const struct fx_profile_file *f, const config_setting_t *s)
{
    (void)f;
    (void)s; /* read before all others, see fx_profile_read */
}

static const struct member {
    const char *name;
    void (*read)(const struct fx_profile_file *f, const config_setting_t *s);
} members[] = {
    {"title", read_title},
    {"applies", read_applies},
    {"inherit", read_inherit},
    {"remedy", read_remedy},
    {"verbs", read_verbs},
    {"extensions", read_extensions},
    {"address_characters", read_address_characters},
    {"banner", read_banner},
    {"ehlo_reply", read_ehlo_reply},
    {"tls_ends_inspection", read_tls},
    {"split_end_of_data", read_split},
    {"content_type_fault", read_content_type},
    {"rules", fx_file_rules},
    {"variants", fx_file_variants},
};

#define MEMBERS (sizeof members / sizeof members[0])

void fx_file_member(const struct fx_profile_file *f, const config_setting_t *s)
{
    struct fx_choice choice;
    char name[96];

    fx_choice_init(&choice, config_setting_name(s));
    for (size_t i = 0; i < MEMBERS; i++) {
        if (strcmp(members[i].name, config_setting_name(s)) == 0) {
            members[i].read(f, s);
            return;
        }
        fx_choice_add(&choice, members[i].name);
    }
    struct fx_text t;
    fx_text_init_fixed(&t, name, sizeof name - 1);
    fx_text_add(&t, fx_slice_first(fx_slice_str(config_setting_name(s)), sizeof name - 1));
    name[t.len] = '\0';
    fx_fault(f->r->faults, fx_file_at(f, s), name, "is not a setting; %s",
             fx_choice_text(&choice));
}

#define INHERIT_MAX 32

/* The profile that this one inherits from; NULL and *good when there is none. */
static const struct fx_profile *parent_of(const struct fx_profile_file *f,
                                          const config_setting_t *root, bool *good)
{
    const config_setting_t *s = config_setting_get_member(root, "inherit");
    const struct fx_profile *parent = NULL;
    *good = true;
    if (s == NULL)
        return NULL;
    if (config_setting_type(s) != CONFIG_TYPE_STRING)
        fx_fault(f->r->faults, fx_file_at(f, s), "inherit",
                 "is not a name; allowed: the name of a profile");
    else if (f->r->inheriting == INHERIT_MAX)
        fx_fault(f->r->faults, fx_file_at(f, s), "inherit",
                 "goes through too many profiles; allowed: %d", INHERIT_MAX);
    else {
        f->r->inheriting++;
        parent = fx_cache_get(f->r, fx_file_word(s), fx_file_at(f, s), "inherit");
        f->r->inheriting--;
    }
    *good = parent != NULL;
    return parent;
}

static bool read_tree(const struct fx_profile_file *f, const config_setting_t *root)
{
    size_t before = f->r->faults->count;
    bool good;
    const struct fx_profile *parent = parent_of(f, root, &good);
    int count = config_setting_length(root);

    for (int i = 0; i < count; i++)
        fx_file_member(f, config_setting_get_elem(root, (unsigned)i));
    if (!good || f->r->faults->count > before || f->r->faults->incomplete)
        return false;
    if (parent != NULL && !fx_profile_inherit(f->p, parent)) {
        fx_fault_memory(f->r->faults);
        return false;
    }
    if (fx_profile_whole(f->r, f->p, fx_file_at(f, root)))
        fx_file_variants_whole(f, root);
    return f->r->faults->count == before && !f->r->faults->incomplete;
}

bool fx_profile_read(struct fx_reader *r, const char *path, struct fx_profile *p)
{
    const struct fx_source *outer = r->source;
    struct fx_source source;
    struct fx_profile_file f = {r, p};
    bool good = fx_source_load(&source, path, r->faults);

    if (good) {
        r->source = &source;
        good = read_tree(&f, config_root_setting(&source.tree));
        r->source = outer;
    }
    if (good && !fx_source_give_files(&source, r->files)) {
        fx_fault_memory(r->faults);
        good = false;
    }
    fx_source_finish(&source);
    return good;
}
