/* ecs - see ecs.h. */
#include "ecs.h"

#include "address.h"
#include "terms.h"

#define ECS_VERSION "8.11.0"
#define DURATION_MAX 9e9 /* seconds; a long holds 9.2e18 nanoseconds */

/* What is being built: the document, and in it what is left of the record. */
struct ecs {
    json_t *doc, *rest;
    bool good; /* there was memory for all */
};

/* ---- building ---- */

/* The object of this name in the document, made where there is none. */
static json_t *section(struct ecs *e, json_t *in, const char *name)
{
    json_t *there = json_object_get(in, name);
    if (there == NULL && json_object_set_new(in, name, there = json_object()) != 0) {
        e->good = false;
        return NULL;
    }
    return there;
}

/* Takes over `value` in any case. */
static void put(struct ecs *e, const char *set, const char *field, json_t *value)
{
    json_t *in = section(e, e->doc, set);
    if (json_object_set_new(in, field, value) != 0)
        e->good = false;
}

static void put_word(struct ecs *e, const char *set, const char *field, const char *word)
{
    put(e, set, field, json_string(word));
}

static void put_words(struct ecs *e, const char *set, const char *field, const char *first,
                      const char *second)
{
    json_t *list = json_array();
    if (json_array_append_new(list, json_string(first)) != 0 ||
        (second != NULL && json_array_append_new(list, json_string(second)) != 0))
        e->good = false;
    put(e, set, field, list);
}

/* A member of `from` that is of the type goes into the field; any other stays. */
static void move(struct ecs *e, json_t *from, const char *name, json_type type, const char *set,
                 const char *field)
{
    json_t *value = json_object_get(from, name);
    if (value == NULL || json_typeof(value) != type)
        return;
    put(e, set, field, json_incref(value));
    json_object_del(from, name);
}

/* Takes off the object of this name from the record where it had `before` members, and has none
 * any more. */
static void drop_emptied(struct ecs *e, const char *name, size_t before)
{
    if (before > 0 && json_object_size(json_object_get(e->rest, name)) == 0)
        json_object_del(e->rest, name);
}

/* ---- what happened ---- */

/* Allowed values: Elastic Common Schema, "ECS categorization fields". The category email has
 * the type info alone; allowed and denied are those of network. */
static void kind(struct ecs *e, const struct ctl_record *record, bool refused)
{
    static const struct {
        const char *kind, *category[2], *type[2];
    } table[CTL_RECORD_TYPES] = {
        [CTL_RECORD_MESSAGE] = {"event", {"email", "network"}, {"info", NULL}},
        [CTL_RECORD_SESSION] = {"event", {"network", NULL}, {"connection", NULL}},
        [CTL_RECORD_LATER] = {"event", {"email", NULL}, {"info", NULL}},
        [CTL_RECORD_START] = {"event", {"process", NULL}, {"start", NULL}},
        [CTL_RECORD_RELOAD] = {"event", {"configuration", NULL}, {"change", NULL}},
        [CTL_RECORD_STOP] = {"event", {"process", NULL}, {"end", NULL}},
        [CTL_RECORD_HEAD] = {"state", {NULL, NULL}, {NULL, NULL}},
        [CTL_RECORD_OTHER] = {"event", {NULL, NULL}, {NULL, NULL}},
    };
    bool mail = record->type == CTL_RECORD_MESSAGE || record->type == CTL_RECORD_SESSION;
    put_word(e, "event", "kind", table[record->type].kind);
    if (table[record->type].category[0] != NULL)
        put_words(e, "event", "category", table[record->type].category[0],
                  table[record->type].category[1]);
    if (table[record->type].type[0] != NULL)
        put_words(e, "event", "type", table[record->type].type[0],
                  !mail     ? NULL
                  : refused ? "denied"
                            : "allowed");
}

/* What the mail server did: refused, taken, or not known since the client went away. */
static void outcome(struct ecs *e, const struct ctl_record *record)
{
    struct fx_slice verdict = ctl_member_text(e->rest, "verdict");
    struct fx_slice ended = ctl_member_text(e->rest, "ended");
    bool refused = fx_slice_eq(verdict, FX_LIT("defer")) ||
                   fx_slice_eq(verdict, FX_LIT("reject")) ||
                   fx_slice_eq(verdict, FX_LIT("drop"));
    kind(e, record, refused);
    if (record->type == CTL_RECORD_MESSAGE || record->type == CTL_RECORD_SESSION) {
        put_word(e, "event", "outcome",
                 refused                                                      ? "failure"
                 : fx_slice_told(ended) && !fx_slice_eq(ended, FX_LIT("eom")) ? "unknown"
                                                                              : "success");
        put_word(e, "network", "protocol", "smtp");
    }
    if (fx_slice_told(verdict))
        move(e, e->rest, "verdict", JSON_STRING, "event", "action");
    else
        put(e, "event", "action", json_incref(json_object_get(e->rest, "type")));
}

/* Seconds become nanoseconds; records have microseconds. */
static void duration(struct ecs *e)
{
    const json_t *elapsed = json_object_get(e->rest, "elapsed");
    double seconds = json_number_value(elapsed);
    if (!json_is_number(elapsed) || !(seconds >= 0) || seconds > DURATION_MAX)
        return;
    put(e, "event", "duration", json_integer((json_int_t)(seconds * 1e6 + 0.5) * 1000));
    json_object_del(e->rest, "elapsed");
}

/* ---- who ---- */

static void source(struct ecs *e)
{
    json_t *client = json_object_get(e->rest, "client");
    size_t before = json_object_size(client);
    struct fx_address address;
    json_int_t port = json_integer_value(json_object_get(client, "port"));
    struct fx_slice addr = ctl_member_text(client, "addr");
    bool bare = addr.len > 0 && (addr.ptr[0] == ':' || fx_ascii_hex(addr.ptr[0]) >= 0);
    if (bare && fx_address_parse(addr, &address))
        move(e, client, "addr", JSON_STRING, "source", "ip");
    if (port > 0 && port <= 65535)
        move(e, client, "port", JSON_INTEGER, "source", "port");
    move(e, client, "name", JSON_STRING, "source", "domain");
    drop_emptied(e, "client", before);
}

/* "TLSv1.3" is protocol tls, version 1.3. */
static void tls(struct ecs *e)
{
    json_t *tls = json_object_get(e->rest, "tls");
    size_t before = json_object_size(tls);
    struct fx_slice version = ctl_member_text(tls, "version");
    size_t v = fx_slice_find(version, 'v');
    if (tls == NULL || (!json_is_object(tls) && !json_is_null(tls)))
        return;
    put(e, "tls", "established", json_boolean(json_is_object(tls)));
    if (v == 3 && (fx_slice_starts_nocase(version, FX_LIT("TLSv")) ||
                   fx_slice_starts_nocase(version, FX_LIT("SSLv")))) {
        char protocol[] = {fx_ascii_lower(version.ptr[0]), fx_ascii_lower(version.ptr[1]),
                           fx_ascii_lower(version.ptr[2]), '\0'};
        struct fx_slice number = fx_slice_from(version, v + 1);
        put_word(e, "tls", "version_protocol", protocol);
        put(e, "tls", "version", json_stringn(number.ptr, number.len));
        json_object_del(tls, "version");
    }
    move(e, tls, "cipher", JSON_STRING, "tls", "cipher");
    if (json_is_null(tls))
        json_object_del(e->rest, "tls");
    else
        drop_emptied(e, "tls", before); /* frees it */
}

static void user(struct ecs *e)
{
    json_t *auth = json_object_get(e->rest, "auth");
    size_t before = json_object_size(auth);
    move(e, auth, "identity", JSON_STRING, "user", "name");
    drop_emptied(e, "auth", before);
}

/* ---- mail ---- */

static void email_list(struct ecs *e, const char *field, json_t *addresses)
{
    json_t *in = section(e, e->doc, "email");
    json_t *set = in != NULL ? section(e, in, field) : NULL;
    if (json_object_set_new(set, "address", addresses) != 0)
        e->good = false;
}

static void from(struct ecs *e)
{
    json_t *value = json_object_get(e->rest, "from");
    if (json_string_length(value) == 0)
        return; /* the null sender is no address, and stays */
    json_t *list = json_array();
    if (json_array_append(list, value) != 0)
        e->good = false;
    email_list(e, "from", list);
    json_object_del(e->rest, "from");
}

/* A recipient with nothing but an address and a result. */
static bool plain_recipient(const json_t *to)
{
    return json_object_size(to) == 2 && ctl_member_text(to, "address").len > 0 &&
           json_is_string(json_object_get(to, "result"));
}

/* Addresses and results become two lists in the same order. */
static void recipients(struct ecs *e)
{
    const json_t *to = json_object_get(e->rest, "to"), *one;
    size_t i;
    bool plain = json_array_size(to) > 0;
    json_array_foreach(to, i, one) plain = plain && plain_recipient(one);
    if (!plain)
        return;
    json_t *addresses = json_array(), *results = json_array(), *kept = json_object();
    json_array_foreach(to, i, one)
    {
        if (json_array_append(addresses, json_object_get(one, "address")) != 0 ||
            json_array_append(results, json_object_get(one, "result")) != 0)
            e->good = false;
    }
    email_list(e, "to", addresses);
    if (json_object_set_new(kept, "result", results) != 0 ||
        json_object_set_new(e->rest, "to", kept) != 0)
        e->good = false;
}

static bool listed(const json_t *list, const json_t *value)
{
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one)
    {
        if (json_equal(one, value))
            return true;
    }
    return false;
}

/* Each rule once; the findings themselves stay. */
static void rules(struct ecs *e)
{
    size_t i;
    const json_t *finding;
    json_t *names = json_array();
    json_array_foreach(json_object_get(e->rest, "findings"), i, finding)
    {
        json_t *rule = json_object_get(finding, "rule");
        enum fx_rule known; /* so that the list stays short */
        if (json_is_string(rule) && !listed(names, rule) &&
            fx_rule_find(ctl_member_text(finding, "rule"), &known) &&
            json_array_append(names, rule) != 0)
            e->good = false;
    }
    if (json_array_size(names) > 0)
        put(e, "rule", "name", names);
    else
        json_decref(names);
    move(e, e->rest, "profile", JSON_STRING, "rule", "ruleset");
}

/* ---- the document ---- */

static void fill(struct ecs *e, const struct ctl_record *record)
{
    if (json_object_set(e->doc, "@timestamp", json_object_get(e->rest, "time")) != 0 ||
        json_object_del(e->rest, "time") != 0)
        e->good = false;
    put_word(e, "ecs", "version", ECS_VERSION);
    outcome(e, record);
    put_word(e, "event", "module", "fixup");
    put_word(e, "event", "dataset", "fixup.compliance");
    duration(e);
    move(e, e->rest, "seq", JSON_INTEGER, "event", "sequence");
    move(e, e->rest, "hash", JSON_STRING, "event", "hash");
    move(e, e->rest, "host", JSON_STRING, "host", "name");
    put_word(e, "service", "type", "fixup-milter");
    source(e);
    tls(e);
    user(e);
    move(e, e->rest, "queue_id", JSON_STRING, "email", "local_id");
    move(e, e->rest, "message_id", JSON_STRING, "email", "message_id");
    from(e);
    recipients(e);
    rules(e);
    if (json_object_set(e->doc, "fixup", e->rest) != 0)
        e->good = false;
}

/* DEL is the one control character that JSON lets stand as it is. */
static int put_octets(const char *octets, size_t len, void *stream)
{
    for (size_t i = 0; i < len; i++)
        if (octets[i] == '\x7f' ? fputs("\\u007f", stream) == EOF
                                : fputc(octets[i], stream) == EOF)
            return -1;
    return 0;
}

bool ctl_ecs_put(struct ctl_record *record, FILE *stream)
{
    struct ecs e = {.doc = json_object(), .rest = record->members, .good = true};
    if (e.doc == NULL)
        return false;
    fill(&e, record);
    bool good = e.good && json_dump_callback(e.doc, put_octets, stream,
                                             JSON_COMPACT | JSON_ENSURE_ASCII |
                                                 JSON_REAL_PRECISION(15)) == 0;
    json_decref(e.doc);
    return good && fputc('\n', stream) != EOF;
}
