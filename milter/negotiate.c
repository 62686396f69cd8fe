/* negotiate - see negotiate.h. */
#include "negotiate.h"

#include "macros.h"
#include "needs.h"

/* Nothing is answered at header, end of header and body: end of message can answer it, and the
 * client has sent its final dot by then. DATA has a reply although nothing is answered there:
 * an MTA that owes none keeps the event back, and Postfix 3.7 was seen to lose it with every
 * eighth client that hung up, and with it what the record tells (message-ended-early, the queue
 * ID). The same holds for the commands before it. */
#define WITHOUT_REPLY (SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY)

/* Fields with their leading blank, since a line of 998 is not one of 999; recipients that the
 * MTA refuses. */
#define ALWAYS (SMFIP_HDR_LEADSPC | SMFIP_RCPT_REJ)

/* CONNECT is always told: a daemon that stops asks its clients to come back there. */
static const struct {
    enum fx_event_kind kind;
    unsigned long left_out; /* SMFIP_ */
} rows[] = {
    {FX_EVENT_HELO, SMFIP_NOHELO}, {FX_EVENT_COMMAND, SMFIP_NOUNKNOWN},
    {FX_EVENT_MAIL, SMFIP_NOMAIL}, {FX_EVENT_RCPT, SMFIP_NORCPT},
    {FX_EVENT_DATA, SMFIP_NODATA}, {FX_EVENT_HEADER, SMFIP_NOHDRS},
    {FX_EVENT_EOH, SMFIP_NOEOH},   {FX_EVENT_BODY, SMFIP_NOBODY},
};

struct negotiated negotiate(SMFICTX *ctx, const struct fx_policy *policy, unsigned long actions,
                            unsigned long *steps)
{
    unsigned needed = fx_policy_events(policy);
    struct negotiated terms = negotiate_not();
    terms.steps = *steps & (WITHOUT_REPLY | ALWAYS);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned event = FX_EVENT_BIT(rows[i].kind);
        if ((needed & event) != 0 || (*steps & rows[i].left_out) == 0)
            continue;
        terms.steps |= rows[i].left_out;
        terms.events &= ~event;
    }
    terms.may_tag = (actions & SMFIF_ADDHDRS) && (actions & SMFIF_CHGHDRS);
    terms.may_lose = (actions & SMFIF_DELRCPT) != 0;
    terms.asked = (actions & SMFIF_SETSYMLIST) && macros_ask(ctx);
    *steps = terms.steps;
    return terms;
}

struct negotiated negotiate_not(void)
{
    return (struct negotiated){
        .events = (1u << FX_EVENT_KINDS) - 1, .may_tag = true, .may_lose = true};
}

bool negotiate_covers(const struct negotiated *terms, const struct fx_policy *policy)
{
    return (fx_policy_events(policy) & ~terms->events) == 0;
}
