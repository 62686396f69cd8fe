/* dkim - see dkim.h. */
#include "dkim.h"

#include "base64.h"
#include "taglist.h"

static const struct kind {
    struct fx_slice field;
    const char *name;
} kinds[FX_SIGNATURE_KINDS] = {
    [FX_SIGNATURE_DKIM] = {{"DKIM-Signature", 14}, "dkim"},
    [FX_SIGNATURE_DOMAINKEY] = {{"DomainKey-Signature", 19}, "domainkey"},
    [FX_SIGNATURE_ARC_MESSAGE] = {{"ARC-Message-Signature", 21}, "arc"},
    [FX_SIGNATURE_ARC_SEAL] = {{"ARC-Seal", 8}, "arc"},
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
    for (size_t i = 0; i < FX_SIGNATURE_KINDS; i++)
        if (fx_slice_eq_nocase(field_name, kinds[i].field)) {
            *kind = (enum fx_signature_kind)i;
            return true;
        }
    return false;
}

const char *fx_signature_field_name(enum fx_signature_kind kind)
{
    return kinds[kind].field.ptr;
}

const char *fx_signature_kind_name(enum fx_signature_kind kind)
{
    return kinds[kind].name;
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

static void take_tag(struct fx_signature *out, const struct fx_tag *tag)
{
    for (size_t i = 0; i < FX_SIGNATURE_TAGS; i++)
        if (fx_slice_eq(tag->name, tag_names[i]) && !fx_slice_told(out->tag[i]))
            out->tag[i] = tag->value;
}

static void read_tags(struct fx_signature *out)
{
    struct fx_taglist list = fx_taglist(out->value);
    struct fx_taglist_fault fault;
    struct fx_tag tag;
    enum fx_taglist_step step;
    while ((step = fx_taglist_next(&list, &tag, &fault)) != FX_TAGLIST_END) {
        if (step == FX_TAGLIST_FAULT)
            fx_anomaly_add(&out->anomalies,
                           &(struct fx_anomaly){.rule = FX_RULE_DKIM_TAG_SYNTAX,
                                                .has_at = true,
                                                .at = fault.at,
                                                .what = fault.what});
        if (fx_slice_told(tag.name))
            take_tag(out, &tag);
    }
}

/* How the body hash was made. */
static void read_body_hash(struct fx_signature *out)
{
    size_t len, at;
    struct fx_slice a = out->tag[FX_DKIM_TAG_A], c = out->tag[FX_DKIM_TAG_C],
                    l = out->tag[FX_DKIM_TAG_L];
    out->want.digest = fx_slice_eq(a, FX_LIT("rsa-sha1")) ? FX_BODY_SHA1 : FX_BODY_SHA256;
    size_t slash = fx_slice_find(c, '/');
    out->want.canon = fx_slice_eq(fx_slice_from(c, slash + 1), FX_LIT("relaxed"))
                          ? FX_CANON_RELAXED
                          : FX_CANON_SIMPLE;
    out->want.limited = fx_slice_told(l);
    out->body_hash_known = out->kind != FX_SIGNATURE_DOMAINKEY &&
                           fx_slice_told(out->tag[FX_DKIM_TAG_BH]) &&
                           (!out->want.limited || fx_slice_u64(l, &out->want.length)) &&
                           fx_base64_decode(out->tag[FX_DKIM_TAG_BH], out->body_hash,
                                            sizeof out->body_hash, &len, &at) &&
                           len == fx_body_digest_octets(out->want.digest);
}

void fx_signature_parse(enum fx_signature_kind kind, struct fx_slice value, int64_t now,
                        struct fx_signature *out)
{
    (void)now;
    *out = (struct fx_signature){.kind = kind, .value = value};
    read_tags(out);
    read_body_hash(out);
}
