/* config_key - see config_key.h. */
#include "config_key.h"

#include "config_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET (S_IRWXG | S_IRWXO)

static const struct {
    size_t max;       /* octets of the file */
    mode_t forbidden; /* permissions */
    const char *what; /* the file is allowed to be */
} kinds[] = {
    [FX_KEY_ONE] = {FX_KEY_MAX + 1, SECRET, "a file with one key"},
    [FX_KEY_LIST] = {FX_KEY_FILE_MAX, SECRET, "a file with one key a line"},
    [FX_KEY_PEM] = {FX_KEY_FILE_MAX, SECRET, "a file with a private key in PEM"},
    [FX_KEY_PUBLIC] = {FX_KEY_FILE_MAX, S_IWOTH, "a file with a public key in PEM"},
};

struct reading {
    const char *path;
    enum fx_key_kind kind;
    const char *user; /* NULL: the file is anybody's */
    char *wrong;      /* FX_KEY_WRONG */
};

/* Says `"PATH" ...` and returns false. */
static bool wrong(const struct reading *r, const char *format, ...)
{
    char what[FX_KEY_WRONG / 2];
    struct fx_quoted q;
    va_list args;
    va_start(args, format);
    if (vsnprintf(what, sizeof what, format, args) < 0)
        what[0] = '\0';
    va_end(args);
    if (snprintf(r->wrong, FX_KEY_WRONG, "%s %s", fx_quote(&q, r->path), what) < 0)
        r->wrong[0] = '\0';
    return false;
}

static bool wrong_system(const struct reading *r, int error)
{
    char reason[128];
    if (strerror_r(error, reason, sizeof reason) != 0)
        reason[0] = '\0';
    return wrong(r, "cannot be read: %s; allowed: %s", reason, kinds[r->kind].what);
}

/* Who owns a file can read it, and put another key in its place. */
static bool owner_good(const struct reading *r, uid_t owner)
{
    char room[4096];
    struct passwd entry, *found = NULL;
    if (r->user == NULL || owner == 0 || owner == geteuid())
        return true;
    if (r->user[0] != '\0' && getpwnam_r(r->user, &entry, room, sizeof room, &found) == 0 &&
        found != NULL && found->pw_uid == owner)
        return true;
    return wrong(r, "belongs to user %lu; allowed: root, milter.user, who runs this",
                 (unsigned long)owner);
}

static bool permitted(const struct reading *r, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return wrong_system(r, errno);
    if (!S_ISREG(st.st_mode))
        return wrong(r, "is not a regular file; allowed: %s", kinds[r->kind].what);
    if ((st.st_mode & kinds[r->kind].forbidden) == 0)
        return owner_good(r, st.st_uid);
    return wrong(r, "may be %s (mode %04o); allowed: %s",
                 r->kind == FX_KEY_PUBLIC ? "written by others than its owner and group"
                                          : "used by others than its owner",
                 (unsigned)(st.st_mode & 07777),
                 r->kind == FX_KEY_PUBLIC ? "0644 or less" : "0600, 0400");
}

/* All of the file, at most cap octets. */
static bool slurp(const struct reading *r, int fd, char *to, size_t cap, size_t *len)
{
    size_t have = 0;
    while (have < cap) {
        ssize_t n = read(fd, to + have, cap - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return wrong_system(r, errno);
        if (n == 0)
            break;
        have += (size_t)n;
    }
    *len = have;
    return true;
}

static bool known(const struct fx_key_file *file, struct fx_slice key)
{
    for (size_t i = 0; i < file->count; i++)
        if (fx_slice_eq(file->keys[i], key))
            return true;
    return false;
}

static bool take_key(const struct reading *r, struct fx_key_file *file, struct fx_slice key)
{
    size_t line = file->count + 1;
    if (file->count == FX_KEYS_MAX)
        return wrong(r, "has more than %zu lines; allowed: one key a line", FX_KEYS_MAX);
    if (r->kind == FX_KEY_ONE && file->count > 0)
        return wrong(r, "has more than one line; allowed: one key and its line end");
    /* one octet more or less, unseen, would be another key */
    if (key.len > 0 && key.ptr[key.len - 1] == '\r')
        return wrong(r, "line %zu ends with CR LF; allowed: LF", line);
    if (key.len < FX_KEY_MIN || key.len > FX_KEY_MAX)
        return wrong(r,
                     "line %zu is a key of %zu octets; allowed: %zu to %zu, "
                     "`openssl rand -hex 32` makes one",
                     line, key.len, FX_KEY_MIN, FX_KEY_MAX);
    /* it would be taken for a key, and everybody knows it */
    if (fx_slice_starts_nocase(key, (struct fx_slice)FX_LIT("-----BEGIN ")))
        return wrong(r, "is PEM; allowed: %s, `openssl rand -hex 32` makes one",
                     kinds[r->kind].what);
    if (known(file, key))
        return wrong(r, "line %zu is a key that stands before it; allowed: each once", line);
    file->keys[file->count++] = key;
    return true;
}

static bool take_keys(const struct reading *r, struct fx_key_file *file, size_t len)
{
    struct fx_slice rest = fx_slice(file->octets, len);
    if (len > kinds[r->kind].max)
        return wrong(r, "is longer than %zu octets; allowed: %s", kinds[r->kind].max,
                     kinds[r->kind].what);
    if (len == 0)
        return wrong(r, "is empty; allowed: %s", kinds[r->kind].what);
    if (r->kind == FX_KEY_PEM || r->kind == FX_KEY_PUBLIC) {
        file->keys[file->count++] = rest;
        return true;
    }
    while (rest.len > 0) { /* not fx_slice_line: a CR is to be seen */
        size_t n = fx_slice_find(rest, '\n');
        if (!take_key(r, file, fx_slice_first(rest, n)))
            return false;
        rest = fx_slice_from(rest, n + 1);
    }
    return true;
}

bool fx_key_file_read(const char *path, enum fx_key_kind kind, const char *user,
                      struct fx_key_file *out, char wrong_text[FX_KEY_WRONG])
{
    const struct reading r = {path, kind, user, wrong_text};
    size_t cap = kinds[kind].max + 1, len = 0; /* one more shows that there is more */
    struct fx_key_file file = {0};
    /* A FIFO would keep us waiting for its writer. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return wrong_system(&r, errno);
    bool good = permitted(&r, fd);
    if (good) {
        file.octets = malloc(cap);
        file.size = cap;
        good = file.octets != NULL
                   ? slurp(&r, fd, file.octets, cap, &len) && take_keys(&r, &file, len)
                   : wrong_system(&r, ENOMEM);
    }
    (void)close(fd);
    if (good)
        *out = file;
    else
        fx_key_file_finish(&file);
    return good;
}

void fx_key_file_finish(struct fx_key_file *file)
{
    if (file->octets != NULL) {
        OPENSSL_cleanse(file->octets, file->size);
        free(file->octets);
    }
    *file = (struct fx_key_file){0};
}
