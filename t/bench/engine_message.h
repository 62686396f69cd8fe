/* engine_message - an ordinary message as events: those that a milter of Postfix gets, of a
 * message with 12 header fields and a body of 4 kB in which nothing is to be found. For what
 * measures the way of an event through the core.
 */
#ifndef FX_ENGINE_MESSAGE_H
#define FX_ENGINE_MESSAGE_H

#include "engine.h"

#define ENGINE_MESSAGE_FIELDS 12

/* CONNECT and HELO. */
void engine_message_greet(struct fx_engine *engine);
/* MAIL, a RCPT, DATA. */
void engine_message_envelope(struct fx_engine *engine);
/* Field n, from 0. */
void engine_message_field(struct fx_engine *engine, size_t n);
/* EOH, BODY, EOM. */
void engine_message_rest(struct fx_engine *engine);
/* All of it, from MAIL to EOM. */
void engine_message_feed(struct fx_engine *engine);
void engine_message_close(struct fx_engine *engine);

#endif
