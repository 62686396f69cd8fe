/* mime_param - see mime_param.h.
 *
 * Two steps. The scan cuts the field into parameters, each value a slice of the field with its
 * marks (quoted, extended). The decoder reads such slices through a cursor that undoes folding,
 * quoting and percent signs octet by octet; a cursor is a plain value, so looking ahead for an
 * encoded word is a copy of it and no memory is needed.
 */
#include "mime_param.h"

#include <string.h>

/* The raw text of a value, or of one continuation of it. */
struct section {
    struct fx_slice text; /* without the quotes; ptr NULL: not there */
    bool quoted;          /* backslash escapes */
    bool extended;        /* percent signs */
    bool open;            /* ends where the field was cut */
};

struct scan {
    struct fx_slice field;
    size_t at;
    bool cut;
    bool unclosed; /* a parenthesis without its end was seen: no more comments, see skip_comment
                    */
};

struct cursor {
    const struct section *list;
    size_t count, at, pos;
    bool open; /* the last of the list ends where the field was cut */
};

/* What the decoder can return beside an octet. An octet of an extended section carries LITERAL,
 * so that it never compares equal to a character of an encoded word. */
enum { NO_MORE = -1, LITERAL = 0x100 };

enum word {
    WORD_NONE,
    WORD_FOUND,
    WORD_CUT /* the field was cut before it could be told */
};

struct search {
    struct scan scan;
    struct fx_slice name;
    enum fx_mime_reading reading;
    struct fx_mime_param best;
    bool found;
    bool continued; /* sections[] is in use */
    bool too_many;
    struct section sections[FX_MIME_SECTIONS];
};

static int base64_digit(int c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Octets of a line end, which folding put there and unfolding takes away, at the start of s. */
static size_t line_end(struct fx_slice s)
{
    if (s.len >= 1 && s.ptr[0] == '\n')
        return 1;
    return s.len >= 2 && s.ptr[0] == '\r' && s.ptr[1] == '\n' ? 2 : 0;
}

static void put(struct fx_mime_param *out, int octet)
{
    if (out == NULL)
        return;
    if (out->kept < sizeof out->text)
        out->text[out->kept++] = (char)(unsigned char)(octet & 0xFF);
    else
        out->sign_behind = out->sign_behind || (octet & 0xFF) == '@';
    out->octets++;
}

/* One octet of an extended section: %XX (RFC 2231 section 4), or as it stands. Returns NO_MORE
 * when a cut fell into the escape. */
static int percent_octet(const struct section *s, struct fx_slice rest, size_t *used)
{
    *used = 1;
    int octet = (unsigned char)rest.ptr[0];
    if (octet != '%')
        return octet | LITERAL;
    if (rest.len < 3 && s->open) {
        *used = rest.len;
        return NO_MORE;
    }
    int high = rest.len < 3 ? -1 : fx_ascii_hex(rest.ptr[1]);
    int low = rest.len < 3 ? -1 : fx_ascii_hex(rest.ptr[2]);
    if (high < 0 || low < 0)
        return octet | LITERAL;
    *used = 3;
    return (high * 16 + low) | LITERAL;
}

/* The next octet of the value, or NO_MORE. */
static int next_octet(struct cursor *c)
{
    while (c->at < c->count) {
        const struct section *s = &c->list[c->at];
        struct fx_slice rest = fx_slice_from(s->text, c->pos);
        if (rest.len == 0) {
            c->at++;
            c->pos = 0;
            continue;
        }
        size_t used = line_end(rest);
        if (used > 0) {
            c->pos += used;
            continue;
        }
        if (s->quoted && rest.ptr[0] == '\\') {
            /* The line end of a fold is no character that could be escaped; a backslash at the
             * very end escapes nothing and is none. */
            size_t fold;
            for (used = 1; (fold = line_end(fx_slice_from(rest, used))) > 0;)
                used += fold;
            c->pos += used < rest.len ? used + 1 : rest.len;
            if (used >= rest.len)
                continue;
            int octet = (unsigned char)rest.ptr[used];
            return s->extended ? octet | LITERAL : octet;
        }
        if (!s->extended) {
            c->pos++;
            return (unsigned char)rest.ptr[0];
        }
        int octet = percent_octet(s, rest, &used);
        c->pos += used;
        if (octet != NO_MORE)
            return octet;
    }
    return NO_MORE;
}

/* Reads the text of a B word (RFC 2047 section 4.1) up to its "?"; missing padding is forgiven.
 */
static bool read_base64(struct cursor *c, struct fx_mime_param *out)
{
    unsigned bits = 0, digits = 0, padding = 0;
    for (;;) {
        int octet = next_octet(c);
        if (octet == NO_MORE)
            return c->open;
        if (octet == '?')
            return digits != 1 && padding <= 2;
        int value = base64_digit(octet);
        if (octet == '=') {
            padding++;
            continue;
        }
        if (value < 0 || padding > 0)
            return false;
        bits = (bits << 6 | (unsigned)value) & 0xFFFF;
        if (digits > 0)
            put(out, (int)(bits >> (6 - 2 * digits)));
        digits = (digits + 1) & 3;
    }
}

/* Reads the text of a Q word (RFC 2047 section 4.2) up to its "?". */
static bool read_quoted_printable(struct cursor *c, struct fx_mime_param *out)
{
    for (;;) {
        int octet = next_octet(c);
        if (octet == NO_MORE)
            return c->open;
        if (octet == '?')
            return true;
        if (octet <= ' ' || octet > '~')
            return false;
        if (octet == '=') {
            int first = next_octet(c), second = first == NO_MORE ? NO_MORE : next_octet(c);
            if (second == NO_MORE)
                return c->open;
            int high = fx_ascii_hex((char)first), low = fx_ascii_hex((char)second);
            if (high < 0 || low < 0)
                return false;
            octet = high * 16 + low;
        } else if (octet == '_') {
            octet = ' ';
        }
        put(out, octet);
    }
}

/* The octet does not belong to a word. */
static enum word no_word(const struct cursor *c, int octet)
{
    return octet == NO_MORE && c->open ? WORD_CUT : WORD_NONE;
}

/* Reads "=?charset?B?text?=" (RFC 2047 section 2) and moves the cursor behind it. Called first
 * with out NULL, to see whether there is a word that can be decoded. No character is looked at
 * by more than a few such attempts, since a word ends at its fourth question mark. */
static enum word read_word(struct cursor *c, struct fx_mime_param *out)
{
    size_t charset = 0;
    int octet = next_octet(c);
    if (octet != '=')
        return WORD_NONE;
    if ((octet = next_octet(c)) != '?')
        return no_word(c, octet);
    while ((octet = next_octet(c)) > ' ' && octet <= '~' && octet != '?')
        charset++;
    if (octet != '?' || charset == 0)
        return no_word(c, octet);
    int encoding = next_octet(c);
    bool b = encoding == 'B' || encoding == 'b';
    if (!b && encoding != 'Q' && encoding != 'q')
        return no_word(c, encoding);
    if ((octet = next_octet(c)) != '?')
        return no_word(c, octet);
    if (!(b ? read_base64(c, out) : read_quoted_printable(c, out)))
        return WORD_NONE;
    octet = next_octet(c);
    return octet == '=' || (octet == NO_MORE && c->open) ? WORD_FOUND : WORD_NONE;
}

/* Decodes the words at the cursor and moves it behind them; white space between two of them is
 * not part of the value (RFC 2047 section 6.2). */
static enum word take_words(struct cursor *c, struct fx_mime_param *out)
{
    enum word taken = WORD_NONE;
    struct cursor from = *c;
    for (;;) {
        struct cursor ahead = from;
        enum word word = read_word(&ahead, NULL);
        if (word != WORD_FOUND)
            return word == WORD_CUT ? word : taken;
        taken = word;
        read_word(&from, out);
        *c = from;
        for (ahead = from;; from = ahead) {
            int octet = next_octet(&ahead);
            if (octet != ' ' && octet != '\t' && octet != '\r')
                break;
        }
    }
}

/* Decodes the value that the sections form, and keeps it when it is the better one. */
static void consider(struct search *r, const struct section *list, size_t count)
{
    struct cursor c = {.list = list, .count = count, .open = list[count - 1].open};
    struct fx_mime_param value = {.octets = 0};
    bool words = r->reading == FX_MIME_READ_NAME;
    for (;;) {
        struct cursor before = c;
        int octet = next_octet(&c);
        enum word word = octet == '=' && words ? take_words(&before, &value) : WORD_NONE;
        if (octet == NO_MORE || word == WORD_CUT)
            break;
        if (word == WORD_FOUND)
            c = before;
        else
            put(&value, octet);
    }
    bool better = words ? value.octets > r->best.octets : r->best.octets == 0;
    if (!r->found || better)
        r->best = value;
    r->found = true;
}

/* Drops charset'language' of an extended value (RFC 2231 section 4). Without the two quotes all
 * of it is the value. */
static void drop_charset(struct section *s)
{
    size_t first = fx_slice_find(s->text, '\'');
    struct fx_slice rest = fx_slice_from(s->text, first + 1);
    size_t second = fx_slice_find(rest, '\'');
    if (first < s->text.len && second < rest.len)
        s->text = fx_slice_from(rest, second + 1);
    else if (s->open)
        s->text = fx_slice_from(s->text, s->text.len);
}

/* Puts one parameter where it belongs. */
static void take(struct search *r, struct fx_slice attribute, struct section value)
{
    uint64_t number;
    if (!fx_slice_starts_nocase(attribute, r->name))
        return;
    struct fx_slice form = fx_slice_from(attribute, r->name.len);
    if (form.len == 0) {
        consider(r, &value, 1);
        return;
    }
    if (form.ptr[0] != '*')
        return;
    form = fx_slice_from(form, 1);
    value.extended = form.len == 0 || form.ptr[form.len - 1] == '*';
    if (form.len == 0) {
        drop_charset(&value);
        consider(r, &value, 1);
        return;
    }
    if (!fx_slice_u64(fx_slice_first(form, form.len - value.extended), &number))
        return;
    if (number >= FX_MIME_SECTIONS) {
        r->too_many = true;
        return;
    }
    if (!r->continued)
        memset(r->sections, 0, sizeof r->sections);
    r->continued = true;
    if (fx_slice_told(r->sections[number].text))
        return;
    if (number == 0 && value.extended)
        drop_charset(&value);
    r->sections[number] = value;
}

/* Skips the comment at s (RFC 5322 section 3.2.2, nested). One that has no end is none, and
 * then no later parenthesis is tried, which keeps the time linear; it does go to the end of a
 * field that was cut. */
static bool skip_comment(struct scan *s)
{
    size_t depth = 0;
    if (s->unclosed)
        return false;
    for (size_t i = s->at; i < s->field.len; i++) {
        char c = s->field.ptr[i];
        if (c == '\\') {
            i++;
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && --depth == 0) {
            s->at = i + 1;
            return true;
        }
    }
    s->unclosed = !s->cut;
    if (s->cut)
        s->at = s->field.len;
    return s->cut;
}

static bool more(const struct scan *s)
{
    return s->at < s->field.len;
}

static void skip_blanks(struct scan *s)
{
    while (more(s)) {
        char c = s->field.ptr[s->at];
        if (fx_ascii_white(c))
            s->at++;
        else if (c != '(' || !skip_comment(s))
            return;
    }
}

/* From an opening quote to the closing one or, where that is missing, to the end. */
static struct section read_quoted(struct scan *s)
{
    size_t begin = ++s->at;
    while (more(s) && s->field.ptr[s->at] != '"')
        s->at += s->field.ptr[s->at] == '\\' ? 2 : 1;
    bool closed = more(s);
    size_t end = closed ? s->at++ : s->field.len;
    if (!closed)
        s->at = s->field.len;
    return (struct section){.text = fx_slice(s->field.ptr + begin, end - begin),
                            .quoted = true,
                            .open = !closed && s->cut};
}

/* Length of what looks like an encoded word at the start of s, else 0. In a value without
 * quotes such a word may hold a semicolon or a parenthesis. */
static size_t word_length(struct fx_slice s)
{
    size_t marks = 0;
    if (s.len < 2 || s.ptr[0] != '=' || s.ptr[1] != '?')
        return 0;
    for (size_t i = 1; i < s.len && !fx_ascii_white(s.ptr[i]); i++) {
        if (s.ptr[i] != '?' || ++marks < 4)
            continue;
        return i + 1 < s.len && s.ptr[i + 1] == '=' ? i + 2 : 0;
    }
    return 0;
}

/* A value without quotes, up to the semicolon. Blanks and comments at its end are not part of
 * it; those within it are, for "my report (1).pdf" is a common mistake. */
static struct section read_bare(struct scan *s)
{
    size_t begin = s->at, end = begin;
    while (more(s) && s->field.ptr[s->at] != ';') {
        char c = s->field.ptr[s->at];
        if (fx_ascii_white(c)) {
            s->at++;
        } else if (c != '(' || !skip_comment(s)) {
            size_t word = word_length(fx_slice_from(s->field, s->at));
            s->at += word > 0 ? word : 1;
            end = s->at;
        }
    }
    return (struct section){.text = fx_slice(s->field.ptr + begin, end - begin),
                            .open = !more(s) && s->cut};
}

static bool in_attribute(char c)
{
    return !fx_ascii_white(c) && c != ';' && c != '=' && c != '(' && c != '"';
}

/* Hands every parameter to take(). Whatever stands before a "=" is one: the semicolon in front
 * of it is often forgotten. */
static void scan_parameters(struct search *r)
{
    struct scan *s = &r->scan;
    for (;;) {
        skip_blanks(s);
        size_t begin = s->at;
        while (more(s) && in_attribute(s->field.ptr[s->at]))
            s->at++;
        struct fx_slice attribute = fx_slice(s->field.ptr + begin, s->at - begin);
        skip_blanks(s);
        if (!more(s))
            return;
        if (attribute.len > 0 && s->field.ptr[s->at] == '=') {
            s->at++;
            skip_blanks(s);
            bool quoted = more(s) && s->field.ptr[s->at] == '"';
            take(r, attribute, quoted ? read_quoted(s) : read_bare(s));
        } else if (attribute.len == 0 && s->field.ptr[s->at] == '"') {
            read_quoted(s);
        } else if (attribute.len == 0) {
            s->at++;
        }
    }
}

bool fx_mime_param_find(struct fx_slice field, struct fx_slice name,
                        enum fx_mime_reading reading, bool cut, struct fx_mime_param *found)
{
    struct search r;
    size_t count = 0;

    if (!fx_slice_told(field))
        return false;
    r.scan = (struct scan){.field = field, .cut = cut};
    r.name = name;
    r.reading = reading;
    r.best = (struct fx_mime_param){.octets = 0};
    r.found = r.continued = r.too_many = false;
    scan_parameters(&r);
    while (r.continued && count < FX_MIME_SECTIONS && fx_slice_told(r.sections[count].text))
        count++;
    if (count > 0)
        consider(&r, r.sections, count);
    if (!r.found)
        return false;
    r.best.at_least = cut || (r.too_many && count == FX_MIME_SECTIONS);
    *found = r.best;
    return true;
}

struct fx_slice fx_mime_media_type(struct fx_slice field, char type[FX_MIME_TYPE_KEPT])
{
    struct scan s = {.field = field};
    size_t n = 0;
    for (skip_blanks(&s); more(&s) && field.ptr[s.at] != ';' && n < FX_MIME_TYPE_KEPT;
         skip_blanks(&s))
        type[n++] = fx_ascii_lower(field.ptr[s.at++]);
    return fx_slice(type, n);
}
