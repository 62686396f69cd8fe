/* connection - what hangs on one libmilter context: a policy, an engine, what was negotiated.
 *
 * All live connections are known, so that a stop can wait for them and, when their time is
 * over, end them with their records. A connection belongs to whatever thread libmilter runs its
 * callback in; its own lock keeps a cut at stop out of a callback that is running.
 */
#ifndef FXM_CONNECTION_H
#define FXM_CONNECTION_H

#include "engine.h"
#include "negotiate.h"

struct connection;

/* With the policy in force; counted as live from now on. NULL: no memory, no policy, no random
 * numbers, or no room (limits.connections). */
struct connection *connection_create(void);
/* The same for a session that follows another one on the MTA's connection to us without a
 * negotiation (SMFIC_QUIT_NC), which connection_keep has left under this key: on its terms, and
 * with its policy where these do not cover the one in force. */
struct connection *connection_create_after(const void *key);
/* Where there is no room for it, the latter is not counted, and to be turned away: true, and the
 * event (CONNECT) says so. */
bool connection_turns_away(const struct connection *c, struct fx_event *event);
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

const struct negotiated *connection_terms(const struct connection *c);
const struct fx_policy *connection_policy(const struct connection *c);
/* What was agreed with the MTA. */
void connection_set_terms(struct connection *c, const struct negotiated *terms);
/* At close: terms and policy are kept aside under a key, libmilter's context. The oldest of
 * many is forgotten. */
void connection_keep(const struct connection *c, const void *key);
/* What was kept under a key that another connection of an MTA has now. */
void connection_forget(const void *key);

/* New connections are told to come back from now on. */
void connection_close_door(void);
bool connection_door_closed(void);
unsigned long connection_live(void);
/* Ends every live session as if its client had gone away, records included. */
void connection_cut_all(void);

#endif
