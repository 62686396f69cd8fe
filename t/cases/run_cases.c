/* run_cases - runs the cases of a folder and compares what comes of each with its .ref, byte
 * for byte.
 *
 *   run_cases [--update] [--profiles DIR] DIR [NAME...]
 *
 * A case is NAME.smtp with its NAME.conf and NAME.ref; see README beside it.
 * Results are TAP; --update writes the .ref files instead, for somebody to read.
 */
#include "case_play.h"
#include "config.h"
#include "../unit/known_key.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUT_MAX ((size_t)16 * 1024 * 1024)
#define PATH_OCTETS 4096

struct runner {
    const char *dir, *profiles;
    bool update;
    unsigned number, failed;
};

static void diagnose(const char *what, struct fx_slice text)
{
    printf("#   %s: %.*s\n", what, text.len > 400 ? 400 : (int)text.len, text.ptr);
}

/* The path DIR/NAME.EXTENSION; false when it is too long. */
static bool path_of(const struct runner *r, const char *name, const char *extension,
                    char path[PATH_OCTETS])
{
    int n = snprintf(path, PATH_OCTETS, "%s/%s%s", r->dir, name, extension);
    return n > 0 && n < PATH_OCTETS;
}

static bool read_all(const char *path, struct fx_text *bytes)
{
    char buffer[65536];
    size_t n;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0)
        fx_text_add(bytes, fx_slice(buffer, n));
    bool good = ferror(file) == 0 && !bytes->overflow;
    fclose(file);
    return good;
}

static bool write_all(const char *path, struct fx_slice bytes)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return false;
    bool good = fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len;
    return fclose(file) == 0 && good;
}

/* Says where the two texts part. */
static void show_difference(struct fx_slice want, struct fx_slice got)
{
    struct fx_slice a, b;
    for (unsigned line = 1;; line++) {
        bool more_a = fx_slice_line(&want, &a), more_b = fx_slice_line(&got, &b);
        if (!more_a && !more_b)
            return;
        if (more_a && more_b && fx_slice_eq(a, b))
            continue;
        printf("#   line %u of the .ref\n", line);
        diagnose("want", more_a ? a : FX_LIT("(nothing)"));
        diagnose("have", more_b ? b : FX_LIT("(nothing)"));
        return;
    }
}

/* A-B-C has A-B-C.conf, else A-B.conf, else A.conf, else default.conf. */
static bool config_path(const struct runner *r, const char *name, char path[PATH_OCTETS])
{
    char prefix[256];
    size_t len = strlen(name);
    if (len >= sizeof prefix)
        return false;
    memcpy(prefix, name, len + 1);
    for (char *dash = prefix + len; dash != NULL; dash = strrchr(prefix, '-')) {
        *dash = '\0';
        if (!path_of(r, prefix, ".conf", path))
            return false;
        if (access(path, R_OK) == 0)
            return true;
    }
    return path_of(r, "default", ".conf", path);
}

static struct fx_config *load(const struct runner *r, const char *name)
{
    char path[PATH_OCTETS], own[PATH_OCTETS];
    struct fx_faults faults = {0};
    struct fx_config *config = NULL;
    if (!config_path(r, name, path) || !path_of(r, "profiles", "", own))
        return NULL;
    const char *const dirs[] = {r->profiles, own, NULL};
    config = fx_config_load(path, dirs, NULL, &faults);
    for (size_t i = 0; i < faults.count; i++)
        printf("#   %s\n", faults.lines[i]);
    fx_faults_finish(&faults);
    if (config != NULL && config->settings.log.hash_addresses)
        return with_known_key(config);
    return config;
}

static bool compare(const struct runner *r, const char *name, struct fx_slice got)
{
    char path[PATH_OCTETS];
    struct fx_text want;
    if (!path_of(r, name, ".ref", path))
        return false;
    if (r->update)
        return write_all(path, got);
    fx_text_init_growing(&want, OUT_MAX);
    bool there = read_all(path, &want);
    bool same = there && fx_slice_eq(fx_text_slice(&want), got);
    if (!there)
        printf("#   %s cannot be read\n", path);
    else if (!same)
        show_difference(fx_text_slice(&want), got);
    fx_text_finish(&want);
    return same;
}

static bool run(const struct runner *r, const char *name)
{
    char path[PATH_OCTETS];
    struct case_script script = {0};
    struct fx_text out;
    const char *why = "path too long";
    bool good = false;

    struct fx_config *config = load(r, name);
    if (config == NULL)
        return false;
    config->policy->host[0] = '\0'; /* the same on every machine */
    fx_text_init_growing(&out, OUT_MAX);
    if (path_of(r, name, ".smtp", path) && case_script_read(&script, path, &why)) {
        if (case_play(&script, config, &out, &why)) {
            why = NULL;
            good = compare(r, name, fx_text_slice(&out));
        }
    }
    if (why != NULL)
        printf("#   %s: %s\n", path, why);
    case_script_finish(&script);
    fx_text_finish(&out);
    fx_config_destroy(config);
    return good;
}

static void run_one(struct runner *r, const char *name)
{
    bool good = run(r, name);
    if (!good)
        r->failed++;
    printf("%s %u - %s\n", good ? "ok" : "not ok", ++r->number, name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All cases of the folder, in the order of their names. */
static bool run_all(struct runner *r)
{
    char **names = NULL;
    size_t count = 0, cap = 0;
    struct dirent *entry;
    DIR *dir = opendir(r->dir);
    if (dir == NULL)
        return false;
    while ((entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);
        if (len < 6 || strcmp(entry->d_name + len - 5, ".smtp") != 0)
            continue;
        if (count == cap) {
            cap = cap == 0 ? 64 : cap * 2;
            char **bigger = realloc(names, cap * sizeof *bigger);
            if (bigger == NULL)
                break;
            names = bigger;
        }
        names[count] = strdup(entry->d_name);
        if (names[count] != NULL)
            names[count++][len - 5] = '\0';
    }
    closedir(dir);
    if (count > 0)
        qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++) {
        run_one(r, names[i]);
        free(names[i]);
    }
    free(names);
    return count > 0;
}

int main(int argc, char **argv)
{
    static char beside[PATH_OCTETS];
    struct runner r = {0};
    int i = 1;
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--update") == 0)
            r.update = true;
        else if (strcmp(argv[i], "--profiles") == 0 && i + 1 < argc)
            r.profiles = argv[++i];
    }
    if (i >= argc) {
        fputs("usage: run_cases [--update] [--profiles DIR] DIR [NAME...]\n", stderr);
        return 64;
    }
    r.dir = argv[i++];
    if (r.profiles == NULL) {
        snprintf(beside, sizeof beside, "%s/../../etc/profiles", r.dir);
        r.profiles = beside;
    }
    if (i == argc && !run_all(&r)) {
        printf("Bail out! no cases in %s\n", r.dir);
        return 1;
    }
    for (; i < argc; i++)
        run_one(&r, argv[i]);
    printf("1..%u\n", r.number);
    return r.failed == 0 ? 0 : 1;
}
