/* state - see state.h: what all stores have in common, and the one in memory.
 *
 * The latter is a hash table with chains, for the key, and a binary heap, for who is due first;
 * each value knows its place in the heap.
 */
#include "state.h"

#include <stdlib.h>
#include <string.h>

/* ---- all stores ---- */

bool fx_state_failed(struct fx_state *state, const char *where, const char *what)
{
    struct fx_text t;
    fx_text_init_fixed(&t, state->why, sizeof state->why - 1);
    if (where != NULL) {
        fx_text_add(&t, fx_slice_first(fx_slice_str(where), sizeof state->why / 2));
        fx_text_add_str(&t, ": ");
    }
    fx_text_add(&t, fx_slice_first(fx_slice_str(what), t.cap - t.len));
    t.data[t.len] = '\0';
    for (size_t i = 0; i < t.len; i++)
        if (t.data[i] < ' ' || t.data[i] > '~')
            t.data[i] = '?';
    return false;
}

/* A step, and what is asked of its answer. */
struct guard {
    fx_state_step *step;
    void *arg;
    bool too_long;
};

static bool guarded(void *arg, const struct fx_state_value *old, struct fx_state_value *fresh)
{
    struct guard *g = arg;
    *fresh = (struct fx_state_value){.bytes = FX_ABSENT};
    g->too_long = false;
    if (!g->step(g->arg, old, fresh))
        return false;
    g->too_long = fresh->bytes.len > FX_STATE_VALUE_MAX;
    return !g->too_long;
}

bool fx_state_change(struct fx_state *state, const char *key, fx_state_step *step, void *arg)
{
    struct guard g = {step, arg, false};
    size_t len = strnlen(key, FX_STATE_KEY);
    state->why[0] = '\0';
    if (len == 0 || len == FX_STATE_KEY)
        return fx_state_failed(state, NULL, "a key has no length that a key may have");
    bool good = state->is->change(state, key, guarded, &g);
    return g.too_long ? fx_state_failed(state, NULL, "a value is too long") : good;
}

bool fx_state_due(struct fx_state *state, int64_t now, size_t max, char (*keys)[FX_STATE_KEY],
                  size_t *count)
{
    *count = 0;
    state->why[0] = '\0';
    return max == 0 || state->is->due(state, now, max, keys, count);
}

bool fx_state_joins(const struct fx_state *state)
{
    return state->is->begin != NULL;
}

bool fx_state_begin(struct fx_state *state)
{
    state->why[0] = '\0';
    return !fx_state_joins(state) || state->is->begin(state);
}

bool fx_state_end(struct fx_state *state, bool keep)
{
    if (keep)
        state->why[0] = '\0';
    return !fx_state_joins(state) || state->is->end(state, keep);
}

const char *fx_state_why(const struct fx_state *state)
{
    return state->why;
}

void fx_state_close(struct fx_state *state)
{
    if (state != NULL)
        state->is->close(state);
}

/* ---- the store in memory ---- */

struct entry {
    struct entry *next; /* of its chain */
    size_t place;       /* in the heap */
    int64_t due;
    char *bytes;
    size_t len;
    char key[FX_STATE_KEY];
};

struct memory {
    struct fx_state state; /* first: it is the handle */
    size_t max, count;
    struct entry **heap; /* count of them; the one due first at 0 */
    size_t heap_cap;
    struct entry **chains; /* chain_count of them, a power of two */
    size_t chain_count;
};

static bool no_memory(struct memory *m)
{
    return fx_state_failed(&m->state, NULL, "no memory");
}

/* FNV-1a. Keys are digests, so nothing better is needed. */
static size_t hash(const char *key)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *key != '\0'; key++)
        h = (h ^ (unsigned char)*key) * UINT64_C(1099511628211);
    return (size_t)(h ^ (h >> 32));
}

static struct entry **chain_of(struct memory *m, const char *key)
{
    return &m->chains[hash(key) & (m->chain_count - 1)];
}

/* Where the entry hangs; its chain's end where there is none. */
static struct entry **find(struct memory *m, const char *key)
{
    struct entry **at = chain_of(m, key);
    while (*at != NULL && strcmp((*at)->key, key) != 0)
        at = &(*at)->next;
    return at;
}

/* Due first; the key decides among equals, so that every store gives up the same. */
static bool before(const struct entry *a, const struct entry *b)
{
    return a->due != b->due ? a->due < b->due : strcmp(a->key, b->key) < 0;
}

static void put_at(struct memory *m, size_t place, struct entry *e)
{
    m->heap[place] = e;
    e->place = place;
}

/* Lets e, which may stand too low or too high at `place`, take its own. */
static void settle(struct memory *m, size_t place, struct entry *e)
{
    while (place > 0 && before(e, m->heap[(place - 1) / 2])) {
        put_at(m, place, m->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    for (size_t child; (child = 2 * place + 1) < m->count; place = child) {
        if (child + 1 < m->count && before(m->heap[child + 1], m->heap[child]))
            child++;
        if (before(e, m->heap[child]))
            break;
        put_at(m, place, m->heap[child]);
    }
    put_at(m, place, e);
}

static void heap_remove(struct memory *m, struct entry *e)
{
    struct entry *last = m->heap[--m->count];
    if (last != e)
        settle(m, e->place, last);
}

static void give_up(struct memory *m, struct entry *e)
{
    struct entry **at = find(m, e->key);
    *at = e->next;
    heap_remove(m, e);
    free(e->bytes);
    free(e);
}

static bool grow_heap(struct memory *m)
{
    if (m->count < m->heap_cap)
        return true;
    size_t cap = m->heap_cap * 2;
    struct entry **bigger = realloc(m->heap, cap * sizeof *bigger);
    if (bigger == NULL)
        return false;
    m->heap = bigger;
    m->heap_cap = cap;
    return true;
}

/* As many chains as entries, about. */
static bool grow_chains(struct memory *m)
{
    if (m->count < m->chain_count)
        return true;
    size_t many = m->chain_count * 2;
    struct entry **chains = calloc(many, sizeof *chains);
    if (chains == NULL)
        return false;
    free(m->chains);
    m->chains = chains;
    m->chain_count = many;
    for (size_t i = 0; i < m->count; i++) {
        struct entry **at = chain_of(m, m->heap[i]->key);
        m->heap[i]->next = *at;
        *at = m->heap[i];
    }
    return true;
}

static struct entry *add(struct memory *m, const char *key)
{
    if (!grow_heap(m) || !grow_chains(m))
        return NULL;
    struct entry *e = calloc(1, sizeof *e);
    if (e == NULL)
        return NULL;
    memcpy(e->key, key, strlen(key));
    struct entry **at = chain_of(m, key);
    e->next = *at;
    *at = e;
    put_at(m, m->count, e);
    m->count++;
    return e;
}

static bool memory_change(struct fx_state *state, const char *key, fx_state_step *step,
                          void *arg)
{
    struct memory *m = (struct memory *)state;
    struct entry *e = *find(m, key);
    struct fx_state_value old = {.bytes = FX_ABSENT}, fresh;
    if (e != NULL)
        old = (struct fx_state_value){fx_slice(e->bytes, e->len), e->due};
    if (!step(arg, &old, &fresh))
        return true;
    if (!fx_slice_told(fresh.bytes)) {
        if (e != NULL)
            give_up(m, e);
        return true;
    }
    char *bytes = malloc(fresh.bytes.len + 1);
    if (bytes == NULL || (e == NULL && (e = add(m, key)) == NULL)) {
        free(bytes);
        return no_memory(m);
    }
    if (fresh.bytes.len > 0)
        memcpy(bytes, fresh.bytes.ptr, fresh.bytes.len);
    free(e->bytes);
    e->bytes = bytes;
    e->len = fresh.bytes.len;
    e->due = fresh.due;
    settle(m, e->place, e);
    for (; m->count > m->max; m->state.given_up++)
        /* no fault: clang-analyzer-unix.Malloc: another entry than before, or none is left */
        give_up(m, m->heap[0]);
    return true;
}

/* Takes the first ones out and puts them back: few of many. */
static bool memory_due(struct fx_state *state, int64_t now, size_t max,
                       char (*keys)[FX_STATE_KEY], size_t *count)
{
    struct memory *m = (struct memory *)state;
    size_t all = m->count, taken = 0;
    while (taken < max && m->count > 0 && m->heap[0]->due <= now) {
        struct entry *e = m->heap[0];
        memcpy(keys[taken++], e->key, FX_STATE_KEY);
        heap_remove(m, e);
        m->heap[m->count] = e; /* its place is free now */
    }
    *count = taken;
    while (m->count < all) {
        struct entry *e = m->heap[m->count++];
        settle(m, m->count - 1, e);
    }
    return true;
}

static void memory_close(struct fx_state *state)
{
    struct memory *m = (struct memory *)state;
    for (size_t i = 0; i < m->count; i++) {
        free(m->heap[i]->bytes);
        free(m->heap[i]);
    }
    free(m->heap);
    free(m->chains);
    free(m);
}

struct fx_state *fx_state_memory(size_t max)
{
    static const struct fx_state_class class = {
        .name = "memory", .change = memory_change, .due = memory_due, .close = memory_close};
    struct memory *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->state.is = &class;
    m->max = max;
    m->heap_cap = m->chain_count = 64;
    m->heap = malloc(m->heap_cap * sizeof *m->heap);
    m->chains = calloc(m->chain_count, sizeof *m->chains);
    if (m->heap == NULL || m->chains == NULL) {
        free(m->heap);
        free(m->chains);
        free(m);
        return NULL;
    }
    /* no fault: malloc-leak: the store begins with what is given back */
    return &m->state;
}
