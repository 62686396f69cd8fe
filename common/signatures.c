/* signatures - see signatures.h. */
#include "signatures.h"

#include "dkim_arc.h"
#include "dkim_header.h"
#include "embedded.h"
#include "grow.h"
#include "limit.h"
#include "vocab.h"

#include <stdlib.h>
#include <string.h>

/* Domain, selector, algorithm and h= are parts of a field that do not overlap; pieces that
 * anomalies are about are cut. Where an MTA cuts a field at 64 kB there is room for all that
 * may be kept. What a message made bigger than _KEPT is given back with it. */
#define TEXT_MAX ((size_t)16 * 1024 * 1024)
_Static_assert(FX_SIGNATURE_FIELDS_OCTETS <= TEXT_MAX / 8 * 7,
               "the rest is for what is said later on");
#define TEXT_KEPT ((size_t)64 * 1024)
#define ANOMALY_TEXT 128
#define ANOMALIES_KEPT 256

const char *fx_body_result_name(enum fx_body_result result)
{
    static const char *const names[FX_BODY_RESULTS] = {"unchecked", "match", "mismatch"};
    return names[result];
}

const char *fx_signature_content_type(const struct fx_signature_seen *s, bool real)
{
    return real && s->names_content_type ? fx_grade_name(s->grade) : "none";
}

struct fx_signatures *fx_signatures_create(void)
{
    struct fx_signatures *all = calloc(1, sizeof *all);
    if (all == NULL)
        return NULL;
    fx_text_init_growing(&all->text, TEXT_MAX);
    all->names = fx_field_names_create();
    all->listed = fx_field_names_create();
    if (all->names == NULL || all->listed == NULL) {
        fx_signatures_destroy(all);
        return NULL;
    }
    return all;
}

void fx_signatures_destroy(struct fx_signatures *all)
{
    if (all == NULL)
        return;
    fx_text_finish(&all->text);
    fx_field_names_destroy(all->names);
    fx_field_names_destroy(all->listed);
    fx_bodyhash_destroy(all->body);
    free(all->anomalies);
    free(all->list);
    free(all);
}

void fx_signatures_reset(struct fx_signatures *all)
{
    fx_field_names_reset(all->names);
    if (all->body != NULL)
        fx_bodyhash_reset(all->body);
    if (all->text.cap > TEXT_KEPT)
        fx_text_finish(&all->text);
    fx_text_reset(&all->text);
    if (all->anomaly_cap > ANOMALIES_KEPT) {
        free(all->anomalies);
        all->anomalies = NULL;
        all->anomaly_cap = 0;
    }
    /* Memory stays, every fact goes. */
    *all = (struct fx_signatures){.list = all->list,
                                  .cap = all->cap,
                                  .anomalies = all->anomalies,
                                  .anomaly_cap = all->anomaly_cap,
                                  .text = all->text,
                                  .names = all->names,
                                  .listed = all->listed,
                                  .body = all->body};
}

static struct fx_piece keep(struct fx_signatures *all, struct fx_slice s)
{
    struct fx_piece piece = {.at = all->text.len, .told = fx_slice_told(s)};
    fx_text_add(&all->text, s);
    piece.len = all->text.len - piece.at;
    if (all->text.overflow)
        all->no_memory = true;
    return piece;
}

struct fx_slice fx_signatures_piece(const struct fx_signatures *all,
                                    const struct fx_piece *piece)
{
    if (!piece->told)
        return FX_ABSENT;
    return fx_slice_first(fx_slice_from(fx_text_slice(&all->text), piece->at), piece->len);
}

static struct fx_anomaly_kept *find(const struct fx_signatures *all, size_t signature,
                                    enum fx_rule rule)
{
    for (size_t i = 0; i < all->anomaly_count; i++)
        if (all->anomalies[i].signature == signature && all->anomalies[i].is.rule == rule)
            return &all->anomalies[i];
    return NULL;
}

/* A rule is asked for with each of thousands of names in h= and of ARC fields, so looking
 * through the list for it would take a time that whoever wrote the message chooses. */
static uint64_t *said_of(struct fx_signatures *all, size_t signature)
{
    return signature == FX_NO_SIGNATURE ? &all->said : &all->list[signature].said;
}

static uint64_t bit_of(enum fx_rule rule)
{
    _Static_assert(FX_ANOMALIES_MAX <= 64, "a bit for each anomaly");
    return FX_BIT(rule - FX_RULE_DKIM_FIRST);
}

bool fx_signature_personal(struct fx_slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] == '@' || (i + 2 < value.len && value.ptr[i] == '=' &&
                                    value.ptr[i + 1] == '4' && value.ptr[i + 2] == '0'))
            return true;
    return false;
}

void fx_signatures_add_kept(struct fx_signatures *all, size_t signature,
                            const struct fx_anomaly *one, struct fx_piece text)
{
    uint64_t *said = said_of(all, signature);
    if ((*said & bit_of(one->rule)) != 0)
        return;
    if (all->anomaly_count == all->anomaly_cap) {
        struct fx_anomaly_kept *bigger =
            fx_grown(all->anomalies, &all->anomaly_cap, sizeof *bigger);
        if (bigger == NULL) {
            all->no_memory = true;
            return;
        }
        all->anomalies = bigger;
    }
    struct fx_anomaly_kept *kept = &all->anomalies[all->anomaly_count++];
    *kept = (struct fx_anomaly_kept){.signature = signature, .is = *one};
    kept->is.text = FX_ABSENT;
    kept->text = text;
    kept->is.personal = one->personal || fx_signature_personal(fx_signatures_piece(all, &text));
    if (kept->text.len > ANOMALY_TEXT)
        kept->text.len = ANOMALY_TEXT;
    *said |= bit_of(one->rule);
}

void fx_signatures_add(struct fx_signatures *all, size_t signature,
                       const struct fx_anomaly *one)
{
    struct fx_anomaly whole = *one;
    if ((*said_of(all, signature) & bit_of(one->rule)) != 0)
        return;
    whole.personal = whole.personal || fx_signature_personal(one->text);
    whole.text_octets = one->text.len;
    fx_signatures_add_kept(all, signature, &whole,
                           keep(all, fx_slice_first(one->text, ANOMALY_TEXT)));
}

bool fx_signatures_of_message(const struct fx_signatures *all)
{
    return all->said != 0;
}

/* A place for one more signature; NULL: no memory. */
static struct fx_signature_seen *place(struct fx_signatures *all)
{
    if (all->count == all->cap) {
        struct fx_signature_seen *bigger = fx_grown(all->list, &all->cap, sizeof *bigger);
        if (bigger == NULL) {
            all->no_memory = true;
            return NULL;
        }
        all->list = bigger;
    }
    return &all->list[all->count++];
}

/* The tag that holds this offset of the value. */
static enum fx_signature_tag tag_at(const struct fx_signature *s, size_t at)
{
    const char *p = s->value.ptr + at;
    for (size_t i = 0; i < FX_SIGNATURE_TAGS; i++)
        if (s->tag[i].len > 0 && p >= s->tag[i].ptr && p < s->tag[i].ptr + s->tag[i].len)
            return (enum fx_signature_tag)i;
    return FX_SIGNATURE_TAGS;
}

/* Where a tag's value begins; 0: there is none. */
static size_t value_at(const struct fx_signature *parsed, enum fx_signature_tag tag)
{
    struct fx_slice value = parsed->tag[tag];
    return fx_slice_told(value) ? (size_t)(value.ptr - parsed->value.ptr) : 0;
}

static void keep_signature(struct fx_signatures *all, const struct fx_signature *parsed)
{
    struct fx_signature_seen *seen = place(all);
    if (seen == NULL)
        return;
    size_t number = all->count - 1;
    *seen = (struct fx_signature_seen){.kind = parsed->kind,
                                       .domain = keep(all, parsed->tag[FX_DKIM_TAG_D]),
                                       .selector = keep(all, parsed->tag[FX_DKIM_TAG_S]),
                                       .algorithm = keep(all, parsed->tag[FX_DKIM_TAG_A]),
                                       .h = keep(all, parsed->tag[FX_DKIM_TAG_H]),
                                       .instance = parsed->instance,
                                       .wants_body = parsed->body_hash_known,
                                       .want = parsed->want};
    seen->h_at = value_at(parsed, FX_DKIM_TAG_H);
    seen->l_at = value_at(parsed, FX_DKIM_TAG_L);
    seen->bh_at = value_at(parsed, FX_DKIM_TAG_BH);
    seen->unicode = fx_slice_told(parsed->unicode);
    seen->unicode_selector = parsed->unicode.ptr == parsed->tag[FX_DKIM_TAG_S].ptr;
    seen->unicode_at = parsed->unicode_at;
    memcpy(seen->body_hash, parsed->body_hash, sizeof seen->body_hash);
    seen->names_content_type = fx_embedded_find(parsed->value, &seen->grade, &seen->grade_at);
    if (seen->names_content_type)
        seen->grade_tag = tag_at(parsed, seen->grade_at);
    for (size_t i = 0; i < parsed->anomalies.count; i++)
        fx_signatures_add(all, number, &parsed->anomalies.list[i]);
}

/* The first octet over 127 decides. */
static bool has_utf8(struct fx_slice value)
{
    size_t i = fx_slice_ascii(value), broken;
    return i < value.len && fx_utf8_character(fx_slice_from(value, i), &broken) > 0;
}

bool fx_signatures_field(struct fx_signatures *all, enum fx_field_kind field,
                         struct fx_slice name, struct fx_slice value, int64_t now, size_t max)
{
    enum fx_signature_kind kind;
    struct fx_signature parsed;
    fx_dkim_header_field(all, field, name);
    if (!fx_signature_kind_of(field, &kind)) {
        if (!all->internationalized)
            all->internationalized = has_utf8(value);
        if (field == FX_FIELD_ARC_RESULTS)
            fx_arc_results(all, value);
        return false;
    }
    size_t before = all->count;
    all->kinds[kind]++;
    fx_signature_parse(kind, value, now, &parsed);
    bool room = all->text.len + value.len <= FX_SIGNATURE_FIELDS_OCTETS;
    if (before < max && room)
        keep_signature(all, &parsed);
    else
        all->omitted++;
    all->full = all->full || (before < max && !room);
    bool kept = all->count > before;
    fx_arc_signature(all, kept ? before : FX_NO_SIGNATURE, &parsed);
    return kept;
}

static void want_body(struct fx_signatures *all)
{
    for (size_t i = 0; i < all->count; i++) {
        struct fx_signature_seen *seen = &all->list[i];
        if (!seen->wants_body)
            continue;
        if (all->body == NULL)
            all->body = fx_bodyhash_create();
        if (all->body == NULL) {
            all->no_memory = true;
            return;
        }
        seen->hashing = fx_bodyhash_want(all->body, &seen->want, &seen->handle);
    }
}

void fx_signatures_header_end(struct fx_signatures *all, bool body)
{
    if (all->header_over)
        return;
    all->header_over = true;
    fx_dkim_header(all);
    fx_arc_header(all);
    if (body)
        want_body(all);
}

void fx_signatures_body(struct fx_signatures *all, struct fx_slice chunk)
{
    if (all->body != NULL)
        fx_bodyhash_body(all->body, chunk);
}

/* More octets of the canonical body than l= says: somebody may have added them. */
static void goes_on(struct fx_signatures *all, size_t number, uint64_t size, uint64_t length)
{
    const struct fx_anomaly longer = {.rule = FX_RULE_DKIM_L_PRESENT,
                                      .has_observed = true,
                                      .observed = size,
                                      .has_limit = true,
                                      .limit = length,
                                      .what = "the body is longer"};
    struct fx_anomaly_kept *said = find(all, number, longer.rule);
    if (said == NULL) {
        fx_signatures_add(all, number, &longer);
        return;
    }
    said->is.has_observed = said->is.has_limit = true;
    said->is.observed = size;
    said->is.limit = length;
    said->is.what = longer.what;
}

static void compare(struct fx_signatures *all, size_t number)
{
    struct fx_signature_seen *seen = &all->list[number];
    unsigned char digest[FX_BODYHASH_MAX];
    size_t octets = fx_body_digest_octets(seen->want.digest);
    if (!seen->hashing || !fx_bodyhash_digest(all->body, seen->handle, digest))
        return;
    uint64_t size = fx_bodyhash_octets(all->body, seen->want.canon);
    if (seen->want.limited && seen->want.length > size) {
        fx_signatures_add(all, number,
                          &(struct fx_anomaly){.rule = FX_RULE_DKIM_L_LARGE,
                                               .has_at = true,
                                               .at = seen->l_at,
                                               .has_observed = true,
                                               .observed = seen->want.length,
                                               .has_limit = true,
                                               .limit = size});
        return; /* a bad l=: nothing to compare with */
    }
    if (seen->want.limited && seen->want.length < size)
        goes_on(all, number, size, seen->want.length);
    bool match = memcmp(digest, seen->body_hash, octets) == 0;
    seen->result = match ? FX_BODY_RESULT_MATCH : FX_BODY_RESULT_MISMATCH;
    if (!match)
        fx_signatures_add(all, number,
                          &(struct fx_anomaly){.rule = FX_RULE_DKIM_BH_MISMATCH,
                                               .has_at = true,
                                               .at = seen->bh_at});
}

void fx_signatures_end(struct fx_signatures *all)
{
    if (!all->header_over)
        fx_signatures_header_end(all, false);
    if (all->body == NULL)
        return;
    fx_bodyhash_end(all->body);
    for (size_t i = 0; i < all->count; i++)
        compare(all, i);
}
