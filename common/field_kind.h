/* field_kind - the fields of a header that are known by name, each with a number, so that a
 * name is looked up once and not compared with all that somebody asks for. Pure and
 * thread-safe.
 */
#ifndef FX_FIELD_KIND_H
#define FX_FIELD_KIND_H

#include "slice.h"

enum fx_field_kind {
    FX_FIELD_OTHER,
    /* whose number is a matter for a signature, in the order in which it is looked at
     * (dkim_header.c) */
    FX_FIELD_FROM,
    FX_FIELD_SUBJECT,
    FX_FIELD_TO,
    FX_FIELD_DATE,
    FX_FIELD_CONTENT_TYPE,
    FX_FIELD_SENDER,
    FX_FIELD_REPLY_TO,
    FX_FIELD_CC,
    FX_FIELD_BCC,
    FX_FIELD_MESSAGE_ID,
    FX_FIELD_IN_REPLY_TO,
    FX_FIELD_REFERENCES,
    FX_FIELD_MIME_VERSION,
    FX_FIELD_CONTENT_TRANSFER_ENCODING,
    /* signatures, in the order of enum fx_signature_kind (dkim.h) */
    FX_FIELD_DKIM_SIGNATURE,
    FX_FIELD_DOMAINKEY_SIGNATURE,
    FX_FIELD_ARC_MESSAGE_SIGNATURE,
    FX_FIELD_ARC_SEAL,
    /* others */
    FX_FIELD_ARC_RESULTS,
    FX_FIELD_RECEIVED,
    FX_FIELD_POLICY, /* our own, of tag mode */
    FX_FIELD_KINDS
};
#define FX_FIELD_COUNTED_FIRST FX_FIELD_FROM
#define FX_FIELD_COUNTED_LAST FX_FIELD_CONTENT_TRANSFER_ENCODING
#define FX_FIELD_SIGNATURE_FIRST FX_FIELD_DKIM_SIGNATURE
#define FX_FIELD_SIGNATURE_LAST FX_FIELD_ARC_SEAL

/* Without case (RFC 5322 section 1.2.2). */
enum fx_field_kind fx_field_kind(struct fx_slice name);
/* As documents write it; of OTHER it is empty. */
struct fx_slice fx_field_kind_name(enum fx_field_kind kind);

#endif
