/* connection - what hangs on one libmilter context: a policy, an engine, what was negotiated.
 *
 * All live connections are known, so that a stop can wait for them and, when their time is
 * over, end them with their records. A connection belongs to whatever thread libmilter runs its
 * callback in; its own lock keeps a cut at stop out of a callback that is running.
 */
#ifndef FXM_CONNECTION_H
#define FXM_CONNECTION_H

#include "engine.h"

#include <stdbool.h>

struct connection;

/* With the policy in force; counted as live from now on. NULL: no memory, no policy, no random
 * numbers. */
struct connection *connection_create(void);
/* NULL allowed. Feed FX_EVENT_CLOSE before where the session began. */
void connection_destroy(struct connection *c);

/* Feeds one event; its time is set here. A decision with hold_seconds has a place of hold.h,
 * which is the caller's. false: the connection was cut at stop. */
bool connection_feed(struct connection *c, struct fx_event *event,
                     struct fx_decision *decision);
/* The event that was fed last has been answered. A message that ended with it is followed from
 * now on, unless it was let through and yet not taken: the change that went with it failed, or
 * the MTA is gone. */
void connection_follow(struct connection *c, bool taken);
/* For reading between events. */
const struct fx_session *connection_session(const struct connection *c);
/* What to do when the filter fails; of the policy in force where c is NULL. */
enum fx_failure connection_on_error(const struct connection *c);

/* What was agreed with the MTA. It belongs to the MTA's own connection to us, on which a
 * session may follow another without a new negotiation (SMFIC_QUIT_NC): so it is kept aside at
 * close under a key, libmilter's context, and found again at connect. The oldest of many kept
 * is forgotten. */
struct connection_terms {
    unsigned long protocol; /* SMFIP_ flags */
    bool asked;             /* macros_ask succeeded */
    bool may_tag, may_lose; /* header fields may be changed; recipients may be taken out */
};
const struct connection_terms *connection_terms(const struct connection *c);
void connection_set_terms(struct connection *c, const struct connection_terms *terms);
void connection_keep_terms(const struct connection *c, const void *key);
bool connection_find_terms(const void *key, struct connection_terms *terms);

/* New connections are told to come back from now on. */
void connection_close_door(void);
bool connection_door_closed(void);
unsigned long connection_live(void);
/* Ends every live session as if its client had gone away, records included. */
void connection_cut_all(void);

#endif
