/* negotiate - what is agreed with the MTA before anything is known of a session.
 *
 * Derived from the policy: steps that no check and no record needs are left out, and those at
 * which nothing can be answered are told without a reply. Thread-safe.
 */
#ifndef FXM_NEGOTIATE_H
#define FXM_NEGOTIATE_H

#include "policy.h"

#include <libmilter/mfapi.h>
#include <stdbool.h>

/* What was agreed. It belongs to the MTA's connection to us. */
struct negotiated {
    unsigned long steps;    /* SMFIP_ flags */
    unsigned events;        /* FX_EVENT_BIT of the kinds that the MTA tells */
    bool asked;             /* our own choice of macros comes */
    bool may_tag, may_lose; /* header fields may be changed; recipients may be taken out */
};

/* What some policy may do to a message, SMFIF_. Allowed is not done: asking for it costs
 * nothing, and a session that follows another one (SMFIC_QUIT_NC) may be under a new policy. */
#define NEGOTIATE_ACTIONS (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT | SMFIF_SETSYMLIST)

/* At xxfi_negotiate. actions: what the MTA allows; *steps: from what it offers to what is
 * wanted of it, SMFIP_. */
struct negotiated negotiate(SMFICTX *ctx, const struct fx_policy *policy, unsigned long actions,
                            unsigned long *steps);

/* What holds without: the MTA is too old to be asked, and tells everything. */
struct negotiated negotiate_not(void);

/* Whether a policy can be applied and recorded in full on these terms. */
bool negotiate_covers(const struct negotiated *terms, const struct fx_policy *policy);

#endif
