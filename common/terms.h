/* terms - the words of the policy, one table each, read both ways: rules, stages, actions,
 * outcomes, modes, confidence, basis, overflow, grade, severity.
 *
 * These words stand in configuration files and in records; they never change, only grow.
 * All functions are pure and thread-safe; names have static storage.
 */
#ifndef FX_TERMS_H
#define FX_TERMS_H

#include "slice.h"

/* In the order in which, within one stage and one severity, the first decides. */
enum fx_rule {
    FX_RULE_VERB_NOT_ALLOWED,
    FX_RULE_VERB_TOO_SHORT,
    FX_RULE_VERB_MASKED_UPSTREAM,
    FX_RULE_EXTENSION_NOT_ALLOWED,
    FX_RULE_EXTENSION_REQUIRED,
    FX_RULE_COMMAND_LINE_LENGTH,
    FX_RULE_COMMAND_PIPELINING,
    FX_RULE_COMMAND_TERMINATOR,
    FX_RULE_SENDER_ADDRESS_LENGTH,
    FX_RULE_ADDRESS_CHARACTER,
    FX_RULE_RECIPIENT_COUNT,
    FX_RULE_HEADER_LINE_LENGTH,
    FX_RULE_BODY_LINE_LENGTH,
    FX_RULE_MIME_FILENAME_LENGTH,
    FX_RULE_BODY_8BIT,
    FX_RULE_SIZE_MISMATCH,
    FX_RULE_MESSAGE_SIZE,
    FX_RULE_RECEIVED_HOPS,
    FX_RULE_CONTENT_TYPE_DUPLICATE,
    FX_RULE_CONTENT_TYPE_EMBEDDED,
    /* the signature anomalies, FX_RULE_DKIM_FIRST to FX_RULE_DKIM_LAST */
    FX_RULE_DKIM_TAG_SYNTAX,
    FX_RULE_DKIM_TAG_DUP,
    FX_RULE_DKIM_TAG_MISSING,
    FX_RULE_DKIM_TAG_EMPTY,
    FX_RULE_DKIM_V_UNKNOWN,
    FX_RULE_DKIM_A_UNKNOWN,
    FX_RULE_DKIM_A_SHA1,
    FX_RULE_DKIM_KEY_SMALL,
    FX_RULE_DKIM_B_BAD64,
    FX_RULE_DKIM_B_LENGTH,
    FX_RULE_DKIM_BH_BAD64,
    FX_RULE_DKIM_BH_LENGTH,
    FX_RULE_DKIM_BH_MISMATCH,
    FX_RULE_DKIM_C_UNKNOWN,
    FX_RULE_DKIM_D_BAD,
    FX_RULE_DKIM_I_NOT_UNDER_D,
    FX_RULE_DKIM_H_NO_FROM,
    FX_RULE_DKIM_H_EMPTY,
    FX_RULE_DKIM_H_SYNTAX,
    FX_RULE_DKIM_H_DKIM_SIG,
    FX_RULE_DKIM_H_ABSENT,
    FX_RULE_DKIM_H_OVERSIGN,
    FX_RULE_DKIM_H_PARTIAL,
    FX_RULE_DKIM_HDR_COUNT,
    FX_RULE_DKIM_L_PRESENT,
    FX_RULE_DKIM_L_SYNTAX,
    FX_RULE_DKIM_L_LARGE,
    FX_RULE_DKIM_T_FUTURE,
    FX_RULE_DKIM_X_PAST,
    FX_RULE_DKIM_X_LE_T,
    FX_RULE_DKIM_Q_UNKNOWN,
    FX_RULE_DKIM_S_BAD,
    FX_RULE_DKIM_Z_PRESENT,
    FX_RULE_DKIM_MULTI_SIG,
    FX_RULE_DKIM_DK_PRESENT,
    FX_RULE_DKIM_DK_Q_EMPTY,
    FX_RULE_DKIM_DK_TAGS,
    FX_RULE_DKIM_PRE_RFC,
    FX_RULE_DKIM_ARC_INSTANCE,
    FX_RULE_DKIM_ARC_DUPLICATE,
    FX_RULE_DKIM_ARC_SEAL_H,
    FX_RULE_DKIM_ARC_CV,
    FX_RULE_DKIM_PIX_MIME_LISTED,
    FX_RULE_DKIM_SIG_LONG,
    FX_RULE_MESSAGE_ENDED_EARLY,
    FX_RULE_END_OF_DATA_HELD,
    FX_RULE_LIMIT_EXCEEDED,
    FX_RULE_RECIPIENT_TRUNCATION,
    FX_RULE_DUPLICATE_DELIVERY,
    FX_RULE_DSN_SYMPTOM,
    FX_RULE_COUNT
};
#define FX_RULE_DKIM_FIRST FX_RULE_DKIM_TAG_SYNTAX
#define FX_RULE_DKIM_LAST FX_RULE_DKIM_SIG_LONG

enum fx_stage {
    FX_STAGE_COMMAND,
    FX_STAGE_MAIL,
    FX_STAGE_RCPT,
    FX_STAGE_HEADER,
    FX_STAGE_BODY,
    FX_STAGE_END,
    FX_STAGE_LATER,
    FX_STAGE_COUNT
};

/* What the firewall does. FX_ACTION_REFUSE is no firewall's: it belongs to the rules that a
 * server applies itself (extension-required, received-hops). */
enum fx_action {
    FX_ACTION_NONE,
    FX_ACTION_LOG,
    FX_ACTION_HIDE,
    FX_ACTION_MASK,
    FX_ACTION_NOOP,
    FX_ACTION_OK,
    FX_ACTION_BLANK,
    FX_ACTION_DROP_CONNECTION,
    FX_ACTION_RESET,
    FX_ACTION_HOLD,
    FX_ACTION_TRUNCATE,
    FX_ACTION_REFUSE,
    FX_ACTION_COUNT
};

/* In rising severity: the larger one counts. */
enum fx_outcome {
    FX_OUTCOME_PASS,
    FX_OUTCOME_FLAG,
    FX_OUTCOME_DEFER,
    FX_OUTCOME_REJECT,
    FX_OUTCOME_DROP,
    FX_OUTCOME_COUNT
};

/* In rising strength. */
enum fx_mode { FX_MODE_OFF, FX_MODE_OBSERVE, FX_MODE_TAG, FX_MODE_ENFORCE, FX_MODE_COUNT };

/* How well a setting of a profile is founded. */
enum fx_confidence {
    FX_CONFIDENCE_DOCUMENTED,
    FX_CONFIDENCE_REPORTED,
    FX_CONFIDENCE_INFERRED,
    FX_CONFIDENCE_ASSUMED,
    FX_CONFIDENCE_COUNT
};

/* What a finding rests on: seen as such, concluded from a trace, or an assumption. */
enum fx_basis { FX_BASIS_OBSERVED, FX_BASIS_INFERRED, FX_BASIS_ASSUMED, FX_BASIS_COUNT };

/* What becomes of recipients over the limit. NONE: as the profile's action says. */
enum fx_overflow {
    FX_OVERFLOW_NONE,
    FX_OVERFLOW_DEFER,
    FX_OVERFLOW_DROP_CONNECTION,
    FX_OVERFLOW_LOSE,
    FX_OVERFLOW_FAIL,
    FX_OVERFLOW_COUNT
};

/* From which shape on a Content-Type inside another field counts. */
enum fx_grade { FX_GRADE_FOLDED, FX_GRADE_COLON, FX_GRADE_LISTED, FX_GRADE_COUNT };

/* How bad a signature anomaly is, the worst first. FAULT: a verifier must or may refuse the
 * signature for it; WEAK: allowed, but a risk; NOTE: worth knowing. NONE: of no anomaly. */
enum fx_severity {
    FX_SEVERITY_NONE,
    FX_SEVERITY_FAULT,
    FX_SEVERITY_WEAK,
    FX_SEVERITY_NOTE,
    FX_SEVERITY_COUNT
};

/* Three answers: what was not told is never taken for a no. */
enum fx_answer { FX_UNKNOWN, FX_NO, FX_YES };

const char *fx_rule_name(enum fx_rule rule);
const char *fx_stage_name(enum fx_stage stage);
const char *fx_action_name(enum fx_action action);
const char *fx_outcome_name(enum fx_outcome outcome);
const char *fx_mode_name(enum fx_mode mode);
const char *fx_confidence_name(enum fx_confidence confidence);
const char *fx_basis_name(enum fx_basis basis);
const char *fx_overflow_name(enum fx_overflow overflow);
const char *fx_grade_name(enum fx_grade grade);
const char *fx_severity_name(enum fx_severity severity);

/* The other way; exact match (case counts). false, *out untouched, when there is no such word.
 */
bool fx_rule_find(struct fx_slice name, enum fx_rule *out);
bool fx_action_find(struct fx_slice name, enum fx_action *out);
bool fx_mode_find(struct fx_slice name, enum fx_mode *out);
bool fx_confidence_find(struct fx_slice name, enum fx_confidence *out);
bool fx_overflow_find(struct fx_slice name, enum fx_overflow *out);
bool fx_grade_find(struct fx_slice name, enum fx_grade *out);

#endif
