/* exceeded - the rule limit-exceeded: what was gone over becomes findings.
 *
 * One for each limit and message, or session outside any, with the name of the limit as
 * evidence, and with its final number. It is made when the rest is known, and is the enforced
 * profile's, but for evidence that only compared ones have; no firewall has a part in it. It
 * never refuses anything, and has room beyond limits.findings. Not thread-safe: the session's owner calls.
 */
#ifndef FX_EXCEEDED_H
#define FX_EXCEEDED_H

#include "session.h"

/* Of the live message; of the session outside any. Again: raises what was said before. */
void fx_exceeded_message(struct fx_session *s);
void fx_exceeded_session(struct fx_session *s);

#endif
