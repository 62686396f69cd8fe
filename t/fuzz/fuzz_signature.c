/* fuzz_signature - one signature field by itself, and a header of them.
 *
 * Input: an octet, of which two bits are the kind, three the time, one says that fields follow;
 * the value, or fields, each behind an octet with its name and before a NUL.
 */
#include "fuzz.h"
#include "signatures.h"
#include "taglist.h"

#include <stdlib.h>
#include <string.h>

static const int64_t times[8] = {-1,         0,          1,         1117574938,
                                 1795255200, 4294967296, INT64_MAX, INT64_MIN};

static bool by_time(enum fx_rule rule)
{
    return rule == FX_RULE_DKIM_T_FUTURE || rule == FX_RULE_DKIM_X_PAST;
}

/* The first tag of each name is told, as the list has it. */
static void look_at_tags(const struct fx_signature *s)
{
    static const char *const names[FX_SIGNATURE_TAGS] = {
        [FX_DKIM_TAG_V] = "v",   [FX_DKIM_TAG_A] = "a", [FX_DKIM_TAG_B] = "b",
        [FX_DKIM_TAG_BH] = "bh", [FX_DKIM_TAG_C] = "c", [FX_DKIM_TAG_CV] = "cv",
        [FX_DKIM_TAG_D] = "d",   [FX_DKIM_TAG_H] = "h", [FX_DKIM_TAG_I] = "i",
        [FX_DKIM_TAG_L] = "l",   [FX_DKIM_TAG_Q] = "q", [FX_DKIM_TAG_S] = "s",
        [FX_DKIM_TAG_T] = "t",   [FX_DKIM_TAG_X] = "x", [FX_DKIM_TAG_Z] = "z",
    };
    struct fx_slice should[FX_SIGNATURE_TAGS] = {{0}};
    struct fx_taglist list = fx_taglist(s->value);
    struct fx_taglist_fault fault;
    struct fx_tag tag;
    while (fx_taglist_next(&list, &tag, &fault) != FX_TAGLIST_END)
        for (size_t i = 0; i < FX_SIGNATURE_TAGS; i++)
            if (should[i].ptr == NULL && fx_slice_eq(tag.name, fx_slice_str(names[i])))
                should[i] = tag.value;
    for (size_t i = 0; i < FX_SIGNATURE_TAGS; i++)
        HOLDS(s->tag[i].ptr == should[i].ptr && s->tag[i].len == should[i].len);
}

static void look_at_anomalies(const struct fx_signature *s)
{
    HOLDS(s->anomalies.count <= FX_ANOMALIES_MAX);
    for (size_t i = 0; i < s->anomalies.count; i++) {
        const struct fx_anomaly *one = &s->anomalies.list[i];
        HOLDS(fx_dkim_rule(one->rule) != NULL);
        HOLDS(!one->has_at || one->at <= s->value.len);
        HOLDS(fuzz_within(one->text, s->value));
        for (size_t k = 0; k < i; k++)
            HOLDS(s->anomalies.list[k].rule != one->rule);
    }
}

static void look_at_values(const struct fx_signature *s)
{
    struct fx_slice rest = s->tag[FX_DKIM_TAG_H], name;
    size_t names = 0, colons = 0;
    HOLDS(s->instance <= 50);
    if (s->body_hash_known) {
        HOLDS(fx_slice_told(s->tag[FX_DKIM_TAG_BH]));
        HOLDS(s->want.canon < FX_CANON_COUNT && s->want.digest < FX_BODY_DIGESTS);
        HOLDS(s->want.limited == fx_slice_told(s->tag[FX_DKIM_TAG_L]));
    }
    for (size_t i = 0; i < rest.len; i++)
        colons += rest.ptr[i] == ':';
    while (fx_signature_h_next(&rest, &name)) {
        HOLDS(fuzz_within(name, s->value));
        names++;
    }
    HOLDS(names == (fx_slice_told(s->tag[FX_DKIM_TAG_H]) ? colons + 1 : 0));
}

/* The same twice, whatever was in the memory before; and but for what time has a say in, the
 * same at any time. */
static void look_at_time(const struct fx_signature *s)
{
    static struct fx_signature other;
    size_t k = 0;
    memset(&other, 0xA5, sizeof other);
    fx_signature_parse(s->kind, s->value, -1, &other);
    for (size_t i = 0; i < s->anomalies.count; i++) {
        const struct fx_anomaly *one = &s->anomalies.list[i], *same = &other.anomalies.list[k];
        if (by_time(one->rule))
            continue;
        HOLDS(k < other.anomalies.count && same->rule == one->rule &&
              same->has_at == one->has_at && (!one->has_at || same->at == one->at));
        k++;
    }
    HOLDS(k == other.anomalies.count);
    HOLDS(other.body_hash_known == s->body_hash_known && other.instance == s->instance);
    HOLDS(memcmp(other.body_hash, s->body_hash, sizeof other.body_hash) == 0);
}

static void single(enum fx_signature_kind kind, int64_t now, struct fx_slice value)
{
    static struct fx_signature s;
    fx_signature_parse(kind, value, now, &s);
    HOLDS(s.kind == kind);
    for (size_t i = 0; i < FX_SIGNATURE_TAGS; i++)
        HOLDS(fuzz_within(s.tag[i], value));
    look_at_tags(&s);
    look_at_anomalies(&s);
    look_at_values(&s);
    look_at_time(&s);
}

static void look_at_all(const struct fx_signatures *all, size_t most)
{
    HOLDS(all->count <= most);
    for (size_t i = 0; i < all->count; i++) {
        const struct fx_signature_seen *seen = &all->list[i];
        const struct fx_piece *pieces[] = {&seen->domain, &seen->selector, &seen->algorithm,
                                           &seen->h};
        for (size_t k = 0; k < 4; k++)
            HOLDS(pieces[k]->at <= all->text.len &&
                  pieces[k]->len <= all->text.len - pieces[k]->at);
    }
    for (size_t i = 0; i < all->anomaly_count; i++) {
        const struct fx_anomaly_kept *one = &all->anomalies[i];
        HOLDS(one->signature < all->count || one->signature == FX_NO_SIGNATURE);
        HOLDS(fx_dkim_rule(one->is.rule) != NULL);
        for (size_t k = 0; k < i; k++)
            HOLDS(all->anomalies[k].signature != one->signature ||
                  all->anomalies[k].is.rule != one->is.rule);
    }
}

static void header(int64_t now, struct fx_slice fields)
{
    static const struct fx_slice names[16] = {
        FX_LIT("DKIM-Signature"),
        FX_LIT("dkim-signature"),
        FX_LIT("DomainKey-Signature"),
        FX_LIT("ARC-Seal"),
        FX_LIT("ARC-Message-Signature"),
        FX_LIT("ARC-Authentication-Results"),
        FX_LIT("From"),
        FX_LIT("To"),
        FX_LIT("Subject"),
        FX_LIT("Date"),
        FX_LIT("Content-Type"),
        FX_LIT("MIME-Version"),
        FX_LIT("Received"),
        FX_LIT("Message-ID"),
        FX_LIT("X-Other"),
        FX_LIT(""),
    };
    static struct fx_signatures *all; /* one for all, as messages of a connection have it */
    size_t given = 0, most = 1 + fields.len % 12;
    if (all == NULL)
        all = fx_signatures_create();
    HOLDS(all != NULL);
    fx_signatures_reset(all);
    while (fields.len > 0) {
        size_t end = fx_slice_find(fields, '\0');
        struct fx_slice name = names[(unsigned char)fields.ptr[0] % 16];
        struct fx_slice field = fx_slice_first(fields, end);
        enum fx_signature_kind kind;
        given += fx_signature_kind_find(name, &kind);
        fx_signatures_field(all, fx_field_kind(name), name, fx_slice_from(field, 1), now, most);
        fields = fx_slice_from(fields, end + 1);
    }
    HOLDS(all->count + all->omitted == given);
    fx_signatures_header_end(all, true);
    fx_signatures_body(all, FX_LIT("x\r\n"));
    fx_signatures_end(all);
    look_at_all(all, most);
}

FUZZ_TARGET(signature)
{
    struct fuzz_input in = {(const char *)data, size};
    unsigned bits = fuzz_octet(&in);
    struct fx_slice rest = fuzz_rest(&in);
    if (bits & 32)
        header(times[(bits >> 2) & 7], rest);
    else
        single((enum fx_signature_kind)(bits & 3), times[(bits >> 2) & 7], rest);
    free((void *)(uintptr_t)rest.ptr);
}
