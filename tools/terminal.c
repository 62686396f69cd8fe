/* terminal - see terminal.h. */
#include "terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_MIN 20
#define WIDTH_MAX 10000

bool ctl_terminal_colour(FILE *stream)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    int fd = fileno(stream);
    return fd >= 0 && isatty(fd) != 0 && (no == NULL || no[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

size_t ctl_terminal_width(FILE *stream)
{
    const char *columns = getenv("COLUMNS");
    uint64_t told = 0;
    int fd = fileno(stream);
    if (columns != NULL && fx_slice_u64(fx_slice_str(columns), &told) && told >= WIDTH_MIN &&
        told <= WIDTH_MAX)
        return (size_t)told;
#ifdef TIOCGWINSZ
    struct winsize size;
    if (fd >= 0 && isatty(fd) != 0 && ioctl(fd, TIOCGWINSZ, &size) == 0 &&
        size.ws_col >= WIDTH_MIN && size.ws_col <= WIDTH_MAX)
        return size.ws_col;
#endif
    (void)fd;
    return 0;
}

/* The character at the start of s (RFC 3629), 0 octets when it is none. */
static size_t utf8(struct fx_slice s, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char c = (unsigned char)s.ptr[0];
    size_t len = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : 4;
    if ((c >= 0x80 && c < 0xC2) || c > 0xF4 || len > s.len)
        return 0;
    uint32_t value = len == 1 ? c : c & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        unsigned char d = (unsigned char)s.ptr[i];
        if ((d & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (d & 0x3Fu);
    }
    if (value < least[len] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *character = value;
    return len;
}

static bool harmless(uint32_t c)
{
    if (c < 0x20 || (c >= 0x7F && c <= 0x9F))
        return false;
    /* direction marks and separators: they make a line read as what it is not */
    return c != 0x061C && !(c >= 0x200B && c <= 0x200F) && !(c >= 0x2028 && c <= 0x202E) &&
           !(c >= 0x2060 && c <= 0x206F) && c != 0xFEFF &&
           /* noncharacters: XML does not take them */
           (c & 0xFFFE) != 0xFFFE && !(c >= 0xFDD0 && c <= 0xFDEF);
}

/* The octets of s that make its first character, or one that is none. *plain: it can be written
 * as it is. */
static size_t piece(struct fx_slice s, bool *plain, bool *backslash)
{
    uint32_t c = 0;
    size_t len = utf8(s, &c);
    *plain = len > 0 && harmless(c);
    *backslash = len > 0 && c == '\\';
    return len == 0 ? 1 : len;
}

struct fx_slice ctl_visible(struct fx_slice *rest, char *room)
{
    static const char hex[] = "0123456789abcdef";
    bool plain, backslash;
    size_t len = piece(*rest, &plain, &backslash);
    struct fx_slice s = fx_slice_first(*rest, len);
    *rest = fx_slice_from(*rest, len);
    if (backslash)
        return FX_LIT("\\\\");
    if (plain)
        return s;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        const char code[4] = {'\\', 'x', hex[c >> 4], hex[c & 15]};
        memcpy(room + 4 * i, code, sizeof code);
    }
    return fx_slice(room, 4 * len);
}

void ctl_put(FILE *stream, struct fx_slice s)
{
    char room[CTL_VISIBLE_ROOM];
    while (s.len > 0) {
        struct fx_slice out = ctl_visible(&s, room);
        fwrite(out.ptr, 1, out.len, stream);
    }
}

size_t ctl_columns(struct fx_slice s)
{
    bool plain, backslash;
    size_t columns = 0;
    while (s.len > 0) {
        size_t len = piece(s, &plain, &backslash);
        columns += backslash ? 2 : plain ? 1 : 4 * len;
        s = fx_slice_from(s, len);
    }
    return columns;
}

struct fx_slice ctl_fold(struct fx_slice *rest, size_t columns)
{
    size_t end = 0, next = 0;
    while (next < rest->len) {
        size_t to = next;
        while (to < rest->len && rest->ptr[to] == ' ')
            to++;
        while (to < rest->len && rest->ptr[to] != ' ')
            to++;
        if (end > 0 && ctl_columns(fx_slice_first(*rest, to)) > columns)
            break;
        end = next = to;
    }
    struct fx_slice line = fx_slice_first(*rest, end);
    while (end < rest->len && rest->ptr[end] == ' ')
        end++;
    *rest = fx_slice_from(*rest, end);
    return line;
}

void ctl_put_folded(FILE *stream, struct fx_slice s, size_t at, size_t indent, size_t width)
{
    ctl_put(stream, ctl_fold(&s, width > at ? width - at : 0));
    fputc('\n', stream);
    while (s.len > 0) {
        fprintf(stream, "%*s", (int)indent, "");
        ctl_put(stream, ctl_fold(&s, width > indent ? width - indent : 0));
        fputc('\n', stream);
    }
}

void ctl_put_str(FILE *stream, const char *s)
{
    ctl_put(stream, fx_slice_str(s));
}

void ctl_put_outcome(FILE *stream, enum fx_outcome outcome, bool colour)
{
    const char *on = outcome == FX_OUTCOME_PASS   ? "\033[32m"
                     : outcome == FX_OUTCOME_FLAG ? "\033[33m"
                                                  : "\033[31m";
    fprintf(stream, "%s%s%s", colour ? on : "", fx_outcome_name(outcome),
            colour ? "\033[0m" : "");
}

void ctl_put_severity(FILE *stream, enum fx_severity severity, bool colour)
{
    const char *on = severity == FX_SEVERITY_FAULT  ? "\033[31m"
                     : severity == FX_SEVERITY_WEAK ? "\033[33m"
                                                    : "";
    fprintf(stream, "%s%s%s", colour ? on : "", fx_severity_name(severity),
            colour && on[0] != '\0' ? "\033[0m" : "");
}

bool ctl_stdout_good(const char *program)
{
    errno = 0;
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return true;
    fprintf(stderr, "%s: standard output: %s\n", program,
            errno != 0 ? strerror(errno) : "write error");
    return false;
}
