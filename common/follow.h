/* follow - what a session keeps so that later ones can be compared with it (sighting.h).
 *
 * Part of observing (session.c); does nothing for a session that nobody follows. Without memory
 * s->no_memory is set.
 */
#ifndef FX_FOLLOW_H
#define FX_FOLLOW_H

#include "session.h"

/* The current RCPT, its result noted already. */
void fx_follow_recipient(struct fx_session *s, struct fx_slice address);
/* The current RCPT ends with this result instead; refused: by our 452. */
void fx_follow_result(struct fx_session *s, enum fx_recipient_result result, bool refused);
/* How many recipients the MTA says it refused so far (RCPT, DATA, end of message). */
void fx_follow_refusals(struct fx_session *s, const struct fx_event *event);
/* End of header: a message without a Message-ID of its own is known by its body. */
void fx_follow_eoh(struct fx_session *s);
void fx_follow_body(struct fx_session *s, struct fx_slice chunk);

#endif
