/* log_mark - see log_mark.h. */
#include "log_mark.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEQ_WIDTH 20
static const struct fx_slice begin = FX_LIT("{\"seq\":");
static const struct fx_slice middle = FX_LIT(",\"hash\":\"");
static const struct fx_slice end = FX_LIT("\"}\n");
#define MARK_OCTETS (7 + SEQ_WIDTH + 9 + FX_CHAIN_HEX + 3)

int log_mark_open(const char *file)
{
    char name[PATH_MAX];
    if (snprintf(name, sizeof name, "%s.head", file) >= (int)sizeof name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    struct stat st;
    if (fd < 0)
        return -1;
    /* what is longer is none of ours, and would stay behind what is written in place */
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &st) != 0 ||
        (st.st_size > (off_t)MARK_OCTETS && ftruncate(fd, (off_t)MARK_OCTETS) != 0)) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static bool takes(struct fx_slice *rest, struct fx_slice word)
{
    if (!fx_slice_eq(fx_slice_first(*rest, word.len), word))
        return false;
    *rest = fx_slice_from(*rest, word.len);
    return true;
}

bool log_mark_read(int fd, struct fx_chain_place *place, bool *damaged)
{
    char text[MARK_OCTETS] = "";
    struct stat st;
    struct fx_chain_place read = {0};
    struct fx_slice rest = fx_slice(text, sizeof text);
    *damaged = fstat(fd, &st) != 0 || st.st_size > 0;
    if (!*damaged || !io_read_at(fd, text, sizeof text, 0) || !takes(&rest, begin))
        return false;
    struct fx_slice seq = fx_slice_trim(fx_slice_first(rest, SEQ_WIDTH));
    rest = fx_slice_from(rest, SEQ_WIDTH);
    /* a number that no log reaches, after which there would be no next one */
    if (!fx_slice_u64(seq, &read.seq) || read.seq > INT64_MAX || !takes(&rest, middle))
        return false;
    for (size_t i = 0; i < FX_CHAIN_HEX; i++) {
        if (fx_ascii_hex(rest.ptr[i]) < 0 || fx_ascii_lower(rest.ptr[i]) != rest.ptr[i])
            return false;
        read.hash[i] = rest.ptr[i];
    }
    rest = fx_slice_from(rest, FX_CHAIN_HEX);
    if (!fx_slice_eq(rest, end))
        return false;
    *damaged = false;
    *place = read;
    return true;
}

bool log_mark_write(int fd, const struct fx_chain_place *place)
{
    char buffer[MARK_OCTETS], digits[SEQ_WIDTH];
    struct fx_text text, seq;
    fx_text_init_fixed(&text, buffer, sizeof buffer);
    fx_text_init_fixed(&seq, digits, sizeof digits);
    fx_text_add_u64(&seq, place->seq);
    fx_text_add(&text, begin);
    for (size_t i = seq.len; i < SEQ_WIDTH; i++)
        fx_text_add_char(&text, ' ');
    fx_text_add(&text, fx_text_slice(&seq));
    fx_text_add(&text, middle);
    fx_text_add_str(&text, place->hash);
    fx_text_add(&text, end);
    ssize_t written = pwrite(fd, buffer, text.len, 0);
    if (written == (ssize_t)text.len)
        return true;
    if (written >= 0)
        errno = ENOSPC;
    return false;
}
