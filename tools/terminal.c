/* terminal - see terminal.h. */
#include "terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool ctl_terminal_colour(FILE *stream)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    int fd = fileno(stream);
    return fd >= 0 && isatty(fd) != 0 && (no == NULL || no[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
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
           !(c >= 0x2060 && c <= 0x206F) && c != 0xFEFF;
}

void ctl_put(FILE *stream, struct fx_slice s)
{
    while (s.len > 0) {
        uint32_t c = 0;
        size_t len = utf8(s, &c);
        if (c == '\\') {
            fputs("\\\\", stream);
        } else if (len > 0 && harmless(c)) {
            fwrite(s.ptr, 1, len, stream);
        } else {
            len = len == 0 ? 1 : len;
            for (size_t i = 0; i < len; i++)
                fprintf(stream, "\\x%02x", (unsigned)(unsigned char)s.ptr[i]);
        }
        s = fx_slice_from(s, len);
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

bool ctl_stdout_good(const char *program)
{
    errno = 0;
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return true;
    fprintf(stderr, "%s: standard output: %s\n", program,
            errno != 0 ? strerror(errno) : "write error");
    return false;
}
