/* command - what checks ask of a command line and of the extensions a session used.
 * Pure and thread-safe.
 */
#ifndef FX_COMMAND_H
#define FX_COMMAND_H

#include "session.h"

/* The verb of a command line: the first word, ended as Postfix ends it, by a bare CR too. Empty
 * for an empty or blank line. */
struct fx_slice fx_command_verb(struct fx_slice line);
/* Two or more characters, all of them 'X': what an inspecting firewall leaves of a command. */
bool fx_command_masked(struct fx_slice line);
/* The verb of any command event, for evidence: "MAIL", "HELO" (also for EHLO where nothing
 * tells which), ... */
struct fx_slice fx_command_name(const struct fx_event *event);
/* Octets of the command line without its end; *whole false: a lower bound put together from the
 * parts that the MTA passed on. */
uint64_t fx_command_octets(const struct fx_event *event, bool *whole);
/* Was the extension used, as far as traces tell by the time of MAIL? Parameters of RCPT come
 * later: DSN may still be unknown then, and counts as used only by its MAIL parameters. */
enum fx_answer fx_extension_used(const struct fx_session *s, enum fx_extension ext);

#endif
