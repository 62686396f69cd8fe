/* config_reader - what the files of the configuration reader share among themselves.
 *
 * Private to config*.c. One reader lives for one load and belongs to one thread. Everything
 * that points into a libconfig tree is borrowed from it and valid while the tree is.
 */
#ifndef FX_CONFIG_READER_H
#define FX_CONFIG_READER_H

#include <libconfig.h>

#include "config.h"

/* ---- faults (config_faults.c) ---- */

struct fx_place {
    const char *file; /* borrowed */
    unsigned line;    /* 0: the file as a whole */
};

/* Adds "FILE:LINE: setting: ..." with a printf format, or "FILE: ..." where the line is 0; what
 * does not fit is cut. Values from outside go through fx_quote first. Without memory sets
 * faults->incomplete. */
void fx_fault(struct fx_faults *faults, struct fx_place at, const char *setting,
              const char *format, ...);
void fx_fault_memory(struct fx_faults *faults);
/* After a fault with the file or folder at `path`: sets faults->refused where that is why. */
void fx_fault_look(struct fx_faults *faults, const char *path);

/* A value as it may stand in a fault: in quotes, at most 80 octets, control characters and
 * octets over 126 as \xNN. */
struct fx_quoted {
    char text[352];
};
const char *fx_quote(struct fx_quoted *q, const char *value);

/* "a, b, c" for a fault, and the word among them that a misspelt one may mean. */
struct fx_choice {
    struct fx_text list;
    char space[1536];
    const char *near; /* borrowed from what was added; NULL: none is close */
    unsigned distance;
    struct fx_slice wanted;
};
void fx_choice_init(struct fx_choice *c, const char *wanted); /* NULL: no hint */
void fx_choice_add(struct fx_choice *c, const char *word);
void fx_choice_consider(struct fx_choice *c, const char *word); /* for the hint, not the list */
/* Every rule for the hint. In the list those that have an effect: of the policy with the
 * signature anomalies as their group, of a profile without, since none has a say in them. */
void fx_choice_rules(struct fx_choice *c, const char *wanted, bool policy);
/* In policy.rules: all signature anomalies that the same group does not name one by one. */
#define FX_RULES_DKIM "dkim-*"
/* `did you mean x? allowed: a, b, c`; without a hint just the list, and just the hint where the
 * list is long. Borrowed from c. */
const char *fx_choice_text(struct fx_choice *c);

/* ---- files (config_source.c) ---- */

/* A file with its @include lines replaced by what they name, so that a name is relative to the
 * file it stands in, and that no fault in reading ends the process, as libconfig's scanner
 * does. */
struct fx_source {
    struct fx_text text;
    struct fx_source_part {
        unsigned first; /* line of the text with which the part begins */
        size_t file;    /* index into files */
        unsigned line;  /* line of that file */
    } * parts;
    size_t part_count;
    char **files;
    size_t file_count;
    unsigned lines;
    config_t tree;
    bool parsed; /* tree is in use */
};
/* Reads and parses; on failure adds the one fault and returns false. fx_source_finish in both
 * cases. */
bool fx_source_load(struct fx_source *s, const char *path, struct fx_faults *faults);
void fx_source_finish(struct fx_source *s);
/* The names of its files become those of `to`, NULL for nobody; false without memory. */
bool fx_source_give_files(struct fx_source *s, struct fx_config_files *to);
struct fx_place fx_source_place(const struct fx_source *s, unsigned line);
struct fx_place fx_source_at(const struct fx_source *s, const config_setting_t *setting);

/* `path` made absolute, relative to the folder of `file`, or to the working directory when file
 * is NULL; allocated, NULL without memory. */
char *fx_config_path(const char *file, struct fx_slice path);
/* A copy, allocated; NULL without memory. */
char *fx_config_copy(struct fx_slice text);

/* ---- the reader ---- */

struct fx_profile_cache {
    const char *const *dirs;
    struct fx_profile_entry {
        char *name;
        struct fx_profile *profile;
        enum { FX_PROFILE_LOADING, FX_PROFILE_READY, FX_PROFILE_FAILED } state;
    } * entries;
    size_t count;
};

struct fx_reader {
    struct fx_faults *faults;
    struct fx_faults *notices;
    const struct fx_source *source; /* NULL: no file */
    struct fx_place nowhere;        /* the place of what no file says */
    struct fx_profile_cache cache;
    struct fx_config_files *files; /* NULL: nobody wants their names */
    unsigned inheriting; /* how many profiles are being read within each other */
};

struct fx_place fx_reader_at(const struct fx_reader *r, const config_setting_t *setting);

/* ---- values (config_values.c) ---- */

/* What one setting says; place is NULL for a default. */
struct fx_value {
    const config_setting_t *place;
    int64_t number;   /* BOOL, NUMBER, OCTAL, WORD */
    const char *text; /* the other scalars; borrowed from the tree or the table */
};
struct fx_values {
    struct fx_value of[FX_SETTING_COUNT];
};

void fx_values_default(struct fx_values *v);
/* Reads a group, the whole file or one block of `clients`, against the table. `name` is what it
 * is called in faults, "" for the file. */
void fx_values_read(struct fx_reader *r, const config_setting_t *group, const char *name,
                    bool client, struct fx_values *v);
/* Each member of an array of strings; false, with a fault, when it is something else. */
bool fx_values_array(struct fx_reader *r, const config_setting_t *array, const char *name,
                     const char *of_what);
/* Whether the socket may be used with these settings. `at` and `name` are for the fault. */
void fx_values_check_socket(struct fx_reader *r, struct fx_place at, const char *name,
                            const char *text, bool allow_remote);
/* Fills *out; false without memory. *out is then still for fx_settings_finish. */
bool fx_values_settings(const struct fx_reader *r, const struct fx_values *v,
                        const struct fx_config_override *override, struct fx_settings *out);
void fx_settings_finish(struct fx_settings *s);

/* ---- sockets (config_socket.c, pure) ---- */

/* NULL when text is a socket address; else what is wrong with it. *remote: beyond loopback. */
const char *fx_socket_check(struct fx_slice text, bool *remote);
/* The path of a unix socket; absent for any other. */
struct fx_slice fx_socket_path(struct fx_slice text);
/* ADDR:PORT with a literal address; an IPv6 one in brackets. */
bool fx_port_check(struct fx_slice text);

/* ---- profiles (config_profiles.c, config_profile.c, config_inherit.c) ---- */

/* The profile of that name, read at its first use; NULL after a fault. "NAME+VARIANT" is NAME
 * with that variant of it laid over, "NAME+A+B" both, B last. A name without a file or variant
 * is a fault at `at` for `setting`, silent when setting is NULL. Borrowed from the cache. */
struct fx_profile *fx_cache_get(struct fx_reader *r, const char *name, struct fx_place at,
                                const char *setting);
/* Whether a profile, or a variant, may be called that. */
bool fx_profile_name_good(struct fx_slice name);
void fx_cache_finish(struct fx_profile_cache *cache); /* destroys the profiles it still has */
/* Reads one file into *p, which holds only its name; false after a fault. */
bool fx_profile_read(struct fx_reader *r, const char *path, struct fx_profile *p);
/* Takes over from parent what p does not set; false without memory. */
bool fx_profile_inherit(struct fx_profile *p, const struct fx_profile *parent);
/* Fills the empty *p with base and the variant over it; false without memory. */
bool fx_profile_lay_over(struct fx_profile *p, const struct fx_profile *base,
                         const struct fx_profile *variant);
/* Whether the whole profile hangs together; faults are at `at`. */
bool fx_profile_whole(struct fx_reader *r, const struct fx_profile *p, struct fx_place at);

/* ---- policy (config_policy.c, config_clients.c, config_digest.c) ---- */

/* Where the rules of the file, or of one block of `clients`, come from. */
struct fx_ruleset_origin {
    const struct fx_values *base; /* the file's */
    const struct fx_values *own;  /* the block's; for the file itself the same as base */
    const struct fx_config_override *override; /* over base; may be NULL */
    const char *name; /* of the block in faults; "policy" for the file */
};
/* Faults in what own sets are reported, those in base only when own is base. */
void fx_ruleset_build(struct fx_reader *r, const struct fx_ruleset_origin *from,
                      struct fx_ruleset *out);
/* policy->blocks, from the list `clients`. */
void fx_clients_build(struct fx_reader *r, const struct fx_values *base,
                      const struct fx_config_override *override, struct fx_policy *policy);
/* Moves the profiles in use from the cache to the policy, sorted by name; false without memory.
 */
bool fx_policy_take_profiles(struct fx_profile_cache *cache, struct fx_policy *policy);
/* The files of keys (config_keys.c), once all else is good; false after a fault. */
bool fx_config_read_keys(struct fx_reader *r, const struct fx_values *v,
                         enum fx_config_keys which, struct fx_config *config);
/* Fills policy->digest; false when it cannot be computed. */
bool fx_policy_digest(struct fx_policy *policy, const struct fx_settings *settings);

#endif
