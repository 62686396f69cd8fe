/* field_kind - see field_kind.h. Names are told apart by their length, then by the first
 * letter; a name is read as a whole at most once. */
#include "field_kind.h"

#define LENGTH_MAX 26
#define SAME_LENGTH 3

static const struct fx_slice names[FX_FIELD_KINDS] = {
    [FX_FIELD_OTHER] = {"", 0},
    [FX_FIELD_FROM] = {"From", 4},
    [FX_FIELD_SUBJECT] = {"Subject", 7},
    [FX_FIELD_TO] = {"To", 2},
    [FX_FIELD_DATE] = {"Date", 4},
    [FX_FIELD_CONTENT_TYPE] = {"Content-Type", 12},
    [FX_FIELD_SENDER] = {"Sender", 6},
    [FX_FIELD_REPLY_TO] = {"Reply-To", 8},
    [FX_FIELD_CC] = {"Cc", 2},
    [FX_FIELD_BCC] = {"Bcc", 3},
    [FX_FIELD_MESSAGE_ID] = {"Message-ID", 10},
    [FX_FIELD_IN_REPLY_TO] = {"In-Reply-To", 11},
    [FX_FIELD_REFERENCES] = {"References", 10},
    [FX_FIELD_MIME_VERSION] = {"MIME-Version", 12},
    [FX_FIELD_CONTENT_TRANSFER_ENCODING] = {"Content-Transfer-Encoding", 25},
    [FX_FIELD_DKIM_SIGNATURE] = {"DKIM-Signature", 14},
    [FX_FIELD_DOMAINKEY_SIGNATURE] = {"DomainKey-Signature", 19},
    [FX_FIELD_ARC_MESSAGE_SIGNATURE] = {"ARC-Message-Signature", 21},
    [FX_FIELD_ARC_SEAL] = {"ARC-Seal", 8},
    [FX_FIELD_ARC_RESULTS] = {"ARC-Authentication-Results", 26},
    [FX_FIELD_RECEIVED] = {"Received", 8},
    [FX_FIELD_POLICY] = {"X-Fixup-Policy", 14},
};

/* The kinds whose names have a length; OTHER ends them. */
static const unsigned char by_length[LENGTH_MAX + 1][SAME_LENGTH + 1] = {
    [2] = {FX_FIELD_TO, FX_FIELD_CC},
    [3] = {FX_FIELD_BCC},
    [4] = {FX_FIELD_FROM, FX_FIELD_DATE},
    [6] = {FX_FIELD_SENDER},
    [7] = {FX_FIELD_SUBJECT},
    [8] = {FX_FIELD_RECEIVED, FX_FIELD_REPLY_TO, FX_FIELD_ARC_SEAL},
    [10] = {FX_FIELD_MESSAGE_ID, FX_FIELD_REFERENCES},
    [11] = {FX_FIELD_IN_REPLY_TO},
    [12] = {FX_FIELD_CONTENT_TYPE, FX_FIELD_MIME_VERSION},
    [14] = {FX_FIELD_DKIM_SIGNATURE, FX_FIELD_POLICY},
    [19] = {FX_FIELD_DOMAINKEY_SIGNATURE},
    [21] = {FX_FIELD_ARC_MESSAGE_SIGNATURE},
    [25] = {FX_FIELD_CONTENT_TRANSFER_ENCODING},
    [26] = {FX_FIELD_ARC_RESULTS},
};

enum fx_field_kind fx_field_kind(struct fx_slice name)
{
    if (name.len > LENGTH_MAX || by_length[name.len][0] == FX_FIELD_OTHER)
        return FX_FIELD_OTHER;
    char first = fx_ascii_lower(name.ptr[0]);
    for (const unsigned char *kind = by_length[name.len]; *kind != FX_FIELD_OTHER; kind++)
        if (first == fx_ascii_lower(names[*kind].ptr[0]) &&
            fx_slice_eq_nocase(name, names[*kind]))
            return (enum fx_field_kind) * kind;
    return FX_FIELD_OTHER;
}

struct fx_slice fx_field_kind_name(enum fx_field_kind kind)
{
    return names[kind];
}
