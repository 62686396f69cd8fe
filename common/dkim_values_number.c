/* dkim_values_number - l=, t=, x=, and i= of ARC (RFC 6376 section 3.5, RFC 8617
 * section 4.2.1); see dkim_values.h. */
#include "dkim_values.h"

#define LENGTH_DIGITS 76
#define TIME_DIGITS 12
#define INSTANCE_DIGITS 2

const char *fx_dkim_number(struct fx_slice value, size_t most, uint64_t *number, size_t *at)
{
    uint64_t n = 0;
    for (*at = 0; *at < value.len; (*at)++) {
        if (!fx_ascii_digit(value.ptr[*at]))
            return "not a number";
        if (*at == most)
            return "too many digits";
        uint64_t digit = (uint64_t)(value.ptr[*at] - '0');
        n = n > (UINT64_MAX - digit) / 10 ? UINT64_MAX : n * 10 + digit;
    }
    *number = n;
    return value.len > 0 ? NULL : "not a number";
}

void fx_dkim_read_instance(struct fx_dkim_reading *r, struct fx_slice value)
{
    uint64_t n;
    size_t at = 0;
    const char *what = fx_dkim_number(value, INSTANCE_DIGITS, &n, &at);
    if (what == NULL && (n < 1 || n > FX_ARC_INSTANCE_MAX)) {
        what = "not 1 to 50";
        at = 0;
    }
    if (what != NULL)
        fx_dkim_report(r, FX_RULE_DKIM_ARC_INSTANCE, fx_slice_from(value, at), what);
    else
        r->out->instance = (unsigned)n;
}

void fx_dkim_read_l(struct fx_dkim_reading *r, struct fx_slice value)
{
    size_t at;
    struct fx_bodyhash_want *want = &r->out->want;
    struct fx_anomaly present = fx_dkim_anomaly(r, FX_RULE_DKIM_L_PRESENT, value, NULL);
    const char *what = fx_dkim_number(value, LENGTH_DIGITS, &want->length, &at);
    want->limited = true;
    r->length_bad = what != NULL;
    present.has_observed = what == NULL;
    if (present.has_observed)
        present.observed = want->length;
    fx_anomaly_add(&r->out->anomalies, &present);
    if (what != NULL)
        fx_dkim_report(r, FX_RULE_DKIM_L_SYNTAX, fx_slice_from(value, at), what);
}

/* Seconds since 1970. RFC 6376 lets a verifier take more than 12 digits for infinite, but its
 * grammar has no such number. */
static bool read_time(struct fx_dkim_reading *r, struct fx_slice value, const char *name,
                      uint64_t *seconds)
{
    size_t at;
    bool good = fx_dkim_number(value, TIME_DIGITS, seconds, &at) == NULL;
    if (!good)
        fx_dkim_report(r, FX_RULE_DKIM_TAG_SYNTAX, fx_slice_from(value, at), name);
    return good;
}

/* The clock is no number of the finding: its record has the time, and the same field reads the
 * same later on. */
static void report_time(struct fx_dkim_reading *r, enum fx_rule rule, struct fx_slice value,
                        uint64_t seconds)
{
    struct fx_anomaly a = fx_dkim_anomaly(r, rule, value, NULL);
    a.has_observed = true;
    a.observed = seconds;
    fx_anomaly_add(&r->out->anomalies, &a);
}

void fx_dkim_read_t(struct fx_dkim_reading *r, struct fx_slice value)
{
    r->made_known = read_time(r, value, "t= is no number of at most 12 digits", &r->made);
    if (r->made_known && r->now >= 0 && r->made > (uint64_t)r->now + FX_DKIM_CLOCK_DRIFT)
        report_time(r, FX_RULE_DKIM_T_FUTURE, value, r->made);
}

void fx_dkim_read_x(struct fx_dkim_reading *r, struct fx_slice value)
{
    uint64_t ends;
    if (!read_time(r, value, "x= is no number of at most 12 digits", &ends))
        return;
    if (r->made_known && ends <= r->made) {
        struct fx_anomaly a = fx_dkim_anomaly(r, FX_RULE_DKIM_X_LE_T, value, NULL);
        a.has_observed = a.has_limit = true;
        a.observed = ends;
        a.limit = r->made;
        fx_anomaly_add(&r->out->anomalies, &a);
    }
    if (r->now >= 0 && ends + FX_DKIM_CLOCK_DRIFT < (uint64_t)r->now)
        report_time(r, FX_RULE_DKIM_X_PAST, value, ends);
}
