/* effect - a decision becomes what libmilter is told. */
#ifndef FXM_EFFECT_H
#define FXM_EFFECT_H

#include "engine.h"

#include <libmilter/mfapi.h>

/* Carries the decision out; returns the callback's value. At end of message it also writes the
 * tag field. leading_blank: SMFIP_HDR_LEADSPC was agreed, so the MTA puts no blank after the
 * colon itself. on_error: what to answer where libmilter takes something not. */
sfsistat effect_apply(SMFICTX *ctx, const struct fx_decision *decision, bool leading_blank,
                      enum fx_failure on_error);
/* What mail gets when the filter itself fails. */
sfsistat effect_failure(enum fx_failure on_error);

#endif
