/* engine - the one path from event to decision and record.
 *
 * Daemon, command line and tests feed events here; nobody else joins the parts. Each event is
 * observed, judged by the policy, decided, and recorded where something ended. Not thread-safe:
 * one session, one caller at a time. Pure: time comes with the event, records go out by a
 * function.
 */
#ifndef FX_ENGINE_H
#define FX_ENGINE_H

#include "record.h"
#include "session.h"
#include "sighting.h"

/* What the MTA is to be told. */
enum fx_do { FX_DO_CONTINUE, FX_DO_REJECT, FX_DO_TEMPFAIL };

struct fx_decision {
    enum fx_do what;
    /* With CONTINUE: of the connection (CONNECT), of the message (MAIL) nothing more is wanted,
     * since every rule is off for it. What is told nevertheless does no harm. */
    bool enough;
    const struct fx_reply *reply; /* NULL: the MTA's own words. Borrowed until the next event */
    bool tag; /* at end of message: add the policy field and remove s->message's forged ones */
    uint64_t forged;           /* how many policy fields came with the message */
    struct fx_slice tag_value; /* value of the field, folded with LF + TAB; borrowed likewise */
    /* at end of message: recipients to take out, addresses without angle brackets; borrowed
     * likewise */
    const struct fx_kept *lost;
    size_t lost_count;
    /* at end of message: the MTA is told nothing for so many seconds, then this decision; 0: at
     * once */
    int64_t hold_seconds;
};

/* Takes one record. false: it could not be written as durability promises. The record is
 * borrowed for the call. */
typedef bool fx_emit(void *arg, struct fx_record *record);

/* Takes the sighting of a message whose record is out; owns it from then on. */
typedef void fx_sight(void *arg, struct fx_sighting *sighting);

/* May the answer to this message be held (end_of_data.h)? Counts messages and those held. */
enum fx_hold { FX_HOLD_NO, FX_HOLD_YES, FX_HOLD_FULL };
typedef enum fx_hold fx_ask_hold(void *arg, const struct fx_ruleset *rules);

/* What an engine hands out and asks for. */
struct fx_engine_hooks {
    fx_emit *emit;
    fx_sight *sight;   /* NULL: nobody follows messages */
    fx_ask_hold *hold; /* NULL: no answer is ever held */
    void *arg;         /* of all three */
};

struct fx_engine; /* one session with its scratch memory */

/* id: 32 hex digits and NUL. NULL when there is no memory. The policy, compiled (plan.h), is
 * borrowed. */
struct fx_engine *fx_engine_create(const struct fx_policy *policy, const char id[33],
                                   const struct fx_engine_hooks *hooks);
/* Feed FX_EVENT_CLOSE before: destroying writes no record. NULL allowed. */
void fx_engine_destroy(struct fx_engine *e);

/* One event. Records that are due are emitted before this returns, so the answer to the MTA
 * waits for them. HEADER, EOH and BODY always give CONTINUE: what is refused there is answered
 * at EOM (both MTAs hand these over after the final dot only). */
struct fx_decision fx_engine_feed(struct fx_engine *e, const struct fx_event *event);

/* What the MTA lets a filter do at end of message; until told, both. */
void fx_engine_allow(struct fx_engine *e, bool may_tag, bool may_lose);

const struct fx_session *fx_engine_session(const struct fx_engine *e);

/* The name of the field that tag mode writes. */
#define FX_TAG_FIELD "X-Fixup-Policy"

#endif
