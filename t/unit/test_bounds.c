/* Tests of limits: all of the table in limit.c, each one below it, at it and one over it. */
#include "engine_fixture.h"
#include "limit.h"
#include "mime.h"
#include "mime_param.h"

#include <stdlib.h>
#include <string.h>

#define KB 1024

/* Adds so much of something to a connection that has greeted, in a message or outside. */
typedef void some(struct play *p, uint64_t much);

static struct fx_text line; /* of the last record, with NUL */
static bool full;           /* no more answers may be held */

static bool take(void *arg, struct fx_record *record)
{
    (void)arg;
    fx_text_reset(&line);
    assert_true(fx_record_line(record, 1, NULL, &line));
    fx_text_add_char(&line, '\0');
    assert_false(line.overflow);
    return true;
}

static void sight(void *arg, struct fx_sighting *sighting)
{
    (void)arg;
    fx_sighting_finish(sighting);
}

static enum fx_hold ask_hold(void *arg, const struct fx_ruleset *rules)
{
    (void)arg;
    if (rules->end_of_data.every == 0)
        return FX_HOLD_NO;
    return full ? FX_HOLD_FULL : FX_HOLD_YES;
}

static struct fx_decision feed(struct play *p, const struct fx_event *event)
{
    return fx_engine_feed(p->engine, event);
}

static void connected(struct play *p, uint64_t much)
{
    struct fx_event event = fixture_event(FX_EVENT_CONNECT, "mail.example.org");
    event.connections = much;
    event.connections_most = 50;
    feed(p, &event);
}

static void path(struct play *p, enum fx_event_kind kind, const char *text, uint64_t parameters)
{
    struct fx_event event = fixture_event(kind, text);
    for (; event.parameter_count < parameters; event.parameter_count++)
        event.parameters[event.parameter_count] = FX_LIT("A=b");
    feed(p, &event);
}

static void field(struct play *p, const char *name, const char *value)
{
    struct fx_event event = fixture_header(name, value);
    feed(p, &event);
}

/* Of so many octets, and none of its lines is long. */
static void field_of(struct play *p, const char *name, uint64_t octets)
{
    char *value = malloc(octets + 1);
    assert_non_null(value);
    memset(value, '\n', octets);
    value[octets] = '\0';
    field(p, name, value);
    free(value);
}

/* A message whose body is this, after a header of this Content-Type. */
static void body(struct play *p, const char *type, struct fx_text *t)
{
    struct fx_event event = fixture_event(FX_EVENT_BODY, NULL);
    play(p, "MRDF");
    field(p, "Content-Type", type);
    play(p, "E");
    event.text = fx_text_slice(t);
    assert_false(t->overflow);
    feed(p, &event);
    fx_text_finish(t);
}

static void findings(struct play *p, uint64_t much)
{
    play(p, "MRD");
    while (much-- > 0)
        play(p, "L");
    play(p, "E");
}

static void evidence(struct play *p, uint64_t much)
{
    play(p, "MRD");
    field(p, fixture_repeat('n', (size_t)much), fixture_repeat('v', 200));
    play(p, "E");
}

static void recipients(struct play *p, uint64_t much)
{
    play(p, "M");
    while (much-- > 0)
        path(p, FX_EVENT_RCPT, "<u@example.net>", 0);
    play(p, "DFE");
}

static void signatures(struct play *p, uint64_t much)
{
    play(p, "MRD");
    while (much-- > 0)
        field(p, "DKIM-Signature", " v=1");
    play(p, "E");
}

static void sender(struct play *p, uint64_t much)
{
    path(p, FX_EVENT_MAIL, fixture_repeat('a', (size_t)much), 0);
    play(p, "RDFE");
}

static void fields(struct play *p, uint64_t much)
{
    play(p, "MRD");
    while (much-- > 0)
        play(p, "F");
    play(p, "E");
}

static void octets(struct play *p, uint64_t much)
{
    play(p, "MRD");
    field_of(p, "X", 100);
    field_of(p, "X", much - 100 - 2 * strlen("X:\r\n"));
    play(p, "E");
}

static void one_field(struct play *p, uint64_t much)
{
    play(p, "MRD");
    field_of(p, "X", much - strlen("X:"));
    play(p, "E");
}

static void parameters(struct play *p, uint64_t much)
{
    path(p, FX_EVENT_MAIL, "<a@example.org>", much);
    play(p, "RDFE");
}

static void held(struct play *p, uint64_t much)
{
    full = much > p->policy->base.end_of_data.max_held;
    p->policy->base.end_of_data.every = 1;
    p->policy->base.rule_mode[FX_RULE_END_OF_DATA_HELD] = FX_MODE_ENFORCE;
    play(p, "MRDFE");
    p->policy->base.end_of_data.every = 1;
}

static void taken_out(struct play *p, uint64_t much)
{
    fixture_rule(p->profile, FX_RULE_RECIPIENT_COUNT, FX_ACTION_TRUNCATE, 1);
    p->profile->rule[FX_RULE_RECIPIENT_COUNT].overflow = FX_OVERFLOW_LOSE;
    play_mode(p, FX_MODE_ENFORCE);
    play(p, "MR");
    while (much-- > 0)
        path(p, FX_EVENT_RCPT, "<u@example.net>", 0);
    play(p, "DFE");
    p->profile->rule[FX_RULE_RECIPIENT_COUNT].from.set = false;
}

static void policy_fields(struct play *p, uint64_t much)
{
    play_mode(p, FX_MODE_TAG);
    play(p, "MRDF");
    while (much-- > 0)
        play(p, "X");
    play(p, "E");
}

static void field_names(struct play *p, uint64_t much)
{
    char name[] = "X-00000";
    play(p, "MRD");
    field(p, "DKIM-Signature", " v=1; h=from");
    for (uint64_t i = 1; i < much; i++) {
        for (uint64_t at = 6, n = i; at > 1; at--, n /= 10)
            name[at] = (char)('0' + n % 10);
        field(p, name, " v");
    }
    play(p, "E");
}

/* The names in h= are kept, and little else; what there is when the last one comes, the session
 * says. */
static void signature_octets(struct play *p, uint64_t much)
{
    char *names = malloc(1000 * KB + 1);
    assert_non_null(names);
    memset(names, 'n', 1000 * KB);
    memcpy(names, "h=", 2);
    names[1000 * KB] = '\0';
    play(p, "MRD");
    for (int i = 0; i < 14; i++)
        field(p, "DKIM-Signature", names);
    free(names);
    field_of(p, "DKIM-Signature",
             much - fx_engine_session(p->engine)->message->signatures->text.len);
    play(p, "E");
}

static void file_names(struct play *p, uint64_t much)
{
    struct fx_text t;
    fx_text_init_growing(&t, 4 << 20);
    while (much-- > 0)
        fx_text_add_str(&t, "--b\r\nContent-Type: a/b; name=n\r\n\r\n");
    body(p, "multipart/mixed; boundary=b", &t);
}

static void field_of_a_part(struct play *p, uint64_t much)
{
    struct fx_text t;
    fx_text_init_growing(&t, 4 << 20);
    fx_text_add_str(&t, "--b\r\nContent-Type:");
    for (; much > 2; much--) /* and its line end */
        fx_text_add_char(&t, ' ');
    fx_text_add_str(&t, "\r\n\r\n");
    body(p, "multipart/mixed; boundary=b", &t);
}

static void sections(struct play *p, uint64_t much)
{
    struct fx_text t;
    fx_text_init_growing(&t, 4 << 20);
    fx_text_add_str(&t, "--b\r\nContent-Disposition: a");
    for (uint64_t i = 0; i < much; i++) {
        fx_text_add_str(&t, "; filename*");
        fx_text_add_u64(&t, i);
        fx_text_add_str(&t, "=x");
    }
    fx_text_add_str(&t, "\r\n\r\n");
    body(p, "multipart/mixed; boundary=b", &t);
}

static void depth(struct play *p, uint64_t much)
{
    struct fx_text t;
    fx_text_init_growing(&t, 4 << 20);
    for (uint64_t i = 1; i < much; i++) { /* that of the header is one */
        fx_text_add_str(&t, "--b");
        if (i > 1)
            fx_text_add_u64(&t, i - 1);
        fx_text_add_str(&t, "\r\nContent-Type: multipart/mixed; boundary=b");
        fx_text_add_u64(&t, i);
        fx_text_add_str(&t, "\r\n\r\n");
    }
    body(p, "multipart/mixed; boundary=b", &t);
}

/* `at` is the limit under which it is tried. Those that a message alone does not reach have no
 * `give`, and the test that reaches them. */
static const struct row {
    some *give;
    uint64_t at;
    const char *elsewhere;
    bool unknown; /* the number is not told */
} table[FX_LIMIT_COUNT] = {
    [FX_LIMIT_FINDINGS] = {findings, 5, NULL, false},
    [FX_LIMIT_EVIDENCE] = {evidence, 40, NULL, false},
    [FX_LIMIT_RECIPIENTS] = {recipients, 7, NULL, false},
    [FX_LIMIT_SIGNATURES] = {signatures, 4, NULL, false},
    [FX_LIMIT_ADDRESS] = {sender, 80, NULL, false},
    [FX_LIMIT_CONNECTIONS] = {connected, 50, NULL, false},
    [FX_LIMIT_HEADER_FIELDS] = {fields, 9, NULL, false},
    [FX_LIMIT_HEADER_OCTETS] = {octets, 2000, NULL, false},
    [FX_LIMIT_LINE] = {one_field, 600, NULL, false},
    [FX_LIMIT_PARAMETERS] = {parameters, 6, NULL, false},
    [FX_LIMIT_COMMAND_FILTER_CONNECTIONS] = {NULL, 0, "t/live/test_command_filter.py", false},
    [FX_LIMIT_STATE_ENTRIES] = {NULL, 0, "t/unit/test_state.c, t/live/test_limits.py", false},
    [FX_LIMIT_MAX_HELD] = {held, 3, NULL, false},
    [FX_LIMIT_FOLLOWED] = {recipients, FX_MARKS_MAX, NULL, false},
    [FX_LIMIT_LOST] = {taken_out, FX_LOST_MAX, NULL, true},
    [FX_LIMIT_POLICY_FIELDS] = {policy_fields, FX_POLICY_FIELDS_MAX, NULL, false},
    [FX_LIMIT_FIELD_NAMES] = {field_names, 4096, NULL, true},
    [FX_LIMIT_SIGNATURE_OCTETS] = {signature_octets, FX_SIGNATURE_FIELDS_OCTETS, NULL, true},
    [FX_LIMIT_FILE_NAMES] = {file_names, FX_FILE_NAMES_MAX, NULL, false},
    [FX_LIMIT_MIME_FIELD] = {field_of_a_part, FX_MIME_FIELD_MAX, NULL, true},
    [FX_LIMIT_MIME_PARAMETER] = {sections, FX_MIME_SECTIONS, NULL, true},
    [FX_LIMIT_MIME_DEPTH] = {depth, FX_MIME_DEPTH_MAX, NULL, true},
    [FX_LIMIT_RECORD] = {NULL, 0, "a_record, below", false},
};

/* The setting at its place in the policy; NULL: it is none, or another one's. */
static uint64_t *setting_of(struct play *p, enum fx_limit limit)
{
    struct fx_limits *l = &p->policy->limits;
    switch (limit) {
    case FX_LIMIT_FINDINGS:
        return &l->findings;
    case FX_LIMIT_EVIDENCE:
        return &l->evidence;
    case FX_LIMIT_RECIPIENTS:
        return &l->recipients;
    case FX_LIMIT_SIGNATURES:
        return &l->signatures;
    case FX_LIMIT_ADDRESS:
        return &l->address;
    case FX_LIMIT_HEADER_FIELDS:
        return &l->header_fields;
    case FX_LIMIT_HEADER_OCTETS:
        return &l->header_octets;
    case FX_LIMIT_LINE:
        return &l->line;
    case FX_LIMIT_PARAMETERS:
        return &l->parameters;
    case FX_LIMIT_MAX_HELD:
        return &p->policy->base.end_of_data.max_held;
    default:
        return NULL;
    }
}

/* Nothing else is gone over, and nothing of DKIM is found. */
static void begin(struct play *p, bool followed)
{
    p->policy->limits = (struct fx_limits){.findings = 1000,
                                           .evidence = 4096,
                                           .recipients = 100000,
                                           .signatures = 200,
                                           .address = 65536,
                                           .connections = 4096,
                                           .header_fields = 100000,
                                           .header_octets = 1 << 30,
                                           .line = 2048 * KB,
                                           .parameters = 64};
    p->policy->base.end_of_data.max_held = 100;
    p->policy->base.end_of_data.every = 0;
    play_mode(p, FX_MODE_OBSERVE);
    for (size_t r = FX_RULE_DKIM_FIRST; r <= FX_RULE_DKIM_LAST; r++)
        p->policy->base.rule_mode[r] = FX_MODE_OFF;
    /* so that signatures are looked at */
    p->policy->base.rule_mode[FX_RULE_DKIM_V_UNKNOWN] = FX_MODE_OBSERVE;
    full = false;
    fixture_compile(p->policy);
    fx_engine_destroy(p->engine);
    p->engine = fx_engine_create(
        p->policy, FIXTURE_ID,
        &(struct fx_engine_hooks){
            .emit = take, .sight = followed ? sight : NULL, .hold = ask_hold, .arg = p});
    assert_non_null(p->engine);
    fx_text_reset(&line);
}

/* Looks at the record: the finding is there once, or not at all. */
static void look(enum fx_limit limit, const struct row *row, uint64_t much)
{
    char space[400];
    struct fx_text want;
    bool over = much > row->at;
    fx_text_init_fixed(&want, space, sizeof space);
    fx_text_add_str(&want, "\"action\":\"log\",");
    if (!row->unknown) {
        fx_text_add_str(&want, "\"observed\":");
        fx_text_add_u64(&want, much);
        fx_text_add_char(&want, ',');
    }
    fx_text_add_str(&want, "\"limit\":");
    fx_text_add_u64(&want, row->at);
    fx_text_add_str(&want, ",\"evidence\":\"");
    fx_limit_name(limit, &want);
    fx_text_add_str(&want, "\",\"detail\":\"");
    fx_text_add_str(&want, fx_limit_row(limit)->beyond);
    fx_text_add_str(&want, fx_limit_row(limit)->unjudged
                               ? "\",\"would\":\"flag\",\"enforced\":false}"
                               : "\",\"would\":\"pass\",\"enforced\":false}");
    fx_text_add_char(&want, '\0');
    assert_false(want.overflow);
    assert_true(line.len > 0);
    const char *first = strstr(line.data, "limit-exceeded");
    if ((strstr(line.data, want.data) != NULL) != over || (first != NULL) != over)
        fail_msg("%s at %llu of %llu: %s", want.data, (unsigned long long)much,
                 (unsigned long long)row->at, first != NULL ? first : "no finding");
    assert_true(first == NULL || strstr(first + 1, "limit-exceeded") == NULL);
}

static void around(struct play *p, enum fx_limit limit)
{
    const struct row *row = &table[limit];
    for (uint64_t much = row->at - 1; much <= row->at + 1; much++) {
        begin(p, limit == FX_LIMIT_FOLLOWED);
        uint64_t *setting = setting_of(p, limit);
        if (setting != NULL)
            *setting = row->at;
        if (limit == FX_LIMIT_CONNECTIONS) {
            row->give(p, much);
            if (much <= row->at) /* else its record is out */
                play(p, "HMRDFEO");
        } else {
            play(p, "CH");
            row->give(p, much);
            struct fx_decision d = play(p, "O");
            bool refused = limit == FX_LIMIT_POLICY_FIELDS && much > row->at;
            assert_int_equal(d.what, refused ? FX_DO_REJECT : FX_DO_CONTINUE);
        }
        look(limit, row, much);
    }
}

static void every_one(void **state)
{
    struct play *p = *state;
    fx_text_init_growing(&line, 16 << 20);
    for (size_t i = 0; i < FX_LIMIT_COUNT; i++) {
        assert_true((table[i].give != NULL) != (table[i].elsewhere != NULL));
        if (table[i].give != NULL)
            around(p, (enum fx_limit)i);
    }
    fx_text_finish(&line);
}

/* The list of recipients stops at five eighths of a record, and the rest has room. */
static size_t record_with(struct play *p, size_t last_but_one)
{
    begin(p, false);
    play(p, "CHM");
    const char *address = fixture_repeat('r', 65000);
    for (size_t n = 0; n < 80; n++)
        path(p, FX_EVENT_RCPT, address, 0);
    path(p, FX_EVENT_RCPT, fixture_repeat('s', last_but_one), 0);
    path(p, FX_EVENT_RCPT, "last", 0);
    play(p, "DFEO");
    assert_true(line.len < FX_RECORD_MAX);
    const char *last = strstr(line.data, ",{\"address\":\"last\"");
    return last == NULL ? 0 : (size_t)(last - line.data) - strlen("1"); /* its seq */
}

static void a_record(void **state)
{
    struct play *p = *state;
    size_t most = FX_RECORD_MAX / 8 * 5;
    fx_text_init_growing(&line, 16 << 20);
    size_t some_more = most - record_with(p, 1000) + 1000;
    assert_int_equal(record_with(p, some_more - 1), most - 1);
    assert_null(strstr(line.data, "limit-exceeded"));
    assert_int_equal(record_with(p, some_more), 0);
    assert_non_null(strstr(line.data, "\"recipients\":{\"accepted\":82,"));
    assert_non_null(strstr(line.data, "\"limit\":8388608,\"evidence\":\"8388608 octets of a "
                                      "record\""));
    fx_text_finish(&line);
}

/* What is never kept as a whole says so; limits.evidence has no part in it until it is less. */
static void short_evidence(void **state)
{
    struct play *p = *state;
    fx_text_init_growing(&line, 16 << 20);
    fixture_rule(p->profile, FX_RULE_MIME_FILENAME_LENGTH, FX_ACTION_LOG, 100);
    for (size_t octets = 128; octets <= 513; octets = octets == 129 ? 512 : octets + 1) {
        for (int i = 0; i < 2; i++) {
            char value[600] = " a; filename=";
            begin(p, false);
            p->policy->limits.evidence = 512;
            p->policy->base.dkim_severity = FX_SEVERITY_NOTE;
            size_t len = i == 0 ? strlen(value) : 3;
            memcpy(value, i == 0 ? value : " v=", len);
            memset(value + len, '9', octets);
            value[len + octets] = '\0';
            play(p, "CHMRDF");
            field(p, i == 0 ? "Content-Disposition" : "DKIM-Signature", value);
            play(p, "EO");
            assert_non_null(strstr(line.data, fixture_repeat('9', 128)));
            assert_null(strstr(line.data, fixture_repeat('9', 129)));
            assert_int_equal(strstr(line.data, "\"evidence_cut\":true") != NULL, octets > 128);
            assert_int_equal(strstr(line.data, "\"observed\":513,\"limit\":512,\"evidence\":"
                                               "\"limits.evidence\"") != NULL,
                             octets > 512);
            assert_int_equal(strstr(line.data, "limit-exceeded") != NULL, octets > 512);
        }
    }
    fx_text_finish(&line);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, play_begin, play_finish)
    const struct CMUnitTest tests[] = {TEST(every_one), TEST(a_record), TEST(short_evidence)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
