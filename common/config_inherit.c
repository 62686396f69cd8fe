/* config_inherit - what a profile takes over from another, and whether the whole hangs
 * together. */
#include "config_reader.h"

#include <stdlib.h>

#define TITLE_MAX_OCTETS 4194304 /* as much as all files of a profile may have */

static bool copy_text(char **to, const char *from)
{
    if (from == NULL)
        return true;
    *to = fx_config_copy(fx_slice_str(from));
    return *to != NULL;
}

/* Copies provenance into an unset one. Strings come last: on failure everything is freeable. */
static bool copy_provenance(struct fx_provenance *to, const struct fx_provenance *from)
{
    to->set = from->set;
    to->confidence = from->confidence;
    return copy_text(&to->source, from->source) && copy_text(&to->note, from->note);
}

static bool inherit_remedy(struct fx_profile *p, const struct fx_profile *parent)
{
    size_t count = 0;
    if (p->remedy != NULL || parent->remedy == NULL)
        return true;
    while (parent->remedy[count] != NULL)
        count++;
    p->remedy = calloc(count + 1, sizeof *p->remedy);
    if (p->remedy == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!copy_text(&p->remedy[i], parent->remedy[i]))
            return false;
    return true;
}

static bool inherit_rules(struct fx_profile *p, const struct fx_profile *parent)
{
    for (size_t i = 0; i < FX_RULE_COUNT; i++) {
        struct fx_rule_setting *to = &p->rule[i];
        const struct fx_rule_setting *from = &parent->rule[i];
        if (to->from.set || !from->from.set)
            continue;
        to->action = from->action;
        to->has_limit = from->has_limit;
        to->limit = from->limit;
        to->overflow = from->overflow;
        if (!copy_provenance(&to->from, &from->from))
            return false;
    }
    return true;
}

bool fx_profile_inherit(struct fx_profile *p, const struct fx_profile *parent)
{
    bool good = true;
/* One setting: its value, then where it comes from. */
#define TAKE(member, value)                                                    \
    if (!p->member.from.set && parent->member.from.set) {                      \
        p->member.value = parent->member.value;                                \
        good = copy_provenance(&p->member.from, &parent->member.from) && good; \
    }
    TAKE(verbs, set)
    TAKE(extensions, set)
    TAKE(banner, style)
    TAKE(ehlo_reply, style)
    TAKE(tls_ends_inspection, on)
    TAKE(split_end_of_data, on)
    TAKE(content_type_fault, on)
#undef TAKE
    if (!p->address_characters.from.set && parent->address_characters.from.set)
        good = copy_provenance(&p->address_characters.from, &parent->address_characters.from) &&
               copy_text(&p->address_characters.set, parent->address_characters.set) && good;
    if (p->title == NULL)
        good = copy_text(&p->title, parent->title) && good;
    if (p->applies == NULL)
        good = copy_text(&p->applies, parent->applies) && good;
    return good && inherit_remedy(p, parent) && inherit_rules(p, parent);
}

bool fx_profile_lay_over(struct fx_profile *p, const struct fx_profile *base,
                         const struct fx_profile *variant)
{
    struct fx_text t;
    fx_text_init_growing(&t, TITLE_MAX_OCTETS);
    fx_text_add_str(&t, base->title);
    fx_text_add_str(&t, "; ");
    fx_text_add_str(&t, variant->title);
    p->title = t.overflow ? NULL : fx_config_copy(fx_text_slice(&t));
    fx_text_finish(&t);
    return p->title != NULL && fx_profile_inherit(p, variant) && fx_profile_inherit(p, base);
}

/* A rule without what it compares with could never answer. */
static void check_need(struct fx_reader *r, const struct fx_profile *p, struct fx_place at,
                       enum fx_rule rule, bool there, const char *what)
{
    if (p->rule[rule].from.set && p->rule[rule].action != FX_ACTION_NONE && !there)
        fx_fault(r->faults, at, "rules", "%s needs the setting %s", fx_rule_name(rule), what);
}

bool fx_profile_whole(struct fx_reader *r, const struct fx_profile *p, struct fx_place at)
{
    size_t before = r->faults->count;
    if (p->title == NULL)
        fx_fault(r->faults, at, "title", "is missing; allowed: a string of one line");
    if (p->applies == NULL)
        fx_fault(r->faults, at, "applies", "is missing; allowed: a string of one line");
    if (p->remedy == NULL)
        fx_fault(r->faults, at, "remedy", "is missing; allowed: an array of commands");
    check_need(r, p, at, FX_RULE_VERB_NOT_ALLOWED, p->verbs.from.set, "verbs");
    check_need(r, p, at, FX_RULE_EXTENSION_NOT_ALLOWED, p->extensions.from.set, "extensions");
    check_need(r, p, at, FX_RULE_ADDRESS_CHARACTER, p->address_characters.from.set,
               "address_characters");
    return r->faults->count == before;
}
