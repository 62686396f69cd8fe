/* log_tail - see log_tail.h. */
#include "log_tail.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than the longest record. */
#define TAIL_MAX ((off_t)16 * 1024 * 1024)
#define NAMES_TRIED 100

static void last_record(struct fx_slice line, struct fx_chain *chain, struct log_tail *tail)
{
    struct fx_link link;
    char hash[FX_CHAIN_HEX + 1];
    if (!fx_link_read(line, &link))
        return;
    tail->place.seq = link.seq;
    if (!link.chained)
        return;
    memcpy(tail->place.hash, link.hash.ptr, FX_CHAIN_HEX);
    if (chain == NULL)
        return;
    struct fx_slice said = fx_link_object(line, "chain");
    struct fx_slice key = fx_link_member(said, "key");
    tail->altered =
        fx_chain_hash(chain, link.hashed, hash) && !fx_slice_eq(fx_slice_str(hash), link.hash);
    tail->same_key =
        fx_slice_told(said) && fx_slice_eq(fx_slice_told(key) ? key : fx_slice_str(""),
                                           fx_slice_str(fx_chain_key_id(chain)));
}

/* Keeps the torn line in a file of its own, then takes it off the log. */
static bool set_aside(int fd, const char *file, int64_t now, struct fx_slice line, off_t end,
                      struct log_tail *tail)
{
    int aside = -1;
    /* A second one within the same second gets the next. */
    for (int later = 0; aside < 0 && later < NAMES_TRIED; later++) {
        snprintf(tail->torn, sizeof tail->torn, "%s.torn-%lld", file, (long long)now + later);
        aside = open(tail->torn, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
        if (aside < 0 && errno != EEXIST)
            return false;
    }
    if (aside < 0)
        return false;
    bool kept = io_write(aside, line) && fsync(aside) == 0;
    if (close(aside) != 0 || !kept)
        return false;
    return ftruncate(fd, end) == 0;
}

bool log_tail_read(int fd, const char *file, int64_t now, struct fx_chain *chain,
                   struct log_tail *tail)
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
    if (good && end > begin)
        last_record(fx_slice(text + begin, end - begin - 1), chain, tail);
    if (good && end < len)
        good =
            set_aside(fd, file, now, fx_slice(text + end, len - end), from + (off_t)end, tail);
    /* Longer than any line of ours: what is before it stays, as a line. */
    if (good && end == 0 && from > 0)
        good = lseek(fd, 0, SEEK_END) == from && io_write(fd, (struct fx_slice)FX_LIT("\n"));
    free(text);
    return good;
}
