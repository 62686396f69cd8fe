/* config - configuration and profile files (libconfig) become settings, profiles and a policy.
 *
 * The reader of files: it opens the files it is told of and nothing else. Every fault is
 * reported with file, line, setting, what is wrong and what is allowed; a configuration with a
 * fault gives no configuration at all. Not thread-safe in itself; what it returns is immutable.
 */
#ifndef FX_CONFIG_H
#define FX_CONFIG_H

#include "chain.h"
#include "policy.h"
#include "pseudonym.h"
#include "settings.h"
#include "sign.h"

/* Faults, one line each: "FILE:LINE: setting: what is wrong, what is allowed". */
struct fx_faults {
    char **lines;
    size_t count;
    bool incomplete; /* no memory for a further line */
    bool refused;    /* a file could not be opened although its permissions allow it: a sandbox */
};
void fx_faults_finish(struct fx_faults *faults);

/* How the log is chained and signed. */
struct fx_log_keys {
    struct fx_chain *chain;   /* NULL: log.chain is off, or it was not read */
    struct fx_signer *signer; /* NULL: heads are not signed */
};
void fx_log_keys_finish(struct fx_log_keys *keys);

/* The files that a configuration was read from, by name. */
struct fx_config_files {
    char **names; /* owned, each too */
    size_t count;
};

struct fx_config {
    struct fx_settings settings; /* strings owned; paths already made absolute from the file */
    struct fx_policy *policy;    /* owned */
    struct fx_pseudonyms *pseudonyms; /* owned; those of log.address_key_file, whatever
                                       * log.addresses says; NULL: none, or it was not read */
    struct fx_log_keys log_keys;      /* owned, unless the writer of the log has taken them */
    struct fx_config_files files; /* owned; with those included, of profiles too; no keys */
    char *password_file; /* owned; in which state.uri has a password; NULL: there is none */
    struct fx_faults notices;         /* not faults: settings given that have no effect yet */
};

/* Which files of keys are read; the others need not be there. With those of addresses, addresses
 * are hashed if the file says so. */
enum fx_config_keys { FX_KEYS_NONE, FX_KEYS_ADDRESSES, FX_KEYS_ALL };

/* What the command line says over the file. NULL members: as the file says. */
struct fx_config_override {
    const char *socket;
    const char *profile;
    const char *const
        *compare; /* compare_count names; used when profile or compare is not NULL */
    size_t compare_count;
    bool compare_all; /* every profile there is */
    enum fx_config_keys keys;
};

/* Reads the file at `path`; NULL stands for an empty configuration (all defaults). Profiles are
 * looked for as NAME.conf in profile_dirs (NULL-terminated), a later folder before an earlier
 * one. override may be NULL. On success returns a configuration for fx_config_destroy; on
 * failure returns NULL and adds at least one line to *faults, which the caller finishes. */
struct fx_config *fx_config_load(const char *path, const char *const *profile_dirs,
                                 const struct fx_config_override *override,
                                 struct fx_faults *faults);
void fx_config_destroy(struct fx_config *config); /* NULL allowed; destroys the policy too */

/* One profile by name, `inherit` resolved, "NAME+VARIANT" with its variant laid over; NULL and
 * faults otherwise. Owned by the caller. */
struct fx_profile *fx_config_load_profile(const char *name, const char *const *profile_dirs,
                                          struct fx_faults *faults);
/* The names of all profiles in the folders, sorted, without doubles; no variants. false: no
 * memory or a folder that cannot be read (a folder that does not exist is empty). The caller
 * frees each name and the array. */
bool fx_config_profile_names(const char *const *profile_dirs, char ***names, size_t *count,
                             struct fx_faults *faults);

#endif
