/* settings - see settings.h. The table, and nothing that reads a file. */
#include "settings.h"

static const char *const failures[] = {"tempfail", "accept", "reject", NULL};
static const char *const full_failures[] = {"tempfail", "accept", NULL};
static const char *const modes[] = {"off", "observe", "tag", "enforce", NULL};
static const char *const sandboxes[] = {"available", "required", "off", NULL};
static const char *const grades[] = {"folded", "colon", "listed", NULL};
static const char *const severities[] = {"off", "fault", "weak", "note", NULL};
static const char *const overflows[] = {"", "defer", "drop-connection", "lose", "fail", NULL};
static const char *const records[] = {"all", "flagged", NULL};
static const char *const durabilities[] = {"write", "fsync", "async", NULL};
static const char *const addresses[] = {"plain", "hash", NULL};
static const char *const backends[] = {"memory", "sqlite", "redis", NULL};
static const char *const not_a_path[] = {"stdout", NULL};

#define UNIX_SOCKET "unix:/run/fixup-milter/fixup-milter.sock"
#define DAY 86400
#define BYTES_MAX INT64_C(1099511627776)

/* `.inert` marks what has no effect yet; take it away with the change that gives it one. */
static const struct fx_setting_row rows[FX_SETTING_COUNT] = {
    [FX_SETTING_MILTER_SOCKET] =
        {"milter.socket", FX_TYPE_SOCKET, .text = UNIX_SOCKET,
         .help = "where the MTA finds the filter: unix:/path, inet:port@host, inet6:port@host"},
    [FX_SETTING_MILTER_SOCKET_MODE] = {"milter.socket_mode", FX_TYPE_OCTAL, .number = 0660,
                                       .max = 0777,
                                       .help = "permissions of a unix socket, octal"},
    [FX_SETTING_MILTER_SOCKET_GROUP] =
        {"milter.socket_group", FX_TYPE_STRING, .text = "", .may_be_empty = true,
         .help = "group of a unix socket; empty: the group of the process"},
    [FX_SETTING_MILTER_ALLOW_REMOTE] = {"milter.allow_remote", FX_TYPE_BOOL, .number = 0,
                                        .help = "allow an inet socket beyond loopback"},
    [FX_SETTING_MILTER_USER] = {"milter.user", FX_TYPE_STRING, .text = "", .may_be_empty = true,
                                .help = "user to run as once the socket is open; empty: stay"},
    [FX_SETTING_MILTER_SANDBOX] = {"milter.sandbox", FX_TYPE_WORD,
                                   .number = FX_SANDBOX_AVAILABLE, .words = sandboxes,
                                   .unit = "a choice",
                                   .help =
                                       "give up, once the sockets are open, what the daemon "
                                       "does not need"},
    [FX_SETTING_MILTER_ON_ERROR] = {"milter.on_error", FX_TYPE_WORD, .number = 0,
                                    .words = failures, .unit = "an outcome",
                                    .help = "what mail gets when the filter itself fails"},
    [FX_SETTING_MILTER_DRAIN_SECONDS] =
        {"milter.drain_seconds", FX_TYPE_NUMBER, .number = 30, .max = 3600, .unit = "seconds",
         .help = "how long running sessions may take to finish at the end"},
    [FX_SETTING_POLICY_PROFILE] = {"policy.profile", FX_TYPE_PROFILE, FX_SCOPE_FILE_AND_CLIENT,
                                   .text = "asa-9", .help = "the firewall that is imitated"},
    [FX_SETTING_POLICY_COMPARE] =
        {"policy.compare", FX_TYPE_PROFILES, FX_SCOPE_FILE_AND_CLIENT, .text = "[ ]",
         .help = "further profiles, evaluated and recorded only; \"all\": every one there is"},
    [FX_SETTING_POLICY_MODE] = {"policy.mode", FX_TYPE_WORD, FX_SCOPE_FILE_AND_CLIENT,
                                .number = FX_MODE_OBSERVE, .words = modes, .unit = "a mode",
                                .help = "how much is done about what is found"},
    [FX_SETTING_POLICY_RULES] = {"policy.rules", FX_TYPE_RULES, FX_SCOPE_FILE_AND_CLIENT,
                                 .text = "{ }", .words = modes, .unit = "a mode",
                                 .help = "a mode of its own for single rules"},
    [FX_SETTING_POLICY_REQUIRE] = {"policy.require", FX_TYPE_EXTENSIONS,
                                   FX_SCOPE_FILE_AND_CLIENT, .text = "[ ]",
                                   .help = "extensions that every client has to use"},
    [FX_SETTING_POLICY_CONTENT_TYPE_GRADE] =
        {"policy.content_type_grade", FX_TYPE_WORD, .number = FX_GRADE_FOLDED, .words = grades,
         .unit = "a grade", .help = "from which shape on a Content-Type inside a field counts"},
    [FX_SETTING_POLICY_DKIM_SEVERITY] =
        {"policy.dkim_severity", FX_TYPE_WORD, .number = FX_SEVERITY_WEAK, .words = severities,
         .unit = "a severity",
         .help = "the mildest signature anomaly that counts as a finding; off: none does"},
    [FX_SETTING_CLIENTS] =
        {"clients", FX_TYPE_CLIENTS, .text = "( )",
         .help = "other rules for some clients; the first block that matches wins"},
    [FX_SETTING_CLIENTS_NETWORKS] = {"clients.networks", FX_TYPE_NETWORKS, FX_SCOPE_CLIENT,
                                     .text = "[ ]",
                                     .help =
                                         "the client's address is in one of these networks"},
    [FX_SETTING_CLIENTS_AUTHENTICATED] = {"clients.authenticated", FX_TYPE_BOOL,
                                          FX_SCOPE_CLIENT, .number = 0,
                                          .help = "the client has authenticated, or has not"},
    [FX_SETTING_CLIENTS_DAEMON_NAME] = {"clients.daemon_name", FX_TYPE_STRING, FX_SCOPE_CLIENT,
                                        .text = "", .help = "the MTA's listener has this name"},
    [FX_SETTING_SIMULATE_RECIPIENTS_LIMIT] =
        {"simulate.recipients.limit", FX_TYPE_NUMBER, FX_SCOPE_FILE_AND_CLIENT, .number = 0,
         .max = 100000, .unit = "recipients",
         .help = "recipients of one message; 0: as the profile has it"},
    [FX_SETTING_SIMULATE_RECIPIENTS_OVERFLOW] =
        {"simulate.recipients.overflow", FX_TYPE_WORD, FX_SCOPE_FILE_AND_CLIENT,
         .number = FX_OVERFLOW_NONE, .words = overflows, .unit = "an overflow",
         .help = "what recipients over the limit get; empty: as the profile has it"},
    [FX_SETTING_SIMULATE_END_OF_DATA_EVERY] =
        {"simulate.end_of_data.every", FX_TYPE_NUMBER, FX_SCOPE_FILE_AND_CLIENT, .number = 0,
         .max = 1000000, .unit = "messages",
         .help = "hold the answer to every Nth message; 0: never"},
    [FX_SETTING_SIMULATE_END_OF_DATA_HOLD_SECONDS] =
        {"simulate.end_of_data.hold_seconds", FX_TYPE_NUMBER, FX_SCOPE_FILE_AND_CLIENT,
         .number = 700, .min = 1, .max = 3600, .unit = "seconds",
         .help =
             "how long it is held; clients wait for 600 seconds (RFC 5321 section 4.5.3.2.6)"},
    [FX_SETTING_SIMULATE_END_OF_DATA_MAX_HELD] = {"simulate.end_of_data.max_held",
                                                  FX_TYPE_NUMBER, FX_SCOPE_FILE_AND_CLIENT,
                                                  .number = 100, .min = 1, .max = 10000,
                                                  .unit = "messages",
                                                  .help = "how many are held at the same time"},
    [FX_SETTING_LOG_FILE] = {"log.file", FX_TYPE_PATH,
                             .text = "/var/log/fixup-milter/compliance.jsonl",
                             .words = not_a_path, .help = "the compliance log, or stdout"},
    [FX_SETTING_LOG_RECORDS] = {"log.records", FX_TYPE_WORD, .number = 0, .words = records,
                                .unit = "a choice", .help = "which messages get a record"},
    [FX_SETTING_LOG_DURABILITY] =
        {"log.durability", FX_TYPE_WORD, .number = FX_DURABILITY_WRITE, .words = durabilities,
         .unit = "a durability",
         .help =
             "where a record is before the answer: with the kernel, on disk, or on its way"},
    [FX_SETTING_LOG_CHAIN] = {"log.chain", FX_TYPE_BOOL, .number = 1,
                              .help = "each record carries the hash of the one before"},
    [FX_SETTING_LOG_KEY_FILE] = {"log.key_file", FX_TYPE_PATH, .text = "", .may_be_empty = true,
                                 .help = "key that turns the hash into an HMAC"},
    [FX_SETTING_LOG_SIGNING_KEY_FILE] = {"log.signing_key_file", FX_TYPE_PATH, .text = "",
                                         .may_be_empty = true,
                                         .help =
                                             "Ed25519 key (PEM) that signs the head records"},
    [FX_SETTING_LOG_HEAD_RECORDS] = {"log.head_records", FX_TYPE_NUMBER, .number = 1000,
                                     .min = 1, .max = 1000000000, .unit = "records",
                                     .help = "a head record after so many records"},
    [FX_SETTING_LOG_HEAD_SECONDS] = {"log.head_seconds", FX_TYPE_NUMBER, .number = 60, .min = 1,
                                     .max = DAY, .unit = "seconds",
                                     .help = "a head record after so much time"},
    [FX_SETTING_LOG_ROTATE_BYTES] = {"log.rotate_bytes", FX_TYPE_NUMBER, .number = 0,
                                     .max = BYTES_MAX, .unit = "octets",
                                     .help = "start a new file at this size; 0: never"},
    [FX_SETTING_LOG_ADDRESSES] =
        {"log.addresses", FX_TYPE_WORD, .number = 0, .words = addresses, .unit = "a form",
         .help = "mail addresses as they are, or as a keyed hash with the domain kept"},
    [FX_SETTING_LOG_ADDRESS_KEY_FILE] = {"log.address_key_file", FX_TYPE_PATH, .text = "",
                                         .may_be_empty = true,
                                         .help = "keys of that hash, the one in use first"},
    [FX_SETTING_LOG_SYSLOG] = {"log.syslog", FX_TYPE_BOOL, .number = 1,
                               .help = "one line to syslog for each flagged message besides"},
    [FX_SETTING_LOG_ON_FULL] = {"log.on_full", FX_TYPE_WORD, .number = 0,
                                .words = full_failures, .unit = "an outcome",
                                .help = "what mail gets when a record cannot be written"},
    [FX_SETTING_STATE_BACKEND] = {"state.backend", FX_TYPE_WORD, .number = 1, .words = backends,
                                  .unit = "a backend",
                                  .help = "where is kept what outlives a connection"},
    [FX_SETTING_STATE_PATH] = {"state.path", FX_TYPE_PATH,
                               .text = "/var/lib/fixup-milter/state.db",
                               .help = "the database of sqlite"},
    [FX_SETTING_STATE_URI] = {"state.uri", FX_TYPE_STRING, .text = "", .may_be_empty = true,
                              .help = "the server of redis"},
    [FX_SETTING_STATE_LOST_AFTER_SECONDS] =
        {"state.lost_after_seconds", FX_TYPE_NUMBER, .number = 14400, .min = 1, .max = 30 * DAY,
         .unit = "seconds",
         .help = "a recipient that is not sent again within this time counts as lost"},
    [FX_SETTING_STATE_REMEMBER_SECONDS] =
        {"state.remember_seconds", FX_TYPE_NUMBER, .number = 14400, .min = 1, .max = 30 * DAY,
         .unit = "seconds",
         .help = "a message that comes again within this time of its last copy is a repeat"},
    [FX_SETTING_COMMAND_FILTER_LISTEN] =
        {"command_filter.listen", FX_TYPE_SOCKET, .text = "", .may_be_empty = true,
         .help = "socketmap server for Postfix's smtpd_command_filter"},
    [FX_SETTING_COMMAND_FILTER_MARK_EHLO] =
        {"command_filter.mark_ehlo", FX_TYPE_BOOL, .number = 0,
         .help =
             "mark EHLO and HELO in their argument, so that the milter can tell them apart"},
    [FX_SETTING_METRICS_LISTEN] = {"metrics.listen", FX_TYPE_PORT, .text = "",
                                   .may_be_empty = true, .inert = true,
                                   .help = "ADDR:PORT for Prometheus"},
    [FX_SETTING_LIMITS_FINDINGS] = {"limits.findings", FX_TYPE_NUMBER, .number = 64, .min = 1,
                                    .max = 1000, .unit = "findings",
                                    .help = "findings kept for one record"},
    [FX_SETTING_LIMITS_EVIDENCE] = {"limits.evidence", FX_TYPE_NUMBER, .number = 512, .min = 16,
                                    .max = 4096, .unit = "octets",
                                    .help = "evidence kept for one finding"},
    [FX_SETTING_LIMITS_RECIPIENTS] = {"limits.recipients", FX_TYPE_NUMBER, .number = 1000,
                                      .max = 100000, .unit = "recipients",
                                      .help =
                                          "recipients listed in one record; all are counted"},
    [FX_SETTING_LIMITS_SIGNATURES] = {"limits.signatures", FX_TYPE_NUMBER, .number = 32,
                                      .min = 1, .max = 200, .unit = "signatures",
                                      .help = "signature fields looked at in one message"},
    [FX_SETTING_LIMITS_ADDRESS] = {"limits.address", FX_TYPE_NUMBER, .number = 1024, .min = 64,
                                   .max = 65536, .unit = "octets",
                                   .help =
                                       "length kept of an address or a HELO name in a record"},
    [FX_SETTING_LIMITS_CONNECTIONS] =
        {"limits.connections", FX_TYPE_NUMBER, .number = 4096, .min = 1, .max = 1000000,
         .unit = "connections", .help = "sessions of the mail server at the same time"},
    [FX_SETTING_LIMITS_HEADER_FIELDS] = {"limits.header_fields", FX_TYPE_NUMBER, .number = 1000,
                                         .min = 1, .max = 1000000, .unit = "fields",
                                         .help = "header fields of one message looked into"},
    [FX_SETTING_LIMITS_HEADER_OCTETS] = {"limits.header_octets", FX_TYPE_NUMBER,
                                         .number = 1048576, .min = 1024, .max = 1073741824,
                                         .unit = "octets",
                                         .help = "octets of one header looked into"},
    [FX_SETTING_LIMITS_LINE] = {"limits.line", FX_TYPE_NUMBER, .number = 65536, .min = 512,
                                .max = 1048576, .unit = "octets",
                                .help = "octets of one command or header field looked into"},
    [FX_SETTING_LIMITS_PARAMETERS] = {"limits.parameters", FX_TYPE_NUMBER,
                                      .number = FX_PARAMETERS_MAX, .min = 1,
                                      .max = FX_PARAMETERS_MAX, .unit = "parameters",
                                      .help = "parameters of one MAIL or RCPT looked at"},
    [FX_SETTING_LIMITS_COMMAND_FILTER_CONNECTIONS] =
        {"limits.command_filter_connections", FX_TYPE_NUMBER, .number = 256, .min = 1,
         .max = FX_COMMAND_FILTER_CONNECTIONS_MAX, .unit = "connections",
         .help = "connections to the command filter at the same time"},
    [FX_SETTING_LIMITS_STATE_ENTRIES] = {"limits.state_entries", FX_TYPE_NUMBER,
                                         .number = 100000, .min = 10, .max = 10000000,
                                         .unit = "entries",
                                         .help = "messages remembered in the state store"},
};

const struct fx_setting_row *fx_settings_row(size_t n)
{
    return n < FX_SETTING_COUNT ? &rows[n] : NULL;
}

const char *fx_settings_at(const struct fx_settings *s, enum fx_setting setting)
{
    return s->at == NULL || s->at[setting] == NULL ? "" : s->at[setting];
}

const struct fx_setting_row *fx_settings_find(struct fx_slice name)
{
    for (size_t i = 0; i < FX_SETTING_COUNT; i++)
        if (fx_slice_eq(name, fx_slice_str(rows[i].name)))
            return &rows[i];
    return NULL;
}

static void add_octal(struct fx_text *t, uint64_t mode)
{
    for (unsigned shift = 12; shift > 0; shift -= 3)
        fx_text_add_char(t, (char)('0' + ((mode >> (shift - 3)) & 7)));
}

void fx_settings_default(const struct fx_setting_row *row, struct fx_text *t)
{
    switch (row->type) {
    case FX_TYPE_BOOL:
        fx_text_add_str(t, row->number != 0 ? "true" : "false");
        return;
    case FX_TYPE_NUMBER:
        fx_text_add_u64(t, (uint64_t)row->number);
        return;
    case FX_TYPE_PROFILES:
    case FX_TYPE_EXTENSIONS:
    case FX_TYPE_RULES:
    case FX_TYPE_CLIENTS:
    case FX_TYPE_NETWORKS:
        fx_text_add_str(t, row->text);
        return;
    default:
        break;
    }
    fx_text_add_char(t, '"');
    if (row->type == FX_TYPE_OCTAL)
        add_octal(t, (uint64_t)row->number);
    else
        fx_text_add_str(t, row->type == FX_TYPE_WORD ? row->words[row->number] : row->text);
    fx_text_add_char(t, '"');
}

bool fx_settings_rule_inert(enum fx_rule rule)
{
    switch (rule) {
    case FX_RULE_MESSAGE_SIZE:
    case FX_RULE_DSN_SYMPTOM:
        return true;
    default:
        return false;
    }
}
