/* config_tools - what the tests of the configuration reader share: files to read, and loading.
 */
#ifndef CONFIG_TOOLS_H
#define CONFIG_TOOLS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"

/* A path below the source folder, which FX_SRCDIR names; the caller gives the memory. */
static inline const char *source_path(char *out, size_t cap, const char *path)
{
    const char *base = getenv("FX_SRCDIR");
    int n = snprintf(out, cap, "%s/%s", base != NULL && base[0] != '\0' ? base : ".", path);
    assert_true(n > 0 && (size_t)n < cap);
    return out;
}

/* A folder of its own for one test program, with a file in it; removed at the end. */
struct folder {
    char path[256];
};

static inline void folder_create(struct folder *f)
{
    const char *base = getenv("TMPDIR");
    int n = snprintf(f->path, sizeof f->path, "%s/fixup-config-XXXXXX",
                     base != NULL && base[0] == '/' ? base : "/tmp");
    assert_true(n > 0 && (size_t)n < sizeof f->path);
    assert_non_null(mkdtemp(f->path));
}

static inline const char *folder_path(const struct folder *f, const char *name, char *out,
                                      size_t cap)
{
    int n = snprintf(out, cap, "%s/%s", f->path, name);
    assert_true(n > 0 && (size_t)n < cap);
    return out;
}

static inline void folder_write(const struct folder *f, const char *name, const char *text,
                                size_t len)
{
    char path[512];
    FILE *file = fopen(folder_path(f, name, path, sizeof path), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static inline void folder_remove_file(const struct folder *f, const char *name)
{
    char path[512];
    (void)unlink(folder_path(f, name, path, sizeof path));
}

static inline void show_faults(const struct fx_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        print_message("%s\n", faults->lines[i]);
}

/* Loads what has to be without fault. */
static inline struct fx_config *load_good(const char *path, const char *const *dirs,
                                          const struct fx_config_override *override)
{
    struct fx_faults faults = {0};
    struct fx_config *config = fx_config_load(path, dirs, override, &faults);
    show_faults(&faults);
    assert_int_equal(faults.count, 0);
    assert_non_null(config);
    fx_faults_finish(&faults);
    return config;
}

#endif
