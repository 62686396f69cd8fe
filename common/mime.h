/* mime - the attachment file names of a mail, found while it streams by.
 *
 * A firewall may refuse a mail for a long file name in any part of it, so the whole body has to
 * be walked: multiparts (RFC 2046 section 5.1) and messages within messages (section 5.2.1).
 * The body is never held: only a Content-Type or Content-Disposition field is, up to a limit,
 * and where there is nothing to walk a chunk costs nothing. What is found does not depend on
 * where the body was cut into chunks.
 *
 * Lengths are octets after decoding (RFC 2231, RFC 2047; see mime_param.h). A transfer encoding
 * of a whole message is not undone. A walk belongs to one owner at a time; different walks are
 * independent of each other.
 */
#ifndef FX_MIME_H
#define FX_MIME_H

#include "slice.h"

enum {
    FX_MIME_NAME_KEPT = 128,   /* octets of a name that are shown */
    FX_MIME_FIELD_MAX = 65536, /* octets of a part's field that are read */
    FX_MIME_DEPTH_MAX = 32     /* multiparts within each other */
};

struct fx_mime; /* a walk through one message after another */

/* One file name. */
struct fx_mime_name {
    struct fx_slice
        text;         /* decoded, its first FX_MIME_NAME_KEPT octets; borrowed for the call */
    uint64_t octets;  /* length of the whole decoded name */
    bool at_least;    /* octets is a lower bound: one of our limits cut the field */
    bool sign_behind; /* an at sign stands in the name behind `text` */
    bool nested;      /* false: the message's own header; true: a part of the body */
    const char *parameter; /* "filename" (RFC 2183 section 2.3) or "name" (RFC 2046
                              section 4.5.1); static */
};

/* Told of each name, in the order of the message, at most one for each field. It must not call
 * the walk it is told by. */
typedef void fx_mime_found(void *arg, const struct fx_mime_name *name);

/* A new walk, a few hundred octets; the rest is allocated when a body needs it. The caller owns
 * it. NULL: no memory. */
struct fx_mime *fx_mime_create(fx_mime_found *found, void *arg);
/* NULL is allowed. */
void fx_mime_destroy(struct fx_mime *m);
/* Another one is told from now on: the walk goes on elsewhere. */
void fx_mime_tell(struct fx_mime *m, fx_mime_found *found, void *arg);
/* Ready for the next message; memory is kept. What is unreported is forgotten. */
void fx_mime_reset(struct fx_mime *m);

/* A field of the message's header, before any of the body; fields after that are ignored. The
 * value is what follows the colon, folded or not, with or without its last line end; all of it
 * is read. cut: it went on after its last octet. Its names are reported within the call. */
void fx_mime_header(struct fx_mime *m, struct fx_slice name, struct fx_slice value, bool cut);

/* The next chunk of the body, of any length, cut anywhere. Lines end in CRLF or LF. */
void fx_mime_body(struct fx_mime *m, struct fx_slice chunk);
/* The body ends here: reports what a part's header without an end still holds. */
void fx_mime_end(struct fx_mime *m);

/* Limits that were reached since the reset, so names may be missing or cut: a field of a part
 * over FX_MIME_FIELD_MAX; more than FX_MIME_SECTIONS continuations, or a boundary over
 * FX_MIME_PARAM_KEPT (mime_param.h); multiparts deeper than FX_MIME_DEPTH_MAX. Without memory it
 * is one of them, too.
 * Beyond the depth the innermost known multipart is given up for the new one, so that the way
 * down is still seen whole; parts that follow later in those given up are not. */
enum { FX_MIME_OVER_FIELD = 1, FX_MIME_OVER_PARAMETER = 2, FX_MIME_OVER_DEPTH = 4 };
unsigned fx_mime_limited(const struct fx_mime *m);

#endif
