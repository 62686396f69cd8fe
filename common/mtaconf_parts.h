/* mtaconf_parts - what the writers for Postfix and Sendmail share: comments, reasons, and the
 * questions to a profile. Inside mtaconf only.
 */
#ifndef FX_MTACONF_PARTS_H
#define FX_MTACONF_PARTS_H

#include "mtaconf.h"

/* One file being written. Words of a profile get into comments only, each octet that is not
 * printable ASCII as \xNN: no line of theirs begins anywhere. */
struct fx_mtaconf_out {
    struct fx_text *text;
    const struct fx_mtaconf *wanted;
    const char *comment; /* what each line of a comment begins with */
};

/* A comment, folded to lines of 78 octets where its words allow it. */
void fx_mtaconf_say(const struct fx_mtaconf_out *o, const char *s);
/* An empty line. */
void fx_mtaconf_gap(const struct fx_mtaconf_out *o);
/* "NAME: VALUE (confidence: source)" as a comment. */
void fx_mtaconf_reason(const struct fx_mtaconf_out *o, const char *name, const char *value,
                       const struct fx_provenance *from);
/* The same for a rule: its action, limit and overflow. */
void fx_mtaconf_reason_rule(const struct fx_mtaconf_out *o, enum fx_rule rule);
/* That the verb is not let through: the reasons of fx_mtaconf_on_verb. */
void fx_mtaconf_reason_verb(const struct fx_mtaconf_out *o, enum fx_verb verb);
/* The head of a file: profile, version, warning, and what is to be done with it. */
void fx_mtaconf_head(const struct fx_mtaconf_out *o, const char *use);
/* The settings that do not count, and the rules that no setting shows: why[rule] says why, NULL
 * that the milter answers for it, "" that a setting does show it. */
#define FX_MTACONF_NOT_TOLD \
    "no setting, and no milter is told of it; fixupctl check with a transcript tells."
void fx_mtaconf_rest(const struct fx_mtaconf_out *o, const char *const why[FX_RULE_COUNT]);

/* Set, and more than assumed. */
bool fx_mtaconf_counts(const struct fx_provenance *from);
/* The keyword is taken out of the EHLO reply, or no such reply comes. */
bool fx_mtaconf_hidden(const struct fx_profile *p, enum fx_extension ext);
/* What becomes of a command of this verb: NONE where the profile lets it through or is silent
 * about verbs; else the action of verb-not-allowed, and where that is none or `log`, of
 * verb-too-short. */
enum fx_action fx_mtaconf_on_verb(const struct fx_profile *p, enum fx_verb verb);
/* The action of verb-not-allowed or verb-too-short on a verb that is not let through; NONE
 * where it leaves the command alone. */
enum fx_action fx_mtaconf_rewriting(const struct fx_profile *p, enum fx_rule rule);
/* The rule counts and refuses something: any action but `log`. */
bool fx_mtaconf_acts(const struct fx_profile *p, enum fx_rule rule);
/* The greeting behind its code, as the profile shows it; absent where it is left alone. A mask
 * writes nothing but '*', '2', '0', blanks, or "SMTP/cmap ready____", and so nothing that means
 * anything to main.cf or m4. Borrowed from out. */
struct fx_slice fx_mtaconf_banner(const struct fx_mtaconf *wanted, const char *usual,
                                  struct fx_text *out);

/* The two files of each. */
void fx_mtaconf_postfix(const struct fx_mtaconf *wanted, struct fx_mtaconf_file *files);
void fx_mtaconf_sendmail(const struct fx_mtaconf *wanted, struct fx_mtaconf_file *files);
/* The table for smtpd_command_filter; nothing where no command is rewritten. */
void fx_mtaconf_table(const struct fx_mtaconf_out *o);

#endif
