/* engine_fixture - see engine_fixture.h. */
#include "engine_fixture.h"

#include <stdlib.h>
#include <string.h>

static struct play one;

static bool take(void *arg, struct fx_record *record)
{
    struct play *p = arg;
    struct fx_text line;
    if (p->full)
        return false;
    assert_true(p->count < PLAY_LINES);
    fx_text_init_growing(&line, (size_t)2 * 1024 * 1024);
    assert_true(fx_record_line(record, p->count + 1, NULL, &line));
    fx_text_add_char(&line, '\0');
    free(p->lines[p->count]);
    p->lines[p->count] = malloc(line.len);
    assert_non_null(p->lines[p->count]);
    memcpy(p->lines[p->count], line.data, line.len);
    p->flagged[p->count++] = record->flagged;
    fx_text_finish(&line);
    return true;
}

int play_begin(void **state)
{
    memset(&one, 0, sizeof one);
    one.profile = fixture_profile("p");
    fixture_rule(one.profile, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 100);
    one.policy = fixture_policy_of(FX_MODE_OBSERVE, one.profile);
    play_again(&one);
    *state = &one;
    return 0;
}

int play_finish(void **state)
{
    (void)state;
    fx_engine_destroy(one.engine);
    fx_policy_destroy(one.policy);
    for (size_t i = 0; i < PLAY_LINES; i++)
        free(one.lines[i]);
    fixture_free();
    return 0;
}

void play_again(struct play *p)
{
    fx_engine_destroy(p->engine);
    p->engine = fx_engine_create(p->policy, FIXTURE_ID,
                                 &(struct fx_engine_hooks){.emit = take, .arg = p});
    assert_non_null(p->engine);
    p->count = 0;
    fixture_time_reset();
}

void play_mode(struct play *p, enum fx_mode mode)
{
    p->policy->base.mode = mode;
    for (size_t r = 0; r < FX_RULE_COUNT; r++)
        p->policy->base.rule_mode[r] = mode;
}

static struct fx_event header(char kind)
{
    switch (kind) {
    case 'L':
        return fixture_header("X-Long", fixture_repeat('a', 100));
    case 'V':
        return fixture_header("Received", " from a.example.org");
    case 'T':
        return fixture_header("Content-Type", " text/plain");
    case 'X':
        return fixture_header("x-fixup-policy", " asa-9; would=pass; rules=none");
    default:
        return fixture_header("Subject", " x");
    }
}

static struct fx_event make(char kind)
{
    struct fx_event event;
    switch (kind) {
    case 'C':
        return fixture_event(FX_EVENT_CONNECT, "mail.example.org");
    case 'H':
        return fixture_event(FX_EVENT_HELO, "mail.example.org");
    case 'U':
        return fixture_event(FX_EVENT_COMMAND, "GOODMORNING");
    case 'M':
        return fixture_path(FX_EVENT_MAIL, "<sender@example.org>", "");
    case 'R':
    case 'r':
        event = fixture_path(FX_EVENT_RCPT, "<user@example.net>", "");
        event.refused = kind == 'r' ? FX_YES : FX_UNKNOWN;
        return event;
    case 'D':
        return fixture_event(FX_EVENT_DATA, NULL);
    case 'E':
        return fixture_event(FX_EVENT_EOH, NULL);
    case 'B':
        return fixture_event(FX_EVENT_BODY, "text\r\n");
    case '8':
        return fixture_event(FX_EVENT_BODY, "\xFF\r\n");
    case 'O':
        return fixture_event(FX_EVENT_EOM, NULL);
    case 'A':
        return fixture_event(FX_EVENT_ABORT, NULL);
    case 'Z':
        return fixture_event(FX_EVENT_CLOSE, NULL);
    default:
        return header(kind);
    }
}

struct fx_decision play(struct play *p, const char *events)
{
    struct fx_decision decision = {.what = FX_DO_CONTINUE};
    fixture_compile(p->policy); /* tests change it between one play and the next */
    for (; *events != '\0'; events++) {
        struct fx_event event = make(*events);
        if (*events != '+')
            decision = fx_engine_feed(p->engine, &event);
    }
    return decision;
}
