/* event_log - see event_log.h. */
#include "event_log.h"

#include <inttypes.h>
#include <stdio.h>

void event_log_init(struct event_log *log)
{
    *log = (struct event_log){0};
    fx_text_init_growing(&log->text, SIZE_MAX);
}

void event_log_finish(struct event_log *log)
{
    fx_text_finish(&log->text);
}

static void put(struct event_log *log, struct fx_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        char escaped[8];
        unsigned char c = (unsigned char)s.ptr[i];
        if (c >= 0x20 && c < 0x7F) {
            fx_text_add_char(&log->text, s.ptr[i]);
            continue;
        }
        (void)snprintf(escaped, sizeof escaped,
                       c == '\n'   ? "\\n"
                       : c == '\r' ? "\\r"
                                   : "\\x%02x",
                       (unsigned)c);
        fx_text_add_str(&log->text, escaped);
    }
}

static void put_wire(struct event_log *log, const struct fx_wire *wire)
{
    static const char *const answers[] = {"unknown", "no", "yes"};
    static const char *const ends[] = {"unknown", "crlf", "lf", "cr", "none"};
    char text[80];
    (void)snprintf(text, sizeof text, " [%s %s %" PRIu64 "]", answers[wire->pipelined],
                   ends[wire->terminator], wire->line_octets);
    fx_text_add_str(&log->text, text);
}

static void put_command(struct event_log *log, const struct fx_event *event)
{
    static const char *const refused[] = {" unknown", " no", " yes"};
    if (event->kind == FX_EVENT_HELO)
        fx_text_add_str(&log->text, event->greeting == FX_GREETING_EHLO   ? " ehlo"
                                    : event->greeting == FX_GREETING_HELO ? " helo"
                                                                          : " unknown");
    for (size_t i = 0; i < event->parameter_count; i++) {
        fx_text_add_char(&log->text, ' ');
        put(log, event->parameters[i]);
    }
    if (event->parameters_cut)
        fx_text_add_str(&log->text, " ...");
    if (event->tls == FX_YES)
        fx_text_add_str(&log->text, " +tls");
    if (event->authenticated == FX_YES)
        fx_text_add_str(&log->text, " +auth");
    if (event->kind == FX_EVENT_MAIL || event->kind == FX_EVENT_RCPT)
        fx_text_add_str(&log->text, refused[event->refused]);
    if (log->wire && event->kind >= FX_EVENT_HELO && event->kind <= FX_EVENT_DATA)
        put_wire(log, &event->wire);
}

bool event_log_sink(void *arg, const struct fx_event *event)
{
    static const char *const names[FX_EVENT_KINDS] = {"CONNECT", "HELO", "COMMAND", "MAIL",
                                                      "RCPT",    "DATA", "HEADER",  "EOH",
                                                      "BODY",    "EOM",  "ABORT",   "CLOSE"};
    struct event_log *log = arg;
    fx_text_add_str(&log->text, names[event->kind]);
    if (fx_slice_told(event->text) && event->kind != FX_EVENT_DATA) {
        fx_text_add_char(&log->text, ' ');
        put(log, event->text);
    }
    if (event->kind == FX_EVENT_HEADER) {
        fx_text_add_char(&log->text, ':');
        put(log, event->value);
    }
    put_command(log, event);
    if (log->time) {
        fx_text_add_str(&log->text, " @");
        fx_text_add_u64(&log->text, (uint64_t)event->time.wall);
    }
    fx_text_add_char(&log->text, '\n');
    return ++log->events != log->stop_at;
}

const char *event_log_text(struct event_log *log)
{
    fx_text_add_char(&log->text, '\0');
    log->text.len--;
    return log->text.data;
}

void event_log_add(struct event_log *log, const char *line)
{
    fx_text_add_str(&log->text, line);
    fx_text_add_char(&log->text, '\n');
}
