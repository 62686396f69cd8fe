/* dkim_header - what the header as a whole says about its signatures: fields that they list and
 * that are not there, fields that stand more often than they are signed, too many signatures,
 * ARC sets that do not fit together (RFC 6376 sections 3.8, 5.4 and 8.15, RFC 8617 section 4.2).
 */
#ifndef FX_DKIM_HEADER_H
#define FX_DKIM_HEADER_H

#include "signatures.h"

/* Adds the anomalies that show once the header is over. */
void fx_dkim_header(struct fx_signatures *all);

#endif
