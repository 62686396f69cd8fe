/* source - see source.h. */
#include "source.h"

#include "grow.h"
#include "mbox.h"
#include "message.h"
#include "source_bytes.h"
#include "text.h"
#include "transcript.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_OCTETS ((size_t)1024 * 1024)
#define DEPTH_MAX 200 /* folders in folders; a mounted loop ends here */

static void trouble(const struct ctl_source_handler *h, const char *name, int error)
{
    enum ctl_exit code =
        error == ENOENT || error == ENOTDIR || error == EINVAL || error == ELOOP
            ? CTL_EXIT_NO_INPUT
        : error == EACCES || error == EPERM ? CTL_EXIT_NO_PERMISSION
        : error == ENOMEM                   ? CTL_EXIT_TRY_LATER
                                            : CTL_EXIT_IO;
    h->trouble(h->arg, name, error == EINVAL ? "not a regular file" : strerror(error), code);
}

static bool first_is_field(void *arg, const struct fx_event *event)
{
    *(bool *)arg = event->kind == FX_EVENT_HEADER;
    return false;
}

/* A message without a single header field is no mail; most likely it is some other file. */
static bool one_message(const struct ctl_source_handler *h, const struct ctl_item *item)
{
    struct fx_message_source source = {.bytes = item->bytes};
    bool field = false;
    if (item->kind != CTL_TRANSCRIPT) {
        fx_message_events(&source, first_is_field, &field);
        if (!field) {
            h->trouble(h->arg, item->name,
                       item->bytes.len == 0 ? "empty"
                                            : "not mail: no header field at its start",
                       CTL_EXIT_NO_INPUT);
            return true;
        }
    }
    return h->item(h->arg, item);
}

static bool mbox(const char *path, struct fx_slice bytes, const struct ctl_source_handler *h)
{
    struct fx_slice message;
    struct fx_text name;
    bool go_on = true;
    fx_text_init_growing(&name, NAME_MAX_OCTETS);
    for (uint64_t n = 1; go_on && fx_mbox_next(&bytes, &message); n++) {
        fx_text_reset(&name);
        fx_text_add_str(&name, path);
        fx_text_add_char(&name, '#');
        fx_text_add_u64(&name, n);
        fx_text_add_char(&name, '\0');
        if (name.overflow) {
            trouble(h, path, ENOMEM);
            break;
        }
        struct ctl_item item = {.kind = CTL_MBOX_MESSAGE, .name = name.data, .bytes = message};
        go_on = one_message(h, &item);
    }
    fx_text_finish(&name);
    return go_on;
}

static bool ends_in(const char *path, const char *suffix)
{
    size_t len = strlen(path), tail = strlen(suffix);
    return len >= tail && memcmp(path + len - tail, suffix, tail) == 0;
}

static bool content(const char *path, const struct ctl_bytes *bytes, bool sniff,
                    const struct ctl_source_handler *h)
{
    struct ctl_item item = {.kind = CTL_MESSAGE,
                            .name = path,
                            .bytes = bytes->data == NULL ? FX_LIT("")
                                                         : fx_slice(bytes->data, bytes->len)};
    bool transcript = ends_in(path, ".smtp");
    if (!transcript && fx_mbox_looks(item.bytes))
        return mbox(path, item.bytes, h);
    if (transcript || (sniff && fx_transcript_looks(item.bytes)))
        item.kind = CTL_TRANSCRIPT;
    return one_message(h, &item);
}

static bool file(const char *path, const struct ctl_source_handler *h)
{
    struct ctl_bytes bytes;
    int error = ctl_bytes_read_file(path, &bytes);
    bool go_on = true;
    if (error != 0)
        trouble(h, path, error);
    else
        go_on = content(path, &bytes, false, h);
    ctl_bytes_finish(&bytes);
    return go_on;
}

static bool standard_input(const struct ctl_source_handler *h)
{
    struct ctl_bytes bytes;
    int error = ctl_bytes_read_stream(STDIN_FILENO, &bytes);
    bool go_on = true;
    if (error != 0)
        trouble(h, "-", error);
    else
        go_on = content("-", &bytes, true, h);
    ctl_bytes_finish(&bytes);
    return go_on;
}

struct names {
    char **list;
    size_t count, cap;
};

static void names_finish(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->list[i]);
    free(names->list);
}

static bool names_add(struct names *names, const char *folder, const char *name)
{
    size_t folder_len = strlen(folder), name_len = strlen(name);
    if (names->count == names->cap) {
        char **bigger = fx_grown(names->list, &names->cap, sizeof *bigger);
        if (bigger == NULL)
            return false;
        names->list = bigger;
    }
    bool slash = folder_len > 0 && folder[folder_len - 1] == '/';
    char *path = malloc(folder_len + name_len + 2);
    if (path == NULL)
        return false;
    memcpy(path, folder, folder_len);
    if (!slash)
        path[folder_len++] = '/';
    memcpy(path + folder_len, name, name_len + 1);
    names->list[names->count++] = path;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* 0 or an errno value; what could be read is in *names either way. */
static int read_folder(const char *path, struct names *names)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    int error = 0;
    if (dir == NULL)
        return errno;
    while (errno = 0, error == 0 && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            /* no fault: malloc-leak: kept in names->list */
            !names_add(names, path, entry->d_name))
            error = ENOMEM;
    if (error == 0)
        error = errno;
    (void)closedir(dir);
    if (names->count > 1)
        qsort(names->list, names->count, sizeof *names->list, by_name);
    return error;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static bool has_folder(const struct names *names, const char *name)
{
    struct stat st;
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(base_name(names->list[i]), name) == 0)
            return lstat(names->list[i], &st) == 0 && S_ISDIR(st.st_mode);
    return false;
}

static bool folder(const char *path, unsigned depth, const struct ctl_source_handler *h);

/* no fault: misc-no-recursion: DEPTH_MAX */
static bool entry(const char *path, bool in_maildir, unsigned depth,
                  const struct ctl_source_handler *h)
{
    struct stat st;
    const char *name = base_name(path);
    bool hidden = name[0] == '.', link;
    if (hidden && !in_maildir)
        return true;
    if (lstat(path, &st) != 0) {
        trouble(h, path, errno);
        return true;
    }
    link = S_ISLNK(st.st_mode);
    if (link && stat(path, &st) != 0) {
        trouble(h, path, errno);
        return true;
    }
    if (S_ISDIR(st.st_mode))
        return link || (in_maildir && strcmp(name, "tmp") == 0) || folder(path, depth + 1, h);
    return in_maildir || !S_ISREG(st.st_mode) || file(path, h);
}

/* no fault: misc-no-recursion: DEPTH_MAX */
static bool folder(const char *path, unsigned depth, const struct ctl_source_handler *h)
{
    struct names names = {0};
    bool go_on = true;
    int error = depth > DEPTH_MAX ? ELOOP : read_folder(path, &names);
    if (error != 0)
        trouble(h, path, error);
    bool maildir = has_folder(&names, "cur") && has_folder(&names, "new");
    for (size_t i = 0; go_on && i < names.count; i++)
        go_on = entry(names.list[i], maildir, depth, h);
    names_finish(&names);
    return go_on;
}

bool ctl_source_walk(const char *path, const struct ctl_source_handler *handler)
{
    struct stat st;
    if (strcmp(path, "-") == 0)
        return standard_input(handler);
    if (stat(path, &st) != 0) {
        trouble(handler, path, errno);
        return true;
    }
    if (S_ISDIR(st.st_mode))
        return folder(path, 0, handler);
    if (!S_ISREG(st.st_mode)) {
        trouble(handler, path, EINVAL);
        return true;
    }
    return file(path, handler);
}
