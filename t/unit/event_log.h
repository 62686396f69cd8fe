/* event_log - a sink that writes events down as one line each, for comparison in tests.
 *
 * "MAIL <a@example.org> SIZE=1 no" and the like; bytes that do not print are \xNN. Long texts
 * are written in full.
 */
#ifndef FX_EVENT_LOG_H
#define FX_EVENT_LOG_H

#include "event.h"
#include "text.h"

struct event_log {
    struct fx_text text;
    bool wire;      /* write wire facts of commands too: [pipelined terminator octets] */
    bool time;      /* write @microseconds of wall time */
    size_t stop_at; /* say stop at this event, counted from 1; 0: never */
    size_t events;
};

void event_log_init(struct event_log *log);
void event_log_finish(struct event_log *log);
/* An fx_event_sink; arg is the log. */
bool event_log_sink(void *arg, const struct fx_event *event);
/* The log as a C string, borrowed until the next event. */
const char *event_log_text(struct event_log *log);
/* Adds a line of one's own. */
void event_log_add(struct event_log *log, const char *line);

#endif
