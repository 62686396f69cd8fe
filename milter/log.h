/* log - the writer of the compliance log: one file, one writer, one line a record.
 *
 * Lines are numbered and written under one lock, each with one write(2). Thread-safe after
 * log_open.
 */
#ifndef FXM_LOG_H
#define FXM_LOG_H

#include "record.h"
#include "settings.h"

/* Opens settings->log.file for appending ("stdout": standard output) and locks it; a second
 * writer is refused. Numbers run on from the last record there; a torn last line is set aside.
 * Writes the start record. Returns 0 or a sysexits code, the reason said. */
int log_open(const struct fx_settings *settings);
/* Opens the file again by its name (after rotation), or another one after a reload. The old one
 * stays in use when that fails. */
bool log_reopen(const struct fx_settings *settings);
/* Writes one record as the durability set promises; flagged ones also go to syslog when asked.
 * false: the record is not in the file. */
bool log_write(struct fx_record *record);
/* Writes a record of the daemon itself, "start", "reload" or "stop", with the policy in force;
 * torn: NULL, or the file that a torn line was moved to. */
bool log_daemon(const char *type, const char *torn);
void log_close(void);

#endif
