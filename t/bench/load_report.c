/* load_report - see load_report.h. */
#include "load_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const answer_names[MILTER_ANSWERS] = {"passed", "discarded", "deferred",
                                                         "rejected", "dropped"};
static const char *const error_names[MILTER_ERRORS] = {
    NULL, "connect", "closed", "protocol", "timeout", "memory",
};

static bool add(struct load_times *t, int64_t micros)
{
    if (t->count == t->cap) {
        size_t cap = t->cap == 0 ? 1024 : 2 * t->cap;
        uint32_t *more = realloc(t->items, cap * sizeof *more);
        if (more == NULL)
            return false;
        t->items = more;
        t->cap = cap;
    }
    t->items[t->count++] = micros > UINT32_MAX ? UINT32_MAX : (uint32_t)micros;
    return true;
}

static void keep(char *to, size_t size, const char *text)
{
    if (to[0] == '\0')
        snprintf(to, size, "%s", text);
}

static void keep_terms(struct load_report *r, const struct milter_client *c)
{
    struct milter_terms terms = milter_client_terms(c);
    r->actions = terms.actions;
    r->steps = terms.steps;
    for (size_t i = 0; i < MILTER_LISTS; i++)
        if (terms.lists[i] != NULL)
            keep(r->macros[i], sizeof r->macros[i], terms.lists[i]);
    r->known = true;
}

void load_report_answer(struct load_report *r, const struct milter_client *c)
{
    struct milter_times t = milter_client_times(c);
    r->answers[milter_client_answer(c)]++;
    bool kept = add(&r->whole, t.answered - t.began);
    if (t.end != 0)
        kept = add(&r->end, t.answered - t.end) && kept;
    r->no_memory = r->no_memory || !kept;
    if (!r->known)
        keep_terms(r, c);
    keep(r->first_reply, sizeof r->first_reply, milter_client_text(c));
}

void load_report_error(struct load_report *r, enum milter_error error, const char *text)
{
    r->errors[error]++;
    keep(r->first_error, sizeof r->first_error, text);
}

void load_report_extras(struct load_report *r, const struct milter_client *c)
{
    r->progress += milter_client_progress(c);
    r->changes += milter_client_changes(c);
}

void load_report_late(struct load_report *r, int64_t micros)
{
    if (micros > r->late)
        r->late = micros;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Nearest rank; 0 where there is none. */
static double rank_ms(const struct load_times *t, size_t percent)
{
    if (t->count == 0)
        return 0;
    size_t rank = (t->count * percent + 99) / 100;
    return t->items[rank > 0 ? rank - 1 : 0] / 1000.0;
}

static void print_times(const char *name, struct load_times *t)
{
    if (t->count > 0)
        qsort(t->items, t->count, sizeof *t->items, compare);
    printf(",\"%s\":{\"median\":%.3f,\"p99\":%.3f,\"max\":%.3f}", name, rank_ms(t, 50),
           rank_ms(t, 99), rank_ms(t, 100));
}

static void print_text(const char *name, const char *text)
{
    struct fx_text t;
    bool lossy;
    if (text[0] == '\0')
        return;
    fx_text_init_growing(&t, 4096);
    fx_text_add_json(&t, fx_slice_str(text), &lossy);
    printf(",\"%s\":%.*s", name, (int)t.len, t.data);
    fx_text_finish(&t);
}

static void print_terms(const struct load_report *r)
{
    printf(",\"negotiated\":{\"actions\":%lu,\"steps\":%lu,\"macros\":{",
           (unsigned long)r->actions, (unsigned long)r->steps);
    const char *comma = "";
    for (size_t i = 0; i < MILTER_LISTS; i++)
        if (r->macros[i][0] != '\0') { /* names of macros: nothing to escape */
            printf("%s\"%zu\":\"%s\"", comma, i, r->macros[i]);
            comma = ",";
        }
    printf("}}");
}

static uint64_t failed(const struct load_report *r)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < MILTER_ERRORS; i++)
        sum += r->errors[i];
    return sum;
}

void load_report_print(struct load_report *r)
{
    printf("{\"messages\":%llu,\"connections\":%llu,\"open\":%llu,\"at_end\":%llu,"
           "\"held\":%llu,\"seconds\":%.6f",
           (unsigned long long)r->begun, (unsigned long long)r->sessions,
           (unsigned long long)r->open, (unsigned long long)r->at_end,
           (unsigned long long)r->held, (double)r->micros / 1000000);
    printf(",\"answers\":{");
    for (size_t i = 0; i < MILTER_ANSWERS; i++)
        printf("%s\"%s\":%llu", i > 0 ? "," : "", answer_names[i],
               (unsigned long long)r->answers[i]);
    printf("},\"failed\":%llu,\"errors\":{", (unsigned long long)(failed(r) + r->unfinished));
    for (size_t i = MILTER_NO_ERROR + 1; i < MILTER_ERRORS; i++)
        printf("\"%s\":%llu,", error_names[i], (unsigned long long)r->errors[i]);
    printf("\"unfinished\":%llu}", (unsigned long long)r->unfinished);
    print_text("first_error", r->first_error);
    print_text("first_reply", r->first_reply);
    printf(",\"progress\":%llu,\"changes\":%llu,\"late_ms\":%.3f",
           (unsigned long long)r->progress, (unsigned long long)r->changes,
           (double)r->late / 1000);
    if (r->known)
        print_terms(r);
    print_times("message_ms", &r->whole);
    print_times("answer_ms", &r->end);
    puts(r->no_memory ? ",\"times_missing\":true}" : "}");
    fflush(stdout);
}

bool load_report_good(const struct load_report *r)
{
    return failed(r) == 0 && r->unfinished == 0;
}

void load_report_finish(struct load_report *r)
{
    free(r->whole.items);
    free(r->end.items);
    r->whole = r->end = (struct load_times){0};
}
