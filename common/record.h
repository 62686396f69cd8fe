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

/* The largest record, and with it the longest line but for seq, chain and line end. Lists stop
 * short of it: words of a session come first, then recipients, then findings. */
#define FX_RECORD_MAX ((size_t)8 * 1024 * 1024)

struct fx_record {
    struct fx_text text; /* the line without its line end; "seq": is followed by nothing yet */
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
/* type is "start", "reload" or "stop"; torn absent, or the file that a torn last
 * line of the log was moved to; counts NULL, or of the command filter. */
bool fx_record_daemon(struct fx_record *r, const char *type, const struct fx_time *now,
                      const struct fx_policy *policy, struct fx_slice torn,
                      const struct fx_command_counts *counts);

/* The line with seq in its place, and `extra` (NULL or `,"name":value` text) before the closing
 * brace. */
bool fx_record_line(const struct fx_record *r, uint64_t seq, const char *extra,
                    struct fx_text *line);

#endif
