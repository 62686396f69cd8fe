/* settings - the table of settings: name, type, default, range, unit and one line of help.
 *
 * The table is the one place that knows them: the configuration reader checks against it, the
 * example configuration and fixup-milter.conf(5) are compared with it by tests.
 */
#ifndef FX_SETTINGS_H
#define FX_SETTINGS_H

#include "terms.h"
#include "text.h"

enum fx_durability { FX_DURABILITY_WRITE, FX_DURABILITY_FSYNC, FX_DURABILITY_ASYNC };

/* What becomes of a part of the sandbox that the kernel or the build does not have. */
enum fx_sandbox {
    FX_SANDBOX_AVAILABLE, /* it is reported, and the daemon does without */
    FX_SANDBOX_REQUIRED,  /* the daemon does not start */
    FX_SANDBOX_OFF        /* no part is used */
};

/* The most that limits.command_filter_connections may be. */
#define FX_COMMAND_FILTER_CONNECTIONS_MAX 4096
/* The most that limits.parameters may be. */
#define FX_PARAMETERS_MAX 64

/* The values of every scalar setting. Strings are owned, never NULL. Lists (policy.compare,
 * policy.require, policy.rules, clients) live in the policy, as do policy.* and limits.*. */
struct fx_settings {
    struct {
        char *socket;
        unsigned socket_mode;
        char *socket_group;
        bool allow_remote;
        char *user;
        enum fx_sandbox sandbox;
        int64_t drain_seconds;
    } milter;
    struct {
        char *file;
        enum fx_durability durability;
        bool chain;
        char *key_file, *signing_key_file;
        int64_t head_records, head_seconds, rotate_bytes;
        bool hash_addresses;
        char *address_key_file;
        bool syslog;
    } log;
    struct {
        char *backend, *path, *uri;
        int64_t lost_after_seconds, remember_seconds;
        int64_t entries; /* limits.state_entries */
    } state;
    struct {
        char *listen; /* "": off */
        bool mark_ehlo;
        int64_t connections; /* limits.command_filter_connections */
    } command_filter;
    char *metrics_listen;
    char **at; /* [FX_SETTING_COUNT]: where the file has it; NULL: nowhere. For fx_settings_at */
};

/* Every setting of the configuration file, in the order of the file. Those of `clients` stand
 * for the criteria of one block; what else a block may set is marked in the row. */
enum fx_setting {
    FX_SETTING_MILTER_SOCKET,
    FX_SETTING_MILTER_SOCKET_MODE,
    FX_SETTING_MILTER_SOCKET_GROUP,
    FX_SETTING_MILTER_ALLOW_REMOTE,
    FX_SETTING_MILTER_USER,
    FX_SETTING_MILTER_SANDBOX,
    FX_SETTING_MILTER_ON_ERROR,
    FX_SETTING_MILTER_DRAIN_SECONDS,
    FX_SETTING_POLICY_PROFILE,
    FX_SETTING_POLICY_COMPARE,
    FX_SETTING_POLICY_MODE,
    FX_SETTING_POLICY_RULES,
    FX_SETTING_POLICY_REQUIRE,
    FX_SETTING_POLICY_CONTENT_TYPE_GRADE,
    FX_SETTING_POLICY_DKIM_SEVERITY,
    FX_SETTING_CLIENTS,
    FX_SETTING_CLIENTS_NETWORKS,
    FX_SETTING_CLIENTS_AUTHENTICATED,
    FX_SETTING_CLIENTS_DAEMON_NAME,
    FX_SETTING_SIMULATE_RECIPIENTS_LIMIT,
    FX_SETTING_SIMULATE_RECIPIENTS_OVERFLOW,
    FX_SETTING_SIMULATE_END_OF_DATA_EVERY,
    FX_SETTING_SIMULATE_END_OF_DATA_HOLD_SECONDS,
    FX_SETTING_SIMULATE_END_OF_DATA_MAX_HELD,
    FX_SETTING_LOG_FILE,
    FX_SETTING_LOG_RECORDS,
    FX_SETTING_LOG_DURABILITY,
    FX_SETTING_LOG_CHAIN,
    FX_SETTING_LOG_KEY_FILE,
    FX_SETTING_LOG_SIGNING_KEY_FILE,
    FX_SETTING_LOG_HEAD_RECORDS,
    FX_SETTING_LOG_HEAD_SECONDS,
    FX_SETTING_LOG_ROTATE_BYTES,
    FX_SETTING_LOG_ADDRESSES,
    FX_SETTING_LOG_ADDRESS_KEY_FILE,
    FX_SETTING_LOG_SYSLOG,
    FX_SETTING_LOG_ON_FULL,
    FX_SETTING_STATE_BACKEND,
    FX_SETTING_STATE_PATH,
    FX_SETTING_STATE_URI,
    FX_SETTING_STATE_LOST_AFTER_SECONDS,
    FX_SETTING_STATE_REMEMBER_SECONDS,
    FX_SETTING_COMMAND_FILTER_LISTEN,
    FX_SETTING_COMMAND_FILTER_MARK_EHLO,
    FX_SETTING_METRICS_LISTEN,
    FX_SETTING_LIMITS_FINDINGS,
    FX_SETTING_LIMITS_EVIDENCE,
    FX_SETTING_LIMITS_RECIPIENTS,
    FX_SETTING_LIMITS_SIGNATURES,
    FX_SETTING_LIMITS_ADDRESS,
    FX_SETTING_LIMITS_CONNECTIONS,
    FX_SETTING_LIMITS_HEADER_FIELDS,
    FX_SETTING_LIMITS_HEADER_OCTETS,
    FX_SETTING_LIMITS_LINE,
    FX_SETTING_LIMITS_PARAMETERS,
    FX_SETTING_LIMITS_COMMAND_FILTER_CONNECTIONS,
    FX_SETTING_LIMITS_STATE_ENTRIES,
    FX_SETTING_COUNT
};

/* "FILE:LINE: " for a message about the setting, "" where no file has it. Borrowed from s. */
const char *fx_settings_at(const struct fx_settings *s, enum fx_setting setting);

enum fx_setting_type {
    FX_TYPE_BOOL,
    FX_TYPE_NUMBER, /* min to max */
    FX_TYPE_OCTAL,  /* a string of octal digits, up to max */
    FX_TYPE_STRING,
    FX_TYPE_PATH,       /* a file; relative to the file that names it; words: not a path */
    FX_TYPE_SOCKET,     /* unix:/path, inet:port@host, inet6:port@host */
    FX_TYPE_PORT,       /* ADDR:PORT */
    FX_TYPE_WORD,       /* one of words; its number is its place among them */
    FX_TYPE_PROFILE,    /* the name of a profile */
    FX_TYPE_PROFILES,   /* an array of them, or "all" */
    FX_TYPE_EXTENSIONS, /* an array of EHLO keywords */
    FX_TYPE_RULES,      /* a group: rule = mode */
    FX_TYPE_CLIENTS,    /* a list of groups */
    FX_TYPE_NETWORKS    /* an array of ADDRESS/BITS */
};

/* Where a setting may stand. */
enum fx_setting_scope { FX_SCOPE_FILE, FX_SCOPE_FILE_AND_CLIENT, FX_SCOPE_CLIENT };

struct fx_setting_row {
    const char *name; /* dotted */
    enum fx_setting_type type;
    enum fx_setting_scope scope;
    int64_t number;   /* the default of BOOL, NUMBER, OCTAL and WORD */
    const char *text; /* the default of the others; of lists and groups as the file writes it */
    int64_t min, max; /* NUMBER, OCTAL */
    const char *unit; /* NUMBER: NULL: none. WORD: what the words are, "a mode" */
    const char *const *words; /* NULL-terminated; NULL: none */
    bool may_be_empty; /* STRING, PATH, SOCKET, PORT: "" is allowed and stands for "none" */
    bool inert;        /* has no effect yet: whoever sets it is told so */
    const char *help;  /* one line */
};

/* Static storage; NULL past the end, so that a loop from 0 sees every row. */
const struct fx_setting_row *fx_settings_row(size_t n);
/* The row with that dotted name, or NULL. */
const struct fx_setting_row *fx_settings_find(struct fx_slice name);
/* The default as the configuration file writes it: true, 30, "0660", [ ]. */
void fx_settings_default(const struct fx_setting_row *row, struct fx_text *t);
/* True for a rule whose check does not exist yet: a mode for it is without effect. */
bool fx_settings_rule_inert(enum fx_rule rule);

#endif
