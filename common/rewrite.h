/* rewrite - what Postfix is to put in the place of a command line before it acts on it.
 *
 * The answer of the daemon as Postfix's smtpd_command_filter. It knows the line and nothing of
 * the client: neither address nor TLS, so only the rules for all clients apply, and
 * tls_ends_inspection cannot. Pure and thread-safe.
 */
#ifndef FX_REWRITE_H
#define FX_REWRITE_H

#include "event.h"
#include "policy.h"

enum fx_rewrite_what {
    FX_REWRITE_NOTHING,  /* the line stays as it is */
    FX_REWRITE_GREETING, /* its argument got a mark, the command is the same */
    FX_REWRITE_COMMAND   /* the profile does not let this command through */
};

struct fx_rewrite {
    enum fx_verb verb; /* of the line as it came; UNKNOWN for any word that is none, or for no
                          word */
    enum fx_rewrite_what what;
};

/* Decides about one line, without its end, and adds the replacement to *out, which is left
 * alone for FX_REWRITE_NOTHING. `whole` false: only the first octets of the line are there.
 *
 * A verb is the first word, ended as in fx_command_word. One that the profile lets through
 * stays, and so does any where the profile is silent about verbs, one of nothing but X's, an
 * empty line; one that a client has marked itself is marked again. For others the first of
 * verb-not-allowed and verb-too-short decides whose mode is enforce, which counts
 * (fx_ruleset_counts) and whose action is one of
 *   mask                    the marked verb (command.h), which the milter answers with 500
 *   drop-connection, reset  the same; it answers 421
 *   noop, ok                NOOP, so that Postfix says 250
 * What follows the verb is dropped. The replacement has at most line.len + 80 octets.
 *
 * mark_greetings: EHLO and HELO that stay get a mark before their argument, in every mode:
 * "EHLO ehlo.mail.example.org", "HELO helo.mail.example.org". Without an argument they are left
 * to be refused. */
struct fx_rewrite fx_rewrite_line(const struct fx_ruleset *rules, bool mark_greetings,
                                  struct fx_slice line, bool whole, struct fx_text *out);

/* Takes the mark off the argument of a greeting and tells which one it was. Unmarked:
 * FX_GREETING_UNKNOWN, nothing changed. Each greeting has a mark of its own and marks are put
 * on without looking, so a name that a client begins with such a word is not mistaken, if the
 * greeting came through the filter. */
enum fx_greeting fx_rewrite_unmark(struct fx_slice *argument);

/* How often each verb was seen, and not let through, since the start; words that are none stand
 * under FX_VERB_UNKNOWN. */
struct fx_command_counts {
    uint64_t seen[FX_VERB_COUNT], rewritten[FX_VERB_COUNT];
};

#endif
