/* command - what checks ask of a command line and of the extensions a session used.
 * Pure and thread-safe.
 */
#ifndef FX_COMMAND_H
#define FX_COMMAND_H

#include "pseudonym.h"
#include "session.h"

/* The verb of a command line: the first word, ended as Postfix ends it, by a bare CR too; of a
 * marked line, the verb that it stands for. Empty for an empty or blank line. */
struct fx_slice fx_command_verb(struct fx_slice line);
/* The first word as it stands there, marked or not; ended likewise. */
struct fx_slice fx_command_word(struct fx_slice line);
/* A marked verb, "XXXXXXXX-STARTTLS": what a command filter of ours hands to Postfix in place
 * of a verb that is to be masked. The client gets the 500 that the X's would have met; the
 * milter learns which verb it was, and that no firewall wrote the X's. One word without a
 * colon: Postfix before 3.10 tells a milter no more of an unknown command, and hangs up on
 * "NAME:". So a verb is cut at its first colon and after FX_COMMAND_MARKED_MAX octets, but not
 * within a character of UTF-8 (RFC 3629 section 3); of one that is empty then, a single X is
 * left. */
#define FX_COMMAND_MARKED_MAX 64
void fx_command_add_marked(struct fx_text *out, struct fx_slice verb);
/* True when the line is a marked verb and nothing else; *verb is then the part that it stands
 * for. Anybody can send such a line: it says no more than that the verb is not let through. */
bool fx_command_unmark(struct fx_slice line, struct fx_slice *verb);
/* What fx_command_name is, where addresses are not to be shown: a marked one may be cut, and
 * an at sign may follow. */
enum fx_of_person fx_command_of_person(const struct fx_event *event);
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
