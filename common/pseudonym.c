/* pseudonym - see pseudonym.h. */
#include "pseudonym.h"

#include "digest.h"
#include "mailbox.h"

#include <stdlib.h>
#include <string.h>

#define DIGEST_OCTETS (FX_PSEUDONYM_HEX / 2)
/* Mail servers cut lines (Postfix at 2048 octets): what is as long may have lost its end. */
#define WORD_WHOLE 1000

struct fx_pseudonyms {
    size_t count;
    struct fx_hash *keys[]; /* copied at each use, never used themselves */
};

struct fx_pseudonyms *fx_pseudonyms_create(const struct fx_slice *keys, size_t count)
{
    struct fx_pseudonyms *p = calloc(1, sizeof *p + count * sizeof p->keys[0]);
    if (p == NULL)
        return NULL;
    bool good = count > 0;
    for (; good && p->count < count; p->count += good) {
        p->keys[p->count] = fx_hash_create_keyed(keys[p->count]);
        good = p->keys[p->count] != NULL;
    }
    if (good)
        return p;
    fx_pseudonyms_destroy(p);
    return NULL;
}

void fx_pseudonyms_destroy(struct fx_pseudonyms *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->count; i++)
        fx_hash_destroy(p->keys[i]);
    free(p);
}

size_t fx_pseudonyms_count(const struct fx_pseudonyms *p)
{
    return p->count;
}

/* ---- one address ---- */

/* In ASCII lower case; unquoted: without the quotes and backslashes of a local part. */
static void hash_lower(struct fx_hash *h, struct fx_slice text, bool unquote)
{
    char piece[256];
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (unquote && text.ptr[i] == '"')
            continue;
        if (unquote && text.ptr[i] == '\\' && i + 1 < text.len)
            i++;
        piece[n++] = fx_ascii_lower(text.ptr[i]);
        if (n == sizeof piece) {
            fx_hash_add(h, fx_slice(piece, n));
            n = 0;
        }
    }
    fx_hash_add(h, fx_slice(piece, n));
}

static bool digest_of(const struct fx_hash *key, const struct fx_mailbox *m,
                      struct fx_digest *out)
{
    struct fx_hash *h = fx_hash_copy(key);
    if (h == NULL)
        return false;
    hash_lower(h, m->local, true);
    if (fx_slice_told(m->domain)) {
        fx_hash_add(h, FX_LIT("@"));
        hash_lower(h, m->domain, false);
    }
    bool good = fx_hash_end(h, out);
    fx_hash_destroy(h);
    return good;
}

/* What there is room for. */
static void add_cut(struct fx_text *out, struct fx_slice s)
{
    size_t room = (out->max > 0 ? out->max : out->cap) - out->len;
    if (out->overflow)
        return;
    fx_text_add(out, fx_slice_first(s, room));
    out->overflow = out->overflow || s.len > room;
}

/* Whole or not at all, and nothing behind what had no room. */
static void add_whole(struct fx_text *out, struct fx_slice s)
{
    if (!out->overflow)
        fx_text_add(out, s);
}

static bool add_mailbox(const struct fx_hash *key, const struct fx_mailbox *m,
                        struct fx_text *out)
{
    char digits[1 + FX_PSEUDONYM_HEX + 1] = "#";
    struct fx_digest digest;
    bool good = digest_of(key, m, &digest);
    if (good)
        fx_hex(digest.octets, DIGEST_OCTETS, digits + 1);
    add_whole(out, fx_slice_str(digits));
    if (fx_slice_told(m->domain) && fx_mailbox_domain_plain(m->domain)) {
        add_whole(out, FX_LIT("@"));
        add_cut(out, m->domain);
    }
    return good;
}

bool fx_pseudonym_address(const struct fx_pseudonyms *p, size_t key, struct fx_slice address,
                          struct fx_text *out)
{
    address = fx_slice_trim(fx_address_without_route(fx_slice_trim(address)));
    struct fx_mailbox m = fx_mailbox_split(address);
    return address.len == 0 || add_mailbox(p->keys[key], &m, out);
}

/* ---- addresses in text ---- */

struct reading {
    const struct fx_pseudonyms *p;
    enum fx_of_person what;
    struct fx_text *out;
    bool good;
};

static bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Of these none stands in a local part without quotes (RFC 5322 section 3.2.3). */
static bool special(char c)
{
    return c != '\0' && strchr("()<>[]:;,", c) != NULL;
}

static size_t skip_blanks(struct fx_slice s, size_t at)
{
    while (at < s.len && blank(s.ptr[at]))
        at++;
    return at;
}

/* A word: what stands between blanks, those next to an at sign or in quotes not counted. */
struct word {
    struct fx_slice all;
    bool at_sign;
    bool open; /* a quote has no end */
};

static struct word next_word(struct fx_slice text, size_t from)
{
    struct word w = {.at_sign = false};
    size_t at = from;
    while (at < text.len) {
        size_t quoted = text.ptr[at] == '"' ? fx_quoted_string_len(fx_slice_from(text, at)) : 1;
        if (quoted == 0) {
            w.open = true;
            at = text.len;
            break;
        }
        if (quoted == 1 && text.ptr[at] == '@') {
            w.at_sign = true;
            at = skip_blanks(text, at + 1);
            continue;
        }
        struct fx_slice piece = fx_slice_first(fx_slice_from(text, at), quoted);
        w.at_sign = w.at_sign || fx_slice_find(piece, '@') < piece.len;
        size_t behind = blank(text.ptr[at]) ? skip_blanks(text, at) : at + quoted;
        if (blank(text.ptr[at]) && (behind == text.len || text.ptr[behind] != '@'))
            break;
        at = behind;
    }
    w.all = fx_slice_first(fx_slice_from(text, from), at - from);
    return w;
}

/* How much at the start of a part of a word is text of an address: no special but in quotes,
 * behind a backslash or as a literal behind an at sign. The last at sign that is not quoted
 * goes to *sign. */
static size_t address_len(struct fx_slice s, size_t *sign)
{
    size_t n = 0;
    *sign = s.len;
    while (n < s.len && !special(s.ptr[n])) {
        size_t quoted = s.ptr[n] == '"' ? fx_quoted_string_len(fx_slice_from(s, n)) : 0;
        if (quoted > 0) {
            n += quoted;
        } else if (s.ptr[n] == '@') {
            *sign = n;
            n = skip_blanks(s, n + 1);
            if (n < s.len && s.ptr[n] == '[')
                n += fx_mailbox_domain_len(fx_slice_from(s, n));
        } else {
            n += s.ptr[n] == '\\' && n + 1 < s.len ? 2 : 1;
        }
    }
    return n;
}

/* Text of an address, with the at sign at `sign`. */
static void add_address(struct reading *r, struct fx_slice s, size_t sign)
{
    struct fx_slice rest = fx_slice_from(s, sign + 1);
    rest = fx_slice_from(rest, skip_blanks(rest, 0));
    struct fx_mailbox m = {.local = fx_slice_trim(fx_slice_first(s, sign)),
                           .domain = fx_slice_first(rest, fx_mailbox_domain_len(rest))};
    while (m.domain.len > 0 && m.domain.ptr[m.domain.len - 1] == '.')
        m.domain.len--; /* the end of a sentence */
    if (m.local.len > 0) {
        r->good = add_mailbox(r->p->keys[0], &m, r->out) && r->good;
    } else {
        add_whole(r->out, FX_LIT("@"));
        add_cut(r->out, m.domain);
    }
    rest = fx_slice_from(rest, m.domain.len);
    if (rest.len > 0)
        add_whole(r->out, rest.len == 1 && rest.ptr[0] == '.' ? rest : FX_LIT("#"));
}

/* In a word with an at sign, a part with none; in quotes it may stand in it. */
/* no fault: misc-no-recursion: inside of quotes no quotes can open and close */
static void add_no_address(struct reading *r, struct fx_slice part)
{
    struct fx_slice inner = fx_slice_first(fx_slice_from(part, 1), part.len - 2);
    if (fx_quoted_string_len(part) != part.len || fx_slice_find(inner, '@') == inner.len) {
        add_whole(r->out, FX_LIT("#"));
        return;
    }
    add_whole(r->out, FX_LIT("\""));
    r->good = fx_pseudonym_text(r->p, inner, FX_PERSON_MAYBE, r->out) && r->good;
    if (!r->out->overflow)
        add_whole(r->out, FX_LIT("\""));
}

/* no fault: misc-no-recursion: inside of quotes no quotes can open and close */
static void add_word(struct reading *r, struct fx_slice word)
{
    while (word.len > 0 && !r->out->overflow) {
        size_t sign, n = address_len(word, &sign);
        struct fx_slice part = fx_slice_first(word, n);
        if (n == 0) {
            add_cut(r->out, fx_slice_first(word, 1));
            n = 1;
        } else if (sign < n) {
            add_address(r, part, sign);
        } else {
            add_no_address(r, part);
        }
        word = fx_slice_from(word, n);
    }
}

/* Whether more than is seen may belong to it. */
static bool may_go_on(const struct reading *r, const struct word *w, bool last)
{
    if (w->open)
        return true;
    if (!last)
        return false;
    return r->what == FX_PERSON_OPEN || (r->what == FX_PERSON_CUT && w->at_sign) ||
           (r->what == FX_PERSON_MAYBE && !w->at_sign && w->all.len > WORD_WHOLE);
}

/* no fault: misc-no-recursion: inside of quotes no quotes can open and close */
bool fx_pseudonym_text(const struct fx_pseudonyms *p, struct fx_slice text,
                       enum fx_of_person what, struct fx_text *out)
{
    struct reading r = {.p = p, .what = what, .out = out, .good = true};
    if (what == FX_PERSON_ADDRESS)
        return fx_pseudonym_address(p, 0, text, out);
    if (what == FX_PERSON_PART) {
        add_whole(out, FX_LIT("#"));
        return true;
    }
    size_t at = 0;
    while (at < text.len && !out->overflow) {
        size_t begin = skip_blanks(text, at);
        struct word w = {.all = FX_LIT("")};
        if (begin < text.len)
            w = next_word(text, begin);
        add_cut(out, fx_slice_first(fx_slice_from(text, at), begin - at));
        at = begin + w.all.len;
        if (may_go_on(&r, &w, skip_blanks(text, at) == text.len)) {
            add_whole(out, FX_LIT("#"));
            break;
        }
        if (w.at_sign)
            add_word(&r, w.all);
        else
            add_cut(out, w.all);
    }
    return r.good;
}
