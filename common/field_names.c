/* field_names - see field_names.h. A hash table with open addressing; a name is known by its
 * hash alone, of 64 bits, since nothing but advice hangs on it. */
#include "field_names.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 64
#define SLOTS_MAX (2 * (size_t)FX_FIELD_NAMES_MAX)
#define SLOTS_KEPT 1024 /* a bigger table goes with its message */
#define PROBES 128      /* slots looked at; a table half full needs some dozens at most */

struct slot {
    uint64_t hash; /* 0: free */
    uint64_t count;
};

struct fx_field_names {
    struct slot *slots;
    size_t slot_count; /* a power of two, at least twice `used` */
    size_t used;
    bool lost; /* a field was not counted */
};

/* FNV-1a over the lower-case name, never 0. */
static uint64_t hash_of(struct fx_slice name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)fx_ascii_lower(name.ptr[i])) * UINT64_C(1099511628211);
    return hash == 0 ? 1 : hash;
}

/* Where this hash is, or where it would go; NULL: too far from where it should be. */
static struct slot *slot_of(const struct fx_field_names *names, uint64_t hash)
{
    size_t mask = names->slot_count - 1;
    for (size_t n = 0; n < PROBES; n++) {
        struct slot *slot = &names->slots[((size_t)hash + n) & mask];
        if (slot->hash == 0 || slot->hash == hash)
            return slot;
    }
    return NULL;
}

struct fx_field_names *fx_field_names_create(void)
{
    struct fx_field_names *names = calloc(1, sizeof *names);
    if (names == NULL)
        return NULL;
    names->slots = calloc(FIRST_SLOTS, sizeof *names->slots);
    names->slot_count = FIRST_SLOTS;
    if (names->slots == NULL) {
        free(names);
        return NULL;
    }
    return names;
}

void fx_field_names_destroy(struct fx_field_names *names)
{
    if (names == NULL)
        return;
    free(names->slots);
    free(names);
}

void fx_field_names_reset(struct fx_field_names *names)
{
    names->used = 0;
    names->lost = false;
    struct slot *fewer = NULL;
    if (names->slot_count > SLOTS_KEPT)
        fewer = calloc(FIRST_SLOTS, sizeof *fewer);
    if (fewer == NULL) {
        memset(names->slots, 0, names->slot_count * sizeof *names->slots);
        return;
    }
    free(names->slots);
    names->slots = fewer;
    names->slot_count = FIRST_SLOTS;
}

static bool grow(struct fx_field_names *names)
{
    struct fx_field_names bigger = {.slot_count = names->slot_count * 2, .used = names->used};
    if (bigger.slot_count > SLOTS_MAX)
        return false;
    bigger.slots = calloc(bigger.slot_count, sizeof *bigger.slots);
    if (bigger.slots == NULL)
        return false;
    for (size_t i = 0; i < names->slot_count; i++) {
        if (names->slots[i].hash == 0)
            continue;
        struct slot *slot = slot_of(&bigger, names->slots[i].hash);
        if (slot == NULL) {
            free(bigger.slots);
            return false;
        }
        *slot = names->slots[i];
    }
    free(names->slots);
    *names = bigger;
    return true;
}

bool fx_field_names_add(struct fx_field_names *names, struct fx_slice name)
{
    uint64_t hash = hash_of(name);
    struct slot *slot = slot_of(names, hash);
    bool known = slot != NULL && slot->hash != 0;
    if (!known && 2 * (names->used + 1) > names->slot_count)
        slot = grow(names) ? slot_of(names, hash) : NULL;
    if (slot == NULL) {
        names->lost = true;
        return false;
    }
    if (!known) {
        slot->hash = hash;
        names->used++;
    }
    slot->count++;
    return true;
}

bool fx_field_names_complete(const struct fx_field_names *names)
{
    return !names->lost;
}

uint64_t fx_field_names_count(const struct fx_field_names *names, struct fx_slice name)
{
    const struct slot *slot = slot_of(names, hash_of(name));
    return slot == NULL ? 0 : slot->count;
}
