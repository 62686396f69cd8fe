/* fuzz_transcript - written sessions, and mbox files, into events that make sense, and those
 * into an engine.
 *
 * Input: the file.
 */
#include "config.h"
#include "fuzz.h"
#include "mbox.h"
#include "record_rules.h"
#include "transcript.h"

#include <stdlib.h>
#include <string.h>

struct seen {
    struct fx_engine *engine; /* NULL: no session is open */
    bool transaction, header_over;
    uint64_t faults, line;
};

static const struct fx_policy *policy(void)
{
    static struct fx_config *config;
    const struct fx_config_override override = {.profile = "pix-6.3"};
    if (config == NULL)
        config = fuzz_load(NULL, &override);
    return config->policy;
}

static bool emit(void *arg, struct fx_record *record)
{
    struct fx_text line;
    (void)arg;
    fx_text_init_growing(&line, FX_RECORD_MAX + 100);
    HOLDS(fx_record_line(record, 1, "", &line));
    record_rules(fx_text_slice(&line), policy());
    fx_text_finish(&line);
    return true;
}

/* The order of a session. */
static void look_at_order(struct seen *seen, const struct fx_event *event)
{
    enum fx_event_kind kind = event->kind;
    HOLDS((kind == FX_EVENT_CONNECT) == (seen->engine == NULL));
    if (kind == FX_EVENT_CLOSE)
        HOLDS(!seen->transaction); /* a second MAIL may come: it is up to the server, as are
                                      data */
    if (kind == FX_EVENT_RCPT || kind == FX_EVENT_ABORT)
        HOLDS(seen->transaction);
    if (kind == FX_EVENT_HEADER || kind == FX_EVENT_EOH)
        HOLDS(!seen->header_over);
    if (kind == FX_EVENT_BODY)
        HOLDS(seen->header_over && event->text.len <= FX_BODY_CHUNK);
    HOLDS(event->parameter_count <= FX_MAX_PARAMETERS);
    seen->header_over = kind == FX_EVENT_EOH || (kind == FX_EVENT_BODY && seen->header_over);
    if (kind == FX_EVENT_MAIL)
        seen->transaction = true;
    if (kind == FX_EVENT_EOM || kind == FX_EVENT_ABORT)
        seen->transaction = false;
}

static bool take(void *arg, const struct fx_event *event)
{
    static const char id[33] = "0123456789abcdef0123456789abcdef";
    const struct fx_engine_hooks hooks = {.emit = emit};
    struct seen *seen = arg;
    look_at_order(seen, event);
    if (seen->engine == NULL)
        seen->engine = fx_engine_create(policy(), id, &hooks);
    HOLDS(seen->engine != NULL);
    fx_engine_feed(seen->engine, event);
    if (event->kind == FX_EVENT_CLOSE) {
        fx_engine_destroy(seen->engine);
        seen->engine = NULL;
    }
    return true;
}

static void fault(void *arg, uint64_t line, const char *what)
{
    struct seen *seen = arg;
    HOLDS(line > 0 && line >= seen->line && what != NULL);
    seen->line = line;
    seen->faults++;
}

static void look_at_mbox(struct fx_slice file)
{
    struct fx_slice rest = file, message, before = fx_slice_first(file, 0);
    while (fx_mbox_next(&rest, &message)) {
        HOLDS(fuzz_within(message, file) && message.ptr >= before.ptr + before.len);
        before = message;
    }
}

FUZZ_TARGET(transcript)
{
    struct fuzz_input in = {(const char *)data, size};
    struct fx_slice bytes = fuzz_rest(&in);
    struct seen seen = {0};
    const struct fx_transcript_source source = {
        .bytes = bytes, .start = {1, 1}, .sink = take, .fault = fault, .arg = &seen};
    HOLDS(fx_transcript_events(&source));
    HOLDS(seen.engine == NULL && !seen.transaction);
    fx_transcript_looks(bytes);
    look_at_mbox(bytes);
    free((void *)(uintptr_t)bytes.ptr);
}
