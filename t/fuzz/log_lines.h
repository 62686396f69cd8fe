/* log_lines - the compliance log of this process, read while it grows: each line is valid JSON
 * and goes on with number and chain of the one before. */
#ifndef LOG_LINES_H
#define LOG_LINES_H

struct log_lines {
    unsigned long messages, sessions; /* records of these types */
};

void log_lines_open(const char *path);
/* Reads what came since the last call, and counts it in. What was read takes no disk for
 * long. */
void log_lines_take(struct log_lines *lines);

#endif
