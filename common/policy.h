/* policy - what is in force: which profile, which modes, for which clients; and its evaluation.
 *
 * A policy is an immutable snapshot, built by config.h, shared between threads, counted and
 * freed by whoever built it. Pure: reads no clock and no file.
 */
#ifndef FX_POLICY_H
#define FX_POLICY_H

#include "address.h"
#include "profile.h"

/* The most profiles looked at for one message: the enforced one and those compared. */
#define FX_MAX_PROFILES 64

struct fx_plan;

/* What applies to one client. profiles[0] is the enforced one, the rest is compared. */
struct fx_ruleset {
    const struct fx_profile *profiles[FX_MAX_PROFILES]; /* borrowed from the policy */
    size_t profile_count;                               /* at least 1 */
    enum fx_mode mode;
    enum fx_mode rule_mode[FX_RULE_COUNT]; /* resolved: the mode where no rule mode was set */
    bool rule_named[FX_RULE_COUNT];        /* the configuration names this rule */
    uint64_t require;                      /* FX_BIT(enum fx_extension) */
    enum fx_grade content_type_grade;
    enum fx_severity dkim_severity; /* the mildest signature anomaly that counts; NONE: none */
    struct {
        uint64_t limit; /* 0: the profile's */
        enum fx_overflow overflow;
    } recipients;
    struct {
        int64_t every;        /* hold the answer to every Nth message; 0: never */
        int64_t hold_seconds; /* how long */
        uint64_t max_held;    /* at the same time */
    } end_of_data;
    struct fx_plan *plan; /* owned; what all this comes to (plan.h); NULL: not compiled. A copy
                             of a ruleset has to get one of its own */
};

/* One block of `clients`: criteria joined by and; networks empty, authenticated FX_UNKNOWN and
 * daemon_name NULL each mean "not asked". */
struct fx_client_block {
    struct fx_network *networks;
    size_t network_count;
    enum fx_answer authenticated;
    char *daemon_name;
    struct fx_ruleset rules;
};

/* Everything a peer can choose has a limit (settings `limits.*`). */
struct fx_limits {
    uint64_t findings;   /* findings kept for one record */
    uint64_t findings_share; /* of one profile, before they give way to others'; 0: any */
    uint64_t evidence;   /* octets of evidence kept for a finding */
    uint64_t recipients; /* recipients listed in a record; all are counted */
    uint64_t signatures; /* signature fields looked at in one message */
    uint64_t address; /* octets kept of an address, a HELO name or another word of a record */
    uint64_t connections;                  /* of the daemon */
    uint64_t header_fields, header_octets; /* of one message, looked into */
    uint64_t line;                         /* octets of a command or a field, looked into */
    uint64_t parameters;                   /* of one MAIL or RCPT, looked at */
};

/* What mail gets when the filter itself fails, or a record cannot be written. */
enum fx_failure { FX_FAILURE_TEMPFAIL, FX_FAILURE_ACCEPT, FX_FAILURE_REJECT };

struct fx_policy {
    struct fx_profile **profiles; /* owned; all that are in use */
    size_t profile_count;
    struct fx_ruleset base;
    struct fx_client_block *blocks; /* owned; in the order of the file */
    size_t block_count;
    struct fx_limits limits;
    enum fx_failure on_error; /* milter.on_error */
    enum fx_failure on_full;  /* log.on_full */
    bool flagged_only;        /* log.records = "flagged" */
    const struct fx_pseudonyms *pseudonyms; /* borrowed; NULL: addresses are recorded plain */
    char host[256];           /* the host name for records where the MTA tells none; "": null */
    char digest[65];          /* SHA-256 of the effective values, lower-case hex */
};

/* The rules for a client: the first block that matches, else the base. authenticated may be
 * FX_UNKNOWN (counts as not authenticated); daemon_name may be absent (matches no block that
 * asks for one). */
const struct fx_ruleset *fx_policy_select(const struct fx_policy *policy,
                                          const struct fx_address *client,
                                          enum fx_answer authenticated,
                                          struct fx_slice daemon_name);

/* True when every rule is off for this client and stays so, whatever it does. */
bool fx_policy_ignores(const struct fx_policy *policy, const struct fx_address *client,
                       struct fx_slice daemon_name);

/* The place of a ruleset of this policy: 0 for the base, 1 for the first block, and so on. */
size_t fx_policy_number(const struct fx_policy *policy, const struct fx_ruleset *rules);

/* Whether what a profile says about a rule counts: what is only assumed does where the
 * configuration names the rule. */
bool fx_ruleset_counts(const struct fx_ruleset *rules, enum fx_rule rule,
                       const struct fx_rule_setting *setting);

/* True when the configuration says in place of the enforced profile what becomes of this rule
 * (simulate.recipients). */
bool fx_ruleset_simulates(const struct fx_ruleset *rules, enum fx_rule rule);

/* True when anything is to be said of signatures: a rule about them is not off. `dkim` stands in
 * records then. */
bool fx_ruleset_signatures(const struct fx_ruleset *rules);
/* True when body hashes are to be computed: dkim-bh-mismatch or dkim-l-large is not off. */
bool fx_ruleset_body_hash(const struct fx_ruleset *rules);

/* True when at least one rule of the set is not off. */
bool fx_ruleset_active(const struct fx_ruleset *rules);

/* Frees what the policy owns, profiles and blocks included, and the policy itself. */
void fx_policy_destroy(struct fx_policy *policy);

#endif
