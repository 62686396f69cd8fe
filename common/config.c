/* config - see config.h. The order of reading: values, profiles and rules, what must agree with
 * each other, digest. Faults are collected all the way, so that one run shows them all. */
#include "config_reader.h"
#include "plan.h"

#include "state_uri.h"

#include <stdlib.h>
#include <string.h>

struct fx_place fx_reader_at(const struct fx_reader *r, const config_setting_t *setting)
{
    if (setting == NULL || r->source == NULL)
        return r->nowhere;
    return fx_source_at(r->source, setting);
}

static void check_sockets(struct fx_reader *r, const struct fx_values *v,
                          const struct fx_config_override *override)
{
    const struct fx_value *socket = &v->of[FX_SETTING_MILTER_SOCKET];
    const struct fx_value *filter = &v->of[FX_SETTING_COMMAND_FILTER_LISTEN];
    bool remote = v->of[FX_SETTING_MILTER_ALLOW_REMOTE].number != 0;

    if (override != NULL && override->socket != NULL)
        fx_values_check_socket(r, (struct fx_place){"command-line", 1}, "milter.socket",
                               override->socket, remote);
    else if (socket->place != NULL)
        fx_values_check_socket(r, fx_reader_at(r, socket->place), "milter.socket", socket->text,
                               remote);
    if (filter->place != NULL && filter->text[0] != '\0')
        fx_values_check_socket(r, fx_reader_at(r, filter->place), "command_filter.listen",
                               filter->text, remote);
}

/* A fault names no part of state.uri: a password may stand in it. */
static void check_state(struct fx_reader *r, const struct fx_values *v)
{
    const struct fx_value *backend = &v->of[FX_SETTING_STATE_BACKEND];
    const struct fx_value *uri = &v->of[FX_SETTING_STATE_URI];
    const struct fx_setting_row *row = fx_settings_row(FX_SETTING_STATE_BACKEND);
    bool redis = strcmp(row->words[backend->number], "redis") == 0;
    struct fx_state_uri parsed;

    if (uri->text[0] != '\0') {
        const char *wrong = fx_state_uri_parse(fx_slice_str(uri->text), &parsed);
        if (wrong != NULL)
            fx_fault(r->faults, fx_reader_at(r, uri->place), "state.uri", "%s", wrong);
    } else if (redis) {
        fx_fault(r->faults, fx_reader_at(r, uri->place != NULL ? uri->place : backend->place),
                 "state.uri",
                 "is empty, and \"redis\" needs a server; allowed: redis://HOST, unix:///PATH");
    }
    if (redis && !FX_WITH_REDIS)
        fx_fault(r->faults, fx_reader_at(r, backend->place), "state.backend",
                 "\"redis\" was not built in; allowed: memory, sqlite");
}

/* Whoever reads that file reads the password. */
static bool name_password_file(const struct fx_reader *r, const struct fx_values *v,
                               struct fx_config *config)
{
    const struct fx_value *uri = &v->of[FX_SETTING_STATE_URI];
    struct fx_state_uri parsed;
    if (uri->text[0] == '\0' || fx_state_uri_parse(fx_slice_str(uri->text), &parsed) != NULL ||
        parsed.password[0] == '\0')
        return true;
    config->password_file = fx_config_copy(fx_slice_str(fx_reader_at(r, uri->place).file));
    return config->password_file != NULL;
}

static void check_addresses(struct fx_reader *r, const struct fx_values *v)
{
    const struct fx_value *form = &v->of[FX_SETTING_LOG_ADDRESSES];
    const struct fx_value *file = &v->of[FX_SETTING_LOG_ADDRESS_KEY_FILE];
    if (form->number != 0 && file->text[0] == '\0')
        fx_fault(r->faults, fx_reader_at(r, file->place != NULL ? file->place : form->place),
                 "log.address_key_file",
                 "is empty, and \"hash\" needs a key; allowed: a file with one key a line");
}

/* Who names a key believes in a log that is signed. */
static void note_log(struct fx_reader *r, const struct fx_values *v)
{
    static const enum fx_setting keys[] = {FX_SETTING_LOG_KEY_FILE,
                                           FX_SETTING_LOG_SIGNING_KEY_FILE};
    const struct fx_value *rotate = &v->of[FX_SETTING_LOG_ROTATE_BYTES];
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const struct fx_value *value = &v->of[keys[i]];
        if (value->text[0] != '\0' && v->of[FX_SETTING_LOG_CHAIN].number == 0)
            fx_fault(r->notices, fx_reader_at(r, value->place), fx_settings_row(keys[i])->name,
                     "has no effect while log.chain is false");
    }
    if (rotate->number > 0 && strcmp(v->of[FX_SETTING_LOG_FILE].text, "stdout") == 0)
        fx_fault(r->notices, fx_reader_at(r, rotate->place), "log.rotate_bytes",
                 "has no effect on stdout");
}

static void fill_policy(const struct fx_values *v, struct fx_policy *policy)
{
    policy->limits.findings = (uint64_t)v->of[FX_SETTING_LIMITS_FINDINGS].number;
    policy->limits.signatures = (uint64_t)v->of[FX_SETTING_LIMITS_SIGNATURES].number;
    policy->limits.evidence = (uint64_t)v->of[FX_SETTING_LIMITS_EVIDENCE].number;
    policy->limits.recipients = (uint64_t)v->of[FX_SETTING_LIMITS_RECIPIENTS].number;
    policy->limits.address = (uint64_t)v->of[FX_SETTING_LIMITS_ADDRESS].number;
    policy->limits.connections = (uint64_t)v->of[FX_SETTING_LIMITS_CONNECTIONS].number;
    policy->limits.header_fields = (uint64_t)v->of[FX_SETTING_LIMITS_HEADER_FIELDS].number;
    policy->limits.header_octets = (uint64_t)v->of[FX_SETTING_LIMITS_HEADER_OCTETS].number;
    policy->limits.line = (uint64_t)v->of[FX_SETTING_LIMITS_LINE].number;
    policy->limits.parameters = (uint64_t)v->of[FX_SETTING_LIMITS_PARAMETERS].number;
    policy->on_error = (enum fx_failure)v->of[FX_SETTING_MILTER_ON_ERROR].number;
    policy->on_full = (enum fx_failure)v->of[FX_SETTING_LOG_ON_FULL].number;
    policy->flagged_only = v->of[FX_SETTING_LOG_RECORDS].number != 0;
}

/* Everything from the tree (NULL: no file) into config; false after a fault. */
static bool build(struct fx_reader *r, const config_setting_t *root,
                  const struct fx_config_override *override, struct fx_config *config)
{
    struct fx_values values;
    struct fx_ruleset_origin from = {&values, &values, override, "policy"};
    size_t before = r->faults->count;

    fx_values_default(&values);
    if (root != NULL)
        fx_values_read(r, root, "", false, &values);
    check_sockets(r, &values, override);
    check_state(r, &values);
    check_addresses(r, &values);
    note_log(r, &values);
    fx_ruleset_build(r, &from, &config->policy->base);
    fx_clients_build(r, &values, override, config->policy);
    fill_policy(&values, config->policy);
    if (r->faults->count > before || r->faults->incomplete)
        return false;
    if (!fx_values_settings(r, &values, override, &config->settings) ||
        !fx_policy_take_profiles(&r->cache, config->policy) ||
        !fx_policy_compile(config->policy) ||
        !fx_policy_digest(config->policy, &config->settings) ||
        !name_password_file(r, &values, config)) {
        fx_fault_memory(r->faults);
        return false;
    }
    return override == NULL || fx_config_read_keys(r, &values, override->keys, config);
}

struct fx_config *fx_config_load(const char *path, const char *const *profile_dirs,
                                 const struct fx_config_override *override,
                                 struct fx_faults *faults)
{
    struct fx_source source = {0};
    struct fx_config *config = calloc(1, sizeof *config);
    struct fx_policy *policy = calloc(1, sizeof *policy);
    struct fx_reader r = {.faults = faults,
                          .nowhere = {path != NULL ? path : "defaults", 1},
                          .cache = {.dirs = profile_dirs}};
    if (config == NULL || policy == NULL) {
        fx_fault_memory(faults);
        free(config);
        free(policy);
        return NULL;
    }
    config->policy = policy;
    r.notices = &config->notices;
    r.files = &config->files;
    bool good = true;
    const config_setting_t *root = NULL;
    if (path != NULL) {
        good = fx_source_load(&source, path, faults);
        r.source = &source;
        root = good ? config_root_setting(&source.tree) : NULL;
    }
    good = good && build(&r, root, override, config);
    if (good && !fx_source_give_files(&source, &config->files)) {
        fx_fault_memory(faults);
        good = false;
    }
    fx_cache_finish(&r.cache);
    fx_source_finish(&source);
    if (good)
        return config;
    fx_config_destroy(config);
    return NULL;
}

void fx_config_destroy(struct fx_config *config)
{
    if (config == NULL)
        return;
    fx_settings_finish(&config->settings);
    fx_policy_destroy(config->policy);
    fx_pseudonyms_destroy(config->pseudonyms);
    fx_log_keys_finish(&config->log_keys);
    fx_faults_finish(&config->notices);
    for (size_t i = 0; i < config->files.count; i++)
        free(config->files.names[i]);
    free(config->files.names);
    free(config->password_file);
    free(config);
}
