/* say - diagnostics of the daemon: syslog (facility mail), and stderr while there is one.
 * Thread-safe. Each call is one line: control characters, marks of direction and octets that are
 * not UTF-8 are written as \xNN, so nothing begins a line of its own or acts upon a terminal.
 * What a reader of key=value words could take for another word must be quoted before. */
#ifndef FXM_SAY_H
#define FXM_SAY_H

#include <stdbool.h>
#include <syslog.h>

/* stream: JOURNAL_STREAM of the environment, NULL: not set. Where it names what stderr is, each
 * line to stderr begins with its priority (<3> and so on, sd-daemon(3)) and not with the name of
 * the program. To be called before there are threads. */
void say_journal(const char *stream);
/* foreground: stderr instead of syslog. Before this is called, everything goes to stderr. */
void say_open(bool foreground);
/* level: LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO. A warning begins with "warning: ". */
void say(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line that names its own place, FILE:LINE: ..., as it is. */
void say_fault(int level, const char *line);
/* A line about a setting: place is that of fx_settings_at. */
void say_at(int level, const char *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The detached daemon has no terminal any more. */
void say_detach(void);

#endif
