/* log - the compliance log of the daemon: records in, as durable as was asked for, and what is to
 * be done about the log by time.
 *
 * One writer (log_writer.h) under one lock, one thread beside the sessions. Thread-safe after
 * log_open.
 */
#ifndef FXM_LOG_H
#define FXM_LOG_H

#include "config.h"
#include "record.h"

/* Opens log.file for appending ("stdout": standard output) and locks it; a second writer is
 * refused. Numbers and chain run on from the last record there, or from FILE.head; a torn last
 * line is set aside. Writes the start record, starts the thread. The configuration must be in
 * force (snapshot.h); its keys are taken over. Returns 0 or a sysexits code, the reason said. */
int log_open(struct fx_config *config);
/* Opens the file again by its name (after rotation). false: the old one stays in use, and the
 * name is tried again with each record. */
bool log_reopen(void);
/* Other settings, keys (taken over) or another file. false: that one cannot be opened, everything
 * as it was, the reason said. */
bool log_reload(struct fx_config *config);
/* Writes one record as the durability set promises; flagged ones also go to syslog when asked.
 * false: the record is not where it was promised. */
bool log_write(struct fx_record *record);
/* The same for a record that is kept and given again when it was not written: it is not counted as
 * missing, and syslog hears of it once. */
bool log_try(struct fx_record *record);
/* Writes a record of the daemon itself, "start", "reload" or "stop", with the policy in force and
 * what was found when the log was opened. */
bool log_daemon(const char *type);
/* The same for a reload that was refused: the record says why, the policy is the old one. */
bool log_reload_refused(struct fx_slice fault);
/* A last head, and the end of the thread; records that still wait have two seconds. */
void log_close(void);

#endif
