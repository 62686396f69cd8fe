/* record_json - see record_json.h. */
#include "record_json.h"

/* Where the list of findings stops, so that the record can be finished. */
#define FINDINGS_UP_TO (FX_RECORD_MAX / 8 * 7)
#define MTA_MAX 256
#define FIREWALL_MAX 256 /* octets of one that a finding names */

void fx_json_member(struct fx_json *j, struct fx_slice name)
{
    if (j->started)
        fx_text_add_char(j->text, ',');
    j->started = true;
    if (!fx_slice_told(name))
        return;
    fx_text_add_json(j->text, name, &j->lossy);
    fx_text_add_char(j->text, ':');
}

void fx_json_open(struct fx_json *j, const char *name, char bracket)
{
    fx_json_name(j, name);
    fx_text_add_char(j->text, bracket);
    j->started = false;
}

void fx_json_close(struct fx_json *j, char bracket)
{
    fx_text_add_char(j->text, bracket);
    j->started = true;
}

void fx_json_null(struct fx_json *j, const char *name)
{
    fx_json_name(j, name);
    fx_text_add_str(j->text, "null");
}

void fx_json_member_string(struct fx_json *j, struct fx_slice name, struct fx_slice value)
{
    fx_json_member(j, name);
    if (fx_slice_told(value))
        fx_text_add_json(j->text, value, &j->lossy);
    else
        fx_text_add_str(j->text, "null");
}

void fx_json_member_number(struct fx_json *j, struct fx_slice name, uint64_t value)
{
    fx_json_member(j, name);
    fx_text_add_u64(j->text, value);
}

void fx_json_bool(struct fx_json *j, const char *name, bool value)
{
    fx_json_name(j, name);
    fx_text_add_str(j->text, value ? "true" : "false");
}

/* The products behind which this happens, each once: two profiles may be readings of one. */
static void firewalls(struct fx_json *j, const struct fx_finding *f,
                      const struct fx_ruleset *rules)
{
    fx_json_open(j, "firewalls", '[');
    for (size_t p = 0; p < rules->profile_count; p++) {
        struct fx_slice text = fx_profile_firewall(rules->profiles[p]);
        bool told = (f->said_by & FX_BIT(p)) == 0;
        for (size_t q = 0; q < p && !told; q++)
            told = (f->said_by & FX_BIT(q)) != 0 &&
                   fx_slice_eq(text, fx_profile_firewall(rules->profiles[q]));
        if (!told)
            fx_json_string(j, NULL, fx_slice_first(text, FIREWALL_MAX));
    }
    fx_json_close(j, ']');
}

void fx_json_signature(struct fx_json *j, const struct fx_finding *f)
{
    if (f->severity != FX_SEVERITY_NONE)
        fx_json_string(j, "severity", fx_slice_str(fx_severity_name(f->severity)));
    if (f->signature > 0)
        fx_json_number(j, "signature", f->signature);
    if (f->has_offset)
        fx_json_number(j, "offset", f->offset);
    if (f->graded)
        fx_json_string(j, "grade", fx_slice_str(fx_grade_name(f->grade)));
    if (f->tag != NULL)
        fx_json_string(j, "tag", fx_slice_str(f->tag));
}

static void finding(struct fx_json *j, const struct fx_findings *list,
                    const struct fx_finding *f, const struct fx_ruleset *rules)
{
    fx_json_open(j, NULL, '{');
    fx_json_string(j, "rule", fx_slice_str(fx_rule_name(f->rule)));
    fx_json_string(j, "profile", fx_slice_str(rules->profiles[f->profile]->name));
    fx_json_string(j, "stage", fx_slice_str(fx_stage_name(f->stage)));
    fx_json_string(j, "action", fx_slice_str(fx_action_name(f->action)));
    if (f->action == FX_ACTION_TRUNCATE)
        fx_json_string(j, "overflow", fx_slice_str(fx_overflow_name(f->overflow)));
    if (f->has_observed)
        fx_json_number(j, "observed", f->observed);
    if (f->at_least)
        fx_json_bool(j, "at_least", true);
    if (f->has_limit)
        fx_json_number(j, "limit", f->limit);
    fx_json_signature(j, f);
    if (f->evidence.told)
        fx_json_string(j, "evidence", fx_findings_note(list, &f->evidence));
    if (f->evidence.cut)
        fx_json_bool(j, "evidence_cut", true);
    if (f->detail.told)
        fx_json_string(j, "detail", fx_findings_note(list, &f->detail));
    if (f->basis != FX_BASIS_OBSERVED)
        fx_json_string(j, "basis", fx_slice_str(fx_basis_name(f->basis)));
    if (f->graded)
        firewalls(j, f, rules);
    fx_json_string(j, "would", fx_slice_str(fx_outcome_name(f->would)));
    fx_json_bool(j, "enforced", f->enforced);
    if (f->instead != NULL)
        fx_json_string(j, "instead", fx_slice_str(f->instead));
    fx_json_close(j, '}');
}

void fx_json_findings(struct fx_json *j, const struct fx_findings *list,
                      const struct fx_ruleset *rules)
{
    fx_json_open(j, "findings", '[');
    uint64_t omitted = list->omitted;
    for (size_t i = 0; i < list->count; i++) {
        const struct fx_finding *f = &list->items[i];
        /* that there is no room is said where there is none: few, and in our words */
        if (j->text->len < FINDINGS_UP_TO || f->rule == FX_RULE_LIMIT_EXCEEDED) {
            finding(j, list, f, rules);
        } else {
            omitted++;
            j->cut = true;
        }
    }
    fx_json_close(j, ']');
    if (omitted > 0)
        fx_json_number(j, "findings_omitted", omitted);
}

void fx_json_compare(struct fx_json *j, const struct fx_would *would,
                     const struct fx_ruleset *rules, bool partial)
{
    if (rules->profile_count < 2)
        return;
    fx_json_open(j, "compare", '{');
    for (size_t p = 1; p < rules->profile_count; p++)
        fx_json_string(j, rules->profiles[p]->name,
                       fx_slice_str(fx_outcome_name((enum fx_outcome)would->outcome[p])));
    fx_json_close(j, '}');
    if (partial)
        fx_json_bool(j, "partial", true);
}

static void client(struct fx_json *j, const struct fx_session *s)
{
    char buffer[64];
    struct fx_text address;
    fx_text_init_fixed(&address, buffer, sizeof buffer);
    fx_address_format(&address, &s->client);

    fx_json_open(j, "client", '{');
    if (s->client.family == FX_FAMILY_UNKNOWN)
        fx_json_null(j, "addr");
    else
        fx_json_string(j, "addr", fx_text_slice(&address));
    if (s->client.port > 0)
        fx_json_number(j, "port", s->client.port);
    fx_json_string(j, "name", fx_kept_slice(&s->client_name));
    fx_json_string(j, "helo", fx_kept_slice(&s->helo));
    fx_json_close(j, '}');
}

/* Postfix names itself in its version, Sendmail does not. */
static void mta(struct fx_json *j, const struct fx_session *s)
{
    char buffer[MTA_MAX];
    struct fx_text name;
    if (!s->mta_version.told)
        return;
    fx_text_init_fixed(&name, buffer, sizeof buffer);
    if (s->mta.kind == FX_MTA_SENDMAIL)
        fx_text_add_str(&name, "Sendmail ");
    fx_text_add(&name, fx_slice_first(fx_kept_slice(&s->mta_version), MTA_MAX - 16));
    fx_json_string(j, "mta", fx_text_slice(&name));
}

void fx_json_connection(struct fx_json *j, const struct fx_session *s)
{
    client(j, s);
    fx_json_string(j, "listener", fx_kept_slice(&s->listener));
    mta(j, s);
    if (s->tls == FX_YES) {
        fx_json_open(j, "tls", '{');
        fx_json_string(j, "version", fx_kept_slice(&s->tls_version));
        fx_json_string(j, "cipher", fx_kept_slice(&s->cipher));
        fx_json_close(j, '}');
    } else if (s->tls == FX_NO) {
        fx_json_null(j, "tls");
    }
    if (s->authenticated == FX_YES) {
        fx_json_open(j, "auth", '{');
        fx_json_string(j, "type", fx_kept_slice(&s->auth_type));
        fx_json_string(j, "identity", fx_kept_slice(&s->auth_user));
        fx_json_close(j, '}');
    } else if (s->authenticated == FX_NO) {
        fx_json_null(j, "auth");
    }
}
