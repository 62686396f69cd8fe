/* taglist - a list of tag=value pairs as signatures carry them (RFC 6376 section 3.2).
 *
 * Values may have UTF-8, as they do in internationalized messages (RFC 8616 section 5).
 *
 * Reads one tag after the other out of a raw field value, folding white space wherever the
 * grammar has it. Total: any octets give tags and faults, each with its offset, in the order of
 * the text. Pure and thread-safe; allocates nothing, slices are borrowed from the text.
 */
#ifndef FX_TAGLIST_H
#define FX_TAGLIST_H

#include "slice.h"

struct fx_tag {
    struct fx_slice name, value; /* white space at both ends taken off, within the value kept */
    size_t at, value_at;         /* where they begin in the text */
};

struct fx_taglist_fault {
    size_t at;        /* where it shows */
    const char *what; /* a few words, static */
};

/* A reading of one text. */
struct fx_taglist {
    struct fx_slice text;
    size_t next; /* offset of what was not read yet */
};

enum fx_taglist_step {
    FX_TAGLIST_TAG,   /* *tag is the next one, and well-formed */
    FX_TAGLIST_FAULT, /* *fault is; *tag too, with name and value as far as they can be told (the
                         name absent: they cannot). Reading goes on behind the next semicolon */
    FX_TAGLIST_END
};

struct fx_taglist fx_taglist(struct fx_slice text);
enum fx_taglist_step fx_taglist_next(struct fx_taglist *list, struct fx_tag *tag,
                                     struct fx_taglist_fault *fault);

#endif
