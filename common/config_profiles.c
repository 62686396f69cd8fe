/* config_profiles - which profiles there are, and those in use, each read once. */
#include "config_reader.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_MAX_OCTETS 65536
#define SUFFIX ".conf"
#define VARIANT_NAME_MAX 128 /* of a name with variants, which is looked up piece by piece */

/* A name becomes a file name, so it must not be able to leave the folder. */
bool fx_profile_name_good(struct fx_slice name)
{
    if (name.len == 0 || name.len > 64 || name.ptr[0] == '.' || name.ptr[0] == '-')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i], l = fx_ascii_lower(c);
        if (!fx_ascii_digit(c) && !(l >= 'a' && l <= 'z') && c != '.' && c != '-' && c != '_')
            return false;
    }
    return true;
}

/* ---- the names of all profiles ---- */

static bool add_name(char ***names, size_t *count, struct fx_slice name)
{
    for (size_t i = 0; i < *count; i++)
        if (fx_slice_eq(name, fx_slice_str((*names)[i])))
            return true;
    char **more = realloc(*names, (*count + 1) * sizeof *more);
    if (more == NULL)
        return false;
    *names = more;
    more[*count] = fx_config_copy(name);
    if (more[*count] == NULL)
        return false;
    (*count)++;
    return true;
}

static void free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

static bool read_folder(const char *path, char ***names, size_t *count,
                        struct fx_faults *faults)
{
    DIR *dir = opendir(path);
    if (dir == NULL && errno == ENOENT)
        return true;
    if (dir == NULL) {
        fx_fault(faults, (struct fx_place){path, 1}, "profiles", "the folder cannot be read");
        fx_fault_look(faults, path);
        return false;
    }
    bool good = true;
    struct dirent *entry;
    while (good && (entry = readdir(dir)) != NULL) {
        struct fx_slice file = fx_slice_str(entry->d_name);
        size_t suffix = strlen(SUFFIX);
        if (file.len <= suffix || strcmp(entry->d_name + file.len - suffix, SUFFIX) != 0)
            continue;
        struct fx_slice name = fx_slice_first(file, file.len - suffix);
        if (fx_profile_name_good(name) && !add_name(names, count, name)) {
            fx_fault_memory(faults);
            good = false;
        }
    }
    (void)closedir(dir);
    return good;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool fx_config_profile_names(const char *const *profile_dirs, char ***names, size_t *count,
                             struct fx_faults *faults)
{
    char **found = NULL;
    size_t n = 0;
    for (size_t i = 0; profile_dirs != NULL && profile_dirs[i] != NULL; i++)
        if (!read_folder(profile_dirs[i], &found, &n, faults)) {
            free_names(found, n);
            return false;
        }
    if (n > 1)
        qsort(found, n, sizeof *found, compare_names);
    *names = found;
    *count = n;
    return true;
}

/* ---- the cache ---- */

/* The file of a profile in the last folder that has one; allocated, NULL when there is none.
 * *no_memory tells the two apart. */
static char *find_file(const char *const *dirs, const char *name, bool *no_memory)
{
    struct stat st;
    size_t count = 0;
    *no_memory = false;
    while (dirs != NULL && dirs[count] != NULL)
        count++;
    while (count-- > 0) {
        struct fx_text t;
        fx_text_init_growing(&t, PATH_MAX_OCTETS);
        fx_text_add_str(&t, dirs[count]);
        fx_text_add_char(&t, '/');
        fx_text_add_str(&t, name);
        fx_text_add_str(&t, SUFFIX);
        char *path = t.overflow ? NULL : fx_config_copy(fx_text_slice(&t));
        fx_text_finish(&t);
        if (path == NULL) {
            *no_memory = true;
            return NULL;
        }
        if (stat(path, &st) == 0)
            return path;
        free(path);
    }
    return NULL;
}

static struct fx_profile_entry *find_entry(struct fx_profile_cache *cache, const char *name)
{
    for (size_t i = 0; i < cache->count; i++)
        if (strcmp(cache->entries[i].name, name) == 0)
            return &cache->entries[i];
    return NULL;
}

static bool add_entry(struct fx_profile_cache *cache, const char *name)
{
    struct fx_profile_entry *entries =
        realloc(cache->entries, (cache->count + 1) * sizeof *entries);
    if (entries == NULL)
        return false;
    cache->entries = entries;
    struct fx_profile_entry *e = &entries[cache->count];
    *e = (struct fx_profile_entry){.name = fx_config_copy(fx_slice_str(name)),
                                   .profile = fx_profile_create(name),
                                   .state = FX_PROFILE_LOADING};
    if (e->name == NULL || e->profile == NULL) {
        free(e->name);
        fx_profile_destroy(e->profile);
        return false;
    }
    cache->count++;
    return true;
}

/* Those with profiles, the one that wins first. */
static const char *folders(const char *const *dirs, char *space, size_t size)
{
    struct fx_text t;
    size_t count = 0;
    while (dirs != NULL && dirs[count] != NULL)
        count++;
    if (count == 0)
        return "no folder";
    fx_text_init_fixed(&t, space, size - 1);
    while (count-- > 0) {
        fx_text_add_str(&t, dirs[count]);
        fx_text_add_str(&t, count > 0 ? ", " : "");
    }
    space[t.len] = '\0';
    return space;
}

static void fault_no_profile(struct fx_reader *r, const char *name, struct fx_place at,
                             const char *setting)
{
    char space[1024];
    struct fx_choice choice;
    struct fx_quoted q;
    char **names = NULL;
    size_t count = 0;

    if (!fx_config_profile_names(r->cache.dirs, &names, &count, r->faults))
        return;
    fx_choice_init(&choice, name);
    for (size_t i = 0; i < count; i++)
        fx_choice_add(&choice, names[i]);
    fx_fault(r->faults, at, setting, "%s is not a profile; %s; looked in %s",
             fx_quote(&q, name), fx_choice_text(&choice),
             folders(r->cache.dirs, space, sizeof space));
    free_names(names, count);
}

/* The profiles that are being read now, each inherited by the one before, back to `name`. */
static void fault_circle(struct fx_reader *r, const char *name, struct fx_place at,
                         const char *setting)
{
    char text[512];
    struct fx_text t;
    bool within = false;

    fx_text_init_fixed(&t, text, sizeof text - 1);
    for (size_t i = 0; i < r->cache.count; i++) {
        const struct fx_profile_entry *e = &r->cache.entries[i];
        within = within || strcmp(e->name, name) == 0;
        if (!within || e->state != FX_PROFILE_LOADING)
            continue;
        fx_text_add_str(&t, e->name);
        fx_text_add_str(&t, " -> ");
    }
    fx_text_add_str(&t, name);
    text[t.len] = '\0';
    fx_fault(r->faults, at, setting, "goes in a circle: %s", text);
}

/* The profile in a file of its own. */
static struct fx_profile *get_file(struct fx_reader *r, const char *name, struct fx_place at,
                                   const char *setting)
{
    bool no_memory = false;
    struct fx_profile_entry *e;
    char *path = fx_profile_name_good(fx_slice_str(name))
                     ? find_file(r->cache.dirs, name, &no_memory)
                     : NULL;
    size_t index = r->cache.count;
    if (path == NULL && !no_memory) {
        if (setting != NULL)
            fault_no_profile(r, name, at, setting);
        return NULL;
    }
    if (path == NULL || !add_entry(&r->cache, name)) {
        fx_fault_memory(r->faults);
        free(path);
        return NULL;
    }
    /* reading may add parents, and so move the entries */
    bool good = fx_profile_read(r, path, r->cache.entries[index].profile);
    free(path);
    e = &r->cache.entries[index];
    e->state = good ? FX_PROFILE_READY : FX_PROFILE_FAILED;
    return good ? e->profile : NULL;
}

static void fault_no_variant(struct fx_reader *r, const char *name, const char *wanted,
                             const struct fx_profile *root, struct fx_place at,
                             const char *setting)
{
    struct fx_choice choice;
    struct fx_quoted q;
    fx_choice_init(&choice, wanted);
    for (size_t i = 0; i < root->variant_count; i++)
        fx_choice_add(&choice, root->variants[i]->name);
    if (root->variant_count == 0)
        fx_fault(r->faults, at, setting, "%s is not a profile; %s has no variants",
                 fx_quote(&q, name), root->name);
    else
        fx_fault(r->faults, at, setting, "%s is not a variant of %s; %s", fx_quote(&q, name),
                 root->name, fx_choice_text(&choice));
}

/* The profile in front of the last '+' with the variant behind it. `prefix` has the room of a
 * name. */
/* no fault: misc-no-recursion: each time a shorter name */
static struct fx_profile *get_variant(struct fx_reader *r, const char *name, char *prefix,
                                      struct fx_place at, const char *setting)
{
    size_t plus = (size_t)(strrchr(name, '+') - name);
    memcpy(prefix, name, plus);
    prefix[plus] = '\0';
    const struct fx_profile *base = fx_cache_get(r, prefix, at, setting), *variant = NULL;
    if (base == NULL)
        return NULL;
    prefix[fx_slice_find(fx_slice_str(prefix), '+')] = '\0';
    const struct fx_profile *root = find_entry(&r->cache, prefix)->profile;
    for (size_t i = 0; i < root->variant_count; i++)
        if (strcmp(root->variants[i]->name, name + plus + 1) == 0)
            variant = root->variants[i];
    if (variant == NULL) {
        if (setting != NULL)
            fault_no_variant(r, name, name + plus + 1, root, at, setting);
        return NULL;
    }
    if (!add_entry(&r->cache, name)) {
        fx_fault_memory(r->faults);
        return NULL;
    }
    struct fx_profile_entry *e = &r->cache.entries[r->cache.count - 1];
    bool good = fx_profile_lay_over(e->profile, base, variant);
    e->state = good ? FX_PROFILE_READY : FX_PROFILE_FAILED;
    if (!good)
        fx_fault_memory(r->faults);
    return good ? e->profile : NULL;
}

/* no fault: misc-no-recursion: by get_variant, each time a shorter name */
struct fx_profile *fx_cache_get(struct fx_reader *r, const char *name, struct fx_place at,
                                const char *setting)
{
    const struct fx_profile_entry *e = find_entry(&r->cache, name);
    char prefix[VARIANT_NAME_MAX + 1];

    if (e != NULL && e->state == FX_PROFILE_LOADING)
        fault_circle(r, name, at, setting);
    if (e != NULL)
        return e->state == FX_PROFILE_READY ? e->profile : NULL;
    if (strchr(name, '+') != NULL && strlen(name) <= VARIANT_NAME_MAX)
        return get_variant(r, name, prefix, at, setting);
    return get_file(r, name, at, setting);
}

void fx_cache_finish(struct fx_profile_cache *cache)
{
    for (size_t i = 0; i < cache->count; i++) {
        free(cache->entries[i].name);
        fx_profile_destroy(cache->entries[i].profile);
    }
    free(cache->entries);
    cache->entries = NULL;
    cache->count = 0;
}

struct fx_profile *fx_config_load_profile(const char *name, const char *const *profile_dirs,
                                          struct fx_faults *faults)
{
    struct fx_reader r = {.faults = faults,
                          .notices = faults,
                          .nowhere = {"command-line", 1},
                          .cache = {.dirs = profile_dirs}};
    struct fx_profile *p = fx_cache_get(&r, name, r.nowhere, "profile");
    for (size_t i = 0; i < r.cache.count; i++)
        if (r.cache.entries[i].profile == p)
            r.cache.entries[i].profile = NULL;
    fx_cache_finish(&r.cache);
    return p;
}
