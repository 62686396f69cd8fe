/* case_script - see case_script.h. */
#include "case_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)64 * 1024 * 1024)

static bool read_file(const char *path, struct fx_text *bytes)
{
    char buffer[65536];
    size_t n;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0)
        fx_text_add(bytes, fx_slice(buffer, n));
    bool good = ferror(file) == 0 && !bytes->overflow;
    fclose(file);
    return good;
}

static bool starts(struct fx_slice s, const char *prefix)
{
    size_t len = strlen(prefix);
    return s.len >= len && memcmp(s.ptr, prefix, len) == 0;
}

static struct fx_slice after_wait(struct fx_slice line)
{
    if (line.len == 0 || line.ptr[0] != '+')
        return line;
    size_t blank = fx_slice_find(line, ' ');
    return fx_slice_from(line, blank < line.len ? blank + 1 : blank);
}

/* Does the client's line go on in the next one? A single backslash at its end says so. */
static bool goes_on(struct fx_slice text)
{
    size_t n = 0;
    while (n < text.len && text.ptr[text.len - 1 - n] == '\\')
        n++;
    return n % 2 == 1;
}

/* The value of "name: value" into *value; several words stay together. */
static bool setting(struct fx_slice comment, const char *name, struct fx_slice *value)
{
    if (!starts(comment, name))
        return false;
    *value = fx_slice_trim(fx_slice_from(comment, strlen(name)));
    return true;
}

static void two_words(struct fx_slice value, struct fx_slice *first, struct fx_slice *second)
{
    fx_slice_word(&value, first);
    fx_slice_word(&value, second);
}

static const char *take_comment(struct case_script *s, struct fx_slice comment)
{
    struct fx_slice value;
    if (setting(comment, "mta:", &s->mta) || setting(comment, "host:", &s->host) ||
        setting(comment, "listener:", &s->listener))
        return NULL;
    if (setting(comment, "tls:", &value)) {
        two_words(value, &s->tls_version, &s->cipher);
    } else if (setting(comment, "auth:", &value)) {
        two_words(value, &s->auth_type, &s->auth_user);
    } else if (setting(comment, "visible:", &value)) {
        s->milter_only = fx_slice_eq(value, FX_LIT("milter"));
        return s->milter_only ? NULL : "visible: only milter is known";
    } else if (setting(comment, "macros:", &value)) {
        s->macros_none = fx_slice_eq(value, FX_LIT("none"));
        return s->macros_none ? NULL : "macros: only none is known";
    } else if (setting(comment, "local:", &value)) {
        s->local = fx_slice_eq(value, FX_LIT("yes"));
        return s->local ? NULL : "local: only yes is known";
    } else if (setting(comment, "log:", &value)) {
        s->log_full = fx_slice_eq(value, FX_LIT("full"));
        return s->log_full ? NULL : "log: only full is known";
    } else if (setting(comment, "held:", &value)) {
        s->held_full = fx_slice_eq(value, FX_LIT("full"));
        return s->held_full ? NULL : "held: only full is known";
    }
    return NULL;
}

static enum case_speaker speaker_of(struct fx_slice text)
{
    return starts(text, "C:")   ? CASE_CLIENT
           : starts(text, "C|") ? CASE_DATA
           : starts(text, "S:") ? CASE_SERVER
                                : CASE_NONE;
}

/* Where the lines are put into turns: each command and each final dot is one, and the n-th
 * reply after the greeting answers the n-th turn. */
struct turning {
    size_t answered;
    bool inside; /* the client's line goes on */
};

static void client_line(struct case_script *s, struct case_line *line, struct turning *t)
{
    if (!t->inside)
        s->turn_count++;
    line->turn = s->turn_count - 1;
    t->inside = goes_on(line->text);
    struct fx_slice command = fx_slice_from(line->text, 3);
    if (fx_slice_starts_nocase(command, FX_LIT("STARTTLS")))
        s->has_starttls = true;
    if (fx_slice_starts_nocase(command, FX_LIT("AUTH ")))
        s->has_auth = true;
}

static const char *take_line(struct case_script *s, struct fx_slice text, struct turning *t)
{
    struct case_line *line = &s->lines[s->line_count++];
    *line = (struct case_line){.text = after_wait(text), .turn = CASE_NO_TURN};
    line->speaker = speaker_of(line->text);
    switch (line->speaker) {
    case CASE_CLIENT:
        client_line(s, line, t);
        break;
    case CASE_DATA:
        if (fx_slice_eq(line->text, FX_LIT("C| .")))
            line->turn = s->turn_count++;
        break;
    case CASE_SERVER:
        t->inside = false;
        if (t->answered < s->turn_count)
            line->turn = t->answered;
        if (line->turn != CASE_NO_TURN && (line->text.len < 7 || line->text.ptr[6] != '-'))
            t->answered++;
        break;
    default:
        if (starts(text, "#"))
            return take_comment(s, fx_slice_trim(fx_slice_from(text, 1)));
        break;
    }
    return NULL;
}

bool case_script_read(struct case_script *s, const char *path, const char **why)
{
    struct turning turning = {0};
    struct fx_slice rest, line;
    size_t count = 0;

    *s = (struct case_script){0};
    fx_text_init_growing(&s->bytes, FILE_MAX);
    fx_text_init_growing(&s->stamped, 2 * FILE_MAX);
    *why = "cannot be read";
    if (!read_file(path, &s->bytes))
        return false;
    for (rest = fx_text_slice(&s->bytes); fx_slice_line(&rest, &line);)
        count++;
    s->lines = calloc(count + 1, sizeof *s->lines);
    *why = "no memory";
    if (s->lines == NULL)
        return false;
    for (rest = fx_text_slice(&s->bytes); fx_slice_line(&rest, &line);) {
        const char *wrong = take_line(s, line, &turning);
        if (wrong != NULL) {
            *why = wrong;
            return false;
        }
        fx_text_add_str(&s->stamped, "+0.000001\n");
        fx_text_add(&s->stamped, line);
        fx_text_add_char(&s->stamped, '\n');
    }
    return !s->stamped.overflow;
}

void case_script_finish(struct case_script *s)
{
    free(s->lines);
    fx_text_finish(&s->bytes);
    fx_text_finish(&s->stamped);
}
