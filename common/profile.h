/* profile - one firewall generation as a value: what it lets through, its limits and faults.
 *
 * Every setting carries its source and how well it is founded; nothing is a fact without one.
 * A profile is built once (config.h reads it from a file) and immutable afterwards, so it may
 * be shared between threads. All strings belong to the profile.
 */
#ifndef FX_PROFILE_H
#define FX_PROFILE_H

#include "terms.h"
#include "text.h"
#include "vocab.h"

/* Where a setting comes from. set is false for what neither the profile nor one it inherits
 * from says; the value is then the neutral one (nothing restricted). */
struct fx_provenance {
    bool set;
    enum fx_confidence confidence;
    char *source; /* document and place; never empty when set */
    char *note;   /* contradictions and variants; NULL: none */
};

/* How the greeting banner is rewritten (one style a generation). */
enum fx_banner {
    FX_BANNER_PLAIN,    /* left alone */
    FX_BANNER_CMAP,     /* "220 SMTP/cmap ready____" */
    FX_BANNER_STARS,    /* everything after the code becomes '*' */
    FX_BANNER_STARS_20, /* '*' but for '2', '0' and a blank after '0' */
    FX_BANNER_COUNT
};
/* What becomes of keywords in the EHLO reply that the profile does not show. */
enum fx_ehlo_reply {
    FX_EHLO_REPLY_PLAIN,   /* left alone */
    FX_EHLO_REPLY_NONE,    /* EHLO itself never gets through */
    FX_EHLO_REPLY_X,       /* the line is overwritten by X's and a last letter A, B, C, ... */
    FX_EHLO_REPLY_REMOVED, /* the line is taken out */
    FX_EHLO_REPLY_COUNT
};

/* What the profile does about one rule. */
struct fx_rule_setting {
    struct fx_provenance from; /* from.set false: the rule is none of this firewall's */
    enum fx_action action;
    bool has_limit;
    uint64_t limit;            /* octets, recipients or characters: the rule says which */
    enum fx_overflow overflow; /* recipient-count with action truncate */
};

struct fx_profile {
    char *name;    /* as in the file name; with "+VARIANT" for each that is laid over */
    char *title;   /* one line for people */
    char *applies; /* products and versions */
    char **remedy; /* the commands that cure it on that product, a line each; NULL-terminated */
    struct {
        struct fx_provenance from;
        uint64_t set; /* FX_BIT(enum fx_verb): the verbs let through */
    } verbs;
    struct {
        struct fx_provenance from;
        uint64_t set; /* FX_BIT(enum fx_extension): the keywords a client gets to see */
    } extensions;
    struct {
        struct fx_provenance from;
        char *set; /* characters not allowed in a MAIL or RCPT address */
    } address_characters;
    struct {
        struct fx_provenance from;
        enum fx_banner style;
    } banner;
    struct {
        struct fx_provenance from;
        enum fx_ehlo_reply style;
    } ehlo_reply;
    struct {
        struct fx_provenance from;
        bool on;
    } tls_ends_inspection,  /* after STARTTLS the firewall sees nothing any more */
        split_end_of_data,  /* an end of data split over packets is swallowed */
        content_type_fault; /* a Content-Type inside another field ends the session */
    struct fx_rule_setting rule[FX_RULE_COUNT];
    /* Other readings of the sources, which "NAME+VARIANT" switches to: name, title and only
     * what they set. A profile that is itself NAME+VARIANT has none. */
    struct fx_profile **variants;
    size_t variant_count;
};

/* An empty profile: nothing set, nothing restricted. NULL when there is no memory. */
struct fx_profile *fx_profile_create(const char *name);
void fx_profile_destroy(struct fx_profile *p); /* NULL allowed */

/* Products and versions, as far as the profile says; else its name. */
struct fx_slice fx_profile_firewall(const struct fx_profile *p);

const char *fx_banner_name(enum fx_banner style);
const char *fx_ehlo_reply_name(enum fx_ehlo_reply style);
bool fx_banner_find(struct fx_slice name, enum fx_banner *out);
bool fx_ehlo_reply_find(struct fx_slice name, enum fx_ehlo_reply *out);

/* True when a client behind this firewall is shown the extension: FX_YES, FX_NO; FX_UNKNOWN
 * when the profile says nothing about extensions. */
enum fx_answer fx_profile_shows(const struct fx_profile *p, enum fx_extension ext);
enum fx_answer fx_profile_lets_through(const struct fx_profile *p, enum fx_verb verb);

/* The settings as a list, in a fixed order, for tables, JSON, digests and the test that demands
 * a source for each: calls visit for every setting that is set. The name is "verbs",
 * "extensions", "address_characters", "banner", "ehlo_reply", "tls_ends_inspection",
 * "split_end_of_data", "content_type_fault" or "rules.<id>"; value is its text form, words
 * separated by blanks. Value and name are borrowed for the call. */
typedef void fx_profile_visit(void *arg, const char *name, struct fx_slice value,
                              const struct fx_provenance *from);
void fx_profile_each(const struct fx_profile *p, fx_profile_visit *visit, void *arg);

/* The text form of what a profile does about one rule: "truncate 50 defer". */
void fx_profile_add_rule(struct fx_text *t, const struct fx_rule_setting *setting);

/* What a profile may say about a rule: the actions that make sense for it, and the unit of its
 * limit, NULL for a rule that takes none. FX_ACTION_NONE is allowed for each: it takes back
 * what a profile inherits. Limits are 1 to FX_PROFILE_LIMIT_MAX. */
#define FX_PROFILE_LIMIT_MAX INT64_C(2147483648)
bool fx_profile_rule_allows(enum fx_rule rule, enum fx_action action);
const char *fx_profile_rule_unit(enum fx_rule rule);

#endif
