/* by_domain - see by_domain.h. */
#include "by_domain.h"

#include "digest.h"
#include "domain_view.h"
#include "grow.h"

#include <stdlib.h>
#include <string.h>

/* A domain name has at most 255 octets (RFC 1035 section 2.3.4); of what is longer the rest
 * does not count. */
#define NAME_MAX_OCTETS 255

struct ctl_domains {
    struct ctl_domain **list; /* in the order found */
    size_t count, cap;
    size_t *slots; /* 1 + index into list; 0: free. A power of two of them, at most half full */
    size_t slot_count;
    struct ctl_domain_counts sum;
    struct fx_hash *hash;
};

struct ctl_domains *ctl_domains_create(void)
{
    struct ctl_domains *all = calloc(1, sizeof *all);
    if (all == NULL)
        return NULL;
    all->hash = fx_hash_create();
    if (all->hash == NULL) {
        free(all);
        return NULL;
    }
    return all;
}

void ctl_domains_destroy(struct ctl_domains *all)
{
    if (all == NULL)
        return;
    for (size_t i = 0; i < all->count; i++)
        free(all->list[i]);
    free(all->list);
    free(all->slots);
    fx_hash_destroy(all->hash);
    free(all);
}

/* A digest, since names come from mail: whoever chooses them is not to choose their slots. */
static bool hash(struct ctl_domains *all, struct fx_slice name, uint64_t *value)
{
    struct fx_digest digest;
    fx_hash_reset(all->hash);
    fx_hash_add(all->hash, name);
    if (!fx_hash_end(all->hash, &digest))
        return false;
    memcpy(value, digest.octets, sizeof *value);
    return true;
}

/* The slot of this name, or the free one where it belongs. */
static size_t *slot_of(const struct ctl_domains *all, uint64_t hash_value, struct fx_slice name,
                       bool cut)
{
    size_t at = (size_t)hash_value & (all->slot_count - 1);
    for (;; at = (at + 1) & (all->slot_count - 1)) {
        const struct ctl_domain *there =
            all->slots[at] == 0 ? NULL : all->list[all->slots[at] - 1];
        if (there == NULL ||
            (there->cut == cut && fx_slice_eq(fx_slice(there->name, there->name_len), name)))
            return &all->slots[at];
    }
}

/* Room for one more domain. */
static bool grow(struct ctl_domains *all)
{
    if (all->count == all->cap) {
        struct ctl_domain **bigger =
            fx_grown(all->list, &all->cap, sizeof(struct ctl_domain *));
        if (bigger == NULL)
            return false;
        all->list = bigger;
    }
    if (2 * (all->count + 1) <= all->slot_count)
        return true;
    size_t slot_count = all->slot_count == 0 ? 128 : all->slot_count * 2;
    size_t *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL)
        return false;
    free(all->slots);
    all->slots = slots;
    all->slot_count = slot_count;
    for (size_t i = 0; i < all->count; i++) {
        const struct ctl_domain *d = all->list[i];
        *slot_of(all, d->hash, fx_slice(d->name, d->name_len), d->cut) = i + 1;
    }
    return true;
}

/* The entry of d= as it stands in a field; NULL: no memory. */
static struct ctl_domain *domain_of(struct ctl_domains *all, struct fx_slice d)
{
    char lower[NAME_MAX_OCTETS];
    bool cut = d.len > NAME_MAX_OCTETS;
    d = d.len == 0 ? FX_LIT("(none)") : fx_slice_first(d, NAME_MAX_OCTETS);
    for (size_t i = 0; i < d.len; i++)
        lower[i] = fx_ascii_lower(d.ptr[i]);
    struct fx_slice name = fx_slice(lower, d.len);
    uint64_t value;
    if (!grow(all) || !hash(all, name, &value))
        return NULL;
    size_t *slot = slot_of(all, value, name, cut);
    if (*slot > 0)
        return all->list[*slot - 1];
    struct ctl_domain *fresh = calloc(1, sizeof *fresh + name.len);
    if (fresh == NULL)
        return NULL;
    fresh->hash = value;
    fresh->cut = cut;
    fresh->name_len = name.len;
    memcpy(fresh->name, name.ptr, name.len);
    all->list[all->count++] = fresh;
    *slot = all->count;
    return fresh;
}

static void count(struct ctl_domain_counts *d, const struct fx_message *m, size_t number)
{
    const struct fx_signatures *all = m->signatures;
    const struct fx_signature_seen *s = &all->list[number];
    for (size_t i = 0; i < all->anomaly_count; i++)
        if (all->anomalies[i].signature == number)
            d->anomalies[all->anomalies[i].is.rule - FX_RULE_DKIM_FIRST]++;
    d->kinds[s->kind]++;
    if (s->kind == FX_SIGNATURE_ARC_SEAL)
        return;
    d->signatures++;
    d->body_hash[s->result]++;
    if (s->names_content_type && m->content_types > 0)
        d->grades[s->grade]++;
}

bool ctl_domains_add(struct ctl_domains *all, const struct fx_message *m)
{
    const struct fx_signatures *seen = m->signatures;
    for (size_t i = 0; seen != NULL && i < seen->count; i++) {
        struct ctl_domain *d = domain_of(all, fx_signatures_piece(seen, &seen->list[i].domain));
        if (d == NULL)
            return false;
        count(&d->of, m, i);
        count(&all->sum, m, i);
    }
    all->sum.omitted += seen != NULL ? seen->omitted : 0;
    for (size_t i = 0; seen != NULL && i < seen->anomaly_count; i++)
        if (seen->anomalies[i].signature == FX_NO_SIGNATURE)
            all->sum.anomalies[seen->anomalies[i].is.rule - FX_RULE_DKIM_FIRST]++;
    return true;
}

/* The most signatures first, then by name. */
static int order(const void *a, const void *b)
{
    const struct ctl_domain *p = *(struct ctl_domain *const *)a,
                            *q = *(struct ctl_domain *const *)b;
    if (p->of.signatures != q->of.signatures)
        return p->of.signatures > q->of.signatures ? -1 : 1;
    int names = memcmp(p->name, q->name, p->name_len < q->name_len ? p->name_len : q->name_len);
    if (names != 0)
        return names;
    return p->name_len != q->name_len ? (p->name_len < q->name_len ? -1 : 1)
                                      : (int)p->cut - (int)q->cut;
}

bool ctl_domains_put(struct ctl_domains *all, bool json, enum fx_grade from)
{
    if (all->count > 0)
        qsort(all->list, all->count, sizeof(struct ctl_domain *), order);
    /* the slots lead to other domains now; nothing is added any more */
    return json ? ctl_domain_json(all->list, all->count, &all->sum)
                : ctl_domain_table(all->list, all->count, &all->sum, from);
}
