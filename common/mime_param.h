/* mime_param - one parameter of a MIME header field, decoded and measured.
 *
 * A file name can be written in many ways: RFC 2045 section 5.1 parameters, RFC 2231
 * continuations and charsets, RFC 2047 words where none are allowed. What matters is the name a
 * recipient gets, and its length, so everything is decoded on the way to a counter: nothing is
 * allocated and a name of any length costs the same memory. Broken fields have a reading too;
 * where several are possible it is the one that gives the longer name, since some reader may
 * take it.
 *
 * All functions are pure and thread-safe, take any bytes, and run in time linear in the field.
 * A field is the text after the colon, folded (CRLF or LF and white space, RFC 5322 section
 * 2.2.3) or unfolded. Lengths are octets; characters are not converted to another charset.
 */
#ifndef FX_MIME_PARAM_H
#define FX_MIME_PARAM_H

#include "slice.h"

enum {
    FX_MIME_PARAM_KEPT = 256, /* octets of a value that are kept; all are counted */
    FX_MIME_SECTIONS = 256,   /* RFC 2231 continuations, numbers 0 to 255 */
    FX_MIME_TYPE_KEPT = 40    /* octets of a media type that are kept */
};

enum fx_mime_reading {
    /* RFC 2047 words are decoded; of several values the longest. */
    FX_MIME_READ_NAME,
    /* No words: "=?" may be part of a boundary (RFC 2046 section 5.1.1). Of several values the
     * first that is not empty. */
    FX_MIME_READ_BOUNDARY
};

struct fx_mime_param {
    uint64_t octets; /* length of the whole decoded value */
    bool at_least;   /* a lower bound: the field was cut, or has more continuations than kept */
    bool sign_behind; /* an at sign stands in what is not kept */
    size_t kept;      /* octets in text */
    char text[FX_MIME_PARAM_KEPT];
};

/* Looks for the parameter `name` (any case) in all its forms: name=, name*= (RFC 2231 section
 * 4), name*0= and name*0*= (section 3), the last put together in the order of their numbers up
 * to the first that is missing. `cut` says the field went on after its last octet: a word,
 * escape or comment open there is then counted as the least it can become. Returns false,
 * leaving *found alone, when there is no such parameter. */
bool fx_mime_param_find(struct fx_slice field, struct fx_slice name,
                        enum fx_mime_reading reading, bool cut, struct fx_mime_param *found);

/* Writes the media type of a Content-Type field to type, in lower case, without comments and
 * white space, at most FX_MIME_TYPE_KEPT octets; returns it as a slice of type. */
struct fx_slice fx_mime_media_type(struct fx_slice field, char type[FX_MIME_TYPE_KEPT]);

#endif
