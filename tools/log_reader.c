/* log_reader - see log_reader.h. */
#include "log_reader.h"

#include "log_unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT ((size_t)64 * 1024)
#define TEXT_FIRST ((size_t)256 * 1024)
/* Any line that is taken, and room to read on. */
#define TEXT_MAX (CTL_LOG_LINE_MAX + INPUT)
#define SNIFF 4 /* octets that tell a format */

static const struct ctl_unpack *const formats[] = {&ctl_unpack_gzip, &ctl_unpack_zstd};
#define FORMATS (sizeof formats / sizeof formats[0])

struct ctl_log {
    int fd;
    bool ours; /* the descriptor */
    uint64_t taken, of;
    const struct ctl_unpack *format; /* NULL: text */
    void *unpacker;
    bool within; /* a member of the compressed data */

    unsigned char in[INPUT]; /* as it stands in the file */
    size_t in_len, in_at;
    bool in_end;

    char *text; /* unpacked: [begin, end), without a line end before `seen` */
    size_t cap, begin, seen, end;
    bool over; /* nothing more comes into text */

    uint64_t lines;
    bool skipping; /* within a line that is too long, whose first octets are in head */
    char head[CTL_LOG_LINE_HEAD];
    const char *trouble; /* NULL: none */
    enum ctl_exit trouble_code;
    bool told;
};

static void stop(struct ctl_log *log, const char *trouble, enum ctl_exit code)
{
    log->over = true;
    log->trouble = trouble;
    log->trouble_code = code;
}

/* Octets read, 0 at the end or after stop. */
static size_t take(struct ctl_log *log, void *to, size_t cap)
{
    ssize_t n;
    do
        n = read(log->fd, to, cap);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        stop(log, strerror(errno), CTL_EXIT_IO);
        return 0;
    }
    log->taken += (uint64_t)n;
    return (size_t)n;
}

/* Reads on until so many octets of input are there, or no more come. */
static void want_input(struct ctl_log *log, size_t count)
{
    memmove(log->in, log->in + log->in_at, log->in_len - log->in_at);
    log->in_len -= log->in_at;
    log->in_at = 0;
    while (!log->in_end && log->in_len < count) {
        size_t n = take(log, log->in + log->in_len, INPUT - log->in_len);
        log->in_end = n == 0;
        log->in_len += n;
    }
}

static bool make_room(struct ctl_log *log)
{
    if (log->begin > 0) {
        memmove(log->text, log->text + log->begin, log->end - log->begin);
        log->seen -= log->begin;
        log->end -= log->begin;
        log->begin = 0;
    }
    if (log->cap > log->end && log->cap - log->end >= INPUT / 2)
        return true;
    size_t cap = log->cap == 0 ? TEXT_FIRST : log->cap * 2;
    if (cap > TEXT_MAX)
        cap = TEXT_MAX;
    char *bigger = cap > log->cap ? realloc(log->text, cap) : log->text;
    if (bigger == NULL) {
        stop(log, "not enough memory", CTL_EXIT_TRY_LATER);
        return false;
    }
    log->text = bigger;
    log->cap = cap;
    return true;
}

/* Between two members: is there another one? gzip's own tools let zeros follow, as tapes have
 * them. */
static void next_member(struct ctl_log *log)
{
    want_input(log, SNIFF);
    if (log->format->begins(log->in, log->in_len)) {
        log->within = true;
        return;
    }
    while (log->in_len > 0 && !log->over) {
        for (size_t i = 0; i < log->in_len; i++)
            if (log->in[i] != 0) {
                stop(log, "something else follows the compressed data", CTL_EXIT_FOUND);
                return;
            }
        log->in_at = log->in_len;
        want_input(log, 1);
    }
    log->over = true;
}

static void unpack(struct ctl_log *log)
{
    const char *why = NULL;
    if (!log->within)
        next_member(log);
    if (log->over)
        return;
    if (log->in_at == log->in_len)
        want_input(log, 1);
    struct ctl_unpack_io io = {log->in,  log->in_len, log->in_at, (unsigned char *)log->text,
                               log->cap, log->end};
    enum ctl_unpacked step = log->format->step(log->unpacker, &io, &why);
    bool moved = io.in_at > log->in_at || io.out_len > log->end;
    log->in_at = io.in_at;
    log->end = io.out_len;
    if (step == CTL_UNPACKED_BAD || step == CTL_UNPACKED_FAILED)
        stop(log, why, step == CTL_UNPACKED_BAD ? CTL_EXIT_FOUND : CTL_EXIT_IO);
    else if (step == CTL_UNPACKED_END)
        log->within = false;
    else if (!moved && log->in_end && !log->over)
        stop(log, "the compressed data ends early", CTL_EXIT_FOUND);
    else if (!moved && !log->in_end)
        want_input(log, log->in_len - log->in_at + 1);
}

static void fill(struct ctl_log *log)
{
    if (!make_room(log))
        return;
    if (log->format != NULL) {
        unpack(log);
        return;
    }
    if (log->in_at < log->in_len) { /* what told the format */
        size_t n = log->in_len - log->in_at;
        memcpy(log->text + log->end, log->in + log->in_at, n);
        log->in_at = log->in_len;
        log->end += n;
        return;
    }
    size_t n = take(log, log->text + log->end, log->cap - log->end);
    log->end += n;
    if (n == 0)
        log->over = true;
}

static enum ctl_log_line whole(struct ctl_log *log, struct fx_slice *line, size_t len,
                               enum ctl_log_line kind)
{
    *line = fx_slice(log->text + log->begin, len);
    if (log->skipping) {
        *line = fx_slice(log->head, sizeof log->head);
        kind = CTL_LOG_TOO_LONG;
    } else if (len > CTL_LOG_LINE_MAX) {
        line->len = CTL_LOG_LINE_HEAD;
        kind = CTL_LOG_TOO_LONG;
    }
    log->skipping = false;
    log->begin += len;
    log->seen = log->begin;
    return kind;
}

/* No line end in what is there, which is the end of a line that is too long. */
static void skip(struct ctl_log *log)
{
    if (!log->skipping && log->end - log->begin > CTL_LOG_LINE_MAX) {
        memcpy(log->head, log->text + log->begin, sizeof log->head);
        log->skipping = true;
    }
    if (log->skipping)
        log->begin = log->end;
    log->seen = log->end;
}

enum ctl_log_line ctl_log_next(struct ctl_log *log, struct fx_slice *line, uint64_t *number)
{
    *line = FX_ABSENT;
    *number = log->lines + 1;
    while (true) {
        char *lf = NULL;
        if (log->end > log->seen)
            lf = memchr(log->text + log->seen, '\n', log->end - log->seen);
        if (lf != NULL) {
            enum ctl_log_line kind =
                whole(log, line, (size_t)(lf - log->text) - log->begin, CTL_LOG_WHOLE);
            log->begin = ++log->seen;
            log->lines++;
            return kind;
        }
        skip(log);
        if (!log->over) {
            fill(log);
            continue;
        }
        if (log->told || (log->trouble == NULL && log->begin == log->end && !log->skipping))
            return CTL_LOG_END;
        log->told = true;
        if (log->trouble != NULL)
            return CTL_LOG_TROUBLE;
        return whole(log, line, log->end - log->begin, CTL_LOG_TORN);
    }
}

const char *ctl_log_trouble(const struct ctl_log *log, enum ctl_exit *code)
{
    *code = log->trouble_code;
    return log->trouble;
}

void ctl_log_progress(const struct ctl_log *log, uint64_t *taken, uint64_t *of)
{
    *taken = log->taken;
    *of = log->of;
}

static const char *begin(struct ctl_log *log, enum ctl_exit *code)
{
    struct stat st;
    const char *why = NULL;
    *code = CTL_EXIT_IO;
    if (fstat(log->fd, &st) != 0)
        return strerror(errno);
    if (S_ISDIR(st.st_mode)) {
        *code = CTL_EXIT_NO_INPUT;
        return strerror(EISDIR);
    }
    log->of = S_ISREG(st.st_mode) && st.st_size > 0 ? (uint64_t)st.st_size : 0;
    want_input(log, SNIFF);
    if (log->trouble != NULL)
        return log->trouble;
    for (size_t i = 0; i < FORMATS && log->format == NULL; i++)
        if (formats[i]->begins(log->in, log->in_len))
            log->format = formats[i];
    if (log->format != NULL)
        log->unpacker = log->format->create(&why);
    return log->format != NULL && log->unpacker == NULL ? why : NULL;
}

struct ctl_log *ctl_log_open(const char *path, enum ctl_exit *code, const char **what)
{
    bool standard = strcmp(path, "-") == 0;
    struct ctl_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        *code = CTL_EXIT_TRY_LATER;
        *what = "not enough memory";
        return NULL;
    }
    log->ours = !standard;
    log->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (log->fd < 0) {
        *code = errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? CTL_EXIT_NO_INPUT
                : errno == EACCES || errno == EPERM                   ? CTL_EXIT_NO_PERMISSION
                                                                      : CTL_EXIT_IO;
        *what = strerror(errno);
    } else {
        *what = begin(log, code);
        if (*what == NULL)
            return log;
    }
    ctl_log_close(log);
    return NULL;
}

void ctl_log_close(struct ctl_log *log)
{
    if (log == NULL)
        return;
    if (log->ours && log->fd >= 0)
        (void)close(log->fd);
    if (log->unpacker != NULL)
        log->format->destroy(log->unpacker);
    free(log->text);
    free(log);
}
