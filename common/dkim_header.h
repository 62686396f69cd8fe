/* dkim_header - what the header as a whole says about its signatures: fields that they list and
 * that are not there, fields that stand more often than they are signed, too many signatures,
 * fields that stand too often (RFC 6376 sections 3.8, 5.4 and 8.15, RFC 5322 section 3.6,
 * RFC 2045 section 3).
 *
 * Numbers of h-absent and h-oversign: how often h= lists the field, how often it is there. Of
 * h-partial and hdr-count: how often it is there, how often it is signed or may be. Of
 * multi-sig: signatures; a limit where there are more than verifiers may look at. Not
 * thread-safe: one owner.
 */
#ifndef FX_DKIM_HEADER_H
#define FX_DKIM_HEADER_H

#include "signatures.h"

/* One field of the header, whatever it is: counts its name. */
void fx_dkim_header_field(struct fx_signatures *all, enum fx_field_kind kind,
                          struct fx_slice name);
/* Adds the anomalies that show once the header is over. */
void fx_dkim_header(struct fx_signatures *all);

#endif
