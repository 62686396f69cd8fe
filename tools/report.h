/* report - what a compliance log says, in sum.
 *
 * A report is filled record by record (ctl_report_take), finished once (ctl_report_finish), and
 * from then on only read: views (terminal, JSON, HTML) walk over the tables and know nothing of
 * records. Memory is bounded whatever the log: a table of labels keeps so many of them
 * (report_top.h), one of times so many steps (report_time.h). Not thread-safe.
 */
#ifndef FX_REPORT_H
#define FX_REPORT_H

#include "exits.h"
#include "table.h"

/* What a record is: its member "type". OTHER: one that this program does not know. */
enum ctl_record_type {
    CTL_RECORD_MESSAGE,
    CTL_RECORD_SESSION,
    CTL_RECORD_LATER,
    CTL_RECORD_START,
    CTL_RECORD_RELOAD,
    CTL_RECORD_STOP,
    CTL_RECORD_HEAD,
    CTL_RECORD_OTHER,
    CTL_RECORD_TYPES
};

enum ctl_chain_state {
    CTL_CHAIN_NONE,       /* records without prev and hash */
    CTL_CHAIN_INTACT,     /* all lines, from the first to the last that was given */
    CTL_CHAIN_BROKEN,     /* `where` and `what` of the first place */
    CTL_CHAIN_NOT_CHECKED /* `what` says why: "too many hosts" */
};

/* Of all parts together, whatever period the report is about. */
struct ctl_chain_summary {
    enum ctl_chain_state state;
    char *where;          /* "FILE:LINE", owned; NULL: no place. A file's name: any octets */
    char *what;           /* owned; NULL: nothing to add. It holds words of the log */
    uint64_t chains;      /* one for each log */
    char *earlier;        /* whose beginning was not given: "vm from record 5, ..."; owned, NULL:
                           * of none. It holds words of the log */
    bool keyed;           /* HMAC-SHA-256 somewhere, else SHA-256 */
    uint64_t breaks;      /* broken places */
    uint64_t chained;     /* records that have prev and hash */
    uint64_t heads;       /* signed heads, of them */
    uint64_t heads_good;  /* the signature was checked with a public key, and is good */
    uint64_t first, last; /* numbers of the first and the last record of one chain; 0: none */
};

/* A file, in the order given. */
struct ctl_report_part {
    char *name;       /* owned; any octets but NUL. "-": standard input */
    uint64_t records; /* in it, within the period or not */
    uint64_t unread;  /* lines that are no record */
};

struct ctl_report {
    /* the period: what was asked for (microseconds since 1970; until is exclusive), and times
     * of the first and the last record that counts */
    bool since_told, until_told;
    int64_t since, until;
    int64_t first, last; /* of use if records > 0 */

    uint64_t records;                 /* that count: within the period */
    uint64_t types[CTL_RECORD_TYPES]; /* these by type; [CTL_RECORD_MESSAGE]: messages */
    uint64_t outside;                 /* records before `since`, or at `until` and later */
    uint64_t unread;                  /* lines that could not be read, of all parts */
    uint64_t hosts; /* names in table "hosts", all of them unless it is approximate */

    struct ctl_report_part *parts; /* owned */
    size_t part_count;
    struct ctl_chain_summary chain;
    struct ctl_table *tables; /* owned, in the order in which they are shown */
    size_t table_count;
};

struct ctl_report_builder;

/* since, until: NULL, or microseconds since 1970; top: rows of a table of labels that are
 * shown, from 1 on. NULL: no memory. */
struct ctl_report_builder *ctl_report_create(const int64_t *since, const int64_t *until,
                                             size_t top);
void ctl_report_destroy(struct ctl_report_builder *builder); /* NULL allowed */

/* The lines that follow are those of this file. false: no memory. */
bool ctl_report_part(struct ctl_report_builder *builder, const char *name);

/* Counts a line that could not be read, and says nothing. */
void ctl_report_unread(struct ctl_report_builder *builder);

/* Is this time (microseconds since 1970) within the period? */
bool ctl_report_covers(const struct ctl_report_builder *builder, int64_t time);

struct ctl_record; /* record_read.h: a line as members */
/* Counts a record, if it is within the period. false: no memory; it may be counted in part. */
bool ctl_report_take(struct ctl_report_builder *builder, const struct ctl_record *record);

/* Makes the tables and takes over all else, `chain` too. The builder is of no more use but to
 * be destroyed. false: no memory, nothing to finish. */
bool ctl_report_finish(struct ctl_report_builder *builder, struct ctl_chain_summary *chain,
                       struct ctl_report *report);
void ctl_chain_summary_free(struct ctl_chain_summary *chain);
/* Frees what a report owns. */
void ctl_report_free(struct ctl_report *report);

/* The table of this id; NULL: there is none. */
const struct ctl_table *ctl_report_table(const struct ctl_report *report, const char *id);

/* Their words: "message", ... "other"; "none", "intact", "broken", "unchecked". Static. */
const char *ctl_record_type_name(enum ctl_record_type type);
const char *ctl_chain_state_name(enum ctl_chain_state state);

/* One sentence for people about the chain, without a full stop, "" where the state says it all;
 * appended to text: "intact, 12 records, 3 signed heads", "broken at FILE:LINE: what". */
struct fx_text;
void ctl_report_chain_text(const struct ctl_chain_summary *chain, struct fx_text *text);

/* ---- views ---- */

/* Tables with bars on stdout. false: stdout is at fault, or no memory. */
bool ctl_report_text(const struct ctl_report *report);
/* One JSON object a line on stdout: the summary, then each table. */
bool ctl_report_json(const struct ctl_report *report);
/* One file that needs nothing else; what is wrong has been said on stderr. */
enum ctl_exit ctl_report_html(const struct ctl_report *report, const char *file);

#endif
