/* dkim_header - see dkim_header.h. */
#include "dkim_header.h"

#define MANY_SIGNATURES 10
#define ROW(kind) ((kind)-FX_FIELD_COUNTED_FIRST)

/* When too few signed ones of a field are a matter. */
enum partial { NEVER, WITH_LENGTH, ALWAYS };

/* Fields whose number is a matter, in the order in which a fault of it is said. */
static const struct counted {
    bool once;     /* at most one of them; Content-Type has a rule of its own */
    bool required; /* at least one of them */
    enum partial partial;
} counted[FX_COUNTED_FIELDS] = {
    [ROW(FX_FIELD_FROM)] = {true, true, ALWAYS},
    [ROW(FX_FIELD_SUBJECT)] = {true, false, ALWAYS},
    [ROW(FX_FIELD_TO)] = {true, false, ALWAYS},
    [ROW(FX_FIELD_DATE)] = {true, true, ALWAYS},
    [ROW(FX_FIELD_CONTENT_TYPE)] = {false, false, WITH_LENGTH},
    [ROW(FX_FIELD_SENDER)] = {true, false, NEVER},
    [ROW(FX_FIELD_REPLY_TO)] = {true, false, NEVER},
    [ROW(FX_FIELD_CC)] = {true, false, NEVER},
    [ROW(FX_FIELD_BCC)] = {true, false, NEVER},
    [ROW(FX_FIELD_MESSAGE_ID)] = {true, false, NEVER},
    [ROW(FX_FIELD_IN_REPLY_TO)] = {true, false, NEVER},
    [ROW(FX_FIELD_REFERENCES)] = {true, false, NEVER},
    [ROW(FX_FIELD_MIME_VERSION)] = {true, false, NEVER},
    [ROW(FX_FIELD_CONTENT_TRANSFER_ENCODING)] = {true, false, NEVER},
};

/* The row of a kind of field; FX_COUNTED_FIELDS: none. */
static size_t row_of(enum fx_field_kind kind)
{
    bool is_counted = kind >= FX_FIELD_COUNTED_FIRST && kind <= FX_FIELD_COUNTED_LAST;
    return is_counted ? (size_t)ROW(kind) : FX_COUNTED_FIELDS;
}

static struct fx_slice name_of(size_t row)
{
    return fx_field_kind_name((enum fx_field_kind)(FX_FIELD_COUNTED_FIRST + row));
}

void fx_dkim_header_field(struct fx_signatures *all, enum fx_field_kind kind,
                          struct fx_slice name)
{
    size_t row = row_of(kind);
    fx_field_names_add(all->names, name);
    if (row < FX_COUNTED_FIELDS)
        all->counted[row]++;
}

/* Fields of this name, but for the signature itself: that is signed in its own way (RFC 6376
 * section 3.7). */
static uint64_t there(const struct fx_signatures *all, const struct fx_signature_seen *s,
                      struct fx_slice name)
{
    uint64_t count = fx_field_names_count(all->names, name);
    bool own = fx_slice_eq_nocase(name, fx_slice_str(fx_signature_field_name(s->kind)));
    return own && count > 0 ? count - 1 : count;
}

static void count_listed(struct fx_signatures *all, struct fx_slice h,
                         uint64_t times[FX_COUNTED_FIELDS])
{
    struct fx_slice name;
    fx_field_names_reset(all->listed);
    while (fx_signature_h_next(&h, &name)) {
        size_t row = row_of(fx_field_kind(name));
        if (!fx_field_names_add(all->listed, name))
            all->listed_lost = true;
        if (row < FX_COUNTED_FIELDS)
            times[row]++;
    }
}

/* Names that are listed more often than they are there; the first that is not there at all and
 * the first of the others are said. */
static void listed_more(struct fx_signatures *all, size_t number, struct fx_slice h)
{
    const struct fx_signature_seen *s = &all->list[number];
    struct fx_slice rest = h, name;
    if (!fx_field_names_complete(all->names))
        return; /* what is not found may be there */
    while (fx_signature_h_next(&rest, &name)) {
        uint64_t times = fx_field_names_count(all->listed, name), is = there(all, s, name);
        size_t at = (size_t)(name.ptr - h.ptr);
        if (name.len == 0 || times <= is)
            continue;
        struct fx_piece text = {.at = s->h.at + at, .len = name.len, .told = true};
        struct fx_anomaly one = {.rule =
                                     is == 0 ? FX_RULE_DKIM_H_ABSENT : FX_RULE_DKIM_H_OVERSIGN,
                                 .has_at = true,
                                 .at = s->h_at + at,
                                 .has_observed = true,
                                 .observed = times,
                                 .has_limit = true,
                                 .limit = is};
        fx_signatures_add_kept(all, number, &one, text);
    }
}

/* Fields that are there more often than they are listed; the first row is said. That From is
 * not listed at all is another matter, and worse. */
static void listed_less(struct fx_signatures *all, size_t number,
                        const uint64_t times[FX_COUNTED_FIELDS])
{
    const struct fx_signature_seen *s = &all->list[number];
    for (size_t i = 0; i < FX_COUNTED_FIELDS; i++) {
        enum partial partial = counted[i].partial;
        bool unsigned_from = i == ROW(FX_FIELD_FROM) && times[i] == 0;
        if (all->counted[i] <= times[i] || unsigned_from || partial == NEVER ||
            (partial == WITH_LENGTH && !s->want.limited))
            continue;
        fx_signatures_add(
            all, number,
            &(struct fx_anomaly){.rule = FX_RULE_DKIM_H_PARTIAL,
                                 .has_observed = true,
                                 .observed = all->counted[i],
                                 .has_limit = true,
                                 .limit = times[i],
                                 .text = name_of(i),
                                 .what = partial == WITH_LENGTH ? "with l=" : NULL});
    }
}

/* What h= says and what is there. A signature without one, or with an empty one, has a fault
 * of its own. */
static void compare_listed(struct fx_signatures *all, size_t number)
{
    const struct fx_signature_seen *s = &all->list[number];
    struct fx_slice h = fx_signatures_piece(all, &s->h);
    uint64_t times[FX_COUNTED_FIELDS] = {0};
    if (h.len == 0 || (s->kind != FX_SIGNATURE_DKIM && s->kind != FX_SIGNATURE_ARC_MESSAGE))
        return;
    count_listed(all, h, times);
    listed_more(all, number, h);
    listed_less(all, number, times);
}

/* A name in Unicode has to stand in ASCII unless the message is internationalized (RFC 6376
 * section 3.5, RFC 8616 section 5). */
static void unicode_name(struct fx_signatures *all, size_t number)
{
    const struct fx_signature_seen *s = &all->list[number];
    struct fx_anomaly one = {.rule =
                                 s->unicode_selector ? FX_RULE_DKIM_S_BAD : FX_RULE_DKIM_D_BAD,
                             .has_at = true,
                             .at = s->unicode_at,
                             .what = "a label in Unicode, which has to stand there in ASCII"};
    if (s->unicode && !all->internationalized)
        fx_signatures_add_kept(all, number, &one,
                               s->unicode_selector ? s->selector : s->domain);
}

static void many(struct fx_signatures *all)
{
    uint64_t count = all->kinds[FX_SIGNATURE_DKIM];
    bool very = count > MANY_SIGNATURES;
    if (count > 1)
        fx_signatures_add(
            all, FX_NO_SIGNATURE,
            &(struct fx_anomaly){.rule = FX_RULE_DKIM_MULTI_SIG,
                                 .has_observed = true,
                                 .observed = count,
                                 .has_limit = very,
                                 .limit = MANY_SIGNATURES,
                                 .what = very ? "more than verifiers may look at" : NULL});
}

static void field_counts(struct fx_signatures *all)
{
    for (size_t i = 0; i < FX_COUNTED_FIELDS; i++) {
        uint64_t count = all->counted[i];
        bool missing = counted[i].required && count == 0;
        if (!missing && !(counted[i].once && count > 1))
            continue;
        fx_signatures_add(all, FX_NO_SIGNATURE,
                          &(struct fx_anomaly){.rule = FX_RULE_DKIM_HDR_COUNT,
                                               .has_observed = true,
                                               .observed = count,
                                               .has_limit = true,
                                               .limit = 1,
                                               .text = name_of(i),
                                               .what = missing ? "missing" : NULL});
    }
}

void fx_dkim_header(struct fx_signatures *all)
{
    for (size_t i = 0; i < all->count; i++) {
        compare_listed(all, i);
        unicode_name(all, i);
    }
    many(all);
    if (all->count > 0 || all->omitted > 0)
        field_counts(all);
}
