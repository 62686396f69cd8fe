/* config_settings - the values of the scalar settings as the daemon uses them. */
#include "config_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_MAX_OCTETS 65536
#define UNIX_PATH_MAX 107 /* sun_path of Linux and others, without its NUL */

char *fx_config_copy(struct fx_slice text)
{
    char *copy = malloc(text.len + 1);
    if (copy == NULL)
        return NULL;
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

/* The working directory in front; false when it cannot be told. */
static bool add_working_directory(struct fx_text *t)
{
    for (size_t size = 256; size <= PATH_MAX_OCTETS; size *= 2) {
        char *cwd = malloc(size);
        if (cwd == NULL)
            return false;
        bool good = getcwd(cwd, size) != NULL;
        bool again = !good && errno == ERANGE;
        if (good) {
            fx_text_add_str(t, cwd);
            if (strcmp(cwd, "/") != 0)
                fx_text_add_char(t, '/');
        }
        free(cwd);
        if (!again)
            return good;
    }
    return false;
}

char *fx_config_path(const char *file, struct fx_slice path)
{
    struct fx_text t;
    char *result = NULL;
    const char *slash = file != NULL ? strrchr(file, '/') : NULL;
    bool good = true;

    fx_text_init_growing(&t, PATH_MAX_OCTETS);
    if (path.len == 0 || path.ptr[0] != '/') {
        if (slash == NULL || file[0] != '/')
            good = add_working_directory(&t);
        if (slash != NULL)
            fx_text_add(&t, fx_slice(file, (size_t)(slash - file) + 1));
    }
    fx_text_add(&t, path);
    if (good && !t.overflow)
        result = fx_config_copy(fx_text_slice(&t));
    fx_text_finish(&t);
    return result;
}

/* A socket with its path made absolute; any other as it is. */
static char *absolute_socket(const char *file, const char *text)
{
    struct fx_slice s = fx_slice_str(text), path = fx_socket_path(s);
    if (!fx_slice_told(path) || path.len == 0)
        return fx_config_copy(s);
    char *absolute = fx_config_path(file, path);
    if (absolute == NULL)
        return NULL;
    struct fx_text t;
    fx_text_init_growing(&t, PATH_MAX_OCTETS + 16);
    fx_text_add(&t, fx_slice_first(s, s.len - path.len));
    fx_text_add_str(&t, absolute);
    char *result = t.overflow ? NULL : fx_config_copy(fx_text_slice(&t));
    fx_text_finish(&t);
    free(absolute);
    return result;
}

void fx_values_check_socket(struct fx_reader *r, struct fx_place at, const char *name,
                            const char *text, bool allow_remote)
{
    struct fx_quoted q;
    bool remote;
    const char *wrong = fx_socket_check(fx_slice_str(text), &remote);
    if (wrong != NULL) {
        fx_fault(r->faults, at, name, "%s %s", fx_quote(&q, text), wrong);
        return;
    }
    if (remote && !allow_remote)
        fx_fault(
            r->faults, at, name,
            "%s is open beyond loopback; allowed: 127.0.0.1, ::1, localhost, or any host with "
            "milter.allow_remote = true",
            fx_quote(&q, text));
    char *absolute = absolute_socket(at.file, text);
    if (absolute == NULL)
        fx_fault_memory(r->faults);
    else if (fx_socket_path(fx_slice_str(absolute)).len > UNIX_PATH_MAX)
        fx_fault(r->faults, at, name,
                 "%s is too long for a unix socket; allowed: %d octets, folder included",
                 fx_quote(&q, text), UNIX_PATH_MAX);
    free(absolute);
}

struct filler {
    const struct fx_reader *r;
    const struct fx_values *v;
    bool good;
};

static void set_string(struct filler *f, enum fx_setting id, char **out)
{
    const struct fx_value *value = &f->v->of[id];
    const struct fx_setting_row *row = fx_settings_row(id);
    const char *text = value->text != NULL ? value->text : "";
    struct fx_slice s = fx_slice_str(text);
    const char *file = value->place != NULL ? fx_reader_at(f->r, value->place).file : NULL;
    bool is_path = row->type == FX_TYPE_PATH && s.len > 0;

    for (size_t i = 0; is_path && row->words != NULL && row->words[i] != NULL; i++)
        is_path = strcmp(text, row->words[i]) != 0;
    if (row->type == FX_TYPE_SOCKET)
        *out = absolute_socket(file, text);
    else if (row->type == FX_TYPE_WORD)
        *out = fx_config_copy(fx_slice_str(row->words[value->number]));
    else
        *out = is_path ? fx_config_path(file, s) : fx_config_copy(s);
    if (*out == NULL)
        f->good = false;
}

/* The command line's socket stands in no file. */
static void set_places(struct filler *f, bool socket, struct fx_settings *out)
{
    char space[512];
    struct fx_text t;
    out->at = calloc(FX_SETTING_COUNT, sizeof *out->at);
    for (size_t i = 0; out->at != NULL && i < FX_SETTING_COUNT; i++) {
        const config_setting_t *place = f->v->of[i].place;
        if (place == NULL || (i == FX_SETTING_MILTER_SOCKET && !socket))
            continue;
        struct fx_place at = fx_reader_at(f->r, place);
        fx_text_init_fixed(&t, space, sizeof space);
        fx_text_add_visible(&t, fx_slice_str(at.file));
        fx_text_add_char(&t, ':');
        fx_text_add_u64(&t, at.line);
        fx_text_add_str(&t, ": ");
        out->at[i] = t.overflow ? NULL : fx_config_copy(fx_text_slice(&t));
        f->good = f->good && (t.overflow || out->at[i] != NULL);
    }
    f->good = f->good && out->at != NULL;
}

bool fx_values_settings(const struct fx_reader *r, const struct fx_values *v,
                        const struct fx_config_override *override, struct fx_settings *out)
{
    struct filler f = {r, v, true};
#define NUMBER(id) v->of[FX_SETTING_##id].number
    *out = (struct fx_settings){0};
    if (override != NULL && override->socket != NULL) {
        out->milter.socket = absolute_socket(NULL, override->socket);
        f.good = out->milter.socket != NULL;
    } else {
        set_string(&f, FX_SETTING_MILTER_SOCKET, &out->milter.socket);
    }
    out->milter.socket_mode = (unsigned)NUMBER(MILTER_SOCKET_MODE);
    set_string(&f, FX_SETTING_MILTER_SOCKET_GROUP, &out->milter.socket_group);
    out->milter.allow_remote = NUMBER(MILTER_ALLOW_REMOTE) != 0;
    set_string(&f, FX_SETTING_MILTER_USER, &out->milter.user);
    out->milter.sandbox = (enum fx_sandbox)NUMBER(MILTER_SANDBOX);
    out->milter.drain_seconds = NUMBER(MILTER_DRAIN_SECONDS);
    set_string(&f, FX_SETTING_LOG_FILE, &out->log.file);
    out->log.durability = (enum fx_durability)NUMBER(LOG_DURABILITY);
    out->log.chain = NUMBER(LOG_CHAIN) != 0;
    set_string(&f, FX_SETTING_LOG_KEY_FILE, &out->log.key_file);
    set_string(&f, FX_SETTING_LOG_SIGNING_KEY_FILE, &out->log.signing_key_file);
    out->log.head_records = NUMBER(LOG_HEAD_RECORDS);
    out->log.head_seconds = NUMBER(LOG_HEAD_SECONDS);
    out->log.rotate_bytes = NUMBER(LOG_ROTATE_BYTES);
    out->log.hash_addresses = NUMBER(LOG_ADDRESSES) != 0;
    set_string(&f, FX_SETTING_LOG_ADDRESS_KEY_FILE, &out->log.address_key_file);
    out->log.syslog = NUMBER(LOG_SYSLOG) != 0;
    set_string(&f, FX_SETTING_STATE_BACKEND, &out->state.backend);
    set_string(&f, FX_SETTING_STATE_PATH, &out->state.path);
    set_string(&f, FX_SETTING_STATE_URI, &out->state.uri);
    out->state.lost_after_seconds = NUMBER(STATE_LOST_AFTER_SECONDS);
    out->state.remember_seconds = NUMBER(STATE_REMEMBER_SECONDS);
    out->state.entries = NUMBER(LIMITS_STATE_ENTRIES);
    set_string(&f, FX_SETTING_COMMAND_FILTER_LISTEN, &out->command_filter.listen);
    out->command_filter.mark_ehlo = NUMBER(COMMAND_FILTER_MARK_EHLO) != 0;
    out->command_filter.connections = NUMBER(LIMITS_COMMAND_FILTER_CONNECTIONS);
    set_string(&f, FX_SETTING_METRICS_LISTEN, &out->metrics_listen);
    set_places(&f, override == NULL || override->socket == NULL, out);
#undef NUMBER
    return f.good;
}

void fx_settings_finish(struct fx_settings *s)
{
    free(s->milter.socket);
    free(s->milter.socket_group);
    free(s->milter.user);
    free(s->log.file);
    free(s->log.key_file);
    free(s->log.signing_key_file);
    free(s->log.address_key_file);
    free(s->state.backend);
    free(s->state.path);
    free(s->state.uri);
    free(s->command_filter.listen);
    free(s->metrics_listen);
    for (size_t i = 0; s->at != NULL && i < FX_SETTING_COUNT; i++)
        free(s->at[i]);
    free(s->at);
    *s = (struct fx_settings){0};
}
