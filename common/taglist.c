/* taglist - see taglist.h. */
#include "taglist.h"

#include "text.h"

struct fx_taglist fx_taglist(struct fx_slice text)
{
    return (struct fx_taglist){.text = text};
}

/* ALPHA *ALNUMPUNC; where it is not, *bad. */
static bool tag_name(struct fx_slice name, size_t *bad)
{
    *bad = 0;
    if (name.len == 0 || !fx_ascii_letter(name.ptr[0]))
        return false;
    for (size_t i = 1; i < name.len; i++) {
        *bad = i;
        if (!fx_ascii_letter(name.ptr[i]) && !fx_ascii_digit(name.ptr[i]) && name.ptr[i] != '_')
            return false;
    }
    return true;
}

/* VALCHAR and folding white space: printable ASCII but the semicolon, and UTF-8 (RFC 8616
 * section 5); a line end has a blank behind it. */
static bool tag_value(struct fx_slice text, size_t from, size_t to, size_t *bad)
{
    for (size_t i = from; i < to; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        size_t broken, octets = 1;
        *bad = i;
        if (c == '\r' && (i + 1 >= text.len || text.ptr[i + 1] != '\n'))
            return false;
        if (c == '\n' && i + 1 < text.len && !fx_ascii_blank(text.ptr[i + 1]))
            return false;
        if (c > 0x7f)
            octets = fx_utf8_character(fx_slice(text.ptr + i, to - i), &broken);
        if (octets == 0 || (!fx_ascii_white((char)c) && (c < 0x21 || c == 0x7f)))
            return false;
        i += octets - 1;
    }
    return true;
}

/* [from, to) without white space at both ends. */
static struct fx_slice trimmed(struct fx_slice text, size_t from, size_t to, size_t *at)
{
    while (from < to && fx_ascii_white(text.ptr[from]))
        from++;
    while (to > from && fx_ascii_white(text.ptr[to - 1]))
        to--;
    *at = from;
    return fx_slice(text.ptr + from, to - from);
}

static enum fx_taglist_step fault_at(struct fx_taglist_fault *fault, size_t at,
                                     const char *what)
{
    *fault = (struct fx_taglist_fault){.at = at, .what = what};
    return FX_TAGLIST_FAULT;
}

enum fx_taglist_step fx_taglist_next(struct fx_taglist *list, struct fx_tag *tag,
                                     struct fx_taglist_fault *fault)
{
    struct fx_slice text = list->text;
    size_t from = list->next, at, bad;
    if (from >= text.len)
        return FX_TAGLIST_END;
    size_t end = from + fx_slice_find(fx_slice_from(text, from), ';');
    list->next = end + 1;
    struct fx_slice whole = trimmed(text, from, end, &at);
    /* one semicolon at the end is legal, and so is white space behind it */
    if (whole.len == 0 && end == text.len && from > 0)
        return FX_TAGLIST_END;
    *tag = (struct fx_tag){.name = FX_ABSENT, .value = FX_ABSENT, .at = at, .value_at = at};
    if (whole.len == 0)
        return fault_at(fault, from, end < text.len ? "no tag before a semicolon" : "no tag");
    size_t equals = at + fx_slice_find(whole, '=');
    if (equals == at + whole.len)
        return fault_at(fault, at, "no equals sign");
    tag->name = trimmed(text, at, equals, &tag->at);
    tag->value = trimmed(text, equals + 1, end, &tag->value_at);
    if (!tag_name(tag->name, &bad))
        return fault_at(fault, tag->at + bad, "no tag name");
    if (!tag_value(text, from, end, &bad))
        return fault_at(fault, bad, "an octet that no value may have");
    return FX_TAGLIST_TAG;
}
