/* dkim - see dkim.h. */
#include "dkim.h"

#include "dkim_values.h"
#include "taglist.h"

static const char *const kinds[FX_SIGNATURE_KINDS] = {
    [FX_SIGNATURE_DKIM] = "dkim",
    [FX_SIGNATURE_DOMAINKEY] = "domainkey",
    [FX_SIGNATURE_ARC_MESSAGE] = "arc",
    [FX_SIGNATURE_ARC_SEAL] = "arc",
};

static const struct fx_slice tag_names[FX_SIGNATURE_TAGS] = {
    [FX_DKIM_TAG_V] = {"v", 1},   [FX_DKIM_TAG_A] = {"a", 1}, [FX_DKIM_TAG_B] = {"b", 1},
    [FX_DKIM_TAG_BH] = {"bh", 2}, [FX_DKIM_TAG_C] = {"c", 1}, [FX_DKIM_TAG_CV] = {"cv", 2},
    [FX_DKIM_TAG_D] = {"d", 1},   [FX_DKIM_TAG_H] = {"h", 1}, [FX_DKIM_TAG_I] = {"i", 1},
    [FX_DKIM_TAG_L] = {"l", 1},   [FX_DKIM_TAG_Q] = {"q", 1}, [FX_DKIM_TAG_S] = {"s", 1},
    [FX_DKIM_TAG_T] = {"t", 1},   [FX_DKIM_TAG_X] = {"x", 1}, [FX_DKIM_TAG_Z] = {"z", 1},
};

bool fx_signature_kind_find(struct fx_slice field_name, enum fx_signature_kind *kind)
{
    return fx_signature_kind_of(fx_field_kind(field_name), kind);
}

bool fx_signature_kind_of(enum fx_field_kind field, enum fx_signature_kind *kind)
{
    if (field < FX_FIELD_SIGNATURE_FIRST || field > FX_FIELD_SIGNATURE_LAST)
        return false;
    *kind = (enum fx_signature_kind)(field - FX_FIELD_SIGNATURE_FIRST);
    return true;
}

const char *fx_signature_field_name(enum fx_signature_kind kind)
{
    return fx_field_kind_name((enum fx_field_kind)(FX_FIELD_SIGNATURE_FIRST + kind)).ptr;
}

const char *fx_signature_kind_name(enum fx_signature_kind kind)
{
    return kinds[kind];
}

const char *fx_signature_tag_name(enum fx_signature_tag tag)
{
    return tag < FX_SIGNATURE_TAGS ? tag_names[tag].ptr : NULL;
}

bool fx_signature_h_next(struct fx_slice *rest, struct fx_slice *name)
{
    if (rest->ptr == NULL)
        return false;
    size_t end = fx_slice_find(*rest, ':');
    *name = fx_slice_trim(fx_slice_first(*rest, end));
    *rest = end == rest->len ? FX_ABSENT : fx_slice_from(*rest, end + 1);
    return true;
}

/* Tags without a meaning here that are told apart. No signature has nearly as many; a list of
 * thousands is looked at in time that grows with its length alone. */
#define TAGS_TOLD_APART 64

struct tag_names {
    struct fx_slice list[TAGS_TOLD_APART];
    size_t count;
};

/* Case counts (RFC 6376 section 3.2). */
static bool seen_before(struct tag_names *names, struct fx_slice name)
{
    for (size_t i = 0; i < names->count; i++)
        if (fx_slice_eq(names->list[i], name))
            return true;
    if (names->count < TAGS_TOLD_APART)
        names->list[names->count++] = name;
    return false;
}

/* The first of a name stays; false: this one is another. One with a meaning is told apart from
 * however many others. */
static bool take_tag(struct fx_signature *out, struct tag_names *names,
                     const struct fx_tag *tag)
{
    for (size_t i = 0; i < FX_SIGNATURE_TAGS; i++) {
        if (!fx_slice_eq(tag->name, tag_names[i]))
            continue;
        if (fx_slice_told(out->tag[i]))
            return false;
        out->tag[i] = tag->value;
        return true;
    }
    return !seen_before(names, tag->name);
}

static void read_tags(struct fx_signature *out)
{
    struct fx_taglist list = fx_taglist(out->value);
    struct fx_taglist_fault fault;
    struct tag_names names = {.count = 0};
    struct fx_tag tag;
    enum fx_taglist_step step;
    while ((step = fx_taglist_next(&list, &tag, &fault)) != FX_TAGLIST_END) {
        if (step == FX_TAGLIST_FAULT)
            fx_anomaly_add(&out->anomalies,
                           &(struct fx_anomaly){.rule = FX_RULE_DKIM_TAG_SYNTAX,
                                                .has_at = true,
                                                .at = fault.at,
                                                .what = fault.what});
        if (tag.name.len == 0)
            continue;
        if (!take_tag(out, &names, &tag))
            fx_anomaly_add(&out->anomalies, &(struct fx_anomaly){.rule = FX_RULE_DKIM_TAG_DUP,
                                                                 .has_at = true,
                                                                 .at = tag.at,
                                                                 .text = tag.name});
    }
}

void fx_signature_parse(enum fx_signature_kind kind, struct fx_slice value, int64_t now,
                        struct fx_signature *out)
{
    *out = (struct fx_signature){.kind = kind, .value = value};
    read_tags(out);
    fx_dkim_values(out, now);
}
