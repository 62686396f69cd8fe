/* mbox - splits an mbox file into its messages (RFC 4155, and what writers really do).
 *
 * A line that begins with "From " and has a date in the manner of asctime(3) in it starts a
 * message, at the start of the file or after an empty line; other lines with "From " are text.
 * The empty line before the next such line, and one at the end of the file, is the writer's and
 * no part of the message. ">From " quoting is undone by fx_message_source.unquote_from, not
 * here: a message stays a piece of the file. Content-Length fields (mboxcl) are not believed.
 *
 * Pure, total, thread-safe; allocates nothing.
 */
#ifndef FX_MBOX_H
#define FX_MBOX_H

#include "slice.h"

/* Does the line (without its line end) start a message of an mbox? */
bool fx_mbox_from_line(struct fx_slice line);

/* Does the file start like an mbox? */
bool fx_mbox_looks(struct fx_slice file);

/* Takes the next message, without its "From " line, off *rest, which first is the whole file.
 * false, *message untouched, at the end. What stands before the first "From " line is skipped.
 */
bool fx_mbox_next(struct fx_slice *rest, struct fx_slice *message);

#endif
