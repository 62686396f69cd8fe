/* mbox - see mbox.h. */
#include "mbox.h"

static bool one_of(struct fx_slice word, const char *table)
{
    /* The table holds names of three letters, one after the other. */
    for (const char *name = table; *name != '\0'; name += 3)
        if (fx_slice_eq_nocase(word, fx_slice(name, 3)))
            return true;
    return false;
}

/* One or two digits at the start of *s, at most max; they and `after` are taken off. */
static bool number(struct fx_slice *s, unsigned max, char after)
{
    unsigned value = 0;
    size_t n = 0;
    while (n < 2 && n < s->len && fx_ascii_digit(s->ptr[n])) {
        value = value * 10 + (unsigned)(s->ptr[n] - '0');
        n++;
    }
    if (n == 0 || value > max)
        return false;
    if (after != '\0') {
        if (n == s->len || s->ptr[n] != after)
            return false;
        n++;
    }
    *s = fx_slice_from(*s, n);
    return true;
}

/* hh:mm, seconds or not. */
static bool time_of_day(struct fx_slice s)
{
    if (!number(&s, 23, ':') || !number(&s, 59, '\0'))
        return false;
    if (s.len == 0)
        return true;
    s = fx_slice_from(s, s.ptr[0] == ':' ? 1 : s.len + 1);
    return number(&s, 60, '\0') && s.len == 0;
}

static bool year(struct fx_slice word)
{
    uint64_t value;
    return word.len == 4 && fx_slice_u64(word, &value) && value >= 1970;
}

/* "Sat Jan  3 01:05:34 1996", with a time zone of one or two words before or after the year.
 * The weekday has just been taken off. */
static bool date_after_weekday(struct fx_slice rest)
{
    struct fx_slice word;
    if (!fx_slice_word(&rest, &word) || !one_of(word, "JanFebMarAprMayJunJulAugSepOctNovDec"))
        return false;
    if (!fx_slice_word(&rest, &word) || !number(&word, 31, '\0') || word.len != 0)
        return false;
    if (!fx_slice_word(&rest, &word) || !time_of_day(word))
        return false;
    for (int i = 0; i < 3 && fx_slice_word(&rest, &word); i++)
        if (year(word))
            return true;
    return false;
}

bool fx_mbox_from_line(struct fx_slice line)
{
    struct fx_slice word;
    if (line.len < 5 || !fx_slice_eq(fx_slice_first(line, 5), FX_LIT("From ")))
        return false;
    line = fx_slice_from(line, 5);
    /* The sender may be missing or have blanks in it, so the date is looked for at each word.
     */
    while (fx_slice_word(&line, &word))
        if (one_of(word, "MonTueWedThuFriSatSun") && date_after_weekday(line))
            return true;
    return false;
}

bool fx_mbox_looks(struct fx_slice file)
{
    struct fx_slice line;
    return fx_slice_line(&file, &line) && fx_mbox_from_line(line);
}

bool fx_mbox_next(struct fx_slice *rest, struct fx_slice *message)
{
    struct fx_slice left = *rest, line;
    bool found = false;
    while (!found && fx_slice_line(&left, &line))
        found = fx_mbox_from_line(line);
    if (!found)
        return false;

    struct fx_slice start = left, before = left;
    size_t end = start.len, after = end;
    bool empty = false;
    while (fx_slice_line(&left, &line)) {
        size_t at = start.len - before.len;
        if (empty && fx_mbox_from_line(line)) {
            after = at;
            break;
        }
        /* An empty line may be the writer's: the message ends before it unless more follows. */
        empty = line.len == 0;
        end = empty ? at : start.len - left.len;
        before = left;
    }
    *message = fx_slice_first(start, end);
    *rest = fx_slice_from(start, after);
    return true;
}
