/* field_names - see field_names.h. A hash table with open addressing; a name is known by its
 * hash alone, of 64 bits, since nothing but advice hangs on it. */
#include "field_names.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 64
#define SLOTS_MAX (2 * (size_t)FX_FIELD_NAMES_MAX)

struct slot {
    uint64_t hash; /* 0: free */
    uint64_t count;
};

struct fx_field_names {
    struct slot *slots;
    size_t slot_count; /* a power of two, at least twice `used` */
    size_t used;
};

/* FNV-1a over the lower-case name, never 0. */
static uint64_t hash_of(struct fx_slice name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)fx_ascii_lower(name.ptr[i])) * UINT64_C(1099511628211);
    return hash == 0 ? 1 : hash;
}

/* Where this hash is, or where it would go. */
static struct slot *slot_of(const struct fx_field_names *names, uint64_t hash)
{
    size_t mask = names->slot_count - 1;
    size_t i = (size_t)hash & mask;
    while (names->slots[i].hash != 0 && names->slots[i].hash != hash)
        i = (i + 1) & mask;
    return &names->slots[i];
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
    memset(names->slots, 0, names->slot_count * sizeof *names->slots);
}

static bool grow(struct fx_field_names *names)
{
    struct fx_field_names bigger = {.slot_count = names->slot_count * 2, .used = names->used};
    if (bigger.slot_count > SLOTS_MAX)
        return false;
    bigger.slots = calloc(bigger.slot_count, sizeof *bigger.slots);
    if (bigger.slots == NULL)
        return false;
    for (size_t i = 0; i < names->slot_count; i++)
        if (names->slots[i].hash != 0)
            *slot_of(&bigger, names->slots[i].hash) = names->slots[i];
    free(names->slots);
    *names = bigger;
    return true;
}

bool fx_field_names_add(struct fx_field_names *names, struct fx_slice name)
{
    uint64_t hash = hash_of(name);
    struct slot *slot = slot_of(names, hash);
    if (slot->hash == 0) {
        if (2 * (names->used + 1) > names->slot_count) {
            if (!grow(names))
                return false;
            slot = slot_of(names, hash);
        }
        slot->hash = hash;
        names->used++;
    }
    slot->count++;
    return true;
}

uint64_t fx_field_names_count(const struct fx_field_names *names, struct fx_slice name)
{
    return slot_of(names, hash_of(name))->count;
}
