/* log_writer - see log_writer.h. */
#include "log_writer.h"

#include "clock.h"
#include "sandbox.h"
#include "say.h"
#include "timestamp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define LINE_MAX_OCTETS (FX_RECORD_MAX + 4096) /* seq, chain, what could not be written */
#define EXTRA_MAX 1024
#define ROTATE_AGAIN_MS 60000 /* a rename that fails costs a head each time */

static void take_settings(struct log_writer *w, const struct fx_config *config)
{
    const struct fx_settings *s = &config->settings;
    memcpy(w->host, config->policy->host, sizeof w->host);
    w->head_records = s->log.head_records;
    w->head_seconds = s->log.head_seconds;
    w->rotate_bytes = s->log.rotate_bytes;
    w->sync = s->log.durability == FX_DURABILITY_FSYNC;
    w->file.mark_later = w->sync;
}

static void sync_name(struct log_writer *w)
{
    if (w->sync && !log_file_sync_name(&w->file))
        say(LOG_ERR, "%s: its name is not on disk: %s", w->file.path, strerror(errno));
}

/* `,"unwritten":{...}` for the next record. */
static void add_trouble(struct fx_text *t, const char *name, const struct log_trouble *trouble)
{
    bool lossy = false;
    if (trouble->records == 0)
        return;
    fx_text_add_str(t, ",\"");
    fx_text_add_str(t, name);
    fx_text_add_str(t, "\":{\"records\":");
    fx_text_add_u64(t, trouble->records);
    fx_text_add_str(t, ",\"since\":\"");
    fx_timestamp_add(t, trouble->since);
    fx_text_add_str(t, "\",\"error\":");
    fx_text_add_json(t, fx_slice_str(strerror(trouble->error)), &lossy);
    fx_text_add_char(t, '}');
}

void log_writer_trouble(struct log_trouble *trouble, int error)
{
    if (trouble->records == 0) {
        trouble->since = clock_now().wall;
        trouble->error = error;
    }
    trouble->records++;
}

/* The record as a line in w->line, after which the chain stands at *now. */
static bool make_line(struct log_writer *w, const struct fx_record *record,
                      struct fx_chain_place *now)
{
    const struct fx_chain_place *last = &w->file.place;
    fx_text_reset(&w->extra);
    add_trouble(&w->extra, "unwritten", &w->unwritten);
    add_trouble(&w->extra, "unsynced", &w->unsynced);
    fx_text_add_char(&w->extra, '\0');
    if (!fx_record_begin_line(record, last->seq + 1, w->extra.data, &w->line))
        return false;
    if (w->keys.chain != NULL) {
        if (!fx_chain_close_line(w->keys.chain, last, &w->line, now))
            return false;
    } else {
        fx_text_add_char(&w->line, '}');
        *now = *last;
        now->seq++;
    }
    fx_text_add_char(&w->line, '\n');
    return !w->line.overflow;
}

static bool append(struct log_writer *w, const struct fx_record *record)
{
    struct fx_chain_place now;
    errno = ENOMEM;
    if (!make_line(w, record, &now) ||
        !log_file_append(&w->file, fx_text_slice(&w->line), &now))
        return false;
    w->unwritten = w->unsynced = (struct log_trouble){0};
    return true;
}

/* Says it once, and once when it is over. */
static bool settle(struct log_writer *w, bool written)
{
    int error = errno;
    if (written && w->broken)
        say(LOG_NOTICE, "the log can be written again");
    if (!written && !w->broken)
        say(LOG_ERR, "%s: the log cannot be written: %s",
            w->file.path != NULL ? w->file.path : "stdout", strerror(error));
    w->broken = !written;
    errno = error;
    return written;
}

/* Heads leave the machine by syslog, where whoever rewrites the log cannot reach them. */
static void tell_head(struct log_writer *w, const char *prev, const struct fx_text *signature)
{
    if (w->said_count == LOG_SAID_MAX)
        return;
    snprintf(w->said[w->said_count++], LOG_SAID_OCTETS, "head seq=%llu hash=%s prev=%s%s%.*s",
             (unsigned long long)w->file.place.seq, w->file.place.hash, prev,
             signature->len > 0 ? " signature=" : "", (int)signature->len,
             signature->len > 0 ? signature->data : "");
}

/* A head, unless the last record is one. A head that cannot be written comes later. */
static void head(struct log_writer *w)
{
    char buffer[128];
    struct fx_text signature;
    struct fx_chain_place before = w->file.place;
    struct fx_time now = clock_now();
    if (w->keys.chain == NULL)
        return;
    fx_text_init_fixed(&signature, buffer, sizeof buffer);
    if (w->keys.signer != NULL &&
        !fx_signer_sign(w->keys.signer, fx_slice_str(before.hash), &signature)) {
        say(LOG_ERR, "a head of the log cannot be signed");
        return;
    }
    bool is_signed = signature.len > 0;
    if (!fx_record_head(&w->head, &now, w->host[0] == '\0' ? FX_ABSENT : fx_slice_str(w->host),
                        w->keys.chain,
                        is_signed ? fx_slice_str(fx_signer_id(w->keys.signer)) : FX_ABSENT,
                        is_signed ? fx_text_slice(&signature) : FX_ABSENT) ||
        !append(w, &w->head))
        return;
    w->new_key = false;
    w->since_head = 0;
    w->head_at = clock_ms();
    tell_head(w, before.hash, &signature);
}

static void end_part(struct log_writer *w)
{
    if (w->since_head > 0)
        head(w);
    if (!w->sync)
        return;
    if (log_file_sync(w->file.fd)) {
        log_file_mark(&w->file, &w->file.place);
        return;
    }
    say(LOG_ERR, "the log is not on disk: %s", strerror(errno));
    w->part_unsynced = w->file.place.seq;
}

/* A head ends each file and starts the next. */
static bool next_file(struct log_writer *w, bool ends)
{
    int next = log_file_next(&w->file);
    if (next < 0) {
        if (!w->explained && sandbox_refused(w->file.path)) {
            sandbox_explain_folder(w->file.path);
            w->explained = true;
        }
        return false;
    }
    w->explained = false;
    if (ends)
        end_part(w);
    log_file_switch(&w->file, next);
    w->in_part = 0;
    sync_name(w);
    head(w);
    return true;
}

void log_writer_look(struct log_writer *w)
{
    enum log_name name = log_file_name(&w->file);
    if (name == LOG_NAME_SAME)
        return;
    if (next_file(w, name == LOG_NAME_ELSEWHERE) && name == LOG_NAME_REMOVED)
        say(LOG_ERR, "%s: was removed while it was in use; a new one goes on with the chain",
            w->file.path);
}

/* Nothing is written after the rename: readers that follow the name could miss it. */
static void rotate(struct log_writer *w)
{
    if (clock_ms() < w->rotate_at)
        return;
    end_part(w);
    w->rotate_at = clock_ms() + ROTATE_AGAIN_MS;
    if (log_file_rename(&w->file, clock_now().wall) && next_file(w, false))
        w->rotate_at = 0;
}

/* What a line that turns out to be nowhere has changed. */
struct before {
    struct fx_chain_place place;
    struct log_trouble unwritten, unsynced;
};

/* A record in a file that is gone would be acknowledged and lost: it is written once more, into
 * the next file. */
static bool kept(struct log_writer *w, const struct fx_record *record,
                 const struct before *before)
{
    enum log_name name = log_file_name(&w->file);
    w->put_seq = w->file.place.seq;
    if (name != LOG_NAME_REMOVED) {
        if (name == LOG_NAME_ELSEWHERE)
            next_file(w, true);
        return true;
    }
    w->file.place = before->place;
    w->file.marked = 0; /* it may name the record that is gone */
    w->unwritten = before->unwritten;
    w->unsynced = before->unsynced;
    log_writer_look(w);
    errno = ENOENT;
    if (log_file_name(&w->file) == LOG_NAME_REMOVED || !append(w, record))
        return false;
    w->put_seq = w->file.place.seq;
    return true;
}

/* Sessions do not wait for the reload record: where another comes before it, a head says first
 * which key holds now. */
static bool tells_key(struct log_writer *w, const struct fx_record *record)
{
    struct fx_slice type = fx_link_member(fx_text_slice(&record->text), "type");
    if (fx_slice_eq(type, (struct fx_slice)FX_LIT("start")) ||
        fx_slice_eq(type, (struct fx_slice)FX_LIT("reload")))
        return true;
    errno = EIO; /* unless a write says better */
    head(w);
    return !w->new_key;
}

bool log_writer_put(struct log_writer *w, const struct fx_record *record)
{
    off_t room = (off_t)w->rotate_bytes - w->file.size;
    if (w->rotate_bytes > 0 && w->file.regular && w->in_part > 0 &&
        room < (off_t)record->text.len)
        rotate(w);
    if (w->new_key && !tells_key(w, record))
        return settle(w, false);
    const struct before before = {w->file.place, w->unwritten, w->unsynced};
    if (!settle(w, append(w, record) && kept(w, record, &before)))
        return false;
    w->new_key = false;
    w->since_head++;
    w->in_part++;
    if (w->since_head >= (uint64_t)w->head_records)
        head(w);
    return true;
}

void log_writer_tick(struct log_writer *w)
{
    log_writer_look(w);
    log_file_use_mark(&w->file, w->keys.chain != NULL);
    if (w->since_head > 0 && clock_ms() >= w->head_at + w->head_seconds * 1000)
        head(w);
}

static void take_keys(struct log_writer *w, struct fx_config *config)
{
    fx_log_keys_finish(&w->keys);
    w->keys = config->log_keys;
    config->log_keys = (struct fx_log_keys){0};
    w->new_key = w->keys.chain != NULL;
}

int log_writer_open(struct log_writer *w, struct fx_config *config, struct log_found *found)
{
    struct log_file file;
    int code = log_file_open(config->settings.log.file, config->log_keys.chain, &file, found);
    if (code != 0)
        return code;
    *w = (struct log_writer){.file = file, .head_at = clock_ms()};
    fx_text_init_growing(&w->line, LINE_MAX_OCTETS);
    fx_text_init_growing(&w->extra, EXTRA_MAX);
    fx_record_init(&w->head);
    take_keys(w, config);
    take_settings(w, config);
    if (found->fresh) {
        sync_name(w);
        if (found->continues)
            head(w);
    }
    return 0;
}

void log_writer_take(struct log_writer *w, struct fx_config *config)
{
    end_part(w);
    take_keys(w, config);
    take_settings(w, config);
    log_file_use_mark(&w->file, w->keys.chain != NULL);
}

void log_writer_close(struct log_writer *w)
{
    end_part(w);
    log_file_close(&w->file);
    fx_log_keys_finish(&w->keys);
    fx_text_finish(&w->line);
    fx_text_finish(&w->extra);
    fx_record_finish(&w->head);
}
