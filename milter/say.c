/* say - see say.h. */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

static bool to_syslog, to_stderr = true;

void say_open(bool foreground)
{
    to_stderr = true;
    to_syslog = !foreground;
    if (to_syslog)
        openlog("fixup-milter", LOG_PID | LOG_NDELAY, LOG_MAIL);
}

void say_detach(void)
{
    to_stderr = false;
}

void say(int level, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (to_syslog)
        syslog(level, "%s", line);
    if (to_stderr)
        fprintf(stderr, "fixup-milter: %s\n", line);
}

void say_fault(int level, const char *line)
{
    if (to_syslog)
        syslog(level, "%s", line);
    if (to_stderr)
        fprintf(stderr, "%s\n", line);
}
