/* log_keys - see log_keys.h. */
#include "log_keys.h"

#include "config_key.h"
#include "say.h"

static bool wrong_setting(const char *setting, const char *wrong)
{
    say(LOG_ERR, "%s: %s", setting, wrong);
    return false;
}

static bool read_chain(const struct fx_settings *settings, struct log_keys *keys)
{
    struct fx_key_file file = {0};
    char wrong[FX_KEY_WRONG];
    bool keyed = settings->log.key_file[0] != '\0';
    if (keyed && !fx_key_file_read(settings->log.key_file, FX_KEY_ONE, &file, wrong))
        return wrong_setting("log.key_file", wrong);
    keys->chain = fx_chain_create(keyed ? file.keys[0] : FX_ABSENT);
    fx_key_file_finish(&file);
    return keys->chain != NULL || wrong_setting("log.chain", "no memory, or no SHA-256");
}

static bool read_signer(const struct fx_settings *settings, struct log_keys *keys)
{
    struct fx_key_file file = {0};
    char wrong[FX_KEY_WRONG];
    const char *path = settings->log.signing_key_file;
    if (path[0] == '\0')
        return true;
    if (!fx_key_file_read(path, FX_KEY_PEM, &file, wrong))
        return wrong_setting("log.signing_key_file", wrong);
    keys->signer = fx_signer_create(file.keys[0]);
    fx_key_file_finish(&file);
    return keys->signer != NULL ||
           wrong_setting(
               "log.signing_key_file",
               "not an Ed25519 private key in PEM without a passphrase; allowed: what "
               "`openssl genpkey -algorithm ed25519` writes");
}

bool log_keys_read(const struct fx_settings *settings, struct log_keys *keys)
{
    struct log_keys read = {0};
    if (settings->log.chain &&
        (!read_chain(settings, &read) || !read_signer(settings, &read))) {
        log_keys_finish(&read);
        return false;
    }
    *keys = read;
    return true;
}

void log_keys_finish(struct log_keys *keys)
{
    fx_chain_destroy(keys->chain);
    fx_signer_destroy(keys->signer);
    *keys = (struct log_keys){0};
}
