/* say - see say.h. */
#include "say.h"

#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* of the longest text, each octet of it as \\xNN */
#define LINE_ROOM (4 * 4096 + 1)

static bool to_syslog, to_journal;
static atomic_bool to_stderr = true; /* say_detach comes when there are threads */

/* systemd.exec(5): JOURNAL_STREAM is "DEVICE:INODE" of the stream that leads to the journal.
 * That it is set is not enough: stderr may lead elsewhere since. */
void say_journal(const char *stream)
{
    char name[64];
    struct stat there;
    if (stream != NULL && fstat(STDERR_FILENO, &there) == 0 &&
        snprintf(name, sizeof name, "%ju:%ju", (uintmax_t)there.st_dev,
                 (uintmax_t)there.st_ino) > 0)
        to_journal = strcmp(stream, name) == 0;
}

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

/* One line, whatever stands in it: what was not escaped where it came from is escaped here. */
static void put(int level, const char *before, const char *text)
{
    char line[LINE_ROOM];
    struct fx_text t;
    fx_text_init_fixed(&t, line, sizeof line - 1);
    if (level == LOG_WARNING)
        fx_text_add_str(&t, "warning: ");
    fx_text_add_visible(&t, fx_slice_str(text));
    line[t.len] = '\0';
    if (to_syslog)
        syslog(level, "%s", line);
    if (!to_stderr)
        return;
    if (to_journal) /* sd-daemon(3); the journal has our name by itself */
        fprintf(stderr, "<%d>%s\n", LOG_PRI(level), line);
    else
        fprintf(stderr, "%s%s\n", before, line);
}

void say(int level, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put(level, "fixup-milter: ", n < 0 ? format : text);
}

void say_at(int level, const char *place, const char *format, ...)
{
    char text[1024], line[2048];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(line, sizeof line, "%s%s", place, n < 0 ? format : text);
    put(level, place[0] == '\0' ? "fixup-milter: " : "", line);
}

void say_fault(int level, const char *line)
{
    put(level, "", line);
}
