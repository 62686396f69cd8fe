/* macros - which milter macros are asked for, and how they become plain values. */
#ifndef FXM_MACROS_H
#define FXM_MACROS_H

#include "event.h"

#include <libmilter/mfapi.h>

/* Asks the MTA for the macros the policy needs, stage by stage; call at negotiation, and only
 * when the MTA offers SMFIF_SETSYMLIST. false: the MTA will send what it likes. */
bool macros_ask(SMFICTX *ctx);

/* The macros as they stand at this callback, borrowed until it returns. asked: macros_ask
 * succeeded, so that a TLS or AUTH macro that is missing means there is none. */
void macros_read(SMFICTX *ctx, bool asked, enum fx_event_kind kind, struct fx_macros *macros);

#endif
