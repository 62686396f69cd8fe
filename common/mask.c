/* mask - see mask.h. */
#include "mask.h"

#include "session.h"

#define CODE_OCTETS 4 /* "220 ", "250-" */

static bool line_end(char c)
{
    return c == '\r' || c == '\n';
}

/* ---- the greeting ---- */

static void stars(struct fx_text *out, struct fx_slice greeting)
{
    size_t column = 0;
    for (size_t i = 0; i < greeting.len; i++) {
        char c = greeting.ptr[i];
        fx_text_add_char(out, line_end(c) || column < CODE_OCTETS ? c : '*');
        column = c == '\n' ? 0 : column + 1;
    }
}

static void stars_20(struct fx_text *out, struct fx_slice greeting)
{
    for (size_t i = 0; i < greeting.len; i++) {
        char c = greeting.ptr[i];
        bool kept = c == '2' || c == '0' || (c == ' ' && i > 0 && greeting.ptr[i - 1] == '0');
        fx_text_add_char(out, kept || line_end(c) ? c : '*');
    }
}

static void cmap(struct fx_text *out, struct fx_slice greeting)
{
    static const struct fx_slice ready = FX_LIT("220 SMTP/cmap ready");
    size_t column = 0;
    for (size_t i = 0; i < greeting.len; i++) {
        char c = greeting.ptr[i];
        fx_text_add_char(out, line_end(c) ? c : column < ready.len ? ready.ptr[column] : '_');
        column = c == '\n' ? 0 : column + 1;
    }
}

void fx_mask_banner(struct fx_text *out, enum fx_banner style, struct fx_slice greeting)
{
    switch (style) {
    case FX_BANNER_CMAP:
        cmap(out, greeting);
        break;
    case FX_BANNER_STARS:
        stars(out, greeting);
        break;
    case FX_BANNER_STARS_20:
        stars_20(out, greeting);
        break;
    default:
        fx_text_add(out, greeting);
        break;
    }
}

/* ---- commands ---- */

static size_t without_end(struct fx_slice line)
{
    size_t len = line.len;
    while (len > 0 && line_end(line.ptr[len - 1]))
        len--;
    return len;
}

static void add_times(struct fx_text *out, char c, size_t times)
{
    while (times-- > 0)
        fx_text_add_char(out, c);
}

void fx_mask_command(struct fx_text *server, struct fx_text *client, enum fx_action action,
                     struct fx_slice line)
{
    static const struct fx_slice noop = FX_LIT("NOOP");
    size_t len = without_end(line);

    if (action == FX_ACTION_OK) {
        if (client != NULL)
            fx_text_add_str(client, "250 OK\r\n");
        return;
    }
    if (server == NULL)
        return;
    if (action == FX_ACTION_MASK) {
        add_times(server, 'X', len);
    } else if (action == FX_ACTION_NOOP) {
        fx_text_add(server, noop);
        add_times(server, ' ', len > noop.len ? len - noop.len : 0);
    } else {
        fx_text_add(server, fx_slice_first(line, len));
    }
    fx_text_add(server, fx_slice_from(line, len));
}

/* ---- the EHLO reply ---- */

/* What follows the code of one line, without its end; its keyword; whether it is to be masked.
 */
struct reply_line {
    struct fx_slice whole; /* with its end */
    size_t end;            /* octets before the end */
    bool masked;
};

static struct fx_slice keyword_of(struct fx_slice text)
{
    struct fx_slice word = fx_slice_first(text, 0);
    fx_slice_word(&text, &word);
    return word;
}

/* The next line of *rest; `first` is the greeting of the server, which is no keyword. */
static bool take_line(const struct fx_profile *profile, struct fx_slice *rest, bool first,
                      struct reply_line *line)
{
    if (rest->len == 0)
        return false;
    size_t lf = fx_slice_find(*rest, '\n');
    line->whole = fx_slice_first(*rest, lf < rest->len ? lf + 1 : lf);
    *rest = fx_slice_from(*rest, line->whole.len);
    line->end = without_end(line->whole);
    struct fx_slice text = fx_slice_first(line->whole, line->end);
    struct fx_slice keyword = keyword_of(fx_slice_from(text, CODE_OCTETS));
    line->masked = !first && fx_slice_starts_nocase(text, FX_LIT("250")) &&
                   text.len > CODE_OCTETS &&
                   fx_profile_shows(profile, fx_extension_find(keyword)) == FX_NO;
    return true;
}

static void put_x(struct fx_text *out, const struct reply_line *line, unsigned masked)
{
    fx_text_add(out, fx_slice_first(line->whole, CODE_OCTETS));
    add_times(out, 'X', line->end - CODE_OCTETS - 1);
    fx_text_add_char(out, (char)('A' + masked % 26));
    fx_text_add(out, fx_slice_from(line->whole, line->end));
}

/* The separator tells the client whether more follows. */
static void put_kept(struct fx_text *out, const struct reply_line *line, bool last)
{
    if (line->end < CODE_OCTETS) {
        fx_text_add(out, line->whole);
        return;
    }
    fx_text_add(out, fx_slice_first(line->whole, CODE_OCTETS - 1));
    fx_text_add_char(out, last ? ' ' : '-');
    fx_text_add(out, fx_slice_from(line->whole, CODE_OCTETS));
}

static bool any_kept(const struct fx_profile *profile, struct fx_slice rest)
{
    struct reply_line line;
    while (take_line(profile, &rest, false, &line))
        if (!line.masked)
            return true;
    return false;
}

void fx_mask_ehlo_reply(struct fx_text *out, const struct fx_profile *profile,
                        struct fx_slice reply)
{
    enum fx_ehlo_reply style = profile->ehlo_reply.style;
    struct reply_line line;
    unsigned masked = 0;
    bool first = true;

    while (take_line(profile, &reply, first, &line)) {
        first = false;
        if (style == FX_EHLO_REPLY_X && line.masked)
            put_x(out, &line, masked++);
        else if (style != FX_EHLO_REPLY_REMOVED)
            fx_text_add(out, line.whole);
        else if (!line.masked)
            put_kept(out, &line, !any_kept(profile, reply));
    }
}

/* ---- addresses ---- */

void fx_mask_address(struct fx_text *out, const char *characters, struct fx_slice path)
{
    struct fx_slice address = fx_path_address(path);
    struct fx_slice set = fx_slice_str(characters == NULL ? "" : characters);
    size_t before = address.len == 0 ? 0 : (size_t)(address.ptr - path.ptr);

    for (size_t i = 0; i < path.len; i++) {
        bool within = i >= before && i < before + address.len;
        bool bad = within && fx_slice_find(set, path.ptr[i]) < set.len;
        fx_text_add_char(out, bad ? ' ' : path.ptr[i]);
    }
}
