/* end_of_data - the simulated loss of an end of data: the message is taken, and the client is
 * not told, so that it sends the message again (simulate.end_of_data; Microsoft KB 295725).
 *
 * Whose turn it is counts over all sessions and is therefore asked for; here is what it needs
 * before, and what becomes of the answer. Pure.
 */
#ifndef FX_END_OF_DATA_H
#define FX_END_OF_DATA_H

#include "engine.h"

/* The message is one of those among which every Nth is held: enforced, asked for, and not
 * submitted on the MTA's own host, where nobody waits but the MTA itself. */
bool fx_end_of_data_wanted(const struct fx_session *s);
/* Notes the answer in the findings. True: it is to be held. */
bool fx_end_of_data_hold(struct fx_session *s, enum fx_hold answer);

#endif
