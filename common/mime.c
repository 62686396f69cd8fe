/* mime - see mime.h.
 *
 * A walk knows two things at any octet: what the line is for (enum line), and whether lines are
 * those of a part's header or of a body. A body line is looked at only when it begins with "-";
 * any number of others is left by one search. The boundaries of the multiparts around are a
 * stack.
 */
#include "mime.h"
#include "field.h"
#include "mime_param.h"
#include "scan.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum line {
    LINE_START,
    LINE_SKIP,  /* nothing in it */
    LINE_PROBE, /* may be a delimiter, or the empty line of a header */
    LINE_NAME,  /* may be a field we want: its name, up to the colon */
    LINE_KEEP   /* belongs to such a field */
};

enum field { FIELD_OTHER, FIELD_TYPE, FIELD_DISPOSITION };

enum content { CONTENT_LEAF, CONTENT_MULTIPART, CONTENT_MESSAGE };

struct boundary {
    char text[FX_MIME_PARAM_KEPT];
    size_t len;
};

struct level {
    struct boundary boundary;
    bool digest; /* its parts are messages unless they say otherwise, RFC 2046 section 5.1.5 */
};

/* The part whose header is being read, or the message itself. */
struct part {
    enum content content;
    bool typed; /* it had a Content-Type field */
    bool digest;
    struct boundary boundary; /* of a multipart */
};

struct fx_mime {
    fx_mime_found *found;
    void *arg;
    struct part part;
    struct level *levels; /* outermost first */
    size_t depth, room;
    struct fx_text field; /* the field being kept */
    enum field kept;      /* which it is; FIELD_OTHER: none */
    bool cut;             /* not all of it could be kept */
    bool in_body;         /* the message's header is over */
    bool in_header;       /* of a part */
    bool done;            /* nothing left to be found */
    unsigned limited; /* FX_MIME_OVER_... */
    enum line line;
    size_t probed;
    char probe[FX_MIME_PARAM_KEPT + 4]; /* "--" boundary "--" */
};

void fx_mime_tell(struct fx_mime *m, fx_mime_found *found, void *arg)
{
    m->found = found;
    m->arg = arg;
}

struct fx_mime *fx_mime_create(fx_mime_found *found, void *arg)
{
    struct fx_mime *m = malloc(sizeof *m);
    if (m == NULL)
        return NULL;
    fx_mime_tell(m, found, arg);
    m->levels = NULL;
    m->room = 0;
    fx_text_init_growing(&m->field, FX_MIME_FIELD_MAX);
    fx_mime_reset(m);
    return m;
}

void fx_mime_destroy(struct fx_mime *m)
{
    if (m == NULL)
        return;
    fx_text_finish(&m->field);
    free(m->levels);
    free(m);
}

/* What a part is as long as its header says nothing. */
static void start_part(struct fx_mime *m, enum content content)
{
    m->part.content = content;
    m->part.typed = m->part.digest = false;
    m->part.boundary.len = 0;
}

void fx_mime_reset(struct fx_mime *m)
{
    start_part(m, CONTENT_LEAF);
    m->depth = m->probed = 0;
    m->kept = FIELD_OTHER;
    m->cut = m->in_body = m->in_header = m->done = false;
    m->limited = 0;
    m->line = LINE_START;
}

unsigned fx_mime_limited(const struct fx_mime *m)
{
    return m->limited;
}

static bool is_blank(char c)
{
    return fx_ascii_blank(c) || c == '\r';
}

static bool starts(struct fx_slice s, struct fx_slice prefix)
{
    return fx_slice_eq(fx_slice_first(s, prefix.len), prefix);
}

static enum field field_of(struct fx_slice name)
{
    if (fx_slice_eq_nocase(name, FX_LIT("Content-Type")))
        return FIELD_TYPE;
    return fx_slice_eq_nocase(name, FX_LIT("Content-Disposition")) ? FIELD_DISPOSITION
                                                                   : FIELD_OTHER;
}

/* Remembers what a Content-Type field says about the part. Of several fields, which is an
 * error, the first that leads further counts, so that as much as possible is walked. */
static void read_type(struct fx_mime *m, struct fx_slice value, bool cut)
{
    struct fx_mime_param boundary;
    char buffer[FX_MIME_TYPE_KEPT];
    struct part *part = &m->part;
    if (part->typed && part->content != CONTENT_LEAF)
        return;
    part->typed = true;
    part->content = CONTENT_LEAF;

    struct fx_slice type = fx_mime_media_type(value, buffer);
    if (fx_slice_eq(type, FX_LIT("message/rfc822")) ||
        fx_slice_eq(type, FX_LIT("message/global"))) {
        part->content = CONTENT_MESSAGE;
        return;
    }
    if (!starts(type, FX_LIT("multipart/")) ||
        !fx_mime_param_find(value, FX_LIT("boundary"), FX_MIME_READ_BOUNDARY, cut, &boundary))
        return;
    if (boundary.octets > boundary.kept) {
        m->limited |= FX_MIME_OVER_PARAMETER;
        return;
    }
    while (boundary.kept > 0 && is_blank(boundary.text[boundary.kept - 1]))
        boundary.kept--; /* as from a delimiter line, whose blanks at the end are padding */
    if (boundary.kept == 0)
        return;
    part->content = CONTENT_MULTIPART;
    part->digest = fx_slice_eq(type, FX_LIT("multipart/digest"));
    part->boundary.len = boundary.kept;
    memcpy(part->boundary.text, boundary.text, boundary.kept);
}

/* Reports the name in a field, and takes from it what the walk needs. */
static void read_field(struct fx_mime *m, enum field field, struct fx_slice value, bool cut)
{
    struct fx_mime_param name;
    struct fx_mime_name told = {.nested = m->in_body};
    told.parameter = field == FIELD_TYPE ? "name" : "filename";
    if (fx_mime_param_find(value, fx_slice_str(told.parameter), FX_MIME_READ_NAME, cut,
                           &name)) {
        told.text = fx_slice_first(fx_slice(name.text, name.kept), FX_MIME_NAME_KEPT);
        told.octets = name.octets;
        told.at_least = name.at_least;
        told.sign_behind =
            name.sign_behind ||
            fx_slice_find(fx_slice_from(fx_slice(name.text, name.kept), FX_MIME_NAME_KEPT),
                          '@') +
                    FX_MIME_NAME_KEPT <
                name.kept;
        if (name.at_least && !cut)
            m->limited |= FX_MIME_OVER_PARAMETER;
        m->found(m->arg, &told);
    }
    if (field == FIELD_TYPE)
        read_type(m, value, cut);
}

/* Without the line end, which a quote that is never closed would take in. */
static struct fx_slice without_line_end(struct fx_slice s)
{
    while (s.len > 0 && (s.ptr[s.len - 1] == '\n' || s.ptr[s.len - 1] == '\r'))
        s.len--;
    return s;
}

void fx_mime_header(struct fx_mime *m, struct fx_slice name, struct fx_slice value, bool cut)
{
    enum field field = field_of(fx_slice_trim(name));
    if (field != FIELD_OTHER && !m->in_body && !m->done)
        read_field(m, field, without_line_end(value), cut);
}

/* The field being kept is over. */
static void finish_field(struct fx_mime *m)
{
    enum field field = m->kept;
    if (field == FIELD_OTHER)
        return;
    m->kept = FIELD_OTHER;
    read_field(m, field, without_line_end(fx_text_slice(&m->field)), m->cut);
}

/* One more piece of the field; after the first that has no room nothing is added. */
static void keep(struct fx_mime *m, struct fx_slice piece)
{
    if (m->cut)
        return;
    size_t space = FX_MIME_FIELD_MAX - m->field.len;
    fx_text_add(&m->field, fx_slice_first(piece, space));
    if (piece.len > space || m->field.overflow) {
        m->cut = true;
        m->limited |= FX_MIME_OVER_FIELD;
    }
}

/* Room for one level more, or false. */
static bool grow(struct fx_mime *m)
{
    if (m->depth < m->room)
        return true;
    if (m->room == FX_MIME_DEPTH_MAX)
        return false;
    size_t room = m->room == 0 ? 2 : m->room * 2;
    struct level *bigger = realloc(m->levels, room * sizeof *bigger);
    if (bigger == NULL)
        return false;
    m->levels = bigger;
    m->room = room;
    return true;
}

/* A multipart begins. At the limit it takes the place of the one around it, see mime.h. */
static void push(struct fx_mime *m)
{
    if (grow(m))
        m->depth++;
    else
        m->limited |= FX_MIME_OVER_DEPTH;
    if (m->depth == 0)
        return;
    struct level *level = &m->levels[m->depth - 1];
    level->boundary = m->part.boundary;
    level->digest = m->part.digest;
}

/* The header of a part, or of the message, is over. */
static void finish_header(struct fx_mime *m)
{
    m->in_header = m->part.content == CONTENT_MESSAGE;
    if (m->part.content == CONTENT_MULTIPART)
        push(m);
    start_part(m, CONTENT_LEAF);
    m->done = !m->in_header && m->depth == 0;
}

/* A whole line that began with "-" or CR. Of two multiparts with the same boundary the inner
 * one is meant; the delimiter of an outer one ends those within it (RFC 2046 section 5.1.2). */
static void finish_probe(struct fx_mime *m)
{
    struct fx_slice line = fx_slice(m->probe, m->probed);
    while (line.len > 0 && is_blank(line.ptr[line.len - 1]))
        line.len--;
    if (line.len == 0) {
        finish_header(m);
        return;
    }
    if (!starts(line, FX_LIT("--")))
        return;
    line = fx_slice_from(line, 2);
    for (size_t i = m->depth; i-- > 0;) {
        const struct level *level = &m->levels[i];
        struct fx_slice boundary = fx_slice(level->boundary.text, level->boundary.len);
        if (!starts(line, boundary))
            continue;
        struct fx_slice rest = fx_slice_from(line, boundary.len);
        if (rest.len == 0) {
            m->depth = i + 1;
            m->in_header = true;
            start_part(m, level->digest ? CONTENT_MESSAGE : CONTENT_LEAF);
            return;
        }
        if (fx_slice_eq(rest, FX_LIT("--"))) {
            m->depth = i;
            m->in_header = false;
            m->done = i == 0;
            return;
        }
    }
}

/* What a line is for, from its first octet; that is left for the next step to read. */
static enum line line_of(struct fx_mime *m, char c)
{
    if (!m->in_header)
        return c == '-' ? LINE_PROBE : LINE_SKIP;
    if (fx_ascii_blank(c))
        return m->kept != FIELD_OTHER ? LINE_KEEP : LINE_SKIP;
    finish_field(m);
    if (c == '-' || c == '\r' || c == '\n')
        return LINE_PROBE;
    /* A line that is no field does not end the header: before the first field of a message
     * within a message a "From " line is common. */
    return c == 'c' || c == 'C' ? LINE_NAME : LINE_SKIP;
}

/* Each of these takes the rest of the line, or what there is of it, off *rest. */

/* In a body the lines behind it as well, as long as they do not begin with "-". */
static void skip_line(struct fx_mime *m, struct fx_slice *rest)
{
    size_t end = m->in_header ? fx_slice_find(*rest, '\n') : fx_scan_pair(*rest, '\n', '-');
    if (end < rest->len || rest->ptr[rest->len - 1] == '\n')
        m->line = LINE_START;
    *rest = fx_slice_from(*rest, end + 1);
}

static void keep_line(struct fx_mime *m, struct fx_slice *rest)
{
    size_t end = fx_slice_find(*rest, '\n');
    if (end < rest->len)
        m->line = LINE_START;
    keep(m, fx_slice_first(*rest, end + 1));
    *rest = fx_slice_from(*rest, end + 1);
}

/* Takes at most what fits off *rest and adds it to the probe. */
static void add_probe(struct fx_mime *m, struct fx_slice *rest, size_t n)
{
    memcpy(m->probe + m->probed, rest->ptr, n);
    m->probed += n;
    *rest = fx_slice_from(*rest, n);
}

static void probe_line(struct fx_mime *m, struct fx_slice *rest)
{
    size_t end = fx_slice_find(*rest, '\n'), space = sizeof m->probe - m->probed;
    struct fx_slice over = fx_slice_from(fx_slice_first(*rest, end), space);
    bool whole = end < rest->len;
    add_probe(m, rest, end < space ? end : space);
    while (over.len > 0 && is_blank(over.ptr[0]))
        over = fx_slice_from(over, 1);
    bool delimiter = m->probed < 2 || (m->probe[0] == '-' && m->probe[1] == '-');
    if (over.len > 0 || !delimiter) {
        m->line = LINE_SKIP;
        return;
    }
    *rest = fx_slice_from(*rest, end > space ? end - space : 0);
    if (whole) {
        *rest = fx_slice_from(*rest, 1);
        m->line = LINE_START;
        finish_probe(m);
    }
}

static void name_line(struct fx_mime *m, struct fx_slice *rest)
{
    struct fx_field field;
    size_t at;
    struct fx_slice piece = fx_slice_first(*rest, sizeof m->probe - m->probed);
    piece = fx_slice_first(piece, fx_slice_find(piece, '\n'));
    size_t colon = fx_slice_find(piece, ':');
    bool found = colon < piece.len;
    add_probe(m, rest, found ? colon + 1 : colon);
    if (found) {
        bool split = fx_field_split(fx_slice(m->probe, m->probed), &field, &at);
        m->kept = split ? field_of(field.name) : FIELD_OTHER;
        m->line = m->kept != FIELD_OTHER ? LINE_KEEP : LINE_SKIP;
        m->cut = false;
        fx_text_reset(&m->field);
    } else if (rest->len > 0 || m->probed == sizeof m->probe) {
        m->line = LINE_SKIP;
    }
}

void fx_mime_body(struct fx_mime *m, struct fx_slice chunk)
{
    if (!m->in_body) {
        m->in_body = true;
        finish_header(m);
    }
    while (chunk.len > 0 && !m->done) {
        switch (m->line) {
        case LINE_START:
            m->probed = 0;
            m->line = line_of(m, chunk.ptr[0]);
            break;
        case LINE_SKIP:
            skip_line(m, &chunk);
            break;
        case LINE_PROBE:
            probe_line(m, &chunk);
            break;
        case LINE_NAME:
            name_line(m, &chunk);
            break;
        case LINE_KEEP:
            keep_line(m, &chunk);
            break;
        }
    }
}

void fx_mime_end(struct fx_mime *m)
{
    m->in_body = true;
    finish_field(m);
    m->done = true;
}
