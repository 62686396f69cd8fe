/* config_policy - which profiles, modes and requirements hold: for all, and for a block of
 * clients.
 *
 * A block of `clients` says only what differs; the rest is the file's. Whatever is wrong is
 * told once, where it stands, and not again for each block that takes it over.
 */
#include "config_reader.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_OCTETS 128

struct builder {
    struct fx_reader *r;
    const struct fx_ruleset_origin *from;
    struct fx_ruleset *out;
};

/* The block's own value if it has one, else the file's. */
static const struct fx_value *value_of(const struct builder *b, enum fx_setting id)
{
    const struct fx_value *own = &b->from->own->of[id];
    return own->place != NULL ? own : &b->from->base->of[id];
}

/* Whether faults about this setting are for us to tell. */
static bool is_ours(const struct builder *b, enum fx_setting id)
{
    return b->from->own == b->from->base || b->from->own->of[id].place != NULL;
}

static const char *name_in(const struct builder *b, const char *member, char *out, size_t cap)
{
    struct fx_text t;
    fx_text_init_fixed(&t, out, cap - 1);
    fx_text_add_str(&t, b->from->name);
    fx_text_add_char(&t, '.');
    fx_text_add(&t, fx_slice_first(fx_slice_str(member), cap - 1 - t.len));
    out[t.len] = '\0';
    return out;
}

/* ---- profiles ---- */

static const struct fx_place command_line = {"command-line", 1};

/* One profile more, never twice; false when there is no place left. */
static bool add_profile(struct fx_ruleset *out, const struct fx_profile *p)
{
    for (size_t i = 0; i < out->profile_count; i++)
        if (out->profiles[i] == p)
            return true;
    if (out->profile_count == FX_MAX_PROFILES)
        return false;
    out->profiles[out->profile_count++] = p;
    return true;
}

static void build_profile(const struct builder *b)
{
    const struct fx_value *v = value_of(b, FX_SETTING_POLICY_PROFILE);
    const struct fx_config_override *o = b->from->override;
    bool own =
        b->from->own != b->from->base && v == &b->from->own->of[FX_SETTING_POLICY_PROFILE];
    char name[NAME_MAX_OCTETS];
    const char *setting = NULL;
    struct fx_profile *p;

    if (is_ours(b, FX_SETTING_POLICY_PROFILE))
        setting = name_in(b, "profile", name, sizeof name);
    if (o != NULL && o->profile != NULL && !own)
        p = fx_cache_get(b->r, o->profile, command_line, setting);
    else
        p = fx_cache_get(b->r, v->text, fx_reader_at(b->r, v->place), setting);
    if (p != NULL)
        (void)add_profile(b->out, p);
}

struct comparison {
    const struct builder *b;
    const char *setting; /* NULL: faults are told elsewhere */
    bool full;           /* told once that there are too many */
};

static void compare_one(struct comparison *c, const char *name, struct fx_place at)
{
    struct fx_profile *p = fx_cache_get(c->b->r, name, at, c->setting);
    if (p == NULL || add_profile(c->b->out, p) || c->full)
        return;
    c->full = true;
    if (c->setting != NULL)
        fx_fault(c->b->r->faults, at, c->setting, "has too many profiles; allowed: %d in all",
                 FX_MAX_PROFILES);
}

static void compare_all(struct comparison *c, struct fx_place at)
{
    char **names = NULL;
    size_t count = 0;
    if (!fx_config_profile_names(c->b->r->cache.dirs, &names, &count, c->b->r->faults))
        return;
    for (size_t i = 0; i < count; i++) {
        compare_one(c, names[i], at);
        free(names[i]);
    }
    free(names);
}

static void build_compare(const struct builder *b)
{
    const struct fx_value *v = value_of(b, FX_SETTING_POLICY_COMPARE);
    const struct fx_config_override *o = b->from->override;
    bool own =
        b->from->own != b->from->base && v == &b->from->own->of[FX_SETTING_POLICY_COMPARE];
    struct comparison c = {.b = b};
    char name[NAME_MAX_OCTETS];

    if (is_ours(b, FX_SETTING_POLICY_COMPARE))
        c.setting = name_in(b, "compare", name, sizeof name);
    if (o != NULL && !own && o->compare_all) {
        compare_all(&c, command_line);
    } else if (o != NULL && !own && (o->profile != NULL || o->compare != NULL)) {
        for (size_t i = 0; o->compare != NULL && i < o->compare_count; i++)
            compare_one(&c, o->compare[i], command_line);
    } else if (v->place != NULL && config_setting_type(v->place) == CONFIG_TYPE_STRING) {
        compare_all(&c, fx_reader_at(b->r, v->place));
    } else if (v->place != NULL) {
        int count = config_setting_length(v->place);
        for (int i = 0; i < count; i++)
            compare_one(&c, config_setting_get_string_elem(v->place, i),
                        fx_reader_at(b->r, config_setting_get_elem(v->place, (unsigned)i)));
    }
}

/* ---- modes ---- */

static bool mode_of(const config_setting_t *s, enum fx_mode *mode)
{
    const char *word = NULL;
    if (config_setting_type(s) == CONFIG_TYPE_STRING)
        word = config_setting_get_string(s);
    return word != NULL && fx_mode_find(fx_slice_str(word), mode);
}

static void fault_mode(const struct builder *b, const config_setting_t *s, const char *name)
{
    struct fx_choice choice;
    struct fx_quoted q;
    bool is_string = config_setting_type(s) == CONFIG_TYPE_STRING;

    fx_choice_init(&choice, NULL);
    for (size_t i = 0; i < FX_MODE_COUNT; i++)
        fx_choice_add(&choice, fx_mode_name((enum fx_mode)i));
    if (is_string)
        fx_fault(b->r->faults, fx_reader_at(b->r, s), name, "%s is not a mode; %s",
                 fx_quote(&q, config_setting_get_string(s)), fx_choice_text(&choice));
    else
        fx_fault(b->r->faults, fx_reader_at(b->r, s), name, "is not a string; %s",
                 fx_choice_text(&choice));
}

/* The signature anomalies all at once. They are not named by it: what is too mild, or only
 * assumed, still does not count. */
static void apply_group(const struct builder *b, enum fx_mode mode)
{
    for (size_t i = FX_RULE_DKIM_FIRST; i <= FX_RULE_DKIM_LAST; i++)
        b->out->rule_mode[i] = mode;
}

static bool is_group(const config_setting_t *s)
{
    return strcmp(config_setting_name(s), FX_RULES_DKIM) == 0;
}

static void apply_rule(const struct builder *b, const config_setting_t *s, bool tell)
{
    char member[NAME_MAX_OCTETS], name[NAME_MAX_OCTETS + 32];
    struct fx_text t;
    enum fx_rule rule;
    enum fx_mode mode;

    fx_text_init_fixed(&t, member, sizeof member - 1);
    fx_text_add_str(&t, "rules.");
    fx_text_add(&t, fx_slice_first(fx_slice_str(config_setting_name(s)), 64));
    member[t.len] = '\0';
    name_in(b, member, name, sizeof name);
    bool group = is_group(s);
    if (!group && !fx_rule_find(fx_slice_str(config_setting_name(s)), &rule)) {
        struct fx_choice choice;
        fx_choice_rules(&choice, config_setting_name(s), true);
        if (tell)
            fx_fault(b->r->faults, fx_reader_at(b->r, s), name, "is not a rule; %s",
                     fx_choice_text(&choice));
        return;
    }
    if (!mode_of(s, &mode)) {
        if (tell)
            fault_mode(b, s, name);
        return;
    }
    if (group)
        return; /* applied before all others */
    b->out->rule_mode[rule] = mode;
    b->out->rule_named[rule] = true;
    if (tell && fx_settings_rule_inert(rule))
        fx_fault(b->r->notices, fx_reader_at(b->r, s), name, "has no effect yet");
}

static void apply_rules(const struct builder *b, const struct fx_values *v, bool tell)
{
    const config_setting_t *group = v->of[FX_SETTING_POLICY_RULES].place;
    int count = group != NULL ? config_setting_length(group) : 0;
    enum fx_mode mode;
    for (int i = 0; i < count; i++) {
        const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
        if (is_group(s) && mode_of(s, &mode))
            apply_group(b, mode);
    }
    for (int i = 0; i < count; i++)
        apply_rule(b, config_setting_get_elem(group, (unsigned)i), tell);
}

static void build_modes(const struct builder *b)
{
    bool block = b->from->own != b->from->base;
    b->out->mode = (enum fx_mode)value_of(b, FX_SETTING_POLICY_MODE)->number;
    for (size_t i = 0; i < FX_RULE_COUNT; i++)
        b->out->rule_mode[i] = b->out->mode;
    /* A block that says "off" means all of it, but for rules it names itself. */
    if (!block || !is_ours(b, FX_SETTING_POLICY_MODE) || b->out->mode != FX_MODE_OFF)
        apply_rules(b, b->from->base, !block);
    if (block)
        apply_rules(b, b->from->own, true);
}

/* ---- the rest ---- */

static void build_require(const struct builder *b)
{
    const config_setting_t *array = value_of(b, FX_SETTING_POLICY_REQUIRE)->place;
    int count = array != NULL ? config_setting_length(array) : 0;
    for (int i = 0; i < count; i++) {
        const char *word = config_setting_get_string_elem(array, i);
        enum fx_extension ext = fx_extension_find(fx_slice_str(word));
        char name[NAME_MAX_OCTETS];
        struct fx_choice choice;
        struct fx_quoted q;

        if (ext != FX_EXT_UNKNOWN) {
            b->out->require |= FX_BIT(ext);
            continue;
        }
        if (!is_ours(b, FX_SETTING_POLICY_REQUIRE))
            continue;
        fx_choice_init(&choice, word);
        for (size_t n = 1; n < FX_EXT_COUNT; n++)
            fx_choice_add(&choice, fx_extension_name((enum fx_extension)n));
        fx_fault(b->r->faults, fx_reader_at(b->r, config_setting_get_elem(array, (unsigned)i)),
                 name_in(b, "require", name, sizeof name), "%s is not an EHLO keyword; %s",
                 fx_quote(&q, word), fx_choice_text(&choice));
    }
}

void fx_ruleset_build(struct fx_reader *r, const struct fx_ruleset_origin *from,
                      struct fx_ruleset *out)
{
    struct builder b = {r, from, out};
    *out = (struct fx_ruleset){0};
    build_profile(&b);
    build_compare(&b);
    build_modes(&b);
    build_require(&b);
    out->content_type_grade =
        (enum fx_grade)value_of(&b, FX_SETTING_POLICY_CONTENT_TYPE_GRADE)->number;
    out->dkim_severity =
        (enum fx_severity)value_of(&b, FX_SETTING_POLICY_DKIM_SEVERITY)->number;
    out->recipients.limit =
        (uint64_t)value_of(&b, FX_SETTING_SIMULATE_RECIPIENTS_LIMIT)->number;
    out->recipients.overflow =
        (enum fx_overflow)value_of(&b, FX_SETTING_SIMULATE_RECIPIENTS_OVERFLOW)->number;
    out->end_of_data.every = value_of(&b, FX_SETTING_SIMULATE_END_OF_DATA_EVERY)->number;
    out->end_of_data.hold_seconds =
        value_of(&b, FX_SETTING_SIMULATE_END_OF_DATA_HOLD_SECONDS)->number;
    out->end_of_data.max_held =
        (uint64_t)value_of(&b, FX_SETTING_SIMULATE_END_OF_DATA_MAX_HELD)->number;
}

/* ---- ownership ---- */

static bool in_use(const struct fx_ruleset *rules, const struct fx_profile *p)
{
    for (size_t i = 0; i < rules->profile_count; i++)
        if (rules->profiles[i] == p)
            return true;
    return false;
}

static int compare_profiles(const void *a, const void *b)
{
    const struct fx_profile *const *p = a, *const *q = b;
    return strcmp((*p)->name, (*q)->name);
}

bool fx_policy_take_profiles(struct fx_profile_cache *cache, struct fx_policy *policy)
{
    policy->profiles = calloc(cache->count + 1, sizeof *policy->profiles);
    if (policy->profiles == NULL)
        return false;
    for (size_t i = 0; i < cache->count; i++) {
        struct fx_profile_entry *e = &cache->entries[i];
        bool used = in_use(&policy->base, e->profile);
        for (size_t n = 0; !used && n < policy->block_count; n++)
            used = in_use(&policy->blocks[n].rules, e->profile);
        if (used) {
            policy->profiles[policy->profile_count++] = e->profile;
            e->profile = NULL;
        }
    }
    qsort(policy->profiles, policy->profile_count, sizeof *policy->profiles, compare_profiles);
    return true;
}
