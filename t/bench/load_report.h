/* load_report - what milter_load counts, and its JSON. */
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include "milter_client.h"

/* Times in microseconds, one for each message that was answered. */
struct load_times {
    uint32_t *items; /* owned */
    size_t count, cap;
};

struct load_report {
    uint64_t begun, sessions, open, at_end, held, unfinished; /* filled in by the caller */
    int64_t micros;
    uint64_t answers[MILTER_ANSWERS], errors[MILTER_ERRORS];
    uint64_t progress, changes;
    int64_t late;                 /* the most that a message began behind its time */
    struct load_times whole, end; /* from its beginning, from its end to the answer */
    bool no_memory;               /* some times are missing */
    char first_error[256], first_reply[256];
    uint32_t actions, steps; /* as the first filter wants it, and its lists of macros */
    char macros[MILTER_LISTS][256];
    bool known;
};

void load_report_answer(struct load_report *r, const struct milter_client *c);
void load_report_error(struct load_report *r, enum milter_error error, const char *text);
/* Progress and changes; once for each message, before the next begins. */
void load_report_extras(struct load_report *r, const struct milter_client *c);
void load_report_late(struct load_report *r, int64_t micros);
void load_report_print(struct load_report *r);      /* one line on standard output */
bool load_report_good(const struct load_report *r); /* nothing failed or is unfinished */
void load_report_finish(struct load_report *r);

#endif
