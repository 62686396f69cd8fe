/* config_keys - the keys that settings of the log name, for those who use them. Reading comes
 * last, so that a file of keys is opened only for a configuration that is good. */
#include "config_key.h"
#include "config_reader.h"

/* A fault in the file, told at the setting that names it. user as for fx_key_file_read. */
static bool read_file(struct fx_reader *r, const struct fx_values *v, enum fx_setting setting,
                      const char *path, enum fx_key_kind kind, const char *user,
                      struct fx_key_file *file)
{
    char wrong[FX_KEY_WRONG];
    if (fx_key_file_read(path, kind, user, file, wrong))
        return true;
    fx_fault(r->faults, fx_reader_at(r, v->of[setting].place), fx_settings_row(setting)->name,
             "%s", wrong);
    fx_fault_look(r->faults, path);
    return false;
}

/* What log.address_key_file names becomes the pseudonyms, in use where addresses are hashed. */
static bool read_address_keys(struct fx_reader *r, const struct fx_values *v, const char *user,
                              struct fx_config *config)
{
    const char *path = config->settings.log.address_key_file;
    struct fx_key_file file;
    if (path[0] == '\0')
        return true;
    if (!read_file(r, v, FX_SETTING_LOG_ADDRESS_KEY_FILE, path, FX_KEY_LIST, user, &file))
        return false;
    config->pseudonyms = fx_pseudonyms_create(file.keys, file.count);
    fx_key_file_finish(&file);
    if (config->pseudonyms == NULL)
        fx_fault_memory(r->faults);
    else if (config->settings.log.hash_addresses)
        config->policy->pseudonyms = config->pseudonyms;
    return config->pseudonyms != NULL;
}

static bool read_chain_key(struct fx_reader *r, const struct fx_values *v,
                           struct fx_config *config)
{
    const char *path = config->settings.log.key_file;
    struct fx_key_file file = {0};
    if (path[0] != '\0' && !read_file(r, v, FX_SETTING_LOG_KEY_FILE, path, FX_KEY_ONE,
                                      config->settings.milter.user, &file))
        return false;
    config->log_keys.chain = fx_chain_create(file.count > 0 ? file.keys[0] : FX_ABSENT);
    fx_key_file_finish(&file);
    if (config->log_keys.chain == NULL)
        fx_fault_memory(r->faults);
    return config->log_keys.chain != NULL;
}

static bool read_signing_key(struct fx_reader *r, const struct fx_values *v,
                             struct fx_config *config)
{
    const char *path = config->settings.log.signing_key_file;
    struct fx_key_file file;
    if (path[0] == '\0')
        return true;
    if (!read_file(r, v, FX_SETTING_LOG_SIGNING_KEY_FILE, path, FX_KEY_PEM,
                   config->settings.milter.user, &file))
        return false;
    config->log_keys.signer = fx_signer_create(file.keys[0]);
    fx_key_file_finish(&file);
    if (config->log_keys.signer == NULL)
        fx_fault(r->faults, fx_reader_at(r, v->of[FX_SETTING_LOG_SIGNING_KEY_FILE].place),
                 "log.signing_key_file",
                 "\"%s\" is no Ed25519 private key in PEM without a passphrase; allowed: what "
                 "`openssl genpkey -algorithm ed25519` writes",
                 path);
    return config->log_keys.signer != NULL;
}

bool fx_config_read_keys(struct fx_reader *r, const struct fx_values *v,
                         enum fx_config_keys which, struct fx_config *config)
{
    /* Whoever looks an address up need not be who runs the daemon. */
    const char *user = which == FX_KEYS_ALL ? config->settings.milter.user : NULL;
    bool good = which == FX_KEYS_NONE || read_address_keys(r, v, user, config);
    if (which == FX_KEYS_ALL && config->settings.log.chain) {
        good = read_chain_key(r, v, config) && good;
        good = read_signing_key(r, v, config) && good;
    }
    return good;
}

void fx_log_keys_finish(struct fx_log_keys *keys)
{
    fx_chain_destroy(keys->chain);
    fx_signer_destroy(keys->signer);
    *keys = (struct fx_log_keys){0};
}
