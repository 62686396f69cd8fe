/* reply - an SMTP answer that is legal by construction.
 *
 * Three-digit code of class 4 or 5, enhanced status code of the same class (RFC 3463), one line
 * of printable ASCII without CR or LF, short enough for any MTA (libmilter takes 980 octets).
 * The caller that hands it to libmilter doubles each '%'. Pure and thread-safe.
 */
#ifndef FX_REPLY_H
#define FX_REPLY_H

#include "slice.h"
#include "terms.h"

#define FX_REPLY_TEXT 300

struct fx_reply {
    unsigned code; /* 421, 452, 500, 530, 550, 554, 555; 0: none */
    char xcode[8]; /* "5.5.1" */
    char text[FX_REPLY_TEXT + 1];
    enum fx_outcome outcome; /* what it does to the mail: defer, reject or drop */
    bool transaction; /* true: ends the transaction; false: one recipient or command only */
};

struct fx_finding;
struct fx_findings;
struct fx_session;
struct fx_event;

/* The answer that enforce gives for a finding of the enforced profile at this event
 * (fixup-profile(5), ACTIONS). false: enforce does nothing for it, or the MTA allows no such
 * answer; *instead (static) then says what is done where there is something to say, else NULL.
 */
bool fx_reply_for(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_findings *list, const struct fx_finding *finding,
                  struct fx_reply *reply, const char **instead);

/* Sets code, xcode and text; bytes that are not printable ASCII become '?', what is too long is
 * cut. xcode must be of the class of code. */
void fx_reply_set(struct fx_reply *reply, enum fx_outcome outcome, unsigned code,
                  const char *xcode, struct fx_slice text);

/* "421 4.7.0 text", for records. */
struct fx_text;
void fx_reply_format(struct fx_text *t, const struct fx_reply *reply);

#endif
