/* log_tail - see log_tail.h. */
#include "log_tail.h"

#include "io.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than the longest record. */
#define TAIL_MAX ((off_t)16 * 1024 * 1024)

/* The number after the first "seq": of a record. A quote inside a string is escaped, so the key
 * cannot stand in one. */
static uint64_t seq_of(struct fx_slice line)
{
    static const struct fx_slice key = FX_LIT("\"seq\":");
    uint64_t seq = 0;
    for (size_t i = 0; i + key.len < line.len; i++) {
        if (!fx_slice_eq(fx_slice_first(fx_slice_from(line, i), key.len), key))
            continue;
        struct fx_slice digits = fx_slice_from(line, i + key.len);
        size_t n = 0;
        while (n < digits.len && fx_ascii_digit(digits.ptr[n]))
            n++;
        if (fx_slice_u64(fx_slice_first(digits, n), &seq))
            return seq;
    }
    return 0;
}

/* Keeps the torn line in a file of its own, then takes it off the log. */
static bool set_aside(int fd, const char *file, int64_t now, struct fx_slice line, off_t end,
                      struct log_tail *tail)
{
    snprintf(tail->torn, sizeof tail->torn, "%s.torn-%lld", file, (long long)now);
    int aside = open(tail->torn, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (aside < 0)
        return false;
    bool kept = io_write(aside, line) && fsync(aside) == 0;
    if (close(aside) != 0 || !kept)
        return false;
    return ftruncate(fd, end) == 0;
}

bool log_tail_read(int fd, const char *file, int64_t now, struct log_tail *tail)
{
    struct stat st;
    *tail = (struct log_tail){0};
    if (fstat(fd, &st) != 0)
        return false;
    if (!S_ISREG(st.st_mode) || st.st_size == 0)
        return true;
    off_t from = st.st_size > TAIL_MAX ? st.st_size - TAIL_MAX : 0;
    size_t len = (size_t)(st.st_size - from);
    char *text = malloc(len);
    if (text == NULL)
        return false;
    bool good = io_read_at(fd, text, len, from);
    size_t end = len; /* of the last whole line */
    while (good && end > 0 && text[end - 1] != '\n')
        end--;
    size_t begin = end > 0 ? end - 1 : 0;
    while (good && begin > 0 && text[begin - 1] != '\n')
        begin--;
    if (good)
        tail->seq = seq_of(fx_slice(text + begin, end - begin));
    if (good && end < len)
        good =
            set_aside(fd, file, now, fx_slice(text + end, len - end), from + (off_t)end, tail);
    free(text);
    return good;
}
