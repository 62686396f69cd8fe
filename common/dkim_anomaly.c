/* dkim_anomaly - see dkim_anomaly.h. */
#include "dkim_anomaly.h"

#define ROW(id) [FX_RULE_DKIM_##id - FX_RULE_DKIM_FIRST]
#define FAULT FX_SEVERITY_FAULT
#define WEAK FX_SEVERITY_WEAK
#define NOTE FX_SEVERITY_NOTE

static const struct fx_dkim_rule rules[FX_ANOMALIES_MAX] = {
    ROW(TAG_SYNTAX) = {FAULT, "the list of tags is not as the grammar has it",
                       "RFC 6376 section 3.2"},
    ROW(TAG_DUP) = {FAULT, "a tag stands twice, which makes the whole list invalid",
                    "RFC 6376 section 3.2"},
    ROW(TAG_MISSING) = {FAULT, "a tag that has to be there is missing",
                        "RFC 6376 sections 3.5 and 6.1.1"},
    ROW(TAG_EMPTY) = {FAULT, "a tag that has to have a value is empty", "RFC 6376 section 3.5"},
    ROW(V_UNKNOWN) = {FAULT, "the version is not 1", "RFC 6376 sections 3.5 and 6.1.1"},
    ROW(A_UNKNOWN) = {FAULT, "the algorithm is none of rsa-sha1, rsa-sha256, ed25519-sha256",
                      "RFC 6376 section 3.3, RFC 8463 section 3"},
    ROW(A_SHA1) = {FAULT, "SHA-1, which verifiers must refuse", "RFC 8301 section 3.1"},
    ROW(KEY_SMALL) = {FAULT, "the signature is as short as of an RSA key below 1024 bits",
                      "RFC 8301 section 3.2"},
    ROW(B_BAD64) = {FAULT, "the signature is not base64", "RFC 6376 section 3.5"},
    ROW(B_LENGTH) = {FAULT, "the signature has not the length that Ed25519 gives",
                     "RFC 8463 section 3, RFC 8032 section 5.1.6"},
    ROW(BH_BAD64) = {FAULT, "the body hash is not base64", "RFC 6376 section 3.5"},
    ROW(BH_LENGTH) = {FAULT, "the body hash has not the length that its algorithm gives",
                      "RFC 6376 sections 3.5 and 3.7"},
    ROW(BH_MISMATCH) = {FAULT, "the body is not the one that was signed",
                        "RFC 6376 sections 3.7 and 6.1.3"},
    ROW(C_UNKNOWN) = {FAULT, "a canonicalisation other than simple and relaxed",
                      "RFC 6376 section 3.5"},
    ROW(D_BAD) = {FAULT, "the signing domain is none, or a public suffix",
                  "RFC 6376 sections 3.5 and 6.1.1"},
    ROW(I_NOT_UNDER_D) = {FAULT, "the identity is not within the signing domain",
                          "RFC 6376 sections 3.5 and 6.1.1"},
    ROW(H_NO_FROM) = {FAULT, "From is not signed", "RFC 6376 sections 5.4 and 6.1.1"},
    ROW(H_EMPTY) = {FAULT, "the list of signed fields is empty", "RFC 6376 section 3.5"},
    ROW(H_SYNTAX) = {FAULT, "the list of signed fields holds something that is no field name",
                     "RFC 6376 section 3.5, RFC 5322 section 2.2"},
    ROW(H_DKIM_SIG) = {NOTE, "another DKIM-Signature is signed as well",
                       "RFC 6376 sections 3.5 and 3.7"},
    ROW(H_ABSENT) = {NOTE, "a signed field is not there", "RFC 6376 section 5.4"},
    ROW(H_OVERSIGN) = {NOTE, "a field is signed more often than it stands there",
                       "RFC 6376 section 5.4.2"},
    ROW(H_PARTIAL) = {WEAK, "a field is not signed, or not as often as it stands there",
                      "RFC 6376 sections 5.4.1, 5.4.2 and 8.15"},
    ROW(HDR_COUNT) = {WEAK, "a field stands there too often, or one that has to is missing",
                      "RFC 5322 section 3.6, RFC 6376 sections 3.8 and 8.15"},
    ROW(L_PRESENT) = {WEAK, "the body is signed up to a length, so more can be added to it",
                      "RFC 6376 sections 3.5, 5.4.1 and 8.2"},
    ROW(L_SYNTAX) = {FAULT, "the length is no number of at most 76 digits",
                     "RFC 6376 section 3.5"},
    ROW(L_LARGE) = {FAULT, "the length is more than there is of the body",
                    "RFC 6376 section 3.5"},
    ROW(T_FUTURE) = {FAULT, "it was made in the future", "RFC 6376 section 3.5"},
    ROW(X_PAST) = {FAULT, "it has expired", "RFC 6376 sections 3.5 and 6.1.1"},
    ROW(X_LE_T) = {FAULT, "it expires no later than it was made", "RFC 6376 section 3.5"},
    ROW(Q_UNKNOWN) = {FAULT, "no known way to get the key", "RFC 6376 section 3.5"},
    ROW(S_BAD) = {FAULT, "the selector is no part of a domain name",
                  "RFC 6376 sections 3.1 and 3.5"},
    ROW(Z_PRESENT) = {WEAK, "a copy of the header goes with it, names and colons included",
                      "RFC 6376 sections 3.5 and 8.10"},
    ROW(MULTI_SIG) = {NOTE, "more than one signature", "RFC 6376 sections 4 and 8.4"},
    ROW(DK_PRESENT) = {NOTE, "a signature of the kind before DKIM", "RFC 4870 (historic)"},
    ROW(DK_Q_EMPTY) = {FAULT, "a DomainKeys signature with no known way to get the key",
                       "RFC 4870 section 3.3"},
    ROW(DK_TAGS) = {FAULT, "a DomainKeys signature whose tags are not as they have to be",
                    "RFC 4870 section 3.3"},
    ROW(PRE_RFC) = {FAULT, "a signature as of the drafts before RFC 4871",
                    "RFC 4871 section 3.5"},
    ROW(ARC_INSTANCE) = {FAULT, "the instances of the ARC sets are not 1, 2, 3 and so on",
                         "RFC 8617 sections 4.2.1 and 5.1.1.1"},
    ROW(ARC_DUPLICATE) = {FAULT, "an ARC field of the same instance stands twice",
                          "RFC 8617 section 4.2.1"},
    ROW(ARC_SEAL_H) = {FAULT, "an ARC-Seal with a list of signed fields",
                       "RFC 8617 section 4.1.3"},
    ROW(ARC_CV) = {FAULT,
                   "the ARC chain is broken by its own account, or the account makes no sense",
                   "RFC 8617 sections 4.1.3 and 5.2"},
    ROW(PIX_MIME_LISTED) = {NOTE,
                            "MIME-Version or Content-Transfer-Encoding within a signature",
                            "no source names them; extra beside Content-Type"},
    ROW(SIG_LONG) = {WEAK, "a signature of such a length that servers and firewalls may cut it",
                     "RFC 6376 sections 8.4 and 8.9, sendmail MaxMimeHeaderLength"},
};

const struct fx_dkim_rule *fx_dkim_rule(enum fx_rule rule)
{
    if (rule < FX_RULE_DKIM_FIRST || rule > FX_RULE_DKIM_LAST)
        return NULL;
    return &rules[rule - FX_RULE_DKIM_FIRST];
}

bool fx_anomaly_has(const struct fx_anomalies *all, enum fx_rule rule)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].rule == rule)
            return true;
    return false;
}

void fx_anomaly_add(struct fx_anomalies *all, const struct fx_anomaly *one)
{
    if (all->count < FX_ANOMALIES_MAX && !fx_anomaly_has(all, one->rule))
        all->list[all->count++] = *one;
}
