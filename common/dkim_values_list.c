/* dkim_values_list - h=, q= and z=: lists of names (RFC 6376 section 3.5); see dkim_values.h.
 */
#include "dkim_values.h"

#include "field.h"

/* What the names in h= come to. */
struct names {
    uint64_t count;
    bool from;
    struct fx_slice dkim; /* DKIM-Signature */
};

static struct names read_names(struct fx_dkim_reading *r, struct fx_slice value)
{
    struct names names = {.dkim = FX_ABSENT};
    struct fx_slice rest = value, name;
    size_t at;
    while (fx_signature_h_next(&rest, &name)) {
        names.count++;
        if (fx_slice_eq_nocase(name, FX_LIT("From")))
            names.from = true;
        else if (fx_slice_eq_nocase(name, FX_LIT("DKIM-Signature")))
            names.dkim = name;
        else if (name.len == 0)
            fx_dkim_report(r, FX_RULE_DKIM_H_SYNTAX, name, "an empty element");
        else if (!fx_field_name(name, &at)) {
            struct fx_anomaly a =
                fx_dkim_anomaly(r, FX_RULE_DKIM_H_SYNTAX, name, "no field name");
            a.at += at;
            fx_anomaly_add(&r->out->anomalies, &a);
        }
    }
    if (names.count > FX_DKIM_FIELD_NAMES) {
        struct fx_anomaly a = fx_dkim_anomaly(r, FX_RULE_DKIM_SIG_LONG, value, "names in h=");
        a.has_observed = a.has_limit = true;
        a.observed = names.count;
        a.limit = FX_DKIM_FIELD_NAMES;
        fx_anomaly_add(&r->out->anomalies, &a);
    }
    return names;
}

/* An empty list is one empty element to the grammar, and told as what it is. */
static bool empty(struct fx_dkim_reading *r, struct fx_slice value)
{
    if (value.len == 0)
        fx_dkim_report(r, FX_RULE_DKIM_H_EMPTY, value, NULL);
    return value.len == 0;
}

void fx_dkim_read_arc_h(struct fx_dkim_reading *r, struct fx_slice value)
{
    if (empty(r, value))
        return;
    if (!read_names(r, value).from)
        fx_dkim_report(r, FX_RULE_DKIM_H_NO_FROM, value, NULL);
}

void fx_dkim_read_h(struct fx_dkim_reading *r, struct fx_slice value)
{
    if (empty(r, value))
        return;
    struct names names = read_names(r, value);
    if (!names.from)
        fx_dkim_report(r, FX_RULE_DKIM_H_NO_FROM, value, NULL);
    if (fx_slice_told(names.dkim))
        fx_dkim_report(r, FX_RULE_DKIM_H_DKIM_SIG, names.dkim, NULL);
}

/* Without h= the whole header is signed (RFC 4870 section 3.3). */
void fx_dkim_read_dk_h(struct fx_dkim_reading *r, struct fx_slice value)
{
    if (!empty(r, value))
        read_names(r, value);
}

void fx_dkim_read_seal_h(struct fx_dkim_reading *r, struct fx_slice value)
{
    fx_dkim_report(r, FX_RULE_DKIM_ARC_SEAL_H, value, NULL);
}

/* Of several methods one that is known is enough. "dns" is what drafts had, and verifiers take
 * it. */
void fx_dkim_read_q(struct fx_dkim_reading *r, struct fx_slice value)
{
    struct fx_slice rest = value, method;
    while (fx_signature_h_next(&rest, &method))
        if (fx_slice_eq(method, FX_LIT("dns/txt")) || fx_slice_eq(method, FX_LIT("dns")))
            return;
    fx_dkim_report(r, FX_RULE_DKIM_Q_UNKNOWN, value, NULL);
}

void fx_dkim_read_dk_q(struct fx_dkim_reading *r, struct fx_slice value)
{
    if (!fx_slice_eq(value, FX_LIT("dns")))
        fx_dkim_report(r, FX_RULE_DKIM_DK_Q_EMPTY, value, NULL);
}

void fx_dkim_read_z(struct fx_dkim_reading *r, struct fx_slice value)
{
    struct fx_anomaly a = fx_dkim_anomaly(r, FX_RULE_DKIM_Z_PRESENT, value, NULL);
    a.personal = true; /* From, To and all */
    fx_anomaly_add(&r->out->anomalies, &a);
}
