/* fuzz - see fuzz.h. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fuzz_wrong(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

unsigned fuzz_octet(struct fuzz_input *in)
{
    if (in->n == 0)
        return 0;
    in->n--;
    return (unsigned char)*in->p++;
}

unsigned fuzz_two(struct fuzz_input *in)
{
    unsigned high = fuzz_octet(in);
    return high * 256 + fuzz_octet(in);
}

struct fx_slice fuzz_rest(const struct fuzz_input *in)
{
    char *copy = malloc(in->n > 0 ? in->n : 1);
    HOLDS(copy != NULL);
    if (in->n > 0)
        memcpy(copy, in->p, in->n);
    return fx_slice(copy, in->n);
}

bool fuzz_within(struct fx_slice s, struct fx_slice whole)
{
    return s.ptr == NULL || (s.ptr >= whole.ptr && s.len <= whole.len &&
                             (size_t)(s.ptr - whole.ptr) <= whole.len - s.len);
}

static char folder[64];

static void remove_folder(void)
{
    char path[512];
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (unlink(path) != 0)
            rmdir(path); /* which . and .. are not empty for */
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(folder);
}

const char *fuzz_folder(void)
{
    if (folder[0] != '\0')
        return folder;
    const char *in = getenv("TMPDIR");
    /* the path of a socket has to fit into 108 octets */
    if (in == NULL || in[0] != '/' || strlen(in) > 40)
        in = "/tmp";
    snprintf(folder, sizeof folder, "%s/fuzz-XXXXXX", in);
    umask(077); /* files of keys are for their owner alone */
    HOLDS(mkdtemp(folder) != NULL);
    HOLDS(atexit(remove_folder) == 0);
    return folder;
}

void fuzz_path(char *path, size_t size, const char *name)
{
    int n = snprintf(path, size, "%s/%s", fuzz_folder(), name);
    HOLDS(n > 0 && (size_t)n < size);
}

void fuzz_write_file(const char *path, const void *octets, size_t count)
{
    FILE *f = fopen(path, "wb");
    HOLDS(f != NULL);
    HOLDS(count == 0 || fwrite(octets, 1, count, f) == count);
    HOLDS(fclose(f) == 0);
}

struct fx_config *fuzz_load(const char *name, const struct fx_config_override *override)
{
    static const char *const profiles[] = {FUZZ_PROFILES, NULL};
    struct fx_faults faults = {0};
    char path[128];
    if (name != NULL)
        fuzz_path(path, sizeof path, name);
    struct fx_config *config =
        fx_config_load(name == NULL ? NULL : path, profiles, override, &faults);
    for (size_t i = 0; i < faults.count; i++)
        fprintf(stderr, "%s\n", faults.lines[i]);
    HOLDS(config != NULL);
    fx_faults_finish(&faults);
    return config;
}
