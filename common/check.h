/* check - one criterion: a question to the session, asked for one profile at a time.
 *
 * Each check_*.c exports one const struct; checks.c is the table. A check reads the session and
 * the profile's setting, and reports what it found; it decides nothing. Pure and thread-safe.
 */
#ifndef FX_CHECK_H
#define FX_CHECK_H

#include "pseudonym.h"
#include "session.h"

struct fx_sink; /* takes reports; evaluate.c */

struct fx_check_input {
    const struct fx_session *session; /* what was observed, the current event included */
    const struct fx_event *event;
    const struct fx_ruleset *rules; /* in force for the message, else the connection */
    const struct fx_profile *profile;
    const struct fx_rule_setting *setting; /* the profile's, or the check's own; never NULL */
    struct fx_sink *sink;
};

/* What a check reports. Zeroed members mean "nothing to say". */
struct fx_observation {
    enum fx_rule rule;     /* of a check with more than one: which */
    enum fx_action action; /* FX_ACTION_NONE: the setting's */
    enum fx_basis basis;
    enum fx_extension extension;
    bool essential; /* mail cannot go without what the firewall takes away */
    bool past;      /* the answer to it was given long ago; not refused now */
    bool merge;     /* raises the finding of this rule that is there already */
    bool has_observed, at_least;
    uint64_t observed;
    bool has_limit; /* of a check with more than one rule; else the setting's */
    uint64_t limit;
    enum fx_severity severity;
    size_t signature; /* its number in the header, from 1; 0: it is about none */
    bool has_offset;
    uint64_t offset; /* in the value of the field, octets */
    bool graded;     /* as struct fx_finding has them: grade and tag */
    enum fx_grade grade;
    const char *tag;
    struct fx_slice evidence, detail; /* borrowed for the call */
    uint64_t evidence_octets; /* of what `evidence` is only the beginning of; 0: it is all */
    enum fx_of_person of;     /* what the evidence is, where addresses are not to be shown */
};

/* What none of the profiles behind which a check is asked objects to. */
struct fx_bounds {
    uint64_t limit;      /* the least of their limits */
    uint64_t verbs;      /* FX_BIT(enum fx_verb): let through by all */
    uint64_t extensions; /* FX_BIT(enum fx_extension): shown by all */
    uint64_t require;    /* FX_BIT(enum fx_extension): policy.require */
    bool bad[256];       /* octets that are a bad character of an address for one of them */
};

struct fx_check {
    enum fx_rule rule;
    enum fx_rule last; /* it has all rules from `rule` to this one; 0: just `rule` */
    unsigned events;   /* FX_EVENT_BIT of the kinds it wants to be asked at */
    enum fx_action
        action;     /* what holds where the profile has no such rule; NONE: not asked then */
    bool has_limit; /* likewise */
    uint64_t limit;
    bool of_body;    /* what it finds at EOM belongs to the body (stage "body") */
    bool of_command; /* what it finds belongs to the command as such (stage "command") */
    /* True: there is nothing to report of this event, whatever the profile; nobody is asked
     * then, so that an event in which there is nothing costs the same however many are
     * compared. NULL: asked each time, of commands that a milter is told of when something is
     * odd. */
    bool (*quiet)(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds);
    /* YES: reported at least once. UNKNOWN: the source did not tell enough. */
    enum fx_answer (*evaluate)(const struct fx_check_input *in);
    const char *describe; /* one sentence for people */
};

#define FX_ON_COMMANDS                                              \
    (FX_EVENT_BIT(FX_EVENT_HELO) | FX_EVENT_BIT(FX_EVENT_COMMAND) | \
     FX_EVENT_BIT(FX_EVENT_MAIL) | FX_EVENT_BIT(FX_EVENT_RCPT) | FX_EVENT_BIT(FX_EVENT_DATA))
#define FX_ON_PATHS (FX_EVENT_BIT(FX_EVENT_MAIL) | FX_EVENT_BIT(FX_EVENT_RCPT))

/* One finding. Always returns FX_YES, so that a check can end with it. */
enum fx_answer fx_report(const struct fx_check_input *in, const struct fx_observation *seen);

/* The table, in the order of enum fx_rule, NULL-terminated; and the check of one rule, NULL
 * where the rule has none (yet). */
extern const struct fx_check *const fx_checks[];
const struct fx_check *fx_check_find(enum fx_rule rule);
/* True when a rule of the check is not off. */
bool fx_check_on(const struct fx_check *check, const struct fx_ruleset *rules);

/* Asks every check that wants this event, for every profile of the rules (their plan, plan.h),
 * and puts what they find into list and would: findings of the enforced profile, those of
 * others only where they differ. Findings made or repeated by this event are marked fresh. */
void fx_evaluate(const struct fx_session *s, const struct fx_event *event,
                 const struct fx_ruleset *rules, struct fx_findings *list,
                 struct fx_would *would);

/* What an action comes to behind the firewall (fixup-profile(5), ACTIONS). */
enum fx_outcome fx_outcome_of(enum fx_action action, enum fx_overflow overflow, bool essential);

/* Picks among the fresh findings of the enforced profile the one that enforce acts upon: drop
 * before reject before defer, then the order of the rules; marks it enforced, fills *reply and
 * returns true. Findings that enforce could not carry out get `instead`. */
bool fx_verdict_choose(const struct fx_session *s, const struct fx_event *event,
                       struct fx_findings *list, struct fx_reply *reply);

/* The fresh finding by which enforce loses the current recipient (overflow "lose"), or NULL. */
struct fx_finding *fx_verdict_loses(struct fx_findings *list);

/* What really happened to a message, or outside any (fixup-milter(8), RECORDS). */
enum fx_outcome fx_verdict_message(const struct fx_message *m);
enum fx_outcome fx_verdict_session(const struct fx_session *s);

#endif
