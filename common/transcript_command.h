/* transcript_command - a command line as sent becomes the event that it stands for.
 *
 * Pure, total, thread-safe; everything in the event is borrowed from the line.
 */
#ifndef FX_TRANSCRIPT_COMMAND_H
#define FX_TRANSCRIPT_COMMAND_H

#include "event.h"
#include "vocab.h"

/* Fills kind, text, greeting, parameters and whole_line: HELO, MAIL, RCPT or DATA where the
 * line has their form (RFC 5321 section 4.1.1; blanks beside the colon are let pass, as MTAs
 * do), else COMMAND with the whole line. Returns the verb. */
enum fx_verb fx_transcript_command(struct fx_slice line, struct fx_event *event);

#endif
