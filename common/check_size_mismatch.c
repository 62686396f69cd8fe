/* size-mismatch - SIZE= was declared and the message is larger (RFC 1870). What the MTA adds on
 * its own way in, the Received field above all, is not counted: a milter does not see it.
 * Fields that it may have added before the milter (From, Date, Message-ID) leave it open who is
 * to blame. */
#include "check.h"

/* Postfix completes the header of mail from this host (local_header_rewrite_clients). */
static bool fields_added(const struct fx_session *s)
{
    bool internet = s->client.family == FX_FAMILY_INET || s->client.family == FX_FAMILY_INET6;
    return fx_mta_adds_fields(&s->mta) != FX_NO &&
           (!internet || fx_address_is_loopback(&s->client));
}

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    const struct fx_message *m = in->session->message;
    if (m->body_type == FX_BODY_UNKNOWN)
        return FX_UNKNOWN;
    if (!m->size_declared || m->size <= m->declared_size)
        return FX_NO;
    if (m->size - m->size_added <= m->declared_size && fields_added(in->session))
        return FX_UNKNOWN;
    struct fx_rule_setting declared = *in->setting;
    declared.has_limit = true;
    declared.limit = m->declared_size;
    struct fx_check_input with = *in;
    with.setting = &declared;
    return fx_report(&with,
                     &(struct fx_observation){.has_observed = true, .observed = m->size});
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)event;
    (void)bounds;
    return !s->message->size_declared || s->message->size <= s->message->declared_size;
}

const struct fx_check fx_check_size_mismatch = {
    .rule = FX_RULE_SIZE_MISMATCH,
    .events = FX_EVENT_BIT(FX_EVENT_EOM),
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "The message is larger than its SIZE= declaration.",
};
