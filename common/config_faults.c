/* config_faults - the lines that tell what is wrong with a file, and where. */
#include "config_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A fault line lists what is allowed, so it may be long; a value from outside never is. */
#define LINE_MAX_OCTETS 4096

static void add_line(struct fx_faults *faults, struct fx_slice line)
{
    char *copy = fx_config_copy(line);
    char **lines = realloc(faults->lines, (faults->count + 1) * sizeof *lines);
    if (lines != NULL)
        faults->lines = lines;
    if (copy == NULL || lines == NULL) {
        free(copy);
        faults->incomplete = true;
        return;
    }
    faults->lines[faults->count++] = copy;
}

void fx_fault(struct fx_faults *faults, struct fx_place at, const char *setting,
              const char *format, ...)
{
    char line[LINE_MAX_OCTETS], what[LINE_MAX_OCTETS - 256];
    struct fx_text t;
    va_list args;

    va_start(args, format);
    if (vsnprintf(what, sizeof what, format, args) < 0)
        what[0] = '\0';
    va_end(args);
    fx_text_init_fixed(&t, line, sizeof line);
    fx_text_add_visible(&t, fx_slice_str(at.file));
    if (at.line > 0) {
        fx_text_add_char(&t, ':');
        fx_text_add_u64(&t, at.line);
        fx_text_add_str(&t, ": ");
        fx_text_add_str(&t, setting);
    }
    fx_text_add_str(&t, ": ");
    fx_text_add_visible(&t, fx_slice_first(fx_slice_str(what), sizeof line - t.len));
    add_line(faults, fx_text_slice(&t));
}

/* access(2) goes by permissions alone; what else may refuse a file speaks up when it is opened.
 */
void fx_fault_look(struct fx_faults *faults, const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd >= 0)
        (void)close(fd);
    else if (errno == EACCES && access(path, R_OK) == 0)
        faults->refused = true;
}

void fx_fault_memory(struct fx_faults *faults)
{
    faults->incomplete = true;
    add_line(faults, FX_LIT("configuration:1: memory: there is not enough"));
}

void fx_faults_finish(struct fx_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        free(faults->lines[i]);
    free(faults->lines);
    *faults = (struct fx_faults){0};
}

const char *fx_quote(struct fx_quoted *q, const char *value)
{
    static const char hex[] = "0123456789abcdef";
    struct fx_slice s = fx_slice_str(value);
    struct fx_text t;
    bool cut = s.len > 80;

    s = fx_slice_first(s, 80);
    fx_text_init_fixed(&t, q->text, sizeof q->text - 1);
    fx_text_add_char(&t, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x20 || c > 0x7E) {
            char code[4] = {'\\', 'x', hex[c >> 4], hex[c & 15]};
            fx_text_add(&t, fx_slice(code, 4));
        } else {
            fx_text_add_char(&t, s.ptr[i]);
        }
    }
    fx_text_add_str(&t, cut ? "...\"" : "\"");
    q->text[t.len] = '\0';
    return q->text;
}

#define LIST_WITH_HINT 200
#define NEAR_MAX 40 /* longer words are not compared */

/* Levenshtein's distance, ASCII case ignored; words are at most NEAR_MAX long. */
static unsigned distance(struct fx_slice a, struct fx_slice b)
{
    unsigned row[NEAR_MAX + 1];
    for (unsigned j = 0; j <= b.len; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            bool same = fx_ascii_lower(a.ptr[i - 1]) == fx_ascii_lower(b.ptr[j - 1]);
            unsigned best = diagonal + (same ? 0 : 1);
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[b.len];
}

void fx_choice_init(struct fx_choice *c, const char *wanted)
{
    *c = (struct fx_choice){.wanted = fx_slice_str(wanted)};
    fx_text_init_fixed(&c->list, c->space, sizeof c->space - 1);
    /* one slip in a short word, two in a longer one: more would be guessing */
    c->distance = c->wanted.len < 6 ? 2 : 3;
}

void fx_choice_add(struct fx_choice *c, const char *word)
{
    if (c->list.len > 0)
        fx_text_add_str(&c->list, ", ");
    fx_text_add_str(&c->list, word[0] == '\0' ? "\"\"" : word);
    fx_choice_consider(c, word);
}

void fx_choice_consider(struct fx_choice *c, const char *word)
{
    struct fx_slice s = fx_slice_str(word);
    if (s.len == 0 || c->wanted.len < 2 || s.len > NEAR_MAX || c->wanted.len > NEAR_MAX)
        return;
    unsigned n = distance(c->wanted, s);
    if (n < c->distance && n < s.len) {
        c->distance = n;
        c->near = word;
    }
}

void fx_choice_rules(struct fx_choice *c, const char *wanted, bool policy)
{
    fx_choice_init(c, wanted);
    for (size_t i = 0; i < FX_RULE_COUNT; i++) {
        const char *name = fx_rule_name((enum fx_rule)i);
        bool dkim = i >= FX_RULE_DKIM_FIRST && i <= FX_RULE_DKIM_LAST;
        if (policy && i == FX_RULE_DKIM_FIRST)
            fx_choice_add(c, FX_RULES_DKIM);
        if (dkim || fx_settings_rule_inert((enum fx_rule)i))
            fx_choice_consider(c, name);
        else
            fx_choice_add(c, name);
    }
}

const char *fx_choice_text(struct fx_choice *c)
{
    char text[sizeof c->space];
    struct fx_text t;

    fx_text_init_fixed(&t, text, sizeof text - 1);
    if (c->near != NULL) {
        fx_text_add_str(&t, "did you mean ");
        fx_text_add_str(&t, c->near);
        fx_text_add_char(&t, '?');
    }
    struct fx_slice list = fx_text_slice(&c->list);
    /* a long list helps only those whom the hint does not; what overflows is no list at all */
    if (c->list.overflow || list.len > sizeof text - 64 - t.len)
        list = FX_LIT("see fixup-milter.conf(5) and fixup-profile(5)");
    if (c->near == NULL || list.len <= LIST_WITH_HINT) {
        fx_text_add_str(&t, c->near != NULL ? " allowed: " : "allowed: ");
        fx_text_add(&t, list.len == 0 ? FX_LIT("none") : list);
    }
    memcpy(c->space, text, t.len);
    c->space[t.len] = '\0';
    return c->space;
}
