/* config_variants - the other readings of the sources that a profile file offers. All of them
 * are read and checked with the file, so that a faulty one shows before somebody switches to
 * it. */
#include "config_profile.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_OCTETS 96

static void count_setting(void *arg, const char *name, struct fx_slice value,
                          const struct fx_provenance *from)
{
    size_t *count = arg;
    (void)name;
    (void)value;
    (void)from;
    (*count)++;
}

static void read_members(const struct fx_profile_file *f, const config_setting_t *group,
                         const char *name)
{
    int count = config_setting_length(group);
    for (int i = 0; i < count; i++) {
        const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
        const char *member = config_setting_name(s);
        char full[NAME_MAX_OCTETS];
        if (strcmp(member, "inherit") == 0 || strcmp(member, "variants") == 0)
            fx_fault(f->r->faults, fx_file_at(f, s),
                     fx_file_name(full, sizeof full, name, member),
                     "cannot stand in a variant; allowed: title and the settings of a profile");
        else
            fx_file_member(f, s);
    }
}

/* One variant into the empty *p. */
static void read_variant(const struct fx_profile_file *f, const config_setting_t *group,
                         const char *name)
{
    size_t before = f->r->faults->count, settings = 0;
    if (config_setting_type(group) != CONFIG_TYPE_GROUP) {
        fx_fault(f->r->faults, fx_file_at(f, group), name,
                 "is not a group; allowed: { title = \"...\"; settings ... }");
        return;
    }
    read_members(f, group, name);
    if (f->r->faults->count > before)
        return;
    if (f->p->title == NULL)
        fx_fault(f->r->faults, fx_file_at(f, group), name,
                 "has no title; allowed: a string of one line");
    fx_profile_each(f->p, count_setting, &settings);
    if (settings == 0)
        fx_fault(f->r->faults, fx_file_at(f, group), name,
                 "changes nothing; allowed: the settings of a profile");
}

void fx_file_variants(const struct fx_profile_file *f, const config_setting_t *s)
{
    if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
        fx_fault(f->r->faults, fx_file_at(f, s), "variants",
                 "is not a group; allowed: { name : { title = \"...\"; settings ... }; }");
        return;
    }
    int count = config_setting_length(s);
    f->p->variants = calloc((size_t)count + 1, sizeof *f->p->variants);
    /* no fault: malloc-leak: kept in f->p->variants */
    for (int i = 0; i < count && f->p->variants != NULL; i++) {
        const config_setting_t *group = config_setting_get_elem(s, (unsigned)i);
        struct fx_profile_file own = {f->r, fx_profile_create(config_setting_name(group))};
        char name[NAME_MAX_OCTETS];
        if (own.p == NULL)
            break;
        f->p->variants[f->p->variant_count++] = own.p;
        fx_file_name(name, sizeof name, "variants", own.p->name);
        if (!fx_profile_name_good(fx_slice_str(own.p->name)))
            fx_fault(f->r->faults, fx_file_at(f, group), name,
                     "is not a name; allowed: up to 64 letters, digits, hyphens, underscores");
        read_variant(&own, group, name);
    }
    if (f->p->variants == NULL || f->p->variant_count < (size_t)count)
        fx_fault_memory(f->r->faults);
}

void fx_file_variants_whole(const struct fx_profile_file *f, const config_setting_t *root)
{
    const config_setting_t *group = config_setting_get_member(root, "variants");
    for (size_t i = 0; i < f->p->variant_count; i++) {
        const struct fx_profile *variant = f->p->variants[i];
        struct fx_profile *laid_over = fx_profile_create(variant->name);
        if (laid_over == NULL || !fx_profile_lay_over(laid_over, f->p, variant))
            fx_fault_memory(f->r->faults);
        else
            (void)fx_profile_whole(f->r, laid_over,
                                   fx_file_at(f, config_setting_get_elem(group, (unsigned)i)));
        fx_profile_destroy(laid_over);
    }
}
