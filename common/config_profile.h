/* config_profile - what the readers of profile files share. Private to config_*.c.
 *
 * All of them add a fault to r->faults and go on; the caller compares the count of faults.
 * Texts kept in the profile belong to it.
 */
#ifndef FX_CONFIG_PROFILE_H
#define FX_CONFIG_PROFILE_H

#include "config_reader.h"

struct fx_profile_file {
    struct fx_reader *r;
    struct fx_profile *p; /* being filled */
};

/* ---- config_provenance.c ---- */

struct fx_place fx_file_at(const struct fx_profile_file *f, const config_setting_t *s);
/* A string; "" for a setting of another type. Borrowed from the tree. */
const char *fx_file_word(const config_setting_t *s);
/* The same for a fault: in quotes, or "a value that is no string". */
const char *fx_file_shown(struct fx_quoted *q, const config_setting_t *s);
/* "GROUP.MEMBER" for a fault, cut to cap. */
const char *fx_file_name(char *out, size_t cap, const char *group, const char *member);
/* A copy of text into *out, untouched without memory. */
void fx_file_keep(const struct fx_profile_file *f, const char *text, char **out);
/* The same for a setting that has to be one line of text. */
void fx_file_line(const struct fx_profile_file *f, const config_setting_t *s, const char *name,
                  char **out);
/* A fault for each member of the group that is not among `members` (NULL-terminated). */
void fx_file_members(const struct fx_profile_file *f, const config_setting_t *group,
                     const char *name, const char *const *members);
/* Confidence, source and note of a group. */
void fx_file_provenance(const struct fx_profile_file *f, const config_setting_t *group,
                        const char *name, struct fx_provenance *from);

/* ---- config_profile.c ---- */

/* One setting of a profile, or of a variant, by its name. */
void fx_file_member(const struct fx_profile_file *f, const config_setting_t *s);

/* ---- config_variants.c ---- */

/* The group `variants`: each into p->variants. */
void fx_file_variants(const struct fx_profile_file *f, const config_setting_t *s);
/* Whether each variant hangs together with the profile, which is complete. */
void fx_file_variants_whole(const struct fx_profile_file *f, const config_setting_t *root);

/* ---- config_rules.c ---- */

void fx_file_rules(const struct fx_profile_file *f, const config_setting_t *s);

#endif
