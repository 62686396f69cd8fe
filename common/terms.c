/* terms - see terms.h. */
#include "terms.h"

static const char *const rules[FX_RULE_COUNT] = {
    [FX_RULE_VERB_NOT_ALLOWED] = "verb-not-allowed",
    [FX_RULE_VERB_TOO_SHORT] = "verb-too-short",
    [FX_RULE_VERB_MASKED_UPSTREAM] = "verb-masked-upstream",
    [FX_RULE_EXTENSION_NOT_ALLOWED] = "extension-not-allowed",
    [FX_RULE_EXTENSION_REQUIRED] = "extension-required",
    [FX_RULE_COMMAND_LINE_LENGTH] = "command-line-length",
    [FX_RULE_COMMAND_PIPELINING] = "command-pipelining",
    [FX_RULE_COMMAND_TERMINATOR] = "command-terminator",
    [FX_RULE_SENDER_ADDRESS_LENGTH] = "sender-address-length",
    [FX_RULE_ADDRESS_CHARACTER] = "address-character",
    [FX_RULE_RECIPIENT_COUNT] = "recipient-count",
    [FX_RULE_HEADER_LINE_LENGTH] = "header-line-length",
    [FX_RULE_BODY_LINE_LENGTH] = "body-line-length",
    [FX_RULE_MIME_FILENAME_LENGTH] = "mime-filename-length",
    [FX_RULE_BODY_8BIT] = "body-8bit",
    [FX_RULE_SIZE_MISMATCH] = "size-mismatch",
    [FX_RULE_MESSAGE_SIZE] = "message-size",
    [FX_RULE_RECEIVED_HOPS] = "received-hops",
    [FX_RULE_CONTENT_TYPE_DUPLICATE] = "content-type-duplicate",
    [FX_RULE_CONTENT_TYPE_EMBEDDED] = "content-type-embedded",
    [FX_RULE_DKIM_TAG_SYNTAX] = "dkim-tag-syntax",
    [FX_RULE_DKIM_TAG_DUP] = "dkim-tag-dup",
    [FX_RULE_DKIM_TAG_MISSING] = "dkim-tag-missing",
    [FX_RULE_DKIM_TAG_EMPTY] = "dkim-tag-empty",
    [FX_RULE_DKIM_V_UNKNOWN] = "dkim-v-unknown",
    [FX_RULE_DKIM_A_UNKNOWN] = "dkim-a-unknown",
    [FX_RULE_DKIM_A_SHA1] = "dkim-a-sha1",
    [FX_RULE_DKIM_KEY_SMALL] = "dkim-key-small",
    [FX_RULE_DKIM_B_BAD64] = "dkim-b-bad64",
    [FX_RULE_DKIM_B_LENGTH] = "dkim-b-length",
    [FX_RULE_DKIM_BH_BAD64] = "dkim-bh-bad64",
    [FX_RULE_DKIM_BH_LENGTH] = "dkim-bh-length",
    [FX_RULE_DKIM_BH_MISMATCH] = "dkim-bh-mismatch",
    [FX_RULE_DKIM_C_UNKNOWN] = "dkim-c-unknown",
    [FX_RULE_DKIM_D_BAD] = "dkim-d-bad",
    [FX_RULE_DKIM_I_NOT_UNDER_D] = "dkim-i-not-under-d",
    [FX_RULE_DKIM_H_NO_FROM] = "dkim-h-no-from",
    [FX_RULE_DKIM_H_EMPTY] = "dkim-h-empty",
    [FX_RULE_DKIM_H_SYNTAX] = "dkim-h-syntax",
    [FX_RULE_DKIM_H_DKIM_SIG] = "dkim-h-dkim-sig",
    [FX_RULE_DKIM_H_ABSENT] = "dkim-h-absent",
    [FX_RULE_DKIM_H_OVERSIGN] = "dkim-h-oversign",
    [FX_RULE_DKIM_H_PARTIAL] = "dkim-h-partial",
    [FX_RULE_DKIM_HDR_COUNT] = "dkim-hdr-count",
    [FX_RULE_DKIM_L_PRESENT] = "dkim-l-present",
    [FX_RULE_DKIM_L_SYNTAX] = "dkim-l-syntax",
    [FX_RULE_DKIM_L_LARGE] = "dkim-l-large",
    [FX_RULE_DKIM_T_FUTURE] = "dkim-t-future",
    [FX_RULE_DKIM_X_PAST] = "dkim-x-past",
    [FX_RULE_DKIM_X_LE_T] = "dkim-x-le-t",
    [FX_RULE_DKIM_Q_UNKNOWN] = "dkim-q-unknown",
    [FX_RULE_DKIM_S_BAD] = "dkim-s-bad",
    [FX_RULE_DKIM_Z_PRESENT] = "dkim-z-present",
    [FX_RULE_DKIM_MULTI_SIG] = "dkim-multi-sig",
    [FX_RULE_DKIM_DK_PRESENT] = "dkim-dk-present",
    [FX_RULE_DKIM_DK_Q_EMPTY] = "dkim-dk-q-empty",
    [FX_RULE_DKIM_DK_TAGS] = "dkim-dk-tags",
    [FX_RULE_DKIM_PRE_RFC] = "dkim-pre-rfc",
    [FX_RULE_DKIM_ARC_INSTANCE] = "dkim-arc-instance",
    [FX_RULE_DKIM_ARC_DUPLICATE] = "dkim-arc-duplicate",
    [FX_RULE_DKIM_ARC_SEAL_H] = "dkim-arc-seal-h",
    [FX_RULE_DKIM_ARC_CV] = "dkim-arc-cv",
    [FX_RULE_DKIM_PIX_MIME_LISTED] = "dkim-pix-mime-listed",
    [FX_RULE_DKIM_SIG_LONG] = "dkim-sig-long",
    [FX_RULE_MESSAGE_ENDED_EARLY] = "message-ended-early",
    [FX_RULE_END_OF_DATA_HELD] = "end-of-data-held",
    [FX_RULE_LIMIT_EXCEEDED] = "limit-exceeded",
    [FX_RULE_RECIPIENT_TRUNCATION] = "recipient-truncation",
    [FX_RULE_DUPLICATE_DELIVERY] = "duplicate-delivery",
    [FX_RULE_DSN_SYMPTOM] = "dsn-symptom",
};

static const char *const stages[FX_STAGE_COUNT] = {
    [FX_STAGE_COMMAND] = "command", [FX_STAGE_MAIL] = "mail", [FX_STAGE_RCPT] = "rcpt",
    [FX_STAGE_HEADER] = "header",   [FX_STAGE_BODY] = "body", [FX_STAGE_END] = "end",
    [FX_STAGE_LATER] = "later",
};

static const char *const actions[FX_ACTION_COUNT] = {
    [FX_ACTION_NONE] = "none",         [FX_ACTION_LOG] = "log",
    [FX_ACTION_HIDE] = "hide",         [FX_ACTION_MASK] = "mask",
    [FX_ACTION_NOOP] = "noop",         [FX_ACTION_OK] = "ok",
    [FX_ACTION_BLANK] = "blank",       [FX_ACTION_DROP_CONNECTION] = "drop-connection",
    [FX_ACTION_RESET] = "reset",       [FX_ACTION_HOLD] = "hold",
    [FX_ACTION_TRUNCATE] = "truncate", [FX_ACTION_REFUSE] = "refuse",
};

static const char *const outcomes[FX_OUTCOME_COUNT] = {
    [FX_OUTCOME_PASS] = "pass",     [FX_OUTCOME_FLAG] = "flag", [FX_OUTCOME_DEFER] = "defer",
    [FX_OUTCOME_REJECT] = "reject", [FX_OUTCOME_DROP] = "drop",
};

static const char *const modes[FX_MODE_COUNT] = {
    [FX_MODE_OFF] = "off",
    [FX_MODE_OBSERVE] = "observe",
    [FX_MODE_TAG] = "tag",
    [FX_MODE_ENFORCE] = "enforce",
};

static const char *const confidences[FX_CONFIDENCE_COUNT] = {
    [FX_CONFIDENCE_DOCUMENTED] = "documented",
    [FX_CONFIDENCE_REPORTED] = "reported",
    [FX_CONFIDENCE_INFERRED] = "inferred",
    [FX_CONFIDENCE_ASSUMED] = "assumed",
};

static const char *const bases[FX_BASIS_COUNT] = {
    [FX_BASIS_OBSERVED] = "observed",
    [FX_BASIS_INFERRED] = "inferred",
    [FX_BASIS_ASSUMED] = "assumed",
};

static const char *const overflows[FX_OVERFLOW_COUNT] = {
    [FX_OVERFLOW_NONE] = "",
    [FX_OVERFLOW_DEFER] = "defer",
    [FX_OVERFLOW_DROP_CONNECTION] = "drop-connection",
    [FX_OVERFLOW_LOSE] = "lose",
    [FX_OVERFLOW_FAIL] = "fail",
};

static const char *const grades[FX_GRADE_COUNT] = {
    [FX_GRADE_FOLDED] = "folded",
    [FX_GRADE_COLON] = "colon",
    [FX_GRADE_LISTED] = "listed",
};

/* NONE is no word of a file. */
static const char *const severities[FX_SEVERITY_COUNT] = {
    [FX_SEVERITY_NONE] = "",
    [FX_SEVERITY_FAULT] = "fault",
    [FX_SEVERITY_WEAK] = "weak",
    [FX_SEVERITY_NOTE] = "note",
};

static bool find(const char *const *names, size_t count, struct fx_slice name, size_t *index)
{
    for (size_t i = 0; i < count; i++)
        if (fx_slice_eq(name, fx_slice_str(names[i]))) {
            *index = i;
            return true;
        }
    return false;
}

/* A table whose words are only written. */
#define NAME_OF(type, table, count)                   \
    const char *fx_##type##_name(enum fx_##type word) \
    {                                                 \
        return word < (count) ? (table)[word] : "";   \
    }

/* A table whose words are read as well. */
#define NAME_AND_FIND(type, table, count)                            \
    NAME_OF(type, table, count)                                      \
    bool fx_##type##_find(struct fx_slice name, enum fx_##type *out) \
    {                                                                \
        size_t index;                                                \
        if (!find((table), (count), name, &index))                   \
            return false;                                            \
        *out = (enum fx_##type)index;                                \
        return true;                                                 \
    }

NAME_AND_FIND(rule, rules, FX_RULE_COUNT)
NAME_OF(stage, stages, FX_STAGE_COUNT)
NAME_AND_FIND(action, actions, FX_ACTION_COUNT)
NAME_OF(outcome, outcomes, FX_OUTCOME_COUNT)
NAME_AND_FIND(mode, modes, FX_MODE_COUNT)
NAME_AND_FIND(confidence, confidences, FX_CONFIDENCE_COUNT)
NAME_OF(basis, bases, FX_BASIS_COUNT)
NAME_AND_FIND(overflow, overflows, FX_OVERFLOW_COUNT)
NAME_AND_FIND(grade, grades, FX_GRADE_COUNT)
NAME_OF(severity, severities, FX_SEVERITY_COUNT)
