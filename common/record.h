/* record - session and verdict become one line of JSON (the compliance record, "v":1).
 *
 * The schema is etc/record.schema.json. `seq` is known only to the writer of the log, who puts
 * it in at `seq_at`. Pure; not thread-safe: one owner for each record buffer.
 */
#ifndef FX_RECORD_H
#define FX_RECORD_H

#include "event.h"
#include "text.h"

struct fx_session;
struct fx_policy;
struct fx_command_counts;
struct fx_later;
struct fx_chain;

/* The largest record, and with it the longest line but for seq, chain and line end. Lists stop
 * short of it: words of a session come first, then recipients, then findings. */
#define FX_RECORD_MAX ((size_t)8 * 1024 * 1024)

struct fx_record {
    struct fx_text text; /* the line without its line end; "seq": is followed by nothing yet */
    bool cut;            /* lists were left unfinished for its size */
    size_t seq_at;       /* where the digits of seq belong */
    bool flagged;        /* something was found, or the verdict is not pass */
    bool found;          /* something was found, be it only behind a compared profile */
    struct fx_text summary; /* key=value words for syslog; empty: nothing to say */
};

void fx_record_init(struct fx_record *r);
void fx_record_finish(struct fx_record *r);

/* Each writes the record into r, which is emptied first; false when memory was short or the
 * record would be larger than FX_RECORD_MAX. */
bool fx_record_message(struct fx_record *r, const struct fx_session *s);
bool fx_record_session(struct fx_record *r, const struct fx_session *s);
/* What is known only now of an earlier message; always flagged. */
bool fx_record_later(struct fx_record *r, const struct fx_time *now,
                     const struct fx_later *later);
/* What the daemon itself has to say in start, reload, stop and head records. Absent, NULL and 0
 * are left out. */
struct fx_daemon_told {
    const struct fx_chain *chain; /* how the chain is computed */
    struct fx_slice torn;         /* the file that a torn last line was moved to */
    uint64_t missing_from;        /* records that FILE.head knows of and the log lacks */
    uint64_t missing_to;
    bool rewritten; /* the last record of the log is not the one that FILE.head knows of */
    const struct fx_command_counts *counts; /* of the command filter */
    struct fx_slice fault; /* why a reload was refused, and the policy is still the old one */
};

/* type is "start", "reload" or "stop". */
bool fx_record_daemon(struct fx_record *r, const char *type, const struct fx_time *now,
                      const struct fx_policy *policy, const struct fx_daemon_told *told);
/* A head of the chain. signer and signature (base64): absent where nothing signs. */
bool fx_record_head(struct fx_record *r, const struct fx_time *now, struct fx_slice host,
                    const struct fx_chain *chain, struct fx_slice signer,
                    struct fx_slice signature);

/* The line up to, and without, the brace that closes it, with seq in its place; `extra` (NULL or
 * `,"name":value` text) follows the last member. fx_chain_close_line goes on from there. */
bool fx_record_begin_line(const struct fx_record *r, uint64_t seq, const char *extra,
                          struct fx_text *line);
/* The same, closed: a line without a chain. */
bool fx_record_line(const struct fx_record *r, uint64_t seq, const char *extra,
                    struct fx_text *line);

#endif
