/* finding - see finding.h. */
#include "finding.h"

#include "grow.h"
#include "policy.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Detail is words of our own. */
#define DETAIL_MAX 512
/* More than limits.findings times limits.evidence can ever need. */
#define NOTES_MAX ((size_t)16 * 1024 * 1024)

void fx_findings_init(struct fx_findings *list)
{
    *list = (struct fx_findings){0};
    fx_text_init_growing(&list->notes, NOTES_MAX);
}

void fx_findings_finish(struct fx_findings *list)
{
    free(list->items);
    fx_text_finish(&list->notes);
    fx_findings_init(list);
}

void fx_findings_reset(struct fx_findings *list)
{
    list->count = 0;
    list->omitted = 0;
    memset(list->omitted_rules, 0, sizeof list->omitted_rules);
    fx_text_reset(&list->notes);
}

static struct fx_note keep(struct fx_text *notes, struct fx_slice s, size_t max)
{
    struct fx_note note = {.at = notes->len, .told = fx_slice_told(s), .cut = s.len > max};
    fx_text_add(notes, fx_slice_first(s, max));
    note.len = notes->len - note.at;
    return note;
}

/* Could enforce refuse something for it? */
static bool weighty(const struct fx_finding *f)
{
    return f->profile == 0 && f->mode == FX_MODE_ENFORCE && f->action != FX_ACTION_LOG &&
           f->action != FX_ACTION_BLANK && f->action != FX_ACTION_NOOP &&
           f->action != FX_ACTION_OK;
}

/* What the list has, looked at from its beginning. */
struct seen {
    uint64_t said[FX_RULE_COUNT][FX_OUTCOME_COUNT]; /* FX_BIT of profiles */
    size_t of[FX_MAX_PROFILES];
};

/* What it is worth behind those seen: one that enforce may act upon goes before the rest, then
 * the first of its rule and outcome, then what a profile has within its share, then the
 * enforced profile, then the worse outcome. */
static unsigned worth(const struct fx_findings *list, const struct fx_finding *f,
                      struct seen *seen)
{
    uint64_t *said = &seen->said[f->rule][f->would];
    uint64_t by = f->said_by | FX_BIT(f->profile);
    bool first = (*said & by) != by;
    bool within = list->share == 0 || seen->of[f->profile] < list->share;
    *said |= by;
    seen->of[f->profile]++;
    return (weighty(f) ? 256U : 0) + (first ? 128U : 0) + (within ? 64U : 0) +
           (f->profile == 0 ? 32U : 0) + (unsigned)f->would;
}

/* The one whose place f takes in a full list; NULL: none is worth less. The answer to the
 * current event is chosen among the fresh ones, so of those with weight one that is settled
 * goes; what went over a limit has room of its own. */
static struct fx_finding *victim(struct fx_findings *list, const struct fx_finding *f)
{
    struct seen seen = {0};
    struct fx_finding *least = NULL;
    unsigned least_worth = UINT_MAX;
    for (size_t i = 0; i < list->count; i++) {
        struct fx_finding *g = &list->items[i];
        unsigned w = worth(list, g, &seen);
        if (w > least_worth || g->rule == FX_RULE_LIMIT_EXCEEDED || (weighty(g) && g->fresh))
            continue;
        least = g;
        least_worth = w;
    }
    if (!weighty(f))
        return least != NULL && worth(list, f, &seen) > least_worth ? least : NULL;
    return least == NULL && list->count > 0 ? &list->items[list->count - 1] : least;
}

/* Counted, and its rule noted where it is the enforced profile's. */
static void leave_out(struct fx_findings *list, const struct fx_finding *f)
{
    list->omitted++;
    if (f->profile == 0)
        list->omitted_rules[f->rule / 64] |= FX_BIT(f->rule % 64);
}

bool fx_findings_omit(const struct fx_findings *list, enum fx_rule rule)
{
    return (list->omitted_rules[rule / 64] & FX_BIT(rule % 64)) != 0;
}

/* A place for one more; NULL: none. */
static struct fx_finding *place(struct fx_findings *list, const struct fx_finding *f,
                                size_t max)
{
    if (list->count >= max) {
        struct fx_finding *taken = victim(list, f);
        leave_out(list, taken != NULL ? taken : f);
        return taken;
    }
    if (list->count == list->cap) {
        struct fx_finding *bigger = fx_grown(list->items, &list->cap, sizeof *bigger);
        if (bigger == NULL) {
            leave_out(list, f);
            return NULL;
        }
        list->items = bigger;
    }
    return &list->items[list->count++];
}

/* What replaced findings said is dropped, once it is more than what the others say. */
static void compact(struct fx_findings *list)
{
    size_t used = 0;
    for (size_t i = 0; i < list->count; i++)
        used += list->items[i].evidence.len + list->items[i].detail.len;
    if (list->notes.len < 4096 || list->notes.len < 2 * used)
        return;
    struct fx_text fresh;
    fx_text_init_growing(&fresh, NOTES_MAX);
    for (size_t i = 0; i < list->count; i++) {
        struct fx_note *notes[] = {&list->items[i].evidence, &list->items[i].detail};
        for (size_t n = 0; n < 2; n++) {
            size_t at = fresh.len;
            fx_text_add(&fresh, fx_findings_note(list, notes[n]));
            notes[n]->at = at;
            notes[n]->len = fresh.len - at; /* without memory it is lost */
        }
    }
    fx_text_finish(&list->notes);
    list->notes = fresh;
}

struct fx_finding *fx_findings_add(struct fx_findings *list, const struct fx_finding *finding,
                                   struct fx_slice evidence, struct fx_slice detail, size_t max,
                                   size_t evidence_max)
{
    struct fx_finding *added = place(list, finding, max);
    if (added == NULL)
        return NULL;
    *added = *finding;
    added->evidence = added->detail = (struct fx_note){0};
    compact(list);
    added->evidence = keep(&list->notes, evidence, evidence_max);
    added->detail = keep(&list->notes, detail, DETAIL_MAX);
    return added;
}

struct fx_slice fx_findings_note(const struct fx_findings *list, const struct fx_note *note)
{
    if (!note->told)
        return FX_ABSENT;
    return fx_slice_first(fx_slice_from(fx_text_slice(&list->notes), note->at), note->len);
}
