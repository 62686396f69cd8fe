/* dkim_arc - the ARC sets of a message, as far as they show without a key (RFC 8617 sections
 * 4.2.1 and 5.2): each instance from 1 on has one field of each kind, and each seal the chain
 * status that its instance demands.
 *
 * What is wrong with one signature field is an anomaly of that signature, as far as it is kept;
 * the rest belongs to the message. Numbers of arc-instance and arc-duplicate: the instance; of
 * arc-instance also the highest there is. Not thread-safe: one owner.
 */
#ifndef FX_DKIM_ARC_H
#define FX_DKIM_ARC_H

#include "signatures.h"

/* An ARC-Authentication-Results field. */
void fx_arc_results(struct fx_signatures *all, struct fx_slice value);
/* A signature; takes ARC-Message-Signature and ARC-Seal. number: where it is kept,
 * FX_NO_SIGNATURE: it is not. */
void fx_arc_signature(struct fx_signatures *all, size_t number,
                      const struct fx_signature *parsed);
/* The header is over. */
void fx_arc_header(struct fx_signatures *all);

#endif
