/* dkim_values_key - a=, b=, bh= and c=: how a signature was made, and what came out (RFC 6376
 * sections 3.3 and 3.5, RFC 8301, RFC 8463); see dkim_values.h. */
#include "dkim_values.h"

#include "base64.h"

#define RSA_OCTETS 128    /* a signature is as long as the modulus; 1024 bits, RFC 8301 */
#define ED25519_OCTETS 64 /* RFC 8032 section 5.1.6 */

struct fx_dkim_algorithm {
    struct fx_slice name;
    enum fx_body_digest digest;
    bool rsa;
};

static const struct fx_dkim_algorithm algorithms[] = {
    {{"rsa-sha256", 10}, FX_BODY_SHA256, true},
    {{"rsa-sha1", 8}, FX_BODY_SHA1, true},
    {{"ed25519-sha256", 14}, FX_BODY_SHA256, false},
};

/* Values are compared with case (RFC 6376 section 3.2). */
static const struct fx_dkim_algorithm *algorithm_of(struct fx_slice value)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (fx_slice_eq(value, algorithms[i].name))
            return &algorithms[i];
    return NULL;
}

void fx_dkim_read_a(struct fx_dkim_reading *r, struct fx_slice value)
{
    r->algorithm = algorithm_of(value);
    if (r->algorithm == NULL)
        fx_dkim_report(r, FX_RULE_DKIM_A_UNKNOWN, value, NULL);
    else if (r->algorithm->digest == FX_BODY_SHA1)
        fx_dkim_report(r, FX_RULE_DKIM_A_SHA1, value, NULL);
}

/* No algorithm is then known to b=: what RFC 8301 says of SHA-1 and short keys is not of these.
 */
void fx_dkim_read_dk_a(struct fx_dkim_reading *r, struct fx_slice value)
{
    if (!fx_slice_eq(value, FX_LIT("rsa-sha1")))
        fx_dkim_report(r, FX_RULE_DKIM_DK_TAGS, value, "a= is not rsa-sha1");
}

static void report_bad64(struct fx_dkim_reading *r, enum fx_rule rule, struct fx_slice value,
                         size_t at)
{
    fx_dkim_report(r, rule, fx_slice_from(value, at),
                   at < value.len ? "a character that cannot be here"
                                  : "characters are missing at the end");
}

static void report_length(struct fx_dkim_reading *r, enum fx_rule rule, enum fx_basis basis,
                          struct fx_slice value, size_t octets, size_t limit)
{
    struct fx_anomaly a = fx_dkim_anomaly(r, rule, value, NULL);
    a.basis = basis;
    a.has_observed = a.has_limit = true;
    a.observed = octets;
    a.limit = limit;
    fx_anomaly_add(&r->out->anomalies, &a);
}

void fx_dkim_read_b(struct fx_dkim_reading *r, struct fx_slice value)
{
    size_t octets, at;
    if (!fx_base64_decode(value, NULL, 0, &octets, &at))
        report_bad64(r, FX_RULE_DKIM_B_BAD64, value, at);
    else if (r->algorithm == NULL)
        return;
    else if (r->algorithm->rsa && octets < RSA_OCTETS)
        report_length(r, FX_RULE_DKIM_KEY_SMALL, FX_BASIS_INFERRED, value, octets, RSA_OCTETS);
    else if (!r->algorithm->rsa && octets != ED25519_OCTETS)
        report_length(r, FX_RULE_DKIM_B_LENGTH, FX_BASIS_OBSERVED, value, octets,
                      ED25519_OCTETS);
}

void fx_dkim_read_bh(struct fx_dkim_reading *r, struct fx_slice value)
{
    struct fx_signature *out = r->out;
    size_t octets, at;
    if (!fx_base64_decode(value, out->body_hash, sizeof out->body_hash, &octets, &at)) {
        report_bad64(r, FX_RULE_DKIM_BH_BAD64, value, at);
        return;
    }
    if (r->algorithm == NULL)
        return;
    size_t limit = fx_body_digest_octets(r->algorithm->digest);
    out->want.digest = r->algorithm->digest;
    r->hash_known = octets == limit;
    if (!r->hash_known)
        report_length(r, FX_RULE_DKIM_BH_LENGTH, FX_BASIS_OBSERVED, value, octets, limit);
}

static bool canon_of(struct fx_slice name, enum fx_canon *canon)
{
    *canon = fx_slice_eq(name, FX_LIT("relaxed")) ? FX_CANON_RELAXED : FX_CANON_SIMPLE;
    return *canon == FX_CANON_RELAXED || fx_slice_eq(name, FX_LIT("simple"));
}

/* One name is that of the header, the body's is then simple. */
void fx_dkim_read_c(struct fx_dkim_reading *r, struct fx_slice value)
{
    size_t slash = fx_slice_find(value, '/');
    struct fx_slice header = fx_slice_first(value, slash);
    struct fx_slice body = fx_slice_from(value, slash + 1);
    enum fx_canon of_header;
    bool known = canon_of(header, &of_header);
    if (!known)
        fx_dkim_report(r, FX_RULE_DKIM_C_UNKNOWN, header, "of the header");
    else if (slash < value.len) {
        known = canon_of(body, &r->out->want.canon);
        if (!known)
            fx_dkim_report(r, FX_RULE_DKIM_C_UNKNOWN, body, "of the body");
    }
    r->canon_bad = !known;
}

void fx_dkim_read_dk_c(struct fx_dkim_reading *r, struct fx_slice value)
{
    if (!fx_slice_eq(value, FX_LIT("simple")) && !fx_slice_eq(value, FX_LIT("nofws")))
        fx_dkim_report(r, FX_RULE_DKIM_DK_TAGS, value, "c= is neither simple nor nofws");
}

bool fx_dkim_body_hash_known(const struct fx_dkim_reading *r)
{
    return r->hash_known && !r->canon_bad && !r->length_bad;
}
