/* log_lines - see log_lines.h. */
#define _GNU_SOURCE /* fallocate */
#include "log_lines.h"

#include "chain.h"
#include "fuzz.h"
#include "json_valid.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOLLOW_AFTER (8 << 20)
#define BUFFER ((size_t)4 << 20)

static int fd = -1;
static off_t from;   /* what is not read yet */
static off_t hollow; /* before it, the disk is given back */
static char *buffer;
static struct fx_chain *chain;
static struct fx_chain_place last;

static void take_line(struct fx_slice line, struct log_lines *lines)
{
    struct fx_link link = {0};
    HOLDS(fx_json_valid(line));
    HOLDS(fx_link_read(line, &link) && link.chained && link.seq == last.seq + 1);
    HOLDS(memcmp(link.prev.ptr, last.hash, FX_CHAIN_HEX) == 0);
    HOLDS(fx_chain_hash(chain, link.hashed, last.hash));
    HOLDS(memcmp(link.hash.ptr, last.hash, FX_CHAIN_HEX) == 0);
    last.seq = link.seq;
    lines->messages += fx_slice_eq(link.type, FX_LIT("message"));
    lines->sessions += fx_slice_eq(link.type, FX_LIT("session"));
}

void log_lines_open(const char *path)
{
    struct log_lines lines = {0};
    fd = open(path, O_RDWR | O_CLOEXEC);
    buffer = malloc(BUFFER);
    chain = fx_chain_create(FX_ABSENT);
    HOLDS(fd >= 0 && buffer != NULL && chain != NULL);
    fx_chain_begin(&last);
    log_lines_take(&lines);
}

void log_lines_take(struct log_lines *lines)
{
    ssize_t n = pread(fd, buffer, BUFFER, from);
    HOLDS(n >= 0 && (size_t)n < BUFFER);
    struct fx_slice left = fx_slice(buffer, (size_t)n);
    size_t end;
    while ((end = fx_slice_find(left, '\n')) < left.len) {
        take_line(fx_slice_first(left, end), lines);
        left = fx_slice_from(left, end + 1);
        from += (off_t)end + 1;
    }
    if (from - hollow < HOLLOW_AFTER)
        return;
    /* cutting the file short would be in the way of whoever writes to it just now */
    fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, hollow, from - hollow);
    hollow = from;
}
