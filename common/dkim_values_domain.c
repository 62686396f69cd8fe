/* dkim_values_domain - d=, s=, and i= of DKIM: who signed (RFC 6376 sections 2.11, 3.1, 3.5 and
 * 6.1.1); see dkim_values.h. */
#include "dkim_values.h"

#include "suffix.h"
#include "text.h"

#define LABEL_MAX 63 /* octets; RFC 1035 section 2.3.4 */

/* What keeps it from being a sub-domain of RFC 5321 section 4.1.2, and where; NULL: nothing. */
static const char *label_fault(struct fx_slice label, bool underscore, size_t *at)
{
    bool unicode = false; /* its length in ASCII is then not known */
    *at = 0;
    if (label.len == 0)
        return "an empty label";
    for (size_t i = 0; i < label.len; i++) {
        char c = label.ptr[i];
        *at = i;
        if ((unsigned char)c > 0x7f) {
            size_t broken, octets = fx_utf8_character(fx_slice_from(label, i), &broken);
            if (octets == 0)
                return "8-bit, and no UTF-8";
            unicode = true;
            i += octets - 1;
            continue;
        }
        if (!fx_ascii_letter(c) && !fx_ascii_digit(c) && c != '-' && !(underscore && c == '_'))
            return "an octet that no label has";
        if (c == '-' && (i == 0 || i + 1 == label.len))
            return "a hyphen at the end of a label";
        if (i >= LABEL_MAX && !unicode)
            return "a label over 63 octets";
    }
    return NULL;
}

/* The same of labels with dots between them. */
static const char *name_fault(struct fx_slice name, bool underscore, size_t *at)
{
    for (size_t from = 0; from <= name.len;) {
        size_t len = fx_slice_find(fx_slice_from(name, from), '.');
        struct fx_slice label = fx_slice_first(fx_slice_from(name, from), len);
        const char *what = label_fault(label, underscore, at);
        *at += from;
        if (what != NULL)
            return what;
        from += len + 1;
    }
    *at = FX_SUFFIX_NAME;
    return name.len > FX_SUFFIX_NAME ? "over 253 octets" : NULL;
}

/* Of a name without a fault: in Unicode, which is a matter of the whole header. */
static void note_unicode(struct fx_dkim_reading *r, struct fx_slice name)
{
    for (size_t i = 0; i < name.len && !fx_slice_told(r->out->unicode); i++)
        if ((unsigned char)name.ptr[i] > 0x7f) {
            r->out->unicode = name;
            r->out->unicode_at = (size_t)(name.ptr - r->out->value.ptr) + i;
        }
}

void fx_dkim_read_d(struct fx_dkim_reading *r, struct fx_slice value)
{
    size_t at;
    const char *what = name_fault(value, false, &at);
    if (what == NULL) {
        at = 0;
        if (fx_slice_find(value, '.') == value.len)
            what = "one label only";
        else if (fx_suffix_public(value) == FX_YES)
            what = "a public suffix";
    }
    if (what != NULL) {
        struct fx_anomaly a = fx_dkim_anomaly(r, FX_RULE_DKIM_D_BAD, value, what);
        a.at += at;
        fx_anomaly_add(&r->out->anomalies, &a);
    } else {
        note_unicode(r, value);
    }
}

/* An underscore is beyond the grammar, but such selectors are in use and can be asked for. */
void fx_dkim_read_s(struct fx_dkim_reading *r, struct fx_slice value)
{
    size_t at;
    const char *what = name_fault(value, true, &at);
    if (what != NULL) {
        struct fx_anomaly a = fx_dkim_anomaly(r, FX_RULE_DKIM_S_BAD, value, what);
        a.at += at;
        fx_anomaly_add(&r->out->anomalies, &a);
    } else {
        note_unicode(r, value);
    }
}

/* A reading of DKIM-quoted-printable (section 2.11), an octet at a time. */
struct quoted {
    struct fx_slice text;
    size_t next;
    bool bad; /* an equals sign without two hex digits, which then stands for itself */
    size_t bad_at;
};

static bool quoted_next(struct quoted *q, char *c)
{
    struct fx_slice text = q->text;
    while (q->next < text.len && fx_ascii_white(text.ptr[q->next]))
        q->next++;
    if (q->next == text.len)
        return false;
    size_t at = q->next++;
    *c = text.ptr[at];
    if (*c != '=')
        return true;
    int high = text.len - at > 2 ? fx_ascii_hex(text.ptr[at + 1]) : -1;
    int low = high >= 0 ? fx_ascii_hex(text.ptr[at + 2]) : -1;
    if (low >= 0) {
        *c = (char)(high * 16 + low);
        q->next += 2;
    } else if (!q->bad) {
        q->bad = true;
        q->bad_at = at;
    }
    return true;
}

/* What is behind the last at sign, and how many octets that has when decoded; the local part
 * may be quoted and have such signs itself. false: there is none. */
static bool find_domain(struct quoted *q, struct fx_slice *domain, size_t *octets)
{
    bool found = false;
    char c;
    *octets = 0;
    while (quoted_next(q, &c)) {
        ++*octets;
        if (c != '@')
            continue;
        found = true;
        *domain = fx_slice_from(q->text, q->next);
        *octets = 0;
    }
    return found;
}

/* The encoded domain, of so many octets when decoded, is d= or ends in a dot and d=. */
static bool is_under(struct fx_slice domain, size_t octets, struct fx_slice d)
{
    struct quoted q = {.text = domain};
    char c = '.';
    if (octets < d.len || octets == d.len + 1)
        return false;
    for (size_t i = 0; i < octets - d.len; i++)
        if (!quoted_next(&q, &c))
            return false;
    if (c != '.')
        return false;
    for (size_t i = 0; i < d.len; i++)
        if (!quoted_next(&q, &c) || fx_ascii_lower(c) != fx_ascii_lower(d.ptr[i]))
            return false;
    return true;
}

static bool in_unicode(struct fx_slice encoded)
{
    struct quoted q = {.text = encoded};
    char c;
    while (quoted_next(&q, &c))
        if ((unsigned char)c > 0x7f)
            return true;
    return false;
}

static void report_person(struct fx_dkim_reading *r, enum fx_rule rule, struct fx_slice text,
                          const char *what)
{
    struct fx_anomaly a = fx_dkim_anomaly(r, rule, text, what);
    a.personal = true;
    fx_anomaly_add(&r->out->anomalies, &a);
}

/* A name in ASCII and one in Unicode may be the same; to tell is not ours. */
void fx_dkim_read_i(struct fx_dkim_reading *r, struct fx_slice value)
{
    struct fx_slice d = r->out->tag[FX_DKIM_TAG_D], domain;
    struct quoted q = {.text = value};
    size_t octets;
    bool found = find_domain(&q, &domain, &octets);
    if (q.bad)
        report_person(r, FX_RULE_DKIM_TAG_SYNTAX, fx_slice_from(value, q.bad_at),
                      "i= is no quoted-printable");
    if (!found)
        report_person(r, FX_RULE_DKIM_I_NOT_UNDER_D, value, "no at sign");
    else if (d.len > 0 && !is_under(domain, octets, d) && in_unicode(domain) == in_unicode(d))
        fx_dkim_report(r, FX_RULE_DKIM_I_NOT_UNDER_D, domain, NULL);
}
