/* transcript_line - see transcript_line.h. */
#include "transcript_line.h"

#include "vocab.h"

#include <string.h>

#define WAIT_MAX INT64_C(1000000000) /* seconds; some thirty years */

static bool starts(struct fx_slice s, const char *prefix)
{
    size_t len = strlen(prefix);
    return s.len >= len && memcmp(s.ptr, prefix, len) == 0;
}

/* The text after a mark of `len` octets and the one blank behind it, which editors may have cut
 * off at the end of a line. */
static struct fx_slice after_mark(struct fx_slice line, size_t len)
{
    line = fx_slice_from(line, len);
    return line.len > 0 && line.ptr[0] == ' ' ? fx_slice_from(line, 1) : line;
}

static bool mark(struct fx_slice line, const char *m)
{
    size_t len = strlen(m);
    return starts(line, m) && (line.len == len || line.ptr[len] == ' ');
}

/* Takes "+SECONDS" off the line; false when it is none. */
static bool take_wait(struct fx_slice *line, int64_t *wait)
{
    size_t n = 1, digits = 0;
    int64_t seconds = 0, micro = 0, unit = 100000;
    if (line->len < 2 || line->ptr[0] != '+' || !fx_ascii_digit(line->ptr[1]))
        return false;
    for (; n < line->len && fx_ascii_digit(line->ptr[n]); n++, digits++)
        seconds = seconds > WAIT_MAX ? seconds : seconds * 10 + (line->ptr[n] - '0');
    if (n < line->len && line->ptr[n] == '.')
        for (n++; n < line->len && fx_ascii_digit(line->ptr[n]); n++, unit /= 10)
            micro += (line->ptr[n] - '0') * unit;
    if (seconds > WAIT_MAX || (n < line->len && line->ptr[n] != ' '))
        return false;
    *wait = seconds * 1000000 + micro;
    *line = after_mark(*line, n);
    return true;
}

static struct fx_transcript_line said(enum fx_speaker speaker, struct fx_slice text)
{
    return (struct fx_transcript_line){.speaker = speaker, .text = text};
}

static struct fx_transcript_line read_plain(struct fx_slice line)
{
    int64_t wait = 0;
    take_wait(&line, &wait);
    struct fx_transcript_line read;
    if (mark(line, "C:"))
        read = said(FX_SPEAKER_CLIENT, after_mark(line, 2));
    else if (mark(line, "C|"))
        read = said(FX_SPEAKER_DATA, after_mark(line, 2));
    else if (mark(line, "S:"))
        read = said(FX_SPEAKER_SERVER, after_mark(line, 2));
    else if (starts(line, "#"))
        read = said(FX_SPEAKER_NONE, fx_slice_trim(fx_slice_from(line, 1)));
    else
        read =
            said(fx_slice_trim(line).len == 0 ? FX_SPEAKER_NONE : FX_SPEAKER_BAD, FX_LIT(""));
    read.wait = wait;
    return read;
}

static struct fx_transcript_line read_swaks(struct fx_slice line)
{
    static const char *const client[] = {"->", "~>"};
    static const char *const server[] = {"<**", "<~*", "<-", "<~"};
    struct fx_slice trimmed = line;
    if (trimmed.len > 0 && trimmed.ptr[0] == ' ')
        trimmed = fx_slice_from(trimmed, 1);
    for (size_t i = 0; i < sizeof client / sizeof client[0]; i++)
        if (mark(trimmed, client[i]))
            return said(FX_SPEAKER_CLIENT, after_mark(trimmed, 2));
    for (size_t i = 0; i < sizeof server / sizeof server[0]; i++)
        if (mark(trimmed, server[i]))
            return said(FX_SPEAKER_SERVER,
                        fx_slice_trim(fx_slice_from(trimmed, strlen(server[i]))));
    if (fx_slice_trim(line).len == 0 || starts(trimmed, "===") || starts(trimmed, "**"))
        return said(FX_SPEAKER_NONE, fx_slice_trim(line));
    return said(FX_SPEAKER_BAD, FX_LIT(""));
}

/* What the server received, or said, is what stands behind the first mark of the line. */
static struct fx_transcript_line read_log(struct fx_slice line)
{
    for (size_t i = 0; i + 3 <= line.len; i++) {
        struct fx_slice here = fx_slice_from(line, i);
        if (mark(here, "<<<"))
            return said(FX_SPEAKER_CLIENT, after_mark(here, 3));
        if (mark(here, ">>>"))
            return said(FX_SPEAKER_SERVER, fx_slice_trim(after_mark(here, 3)));
    }
    return said(FX_SPEAKER_NONE, fx_slice_trim(line));
}

struct fx_transcript_line fx_transcript_line_read(enum fx_transcript_format format,
                                                  struct fx_slice line)
{
    switch (format) {
    case FX_TRANSCRIPT_SWAKS:
        return read_swaks(line);
    case FX_TRANSCRIPT_LOG:
        return read_log(line);
    default:
        return read_plain(line);
    }
}

static bool reply_code(struct fx_slice s)
{
    return s.len >= 3 && s.ptr[0] >= '2' && s.ptr[0] <= '5' && fx_ascii_digit(s.ptr[1]) &&
           fx_ascii_digit(s.ptr[2]);
}

static bool known_verb(struct fx_slice s)
{
    struct fx_slice word;
    return fx_slice_word(&s, &word) && fx_verb_find(word) != FX_VERB_UNKNOWN;
}

static bool speaks_smtp(const struct fx_transcript_line *read)
{
    if (read->speaker == FX_SPEAKER_CLIENT)
        return known_verb(read->text);
    return read->speaker == FX_SPEAKER_SERVER && reply_code(read->text);
}

enum fx_transcript_format fx_transcript_format_of(struct fx_slice bytes, size_t lines)
{
    struct fx_slice line;
    for (size_t n = 0; n < lines && fx_slice_line(&bytes, &line); n++) {
        /* "C:" and "S:" could be header fields: what follows has to be SMTP. */
        struct fx_transcript_line read = read_plain(line);
        if (speaks_smtp(&read))
            return FX_TRANSCRIPT_PLAIN;
        read = read_swaks(line);
        if (speaks_smtp(&read) || starts(line, "=== "))
            return FX_TRANSCRIPT_SWAKS;
        read = read_log(line);
        if (speaks_smtp(&read))
            return FX_TRANSCRIPT_LOG;
    }
    return FX_TRANSCRIPT_NONE;
}

/* The byte that an escape at the start of s stands for, and its length; 0: no such escape. */
static size_t escape(struct fx_slice s, char *byte)
{
    if (s.len >= 2 && s.ptr[1] == '\\') {
        *byte = '\\';
        return 2;
    }
    if (s.len >= 4 && s.ptr[1] == 'x') {
        int high = fx_ascii_hex(s.ptr[2]), low = fx_ascii_hex(s.ptr[3]);
        if (high >= 0 && low >= 0) {
            *byte = (char)(unsigned char)(high * 16 + low);
            return 4;
        }
    }
    return 0;
}

bool fx_transcript_unescape(struct fx_slice text, struct fx_text *bytes, bool *no_end)
{
    bool good = true;
    *no_end = false;
    while (text.len > 0) {
        size_t plain = fx_slice_find(text, '\\');
        fx_text_add(bytes, fx_slice_first(text, plain));
        text = fx_slice_from(text, plain);
        if (text.len == 0)
            break;
        if (text.len == 1) {
            *no_end = true;
            break;
        }
        char byte = '\\';
        size_t len = escape(text, &byte);
        if (len == 0) {
            good = false;
            len = 1;
        }
        fx_text_add_char(bytes, byte);
        text = fx_slice_from(text, len);
    }
    return good;
}
