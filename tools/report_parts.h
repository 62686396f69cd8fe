/* report_parts - inside the report: its tables as they are filled, and what each is.
 *
 * report_forms.c says what the tables are, report_record.c fills them, report.c makes the
 * report.
 */
#ifndef FX_REPORT_PARTS_H
#define FX_REPORT_PARTS_H

#include "record_read.h"
#include "report.h"
#include "report_time.h"
#include "report_top.h"

/* In the order in which they are shown. */
enum ctl_report_table {
    CTL_TABLE_TIME,
    CTL_TABLE_VERDICTS,
    CTL_TABLE_PROFILES,
    CTL_TABLE_RULES,
    CTL_TABLE_RULES_MODES,
    CTL_TABLE_RULES_PROFILES,
    CTL_TABLE_CLIENTS,
    CTL_TABLE_SENDERS,
    CTL_TABLE_RECIPIENTS,
    CTL_TABLE_TLS,
    CTL_TABLE_CIPHERS,
    CTL_TABLE_EXTENSIONS,
    CTL_TABLE_AUTH,
    CTL_TABLE_RESULTS,
    CTL_TABLE_TRUNCATION,
    CTL_TABLE_DUPLICATES,
    CTL_TABLE_DKIM,
    CTL_TABLE_ANOMALIES,
    CTL_TABLE_MTA,
    CTL_TABLE_HOSTS,
    CTL_TABLE_DAEMON,
    CTL_REPORT_TABLES
};

enum ctl_form_kind {
    CTL_FORM_TIME,  /* steps of time */
    CTL_FORM_ROWS,  /* rows known beforehand */
    CTL_FORM_WORDS, /* words of the policy, of the mail servers and of protocols: few */
    CTL_FORM_LABELS /* whatever peers say: any number; the first so many are shown */
};

#define CTL_FORM_COLUMNS 8

struct ctl_form {
    enum ctl_form_kind kind;
    enum ctl_chart chart;
    const char *id, *title, *means, *labels;
    const char *columns[CTL_FORM_COLUMNS];
    const char *rows[CTL_FORM_COLUMNS]; /* ROWS: their labels */
    size_t shares;                      /* see table.h */
    size_t by;                          /* 1 + the column by which rows stand in order; 0: as
                                         * often as they were counted */
};

extern const struct ctl_form ctl_forms[CTL_REPORT_TABLES];
size_t ctl_form_columns(const struct ctl_form *form);
size_t ctl_form_rows(const struct ctl_form *form);

/* Columns and rows that are written to by number. */
enum { CTL_IN_FORCE = 5 };                                       /* of PROFILES */
enum { CTL_NOTED, CTL_ENFORCED, CTL_RULE_RECORDS };              /* of RULES */
enum { CTL_PROFILE_ENFORCED = 5 };                               /* of RULES_PROFILES */
enum { CTL_CLIENT_SESSIONS = 5, CTL_DOMAIN_RECIPIENTS = 5 };     /* of CLIENTS, of RECIPIENTS */
enum { CTL_OF_MESSAGES, CTL_OF_SESSIONS, CTL_OF_OTHERS };        /* of TLS, MTA, HOSTS, ... */
enum { CTL_OVER_LIMIT, CTL_RESPECTED, CTL_ABANDONED, CTL_LOST }; /* rows of TRUNCATION */
enum { CTL_TRUNCATED, CTL_REFUSED, CTL_RETURNED, CTL_NOT_BACK }; /* its columns */
enum {
    CTL_DKIM_NONE = 3,
    CTL_DKIM_MISMATCH,
    CTL_DKIM_FAULT,
    CTL_DKIM_WEAK,
    CTL_DKIM_NOTE
}; /* of DKIM, behind the grades */
enum {
    CTL_DAEMON_START,
    CTL_DAEMON_RELOAD,
    CTL_DAEMON_STOP,
    CTL_DAEMON_HEAD,
    CTL_DAEMON_TORN,
    CTL_DAEMON_UNWRITTEN,
    CTL_DAEMON_MISSING,
    CTL_DAEMON_REWRITTEN
}; /* rows of DAEMON */
enum { CTL_EVENTS, CTL_EVENT_RECORDS };

struct ctl_report_builder {
    struct ctl_report report; /* its tables come at the end */
    size_t part_cap, top;
    uint64_t number; /* of the record that is counted, from 1 */
    struct ctl_time time;
    struct ctl_top tops[CTL_REPORT_TABLES]; /* of WORDS and LABELS */
    struct ctl_top machines; /* HOSTS, where only the daemon itself names any */
    uint64_t rows[CTL_REPORT_TABLES][CTL_FORM_COLUMNS]
                 [CTL_FORM_COLUMNS]; /* ROWS: [row][column] */
};

/* Adds what a record says to the tables. false: no memory. */
bool ctl_report_count(struct ctl_report_builder *b, const struct ctl_record *record);

#endif
