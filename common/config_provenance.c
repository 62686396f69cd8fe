/* config_provenance - what every setting of a profile has beside its value: confidence, source,
 * note. A setting without its source is a fault, since nothing is a fact without one. */
#include "config_profile.h"

#include <string.h>

#define NAME_MAX_OCTETS 96

struct fx_place fx_file_at(const struct fx_profile_file *f, const config_setting_t *s)
{
    return fx_reader_at(f->r, s);
}

const char *fx_file_word(const config_setting_t *s)
{
    const char *word = NULL;
    if (config_setting_type(s) == CONFIG_TYPE_STRING)
        word = config_setting_get_string(s);
    return word != NULL ? word : "";
}

const char *fx_file_shown(struct fx_quoted *q, const config_setting_t *s)
{
    if (config_setting_type(s) != CONFIG_TYPE_STRING)
        return "a value that is no string";
    return fx_quote(q, fx_file_word(s));
}

const char *fx_file_name(char *out, size_t cap, const char *group, const char *member)
{
    struct fx_text t;
    fx_text_init_fixed(&t, out, cap - 1);
    fx_text_add(&t, fx_slice_first(fx_slice_str(group), cap / 2));
    fx_text_add_char(&t, '.');
    fx_text_add(&t, fx_slice_first(fx_slice_str(member), cap - 1 - t.len));
    out[t.len] = '\0';
    return out;
}

void fx_file_keep(const struct fx_profile_file *f, const char *text, char **out)
{
    char *copy = fx_config_copy(fx_slice_str(text));
    if (copy == NULL)
        fx_fault_memory(f->r->faults);
    else
        *out = copy;
}

void fx_file_line(const struct fx_profile_file *f, const config_setting_t *s, const char *name,
                  char **out)
{
    const char *text = fx_file_word(s);
    bool good = fx_slice_trim(fx_slice_str(text)).len > 0;
    for (size_t i = 0; text[i] != '\0'; i++)
        good = good && (unsigned char)text[i] >= 0x20 && text[i] != 0x7F;
    if (good)
        fx_file_keep(f, text, out);
    else
        fx_fault(f->r->faults, fx_file_at(f, s), name,
                 "is not a text; allowed: a string of one line");
}

void fx_file_members(const struct fx_profile_file *f, const config_setting_t *group,
                     const char *name, const char *const *members)
{
    int count = config_setting_length(group);
    for (int i = 0; i < count; i++) {
        const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
        struct fx_choice choice;
        char full[NAME_MAX_OCTETS];
        bool known = false;
        fx_choice_init(&choice, config_setting_name(s));
        for (size_t m = 0; members[m] != NULL; m++) {
            known = known || strcmp(members[m], config_setting_name(s)) == 0;
            fx_choice_add(&choice, members[m]);
        }
        if (!known)
            fx_fault(f->r->faults, fx_file_at(f, s),
                     fx_file_name(full, sizeof full, name, config_setting_name(s)),
                     "is not a setting; %s", fx_choice_text(&choice));
    }
}

static void read_confidence(const struct fx_profile_file *f, const config_setting_t *group,
                            const char *name, struct fx_provenance *from)
{
    const config_setting_t *s = config_setting_get_member(group, "confidence");
    struct fx_choice choice;
    struct fx_quoted q;

    fx_choice_init(&choice, NULL);
    for (size_t i = 0; i < FX_CONFIDENCE_COUNT; i++)
        fx_choice_add(&choice, fx_confidence_name((enum fx_confidence)i));
    if (s == NULL) {
        fx_fault(f->r->faults, fx_file_at(f, group), name, "has no confidence; %s",
                 fx_choice_text(&choice));
        return;
    }
    if (!fx_confidence_find(fx_slice_str(fx_file_word(s)), &from->confidence))
        fx_fault(f->r->faults, fx_file_at(f, s), name, "%s is not a confidence; %s",
                 fx_file_shown(&q, s), fx_choice_text(&choice));
}

/* A text beside the value, called "NAME.MEMBER" in faults. */
static void read_text(const struct fx_profile_file *f, const config_setting_t *s,
                      const char *name, char **out)
{
    char full[NAME_MAX_OCTETS];
    fx_file_line(f, s, fx_file_name(full, sizeof full, name, config_setting_name(s)), out);
}

void fx_file_provenance(const struct fx_profile_file *f, const config_setting_t *group,
                        const char *name, struct fx_provenance *from)
{
    const config_setting_t *source = config_setting_get_member(group, "source");
    const config_setting_t *note = config_setting_get_member(group, "note");

    from->set = true;
    read_confidence(f, group, name, from);
    if (source == NULL)
        fx_fault(f->r->faults, fx_file_at(f, group), name,
                 "has no source; allowed: the document, and the place in it");
    else
        read_text(f, source, name, &from->source);
    if (note != NULL)
        read_text(f, note, name, &from->note);
}
