/* vocab - the vocabulary of SMTP: verbs, EHLO keywords, MAIL and RCPT parameters.
 *
 * One table each, read both ways; every name carries the document that defines it. Sets of
 * verbs and of keywords are 64-bit masks. All functions are pure and thread-safe.
 */
#ifndef FX_VOCAB_H
#define FX_VOCAB_H

#include "slice.h"

/* A command verb. FX_VERB_UNKNOWN is any word that is not in the table. */
enum fx_verb {
    FX_VERB_UNKNOWN,
    FX_VERB_ATRN,
    FX_VERB_AUTH,
    FX_VERB_BDAT,
    FX_VERB_BURL,
    FX_VERB_DATA,
    FX_VERB_DEBUG,
    FX_VERB_EHLO,
    FX_VERB_ETRN,
    FX_VERB_EXPN,
    FX_VERB_HELO,
    FX_VERB_HELP,
    FX_VERB_KILL,
    FX_VERB_LHLO,
    FX_VERB_MAIL,
    FX_VERB_NOOP,
    FX_VERB_ONEX,
    FX_VERB_QUIT,
    FX_VERB_RCPT,
    FX_VERB_RSET,
    FX_VERB_SAML,
    FX_VERB_SEND,
    FX_VERB_SOML,
    FX_VERB_STARTTLS,
    FX_VERB_TURN,
    FX_VERB_VERB,
    FX_VERB_VRFY,
    FX_VERB_WIZ,
    FX_VERB_X_EXPS,
    FX_VERB_X_LINK2STATE,
    FX_VERB_XCLIENT,
    FX_VERB_XEXCH50,
    FX_VERB_XFORWARD,
    FX_VERB_COUNT
};

/* An EHLO keyword: the name of a service extension. */
enum fx_extension {
    FX_EXT_UNKNOWN,
    FX_EXT_8BITMIME,
    FX_EXT_ATRN,
    FX_EXT_AUTH,
    FX_EXT_BINARYMIME,
    FX_EXT_BURL,
    FX_EXT_CHECKPOINT,
    FX_EXT_CHUNKING,
    FX_EXT_CONNEG,
    FX_EXT_CONPERM,
    FX_EXT_DELIVERBY,
    FX_EXT_DSN,
    FX_EXT_ENHANCEDSTATUSCODES,
    FX_EXT_ETRN,
    FX_EXT_EXPN,
    FX_EXT_FUTURERELEASE,
    FX_EXT_HELP,
    FX_EXT_LIMITS,
    FX_EXT_MT_PRIORITY,
    FX_EXT_MTRK,
    FX_EXT_NO_SOLICITING,
    FX_EXT_PIPELINING,
    FX_EXT_REQUIRETLS,
    FX_EXT_RRVS,
    FX_EXT_SIZE,
    FX_EXT_SMTPUTF8,
    FX_EXT_STARTTLS,
    FX_EXT_SUBMITTER,
    FX_EXT_TURN,
    FX_EXT_UTF8SMTP,
    FX_EXT_VRFY,
    FX_EXT_X_EXPS,
    FX_EXT_X_LINK2STATE,
    FX_EXT_XCLIENT,
    FX_EXT_XEXCH50,
    FX_EXT_XFORWARD,
    FX_EXT_COUNT
};

#define FX_BIT(n) (UINT64_C(1) << (n))

/* ASCII case is ignored (RFC 5321 section 2.4). */
enum fx_verb fx_verb_find(struct fx_slice name);
enum fx_extension fx_extension_find(struct fx_slice name);

/* The name in upper case, and the document that defines it; "" for UNKNOWN. Static storage. */
const char *fx_verb_name(enum fx_verb verb);
const char *fx_verb_document(enum fx_verb verb);
const char *fx_extension_name(enum fx_extension ext);
const char *fx_extension_document(enum fx_extension ext);

/* The extension that a MAIL or RCPT parameter belongs to: `parameter` is the word as sent, with
 * or without "=value". BODY=8BITMIME belongs to 8BITMIME, BODY=BINARYMIME to BINARYMIME,
 * BODY=7BIT to 8BITMIME (RFC 6152). FX_EXT_UNKNOWN for a keyword that no table entry names. */
enum fx_extension fx_parameter_extension(struct fx_slice parameter, bool on_rcpt);

/* The part of a parameter before its "=", and the part after it (absent without "="). */
struct fx_slice fx_parameter_keyword(struct fx_slice parameter);
struct fx_slice fx_parameter_value(struct fx_slice parameter);

/* First and n-th entry of the parameter table, for tests and documentation; false past the end.
 */
bool fx_parameter_entry(size_t n, const char **keyword, enum fx_extension *ext,
                        const char **document, bool *on_mail, bool *on_rcpt);

#endif
