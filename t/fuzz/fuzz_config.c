/* fuzz_config - configuration and profile files, with what they include, in a folder of their
 * own.
 *
 * Input of `config`: an octet, of which bits say what the command line says over the file; the
 * file; each NUL begins a further one that it can include: "a", "b", "c". Input of `profile`:
 * an octet that says which variant is asked for; then likewise, as "p.conf", which inherits
 * from "a.conf", "b.conf", "c.conf". In the folder there are also what is no file: "fifo",
 * "folder", "loop" (a link to itself), "zero" (/dev/zero). No name in a file leads out of the
 * folder, so that an input means the same everywhere.
 */
#include "config.h"
#include "engine.h"
#include "fuzz.h"
#include "mtaconf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 4

/* libconfig 1.5 itself loses the strings it has read when it meets a syntax error; what is ours
 * is still looked for. Called by the leak checker, if there is one. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libconfig.so";
}

static void make_strange(void)
{
    char path[128];
    fuzz_path(path, sizeof path, "fifo");
    HOLDS(mkfifo(path, 0600) == 0);
    fuzz_path(path, sizeof path, "folder");
    HOLDS(mkdir(path, 0700) == 0);
    fuzz_path(path, sizeof path, "loop");
    HOLDS(symlink("loop", path) == 0);
    fuzz_path(path, sizeof path, "zero");
    HOLDS(symlink("/dev/zero", path) == 0);
}

/* No path of the machine's, and none upwards. */
static void keep_inside(char *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text[i] == '/' && (i == 0 || text[i - 1] == '"' || text[i - 1] == ':'))
            text[i] = '_';
        if (text[i] == '.' && i > 0 && text[i - 1] == '.')
            text[i] = '_';
        if (text[i] == '\\') /* an escape may write either */
            text[i] = '_';
    }
}

static void write_files(const struct fuzz_input *in, const char *const names[FILES])
{
    static bool made;
    struct fx_slice all = fuzz_rest(in), left = all;
    char path[128];
    if (!made)
        make_strange();
    made = true;
    keep_inside((char *)(uintptr_t)all.ptr, all.len);
    for (size_t i = 0; i < FILES; i++) {
        size_t end = i + 1 < FILES ? fx_slice_find(left, '\0') : left.len;
        fuzz_path(path, sizeof path, names[i]);
        fuzz_write_file(path, left.ptr, end);
        left = fx_slice_from(left, end + 1);
    }
    free((void *)(uintptr_t)all.ptr);
}

/* FILE:LINE: setting: what - one line, of which nothing moves a terminal. */
static void look_at_faults(const struct fx_faults *faults, bool good)
{
    HOLDS(good == (faults->count == 0));
    for (size_t i = 0; i < faults->count; i++) {
        const char *line = faults->lines[i];
        HOLDS(strstr(line, ": ") != NULL);
        for (; *line != '\0'; line++)
            HOLDS((unsigned char)*line >= ' ' && *line != 127);
    }
}

static bool emit(void *arg, struct fx_record *record)
{
    (void)arg;
    HOLDS(record->text.len > 0);
    return true;
}

/* What was read can be used. */
static void use(const struct fx_config *config)
{
    static const char id[33] = "0123456789abcdef0123456789abcdef";
    const struct fx_engine_hooks hooks = {.emit = emit};
    struct fx_engine *e = fx_engine_create(config->policy, id, &hooks);
    const struct fx_event events[] = {
        {.kind = FX_EVENT_CONNECT, .client = {FX_FAMILY_INET, {192, 0, 2, 1}, 1}},
        {.kind = FX_EVENT_HELO, .text = FX_LIT("client.example.org")},
        {.kind = FX_EVENT_COMMAND, .text = FX_LIT("VRFY")},
        {.kind = FX_EVENT_MAIL, .text = FX_LIT("<a|b@example.org>")},
        {.kind = FX_EVENT_RCPT, .text = FX_LIT("<user@example.net>")},
        {.kind = FX_EVENT_EOM},
        {.kind = FX_EVENT_CLOSE}};
    HOLDS(e != NULL);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        fx_engine_feed(e, &events[i]);
    fx_engine_destroy(e);
    HOLDS(strlen(config->policy->digest) == 64);
    HOLDS(config->policy->limits.findings > 0);
}

FUZZ_TARGET(config)
{
    static const char *const names[FILES] = {"c.conf", "a", "b", "c"};
    static const char *const profiles[] = {FUZZ_PROFILES, NULL};
    struct fuzz_input in = {(const char *)data, size};
    struct fx_faults faults = {0};
    char path[128];
    unsigned bits = fuzz_octet(&in);
    write_files(&in, names);
    fuzz_path(path, sizeof path, names[0]);
    const struct fx_config_override override = {.profile = bits & 1 ? "pix-6.3" : NULL,
                                                .compare_all = (bits & 6) == 6,
                                                .keys = (enum fx_config_keys)((bits >> 3) % 3)};
    struct fx_config *config = fx_config_load(path, profiles, &override, &faults);
    look_at_faults(&faults, config != NULL);
    if (config != NULL) {
        look_at_faults(&config->notices, config->notices.count == 0);
        use(config);
    }
    fx_config_destroy(config);
    fx_faults_finish(&faults);
}

FUZZ_TARGET(profile)
{
    static const char *const names[FILES] = {"p.conf", "a.conf", "b.conf", "c.conf"};
    static const char *const asked[] = {"p", "p+a", "p+b", "p+a+b"};
    struct fuzz_input in = {(const char *)data, size};
    const char *const folders[] = {FUZZ_PROFILES, fuzz_folder(), NULL};
    struct fx_faults faults = {0};
    unsigned bits = fuzz_octet(&in);
    write_files(&in, names);
    struct fx_profile *profile = fx_config_load_profile(asked[bits & 3], folders, &faults);
    look_at_faults(&faults, profile != NULL);
    HOLDS(profile == NULL || strncmp(profile->name, "p", 1) == 0);
    fx_profile_destroy(profile);
    fx_faults_finish(&faults);
}
