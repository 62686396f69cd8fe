/* check_signature - see check_signature.h. */
#include "check_signature.h"

#include "terminal.h"
#include "timestamp.h"

#include <inttypes.h>
#include <stdio.h>

#define WIDTH 100 /* where there is no terminal */
#define INDENT 2
#define WORD_MAX 255 /* octets shown of a domain, selector or algorithm */

/* " d=example.org", or what there is instead. */
static void put_tag(const char *tag, const struct fx_signatures *all,
                    const struct fx_piece *piece)
{
    struct fx_slice text = fx_signatures_piece(all, piece);
    if (!fx_slice_told(text)) {
        printf(" no %s=", tag);
        return;
    }
    printf(" %s=", tag);
    ctl_put(stdout, fx_slice_first(text, WORD_MAX));
    if (text.len > WORD_MAX)
        fputs("...", stdout);
}

/* ", Content-Type folded in h=" */
static void put_content_type(const struct fx_signature_seen *s, bool real)
{
    const char *tag = fx_signature_tag_name(s->grade_tag);
    printf(", Content-Type %s", fx_signature_content_type(s, real));
    if (real && s->names_content_type && tag != NULL)
        printf(" in %s=", tag);
}

/* "; dkim-l-present (weak), dkim-h-absent (note)", and the end of the line. */
static void put_anomalies(const struct fx_signatures *all, size_t signature, const char *before,
                          bool colour)
{
    for (size_t i = 0; i < all->anomaly_count; i++) {
        enum fx_rule rule = all->anomalies[i].is.rule;
        if (all->anomalies[i].signature != signature)
            continue;
        printf("%s%s (", before, fx_rule_name(rule));
        ctl_put_severity(stdout, fx_dkim_rule(rule)->severity, colour);
        fputc(')', stdout);
        before = ", ";
    }
    fputc('\n', stdout);
}

static void put_signature(const struct fx_message *m, size_t number, bool colour)
{
    const struct fx_signatures *all = m->signatures;
    const struct fx_signature_seen *s = &all->list[number];
    printf("  signature %zu: %s", number + 1, fx_signature_field_name(s->kind));
    if (s->instance > 0)
        printf(" i=%u", s->instance);
    put_tag("d", all, &s->domain);
    put_tag("s", all, &s->selector);
    put_tag("a", all, &s->algorithm);
    if (s->kind != FX_SIGNATURE_ARC_SEAL)
        printf(", body hash %s", fx_body_result_name(s->result));
    put_content_type(s, m->content_types > 0);
    put_anomalies(all, number, "; ", colour);
}

void ctl_signatures_put(const struct fx_message *m, bool colour)
{
    if (m == NULL || m->signatures == NULL)
        return;
    for (size_t i = 0; i < m->signatures->count; i++)
        put_signature(m, i, colour);
    if (m->signatures->omitted > 0)
        printf("  and %" PRIu64 " signature%s more\n", m->signatures->omitted,
               m->signatures->omitted == 1 ? "" : "s");
    if (fx_signatures_of_message(m->signatures)) {
        fputs("  the header as a whole: ", stdout);
        put_anomalies(m->signatures, FX_NO_SIGNATURE, "", colour);
    }
}

void ctl_signature_where(const struct fx_finding *f)
{
    if (f->signature == 0)
        return;
    printf(" signature %zu", f->signature);
    if (f->has_offset)
        printf(" at octet %" PRIu64, f->offset);
}

void ctl_signature_number(enum fx_rule rule, uint64_t number)
{
    char buffer[32];
    struct fx_text text;
    bool time = rule == FX_RULE_DKIM_T_FUTURE || rule == FX_RULE_DKIM_X_PAST ||
                rule == FX_RULE_DKIM_X_LE_T;
    if (!time || number > FX_TIMESTAMP_SECONDS_MAX) {
        printf("%" PRIu64, number);
        return;
    }
    fx_text_init_fixed(&text, buffer, sizeof buffer);
    fx_timestamp_add(&text, (int64_t)number * 1000000);
    ctl_put(stdout, fx_slice_first(fx_text_slice(&text), 19)); /* to the second */
    fputc('Z', stdout);
}

void ctl_embedded_note(struct ctl_embedded *seen, const struct fx_findings *list)
{
    enum fx_signature_kind kind;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].rule != FX_RULE_CONTENT_TYPE_EMBEDDED)
            continue;
        /* those beyond limits.signatures have no number */
        if (list->items[i].signature > 0 ||
            fx_signature_kind_find(fx_findings_note(list, &list->items[i].evidence), &kind))
            seen->signature = true;
        else
            seen->other = true;
    }
}

void ctl_embedded_put(const struct ctl_embedded *seen)
{
    static const struct {
        bool signer;
        struct fx_slice text;
    } advice[] = {
        {true,
         FX_LIT("at the signer: leave the MIME names (Content-Type, MIME-Version, "
                "Content-Transfer-Encoding) out of h=, as RFC 6376 section 5.4.1 does, but "
                "not together with l= (section 8.2), and write no z=")},
        {true, FX_LIT("at the signer, else: fold h= before its colons, so that no continuation "
                      "line begins with the name and a colon (grade folded alone)")},
        {false, FX_LIT("at the firewall: upgrade to 7.2(3), or to the interim builds 7.2(2.19) "
                       "and 8.0(2.7) that have it fixed, or turn the inspection of SMTP off, "
                       "not the signing (Cisco document 118550, heise/iX news 158271)")},
    };
    size_t width = ctl_terminal_width(stdout);
    if (!seen->signature && !seen->other)
        return;
    printf("\nwhat to do about %s:\n", fx_rule_name(FX_RULE_CONTENT_TYPE_EMBEDDED));
    for (size_t i = 0; i < sizeof advice / sizeof advice[0]; i++) {
        if (advice[i].signer && !seen->signature)
            continue;
        printf("%*s", INDENT, "");
        ctl_put_folded(stdout, advice[i].text, INDENT, 2 * INDENT, width == 0 ? WIDTH : width);
    }
}
