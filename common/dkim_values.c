/* dkim_values - see dkim_values.h. The table of tags, and what concerns the field as a whole.
 */
#include "dkim_values.h"

#include "embedded.h"

/* Whether a tag has to be there and have a value, and how it is told when it has not. */
enum need { NEED_NONE, NEED_TAG, NEED_DK_TAG, NEED_INSTANCE };

static const struct {
    enum fx_rule missing, empty;
} needs[] = {
    [NEED_TAG] = {FX_RULE_DKIM_TAG_MISSING, FX_RULE_DKIM_TAG_EMPTY},
    [NEED_DK_TAG] = {FX_RULE_DKIM_DK_TAGS, FX_RULE_DKIM_DK_TAGS},
    [NEED_INSTANCE] = {FX_RULE_DKIM_ARC_INSTANCE, FX_RULE_DKIM_ARC_INSTANCE},
};

/* A tag that a kind has no use for is passed over, as an unknown one (RFC 6376 section 3.2). */
static const struct {
    enum need need;
    fx_dkim_read *read; /* NULL: nothing to read in it */
} tags[FX_SIGNATURE_KINDS][FX_SIGNATURE_TAGS] = {
    /* RFC 6376 section 3.5 */
    [FX_SIGNATURE_DKIM] = {[FX_DKIM_TAG_V] = {NEED_TAG, fx_dkim_read_v},
                           [FX_DKIM_TAG_A] = {NEED_TAG, fx_dkim_read_a},
                           [FX_DKIM_TAG_B] = {NEED_TAG, fx_dkim_read_b},
                           [FX_DKIM_TAG_BH] = {NEED_TAG, fx_dkim_read_bh},
                           [FX_DKIM_TAG_C] = {NEED_NONE, fx_dkim_read_c},
                           [FX_DKIM_TAG_D] = {NEED_TAG, fx_dkim_read_d},
                           [FX_DKIM_TAG_H] = {NEED_TAG, fx_dkim_read_h},
                           [FX_DKIM_TAG_I] = {NEED_NONE, fx_dkim_read_i},
                           [FX_DKIM_TAG_L] = {NEED_NONE, fx_dkim_read_l},
                           [FX_DKIM_TAG_Q] = {NEED_NONE, fx_dkim_read_q},
                           [FX_DKIM_TAG_S] = {NEED_TAG, fx_dkim_read_s},
                           [FX_DKIM_TAG_T] = {NEED_NONE, fx_dkim_read_t},
                           [FX_DKIM_TAG_X] = {NEED_NONE, fx_dkim_read_x},
                           [FX_DKIM_TAG_Z] = {NEED_NONE, fx_dkim_read_z}},
    /* RFC 4870 section 3.3; without a= it is rsa-sha1, without q= dns */
    [FX_SIGNATURE_DOMAINKEY] = {[FX_DKIM_TAG_A] = {NEED_NONE, fx_dkim_read_dk_a},
                                [FX_DKIM_TAG_B] = {NEED_DK_TAG, fx_dkim_read_b},
                                [FX_DKIM_TAG_C] = {NEED_NONE, fx_dkim_read_dk_c},
                                [FX_DKIM_TAG_D] = {NEED_DK_TAG, fx_dkim_read_d},
                                [FX_DKIM_TAG_H] = {NEED_NONE, fx_dkim_read_dk_h},
                                [FX_DKIM_TAG_Q] = {NEED_NONE, fx_dkim_read_dk_q},
                                [FX_DKIM_TAG_S] = {NEED_DK_TAG, fx_dkim_read_s}},
    /* RFC 8617 section 4.1.2: as DKIM, but no v=, and i= counts */
    [FX_SIGNATURE_ARC_MESSAGE] = {[FX_DKIM_TAG_A] = {NEED_TAG, fx_dkim_read_a},
                                  [FX_DKIM_TAG_B] = {NEED_TAG, fx_dkim_read_b},
                                  [FX_DKIM_TAG_BH] = {NEED_TAG, fx_dkim_read_bh},
                                  [FX_DKIM_TAG_C] = {NEED_NONE, fx_dkim_read_c},
                                  [FX_DKIM_TAG_D] = {NEED_TAG, fx_dkim_read_d},
                                  [FX_DKIM_TAG_H] = {NEED_TAG, fx_dkim_read_arc_h},
                                  [FX_DKIM_TAG_I] = {NEED_INSTANCE, fx_dkim_read_instance},
                                  [FX_DKIM_TAG_L] = {NEED_NONE, fx_dkim_read_l},
                                  [FX_DKIM_TAG_Q] = {NEED_NONE, fx_dkim_read_q},
                                  [FX_DKIM_TAG_S] = {NEED_TAG, fx_dkim_read_s},
                                  [FX_DKIM_TAG_T] = {NEED_NONE, fx_dkim_read_t},
                                  [FX_DKIM_TAG_X] = {NEED_NONE, fx_dkim_read_x},
                                  [FX_DKIM_TAG_Z] = {NEED_NONE, fx_dkim_read_z}},
    /* RFC 8617 section 4.1.3; what cv= says hangs on the other fields */
    [FX_SIGNATURE_ARC_SEAL] = {[FX_DKIM_TAG_A] = {NEED_TAG, fx_dkim_read_a},
                               [FX_DKIM_TAG_B] = {NEED_TAG, fx_dkim_read_b},
                               [FX_DKIM_TAG_CV] = {NEED_TAG, NULL},
                               [FX_DKIM_TAG_D] = {NEED_TAG, fx_dkim_read_d},
                               [FX_DKIM_TAG_H] = {NEED_NONE, fx_dkim_read_seal_h},
                               [FX_DKIM_TAG_I] = {NEED_INSTANCE, fx_dkim_read_instance},
                               [FX_DKIM_TAG_S] = {NEED_TAG, fx_dkim_read_s},
                               [FX_DKIM_TAG_T] = {NEED_NONE, fx_dkim_read_t}},
};

#define WORDS(id, name) [FX_DKIM_TAG_##id] = {name "= is missing", name "= is empty"}
static const struct {
    const char *missing, *empty;
} words[FX_SIGNATURE_TAGS] = {
    WORDS(V, "v"),   WORDS(A, "a"), WORDS(B, "b"), WORDS(BH, "bh"), WORDS(C, "c"),
    WORDS(CV, "cv"), WORDS(D, "d"), WORDS(H, "h"), WORDS(I, "i"),   WORDS(L, "l"),
    WORDS(Q, "q"),   WORDS(S, "s"), WORDS(T, "t"), WORDS(X, "x"),   WORDS(Z, "z"),
};

struct fx_anomaly fx_dkim_anomaly(const struct fx_dkim_reading *r, enum fx_rule rule,
                                  struct fx_slice text, const char *what)
{
    struct fx_anomaly a = {.rule = rule, .text = text, .what = what};
    a.has_at = fx_slice_told(text);
    if (a.has_at)
        a.at = (size_t)(text.ptr - r->out->value.ptr);
    return a;
}

void fx_dkim_report(struct fx_dkim_reading *r, enum fx_rule rule, struct fx_slice text,
                    const char *what)
{
    struct fx_anomaly a = fx_dkim_anomaly(r, rule, text, what);
    fx_anomaly_add(&r->out->anomalies, &a);
}

void fx_dkim_read_v(struct fx_dkim_reading *r, struct fx_slice value)
{
    if (!fx_slice_eq(value, FX_LIT("1")))
        fx_dkim_report(r, FX_RULE_DKIM_V_UNKNOWN, value, NULL);
}

/* As signers wrote it before RFC 4871: neither v= nor bh=, everything else that has to be there
 * is. */
static bool before_rfc(const struct fx_signature *s)
{
    if (s->kind != FX_SIGNATURE_DKIM)
        return false;
    for (size_t i = 0; i < FX_SIGNATURE_TAGS; i++) {
        bool younger = i == FX_DKIM_TAG_V || i == FX_DKIM_TAG_BH;
        if (tags[s->kind][i].need != NEED_NONE && fx_slice_told(s->tag[i]) == younger)
            return false;
    }
    return true;
}

static void field_as_such(struct fx_dkim_reading *r)
{
    static const struct fx_slice mime[] = {{"MIME-Version", 12},
                                           {"Content-Transfer-Encoding", 25}};
    struct fx_slice value = r->out->value;
    size_t at;
    if (r->out->kind == FX_SIGNATURE_DOMAINKEY)
        fx_dkim_report(r, FX_RULE_DKIM_DK_PRESENT, FX_ABSENT, NULL);
    for (size_t i = 0; i < sizeof mime / sizeof mime[0]; i++)
        if (fx_embedded_name(value, mime[i], &at))
            fx_dkim_report(r, FX_RULE_DKIM_PIX_MIME_LISTED,
                           fx_slice_first(fx_slice_from(value, at), mime[i].len), NULL);
    if (value.len > FX_DKIM_FIELD_OCTETS) {
        struct fx_anomaly a =
            fx_dkim_anomaly(r, FX_RULE_DKIM_SIG_LONG, FX_ABSENT, "octets of the field");
        a.has_observed = a.has_limit = true;
        a.observed = value.len;
        a.limit = FX_DKIM_FIELD_OCTETS;
        fx_anomaly_add(&r->out->anomalies, &a);
    }
}

void fx_dkim_values(struct fx_signature *out, int64_t now)
{
    struct fx_dkim_reading r = {.out = out, .now = now};
    bool early = before_rfc(out);
    field_as_such(&r);
    if (early)
        fx_dkim_report(&r, FX_RULE_DKIM_PRE_RFC, FX_ABSENT, NULL);
    for (size_t i = 0; i < FX_SIGNATURE_TAGS; i++) {
        struct fx_slice value = out->tag[i];
        enum need need = tags[out->kind][i].need;
        bool empty = fx_slice_told(value) && value.len == 0;
        if (need != NEED_NONE && empty)
            fx_dkim_report(&r, needs[need].empty, value, words[i].empty);
        else if (need != NEED_NONE && !fx_slice_told(value) && !early)
            fx_dkim_report(&r, needs[need].missing, FX_ABSENT, words[i].missing);
        /* what is empty and must not be was told; but an empty h= has a rule of its own */
        bool told = empty && need != NEED_NONE && i != FX_DKIM_TAG_H;
        if (fx_slice_told(value) && !told && tags[out->kind][i].read != NULL)
            tags[out->kind][i].read(&r, value);
    }
    out->body_hash_known = fx_dkim_body_hash_known(&r);
}
