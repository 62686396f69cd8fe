/* report_record - what a record adds to the tables of the report. */
#include "dkim_anomaly.h"
#include "report_parts.h"
#include "text.h"

#define NOT_TOLD FX_LIT("(not told)")
#define NONE FX_LIT("(none)")

/* The column of an outcome; -1: no such word. */
static int outcome_of(struct fx_slice word)
{
    for (int o = 0; o < FX_OUTCOME_COUNT; o++)
        if (fx_slice_eq(word, fx_slice_str(fx_outcome_name((enum fx_outcome)o))))
            return o;
    return -1;
}

static void add(uint64_t *values, int column, uint64_t n)
{
    if (column >= 0)
        values[column] = ctl_sum(values[column], n);
}

/* Counts a label and adds to one of its columns; below 0: to none. NULL: no memory. */
static struct ctl_top_entry *take(struct ctl_report_builder *b, enum ctl_report_table table,
                                  struct fx_slice label, int column)
{
    struct ctl_top_entry *entry = ctl_top_take(&b->tops[table], label);
    if (entry != NULL)
        add(entry->values, column, 1);
    return entry;
}

static struct fx_slice or_not_told(struct fx_slice s)
{
    return fx_slice_told(s) ? s : NOT_TOLD;
}

/* ---- the connection ---- */

/* null says that it was not used, a missing member that nobody told. */
static struct fx_slice used(const json_t *members, const char *name, const char *word)
{
    const json_t *value = json_object_get(members, name);
    if (json_is_null(value))
        return NONE;
    return or_not_told(ctl_member_text(value, word));
}

static bool connection(struct ctl_report_builder *b, const json_t *m, int column)
{
    const json_t *client = json_object_get(m, "client"), *tls = json_object_get(m, "tls");
    struct fx_slice cipher = ctl_member_text(tls, "cipher");
    int of_client = column == CTL_OF_MESSAGES ? outcome_of(ctl_member_text(m, "verdict"))
                                              : CTL_CLIENT_SESSIONS;
    struct ctl_top_entry *entry =
        take(b, CTL_TABLE_CLIENTS, or_not_told(ctl_member_text(client, "addr")), of_client);
    if (entry == NULL)
        return false;
    struct fx_slice name = ctl_member_text(client, "name");
    if (name.len > 0 && !ctl_top_note(entry, name))
        return false;
    return take(b, CTL_TABLE_TLS, used(m, "tls", "version"), column) != NULL &&
           (cipher.len == 0 || take(b, CTL_TABLE_CIPHERS, cipher, column) != NULL) &&
           take(b, CTL_TABLE_AUTH, used(m, "auth", "type"), column) != NULL &&
           take(b, CTL_TABLE_MTA, or_not_told(ctl_member_text(m, "mta")), column) != NULL;
}

/* ---- domains ---- */

/* A domain in lower case, in `buffer` of CTL_LABEL_MAX + 1 octets: one more than a label keeps,
 * so that a longer one is still cut there. */
static struct fx_slice lower(struct fx_slice name, char *buffer)
{
    name = fx_slice_first(name, CTL_LABEL_MAX + 1);
    for (size_t i = 0; i < name.len; i++)
        buffer[i] = fx_ascii_lower(name.ptr[i]);
    return fx_slice(buffer, name.len);
}

/* That of an address. */
static struct fx_slice domain(struct fx_slice address, char *buffer)
{
    if (!fx_slice_told(address))
        return NOT_TOLD;
    if (address.len == 0)
        return FX_LIT("<>");
    size_t at = address.len;
    while (at > 0 && address.ptr[at - 1] != '@')
        at--;
    if (at == 0)
        return FX_LIT("(no domain)");
    return lower(fx_slice_from(address, at), buffer);
}

static bool domains(struct ctl_report_builder *b, const json_t *m, int verdict)
{
    char buffer[CTL_LABEL_MAX + 1];
    size_t i;
    const json_t *to;
    if (take(b, CTL_TABLE_SENDERS, domain(ctl_member_text(m, "from"), buffer), verdict) == NULL)
        return false;
    json_array_foreach(json_object_get(m, "to"), i, to)
    {
        struct ctl_top_entry *entry =
            take(b, CTL_TABLE_RECIPIENTS, domain(ctl_member_text(to, "address"), buffer), -1);
        if (entry == NULL)
            return false;
        if (entry->mark != b->number)
            add(entry->values, verdict, 1);
        entry->mark = b->number;
        add(entry->values, CTL_DOMAIN_RECIPIENTS, 1);
    }
    return true;
}

/* ---- profiles ---- */

static bool profiles(struct ctl_report_builder *b, json_t *m)
{
    const char *name;
    json_t *outcome, *compare = json_object_get(m, "compare");
    struct ctl_top_entry *entry =
        take(b, CTL_TABLE_PROFILES, or_not_told(ctl_member_text(m, "profile")),
             outcome_of(ctl_member_text(m, "would")));
    if (entry == NULL)
        return false;
    add(entry->values, CTL_IN_FORCE, 1);
    json_object_foreach(compare, name, outcome)
    {
        struct fx_slice word = fx_slice_str(json_string_value(outcome));
        if (take(b, CTL_TABLE_PROFILES, fx_slice_str(name), outcome_of(word)) == NULL)
            return false;
    }
    return true;
}

/* ---- findings ---- */

static bool by_profile(struct ctl_report_builder *b, const json_t *finding,
                       struct fx_slice rule, bool enforced)
{
    char buffer[2 * CTL_LABEL_MAX + 1];
    struct fx_text label;
    fx_text_init_fixed(&label, buffer, sizeof buffer);
    fx_text_add(&label, fx_slice_first(or_not_told(ctl_member_text(finding, "profile")),
                                       CTL_LABEL_MAX));
    fx_text_add_char(&label, ' ');
    fx_text_add(&label, fx_slice_first(rule, CTL_LABEL_MAX));
    struct ctl_top_entry *entry = take(b, CTL_TABLE_RULES_PROFILES, fx_text_slice(&label),
                                       outcome_of(ctl_member_text(finding, "would")));
    if (entry != NULL && enforced)
        add(entry->values, CTL_PROFILE_ENFORCED, 1);
    return entry != NULL;
}

static void truncation(struct ctl_report_builder *b, const json_t *m, const json_t *finding)
{
    static const struct {
        const char *detail;
        int row;
    } rows[] = {{"respected", CTL_RESPECTED}, {"abandoned", CTL_ABANDONED}, {"lost", CTL_LOST}};
    const json_t *of = json_object_get(m, "recipients");
    struct fx_slice detail = ctl_member_text(finding, "detail");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!fx_slice_eq(detail, fx_slice_str(rows[i].detail)))
            continue;
        uint64_t *values = b->rows[CTL_TABLE_TRUNCATION][rows[i].row];
        add(values, CTL_TRUNCATED, 1);
        add(values, CTL_REFUSED, ctl_member_count(of, "refused"));
        add(values, CTL_RETURNED, ctl_member_count(of, "returned"));
        add(values, CTL_NOT_BACK, ctl_member_count(of, "lost"));
    }
}

static void duplicate(struct ctl_report_builder *b, const json_t *finding)
{
    static const double below[] = {60, 600, 3600, 14400};
    double interval = json_number_value(json_object_get(finding, "interval"));
    size_t row = 0;
    while (row < sizeof below / sizeof below[0] && interval >= below[row])
        row++;
    add(b->rows[CTL_TABLE_DUPLICATES][row], 0, 1);
}

static bool findings(struct ctl_report_builder *b, const json_t *m)
{
    enum fx_mode mode;
    int column = fx_mode_find(ctl_member_text(m, "mode"), &mode) ? (int)mode : -1;
    size_t i;
    const json_t *finding;
    bool over_limit = false;
    json_array_foreach(json_object_get(m, "findings"), i, finding)
    {
        struct fx_slice rule = or_not_told(ctl_member_text(finding, "rule"));
        bool enforced = ctl_member_true(finding, "enforced");
        struct ctl_top_entry *entry =
            take(b, CTL_TABLE_RULES, rule, enforced ? CTL_ENFORCED : CTL_NOTED);
        if (entry == NULL)
            return false;
        if (entry->mark != b->number)
            add(entry->values, CTL_RULE_RECORDS, 1);
        entry->mark = b->number;
        if (take(b, CTL_TABLE_RULES_MODES, rule, column) == NULL ||
            !by_profile(b, finding, rule, enforced))
            return false;
        if (fx_slice_eq(rule, FX_LIT("recipient-count")))
            over_limit = true;
        else if (fx_slice_eq(rule, FX_LIT("recipient-truncation")))
            truncation(b, m, finding);
        else if (fx_slice_eq(rule, FX_LIT("duplicate-delivery")))
            duplicate(b, finding);
    }
    if (over_limit)
        add(b->rows[CTL_TABLE_TRUNCATION][CTL_OVER_LIMIT], CTL_TRUNCATED, 1);
    return true;
}

/* ---- signatures ---- */

static enum fx_severity severity_of(struct fx_slice anomaly)
{
    enum fx_rule rule;
    const struct fx_dkim_rule *known = fx_rule_find(anomaly, &rule) ? fx_dkim_rule(rule) : NULL;
    return known != NULL ? known->severity : FX_SEVERITY_NOTE; /* of a later release */
}

/* of: the columns of a signing domain, or NULL. */
static bool anomalies(struct ctl_report_builder *b, const json_t *list, uint64_t *of)
{
    size_t i;
    const json_t *anomaly;
    json_array_foreach(list, i, anomaly)
    {
        struct fx_slice name =
            or_not_told(fx_slice(json_string_value(anomaly), json_string_length(anomaly)));
        int severity = (int)severity_of(name) - (int)FX_SEVERITY_FAULT;
        if (take(b, CTL_TABLE_ANOMALIES, name, severity) == NULL)
            return false;
        if (of != NULL)
            add(of, CTL_DKIM_FAULT + severity, 1);
    }
    return true;
}

static bool signatures(struct ctl_report_builder *b, const json_t *m)
{
    char buffer[CTL_LABEL_MAX + 1];
    size_t i;
    const json_t *signature;
    json_array_foreach(json_object_get(m, "dkim"), i, signature)
    {
        struct fx_slice d = ctl_member_text(signature, "domain");
        struct ctl_top_entry *entry =
            take(b, CTL_TABLE_DKIM, d.len > 0 ? lower(d, buffer) : NONE, -1);
        if (entry == NULL ||
            !anomalies(b, json_object_get(signature, "anomalies"), entry->values))
            return false;
        if (fx_slice_eq(ctl_member_text(signature, "field"), FX_LIT("ARC-Seal")))
            continue; /* signs no fields by name, and no body */
        enum fx_grade grade;
        bool named = fx_grade_find(ctl_member_text(signature, "content_type"), &grade);
        add(entry->values, named ? (int)grade : CTL_DKIM_NONE, 1);
        if (fx_slice_eq(ctl_member_text(signature, "body_hash"), FX_LIT("mismatch")))
            add(entry->values, CTL_DKIM_MISMATCH, 1);
    }
    return anomalies(b, json_object_get(m, "dkim_message"), NULL);
}

/* ---- records ---- */

static void verdicts(struct ctl_report_builder *b, const json_t *m, size_t row)
{
    add(b->rows[CTL_TABLE_VERDICTS][row], outcome_of(ctl_member_text(m, "verdict")), 1);
    add(b->rows[CTL_TABLE_VERDICTS][row + 1], outcome_of(ctl_member_text(m, "would")), 1);
}

static bool message(struct ctl_report_builder *b, const struct ctl_record *record)
{
    json_t *m = record->members;
    int verdict = outcome_of(ctl_member_text(m, "verdict"));
    const json_t *results = json_object_get(m, "recipients"), *extension;
    size_t i;
    if (verdict >= 0)
        ctl_time_count(&b->time, record->time, (size_t)verdict, 1);
    verdicts(b, m, 0);
    for (i = 0; i < ctl_form_rows(&ctl_forms[CTL_TABLE_RESULTS]); i++)
        add(b->rows[CTL_TABLE_RESULTS][i], 0,
            ctl_member_count(results, ctl_forms[CTL_TABLE_RESULTS].rows[i]));
    json_array_foreach(json_object_get(m, "extensions"), i, extension)
    {
        struct fx_slice name =
            fx_slice(json_string_value(extension), json_string_length(extension));
        if (take(b, CTL_TABLE_EXTENSIONS, or_not_told(name), 0) == NULL)
            return false;
    }
    return connection(b, m, CTL_OF_MESSAGES) && domains(b, m, verdict) && profiles(b, m) &&
           findings(b, m) && signatures(b, m);
}

static void event(struct ctl_report_builder *b, int row, uint64_t records)
{
    add(b->rows[CTL_TABLE_DAEMON][row], CTL_EVENTS, 1);
    add(b->rows[CTL_TABLE_DAEMON][row], CTL_EVENT_RECORDS, records);
}

/* What the writer of the log says, in whatever record. */
static void writer(struct ctl_report_builder *b, const struct ctl_record *record)
{
    static const int rows[CTL_RECORD_TYPES] = {[CTL_RECORD_START] = CTL_DAEMON_START + 1,
                                               [CTL_RECORD_RELOAD] = CTL_DAEMON_RELOAD + 1,
                                               [CTL_RECORD_STOP] = CTL_DAEMON_STOP + 1,
                                               [CTL_RECORD_HEAD] = CTL_DAEMON_HEAD + 1};
    const json_t *m = record->members;
    const json_t *unwritten = json_object_get(m, "unwritten");
    const json_t *missing = json_object_get(m, "missing");
    if (rows[record->type] > 0)
        event(b, rows[record->type] - 1, 0);
    if (json_is_string(json_object_get(m, "torn")))
        event(b, CTL_DAEMON_TORN, 0);
    if (json_is_object(unwritten))
        event(b, CTL_DAEMON_UNWRITTEN, ctl_member_count(unwritten, "records"));
    if (json_is_object(missing)) {
        uint64_t from = ctl_member_count(missing, "from"), to = ctl_member_count(missing, "to");
        event(b, CTL_DAEMON_MISSING, to >= from ? to - from + 1 : 0);
    }
    if (ctl_member_true(m, "rewritten_log"))
        event(b, CTL_DAEMON_REWRITTEN, 0);
}

/* The mail server that a record is about, or the machine of the daemon. */
static bool host(struct ctl_report_builder *b, const struct ctl_record *record)
{
    struct fx_slice name = or_not_told(ctl_member_text(record->members, "host"));
    struct ctl_top *top = &b->tops[CTL_TABLE_HOSTS];
    int column = CTL_OF_OTHERS;
    if (record->type == CTL_RECORD_MESSAGE)
        column = CTL_OF_MESSAGES;
    else if (record->type == CTL_RECORD_SESSION)
        column = CTL_OF_SESSIONS;
    else if (record->type == CTL_RECORD_START || record->type == CTL_RECORD_RELOAD ||
             record->type == CTL_RECORD_STOP || record->type == CTL_RECORD_HEAD)
        top = &b->machines;
    struct ctl_top_entry *entry = ctl_top_take(top, name);
    if (entry != NULL)
        add(entry->values, column, 1);
    return entry != NULL;
}

bool ctl_report_count(struct ctl_report_builder *b, const struct ctl_record *record)
{
    const json_t *m = record->members;
    if (!host(b, record))
        return false;
    writer(b, record);
    switch (record->type) {
    case CTL_RECORD_MESSAGE:
        return message(b, record);
    case CTL_RECORD_SESSION:
        verdicts(b, m, 2);
        return connection(b, m, CTL_OF_SESSIONS) && findings(b, m);
    case CTL_RECORD_LATER:
        return findings(b, m);
    default:
        return true;
    }
}
