/* body-8bit - octets over 127 in the body where 8BITMIME was not declared, or where the
 * firewall hides 8BITMIME so that it cannot be (RFC 6152). */
#include "check.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    const struct fx_message *m = in->session->message;
    if (m->body.octets_8bit == 0)
        return FX_NO;
    struct fx_observation seen = {
        .has_observed = true, .observed = m->body.octets_8bit, .extension = FX_EXT_8BITMIME};
    bool own = in->setting->from.set; /* the profile says itself what happens */
    /* What goes through TLS that the firewall let begin is hidden from it, not from the client.
     */
    bool blind = in->session->tls == FX_YES && in->profile->tls_ends_inspection.on;
    if (!blind && fx_profile_shows(in->profile, FX_EXT_8BITMIME) == FX_NO) {
        /* The bounce that senders report (554 5.6.1) is the receiver's or the sender's own
         * doing, not seen on the firewall itself. */
        seen.action = own ? FX_ACTION_NONE : FX_ACTION_HIDE;
        seen.essential = true;
        seen.basis = FX_BASIS_ASSUMED;
        return fx_report(in, &seen);
    }
    if (m->body_type == FX_BODY_UNKNOWN)
        return FX_UNKNOWN;
    if (m->body_type == FX_BODY_8BITMIME || m->body_type == FX_BODY_BINARYMIME)
        return FX_NO;
    return fx_report(in, &seen);
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)event;
    (void)bounds;
    return s->message->body.octets_8bit == 0;
}

const struct fx_check fx_check_body_8bit = {
    .rule = FX_RULE_BODY_8BIT,
    .events = FX_EVENT_BIT(FX_EVENT_EOM),
    .action = FX_ACTION_LOG,
    .of_body = true,
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "An 8-bit body without 8BITMIME, or where the firewall hides 8BITMIME.",
};
