/* content - what header and body of a message show: sizes, line lengths, 8-bit octets, the
 * fields that are counted.
 *
 * Part of observing (session.c). Without memory s->no_memory is set.
 */
#ifndef FX_CONTENT_H
#define FX_CONTENT_H

#include "session.h"

/* A file name that the current event brought to light: remembered for as long as the event lasts.
 * arg: the session. What fx_mime is to tell. */
fx_mime_found fx_content_name;

/* One field of the header. */
void fx_content_header(struct fx_session *s, const struct fx_event *event);
/* The header is over. */
void fx_content_header_end(struct fx_session *s);
/* A chunk of the body, of any length. */
void fx_content_body(struct fx_message *m, struct fx_slice chunk);
/* There is no more. */
void fx_content_end(struct fx_session *s);

#endif
