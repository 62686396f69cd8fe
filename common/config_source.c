/* config_source - a configuration file with everything it includes, as one text and one tree.
 *
 * libconfig 1.5 is given a text, never a file: its scanner ends the process when a file cannot
 * be read to the end, cuts numbers over 32 bits without a word, takes an unclosed comment for
 * the end of the file, and looks for included files in one folder only. The small scanner here
 * knows just enough of the syntax (comments, strings, numbers, start of line) to do these four
 * better.
 */
#include "config_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_OCTETS (1024 * 1024)
#define TEXT_MAX_OCTETS (4 * FILE_MAX_OCTETS)
#define LINES_MAX 65535 /* libconfig counts lines in a short */
#define DEPTH_MAX 10
#define FILES_MAX 256

struct scanner {
    struct fx_source *source;
    struct fx_faults *faults;
    struct fx_slice rest; /* of the file being read */
    size_t file;
    unsigned line;
    unsigned depth;
    bool line_start;
};

static struct fx_place here(const struct scanner *sc)
{
    return (struct fx_place){sc->source->files[sc->file], sc->line};
}

/* ---- files into memory ---- */

static bool fault_system(struct fx_faults *faults, struct fx_place at, const char *setting,
                         const char *path, int error)
{
    char reason[128];
    struct fx_quoted q;
    if (strerror_r(error, reason, sizeof reason) != 0)
        reason[0] = '\0';
    if (at.line == 0)
        fx_fault(faults, at, setting, "cannot be read: %s", reason);
    else
        fx_fault(faults, at, setting, "%s cannot be read: %s", fx_quote(&q, path), reason);
    fx_fault_look(faults, path);
    return false;
}

static void fault_nul(struct fx_faults *faults, const char *path, struct fx_slice before)
{
    unsigned line = 1;
    for (size_t i = 0; i < before.len; i++)
        line += before.ptr[i] == '\n';
    fx_fault(faults, (struct fx_place){path, line}, "syntax", "a NUL; allowed: text");
}

static bool slurp(const char *path, struct fx_text *t, int *error)
{
    char chunk[4096];
    struct stat st;
    /* A FIFO would keep us waiting for its writer. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "rb");
    if (f == NULL) {
        *error = errno;
        if (fd >= 0)
            (void)close(fd);
        return false;
    }
    if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
        *error = S_ISDIR(st.st_mode) ? EISDIR : ENXIO;
        (void)fclose(f);
        return false;
    }
    size_t n;
    errno = 0;
    while (!t->overflow && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
        fx_text_add(t, fx_slice(chunk, n));
    *error = ferror(f) ? errno : t->overflow ? EFBIG : 0;
    (void)fclose(f);
    return *error == 0;
}

static bool add_file(struct fx_source *s, const char *path)
{
    char **files = realloc(s->files, (s->file_count + 1) * sizeof *files);
    if (files == NULL)
        return false;
    s->files = files;
    files[s->file_count] = fx_config_copy(fx_slice_str(path));
    if (files[s->file_count] == NULL)
        return false;
    s->file_count++;
    return true;
}

/* From the line of the text that comes next on, the lines are those of this file. */
static bool begin_part(struct scanner *sc)
{
    struct fx_source *s = sc->source;
    struct fx_source_part *parts = realloc(s->parts, (s->part_count + 1) * sizeof *parts);
    if (parts == NULL)
        return false;
    s->parts = parts;
    parts[s->part_count++] =
        (struct fx_source_part){.first = s->lines, .file = sc->file, .line = sc->line};
    return true;
}

/* ---- scanning ---- */

static bool read_file(struct fx_source *s, const char *path, struct fx_place at,
                      const char *setting, unsigned depth, struct fx_faults *faults);

static void take(struct scanner *sc, size_t n)
{
    for (size_t i = 0; i < n && i < sc->rest.len; i++)
        if (sc->rest.ptr[i] == '\n') {
            sc->line++;
            sc->source->lines++;
        }
    fx_text_add(&sc->source->text, fx_slice_first(sc->rest, n));
    sc->rest = fx_slice_from(sc->rest, n);
}

static bool starts(struct fx_slice s, const char *with)
{
    size_t len = strlen(with);
    return s.len >= len && memcmp(s.ptr, with, len) == 0;
}

/* The path in `@include "path"` at the start of a line; *used is how much of the line it takes.
 */
static bool include_line(struct fx_slice rest, struct fx_slice *path, size_t *used)
{
    size_t i = 0;
    while (i < rest.len && (rest.ptr[i] == ' ' || rest.ptr[i] == '\t'))
        i++;
    if (!starts(fx_slice_from(rest, i), "@include"))
        return false;
    i += strlen("@include");
    size_t blank = i;
    while (i < rest.len && (rest.ptr[i] == ' ' || rest.ptr[i] == '\t'))
        i++;
    if (i == blank || i == rest.len || rest.ptr[i] != '"')
        return false;
    struct fx_slice word = fx_slice_from(rest, i + 1);
    size_t end = fx_slice_find(word, '"');
    if (end == word.len || fx_slice_find(word, '\n') < end)
        return false;
    *path = fx_slice_first(word, end);
    *used = i + 1 + end + 1;
    return true;
}

/* no fault: misc-no-recursion: DEPTH_MAX */
static bool include(struct scanner *sc, struct fx_slice name, size_t used)
{
    struct fx_source *s = sc->source;
    const char *file = s->files[sc->file];
    const char *slash = strrchr(file, '/');
    bool relative = name.len == 0 || name.ptr[0] != '/';
    struct fx_text path;

    /* the name stays as relative as the first file's, for readable faults */
    fx_text_init_growing(&path, FILE_MAX_OCTETS);
    if (relative && slash != NULL)
        fx_text_add(&path, fx_slice(file, (size_t)(slash - file) + 1));
    fx_text_add(&path, name);
    fx_text_add_char(&path, '\0');
    bool good = false;
    if (path.overflow)
        fx_fault_memory(sc->faults);
    else if (s->file_count == FILES_MAX)
        fx_fault(sc->faults, here(sc), "@include", "too many files; allowed: %d in all",
                 FILES_MAX);
    else if (sc->depth == DEPTH_MAX)
        fx_fault(sc->faults, here(sc), "@include",
                 "files are nested too deep, or in a circle; allowed: %d levels", DEPTH_MAX);
    else
        good = read_file(s, path.data, here(sc), "@include", sc->depth + 1, sc->faults);
    fx_text_finish(&path);
    if (!good)
        return false;
    sc->rest = fx_slice_from(sc->rest, used);
    if (!begin_part(sc)) {
        fx_fault_memory(sc->faults);
        return false;
    }
    return true;
}

/* A number too large for 32 bits gets the L that makes libconfig see it as it is. */
static void take_number(struct scanner *sc)
{
    struct fx_slice r = sc->rest;
    bool hex = starts(r, "0x") || starts(r, "0X");
    size_t n = hex ? 2 : 0;
    while (n < r.len && (fx_ascii_digit(r.ptr[n]) || (hex && fx_ascii_lower(r.ptr[n]) >= 'a' &&
                                                      fx_ascii_lower(r.ptr[n]) <= 'f')))
        n++;
    char after = n < r.len ? r.ptr[n] : '\0';
    bool whole = strchr(" \t\r\n;,)]}#/", after) != NULL;
    take(sc, n);
    if (whole && n > 9)
        fx_text_add_char(&sc->source->text, 'L');
}

static void take_word(struct scanner *sc)
{
    size_t n = 1;
    while (n < sc->rest.len) {
        char c = sc->rest.ptr[n], l = fx_ascii_lower(c);
        if (!fx_ascii_digit(c) && !(l >= 'a' && l <= 'z') && c != '_' && c != '-' && c != '*' &&
            c != '.')
            break;
        n++;
    }
    take(sc, n);
}

/* Up to and with `end`; false, with a fault, when the file ends before. */
static bool take_until(struct scanner *sc, const char *end, bool escapes, const char *what)
{
    struct fx_place at = here(sc);
    size_t n = strlen(end);
    while (n < sc->rest.len + 1) {
        struct fx_slice r = fx_slice_from(sc->rest, n);
        if (starts(r, end)) {
            take(sc, n + strlen(end));
            return true;
        }
        n += escapes && r.len > 1 && r.ptr[0] == '\\' ? 2 : 1;
    }
    fx_fault(sc->faults, at, "syntax", "a %s that begins here is not closed", what);
    return false;
}

/* no fault: misc-no-recursion: DEPTH_MAX */
static bool scan_one(struct scanner *sc)
{
    struct fx_slice path;
    size_t used;

    if (sc->line_start && include_line(sc->rest, &path, &used)) {
        sc->line_start = false;
        return include(sc, path, used);
    }
    char c = sc->rest.ptr[0], l = fx_ascii_lower(c);
    sc->line_start = c == '\n';
    if (c == '"')
        return take_until(sc, "\"", true, "string");
    if (starts(sc->rest, "/*"))
        return take_until(sc, "*/", false, "comment");
    if (c == '#' || starts(sc->rest, "//"))
        take(sc, fx_slice_find(sc->rest, '\n'));
    else if (fx_ascii_digit(c))
        take_number(sc);
    else if ((l >= 'a' && l <= 'z') || c == '*' || c == '.')
        take_word(sc);
    else
        take(sc, 1);
    return true;
}

/* no fault: misc-no-recursion: DEPTH_MAX */
static bool scan(struct scanner *sc)
{
    while (sc->rest.len > 0) {
        if (!scan_one(sc))
            return false;
        if (sc->source->lines > LINES_MAX || sc->source->text.overflow) {
            fx_fault(sc->faults, here(sc), "file",
                     "the file is too long with all it includes; allowed: %d lines, %d octets",
                     LINES_MAX, TEXT_MAX_OCTETS);
            return false;
        }
    }
    if (sc->source->text.len > 0 && sc->source->text.data[sc->source->text.len - 1] != '\n') {
        fx_text_add_char(&sc->source->text, '\n');
        sc->source->lines++;
    }
    return true;
}

/* no fault: misc-no-recursion: DEPTH_MAX */
static bool read_file(struct fx_source *s, const char *path, struct fx_place at,
                      const char *setting, unsigned depth, struct fx_faults *faults)
{
    struct fx_text content;
    int error;

    fx_text_init_growing(&content, FILE_MAX_OCTETS);
    bool good = slurp(path, &content, &error);
    struct fx_slice text = fx_text_slice(&content);
    if (!good) {
        fault_system(faults, at, setting, path, error);
    } else if (fx_slice_find(text, '\0') < text.len) {
        fault_nul(faults, path, fx_slice_first(text, fx_slice_find(text, '\0')));
        good = false;
    } else {
        struct scanner sc = {.source = s,
                             .faults = faults,
                             .rest = text,
                             .file = s->file_count,
                             .line = 1,
                             .depth = depth,
                             .line_start = true};
        /* no fault: malloc-leak: both are kept in *s */
        good = add_file(s, path) && begin_part(&sc);
        if (!good)
            fx_fault_memory(faults);
        good = good && scan(&sc);
    }
    fx_text_finish(&content);
    return good;
}

/* libconfig 1.5 does not look whether there was memory, and crashes. So there has to be more
 * than it can need: some 100 octets for a token, of which two octets may be one. */
static bool room_to_parse(size_t octets)
{
    void *room = malloc(65536 + 64 * octets);
    bool good = room != NULL;
    if (good)
        memset(room, 0, 1); /* else a compiler may leave both calls out */
    free(room);
    return good;
}

bool fx_source_load(struct fx_source *s, const char *path, struct fx_faults *faults)
{
    *s = (struct fx_source){.lines = 1};
    fx_text_init_growing(&s->text, TEXT_MAX_OCTETS);
    if (!read_file(s, path, (struct fx_place){path, 0}, "", 1, faults))
        return false;
    fx_text_add_char(&s->text, '\0');
    if (s->text.overflow || !room_to_parse(s->text.len)) {
        fx_fault_memory(faults);
        return false;
    }
    config_init(&s->tree);
    s->parsed = true;
    if (config_read_string(&s->tree, s->text.data) == CONFIG_TRUE)
        return true;
    int line = config_error_line(&s->tree);
    const char *text = config_error_text(&s->tree);
    fx_fault(faults, fx_source_place(s, line > 0 ? (unsigned)line : 1), "syntax",
             "%s, what follows was not read", text != NULL ? text : "syntax error");
    return false;
}

void fx_source_finish(struct fx_source *s)
{
    if (s->parsed)
        config_destroy(&s->tree);
    for (size_t i = 0; i < s->file_count; i++)
        free(s->files[i]);
    free(s->files);
    free(s->parts);
    fx_text_finish(&s->text);
    *s = (struct fx_source){0};
}

bool fx_source_give_files(struct fx_source *s, struct fx_config_files *to)
{
    if (to == NULL || s->file_count == 0)
        return true;
    char **names = realloc(to->names, (to->count + s->file_count) * sizeof *names);
    if (names == NULL)
        return false;
    memcpy(names + to->count, s->files, s->file_count * sizeof *names);
    to->names = names;
    to->count += s->file_count;
    s->file_count = 0;
    return true;
}

struct fx_place fx_source_place(const struct fx_source *s, unsigned line)
{
    size_t i = s->part_count;
    while (i > 1 && s->parts[i - 1].first > line)
        i--;
    const struct fx_source_part *part = &s->parts[i - 1];
    return (struct fx_place){s->files[part->file], line > part->first
                                                       ? part->line + (line - part->first)
                                                       : part->line};
}

struct fx_place fx_source_at(const struct fx_source *s, const config_setting_t *setting)
{
    return fx_source_place(s, (unsigned)config_setting_source_line(setting));
}
