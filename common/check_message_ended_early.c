/* message-ended-early - DATA was begun, and the client went away before its end.
 *
 * A transcript shows it. A milter is told of an abort and a close, whoever caused them, so
 * there it is inferred (tested with Postfix 3.7, Sendmail 8.17):
 *
 *   header, end of header or body came   the final dot had come; both hand these over after it
 *   Sendmail aborts when it refuses      the close then comes after the client's next command,
 *   a message by itself                  while a client that goes away causes both at once
 *   Postfix tells an abort with the      a message that Postfix refuses by itself (size, hops,
 *   event that follows                   header_checks), and QUIT after that, look the same
 */
#include "check.h"

/* Microseconds. A client that goes away takes some 20 of them on Sendmail, 700 on a machine
 * with more to do than it can; the QUIT of one that was refused comes after a round trip. */
#define AT_ONCE 10000

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    const struct fx_session *s = in->session;
    const struct fx_message *m = s->message;
    if (!m->data || m->size > 0)
        return FX_NO;
    if (in->event->cut)
        return FX_UNKNOWN;
    if (s->mta.kind == FX_MTA_SENDMAIL && in->event->time.mono - m->ended_at.mono > AT_ONCE)
        return FX_NO;
    return fx_report(
        in, &(struct fx_observation){.basis = s->wire ? FX_BASIS_OBSERVED : FX_BASIS_INFERRED});
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)event;
    (void)bounds;
    return !s->message->data || s->message->size > 0;
}

const struct fx_check fx_check_message_ended_early = {
    .rule = FX_RULE_MESSAGE_ENDED_EARLY,
    .events = FX_EVENT_BIT(FX_EVENT_CLOSE),
    .action = FX_ACTION_LOG,
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "The client went away within DATA.",
};
