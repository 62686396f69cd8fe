/* record_rules - see record_rules.h. jansson reads the line, which has no part in writing it.
 */
#include "record_rules.h"

#include "fuzz.h"
#include "json_valid.h"

#include <stdlib.h>
#include <string.h>

static const char *const outcomes[] = {"pass", "flag", "defer", "reject", "drop", NULL};
static const char *const modes[] = {"off", "observe", "tag", "enforce", NULL};
static const char *const ends[] = {"eom", "answered", "abort", "close", NULL};
static const char *const results[] = {"accepted", "deferred", "rejected", "lost", NULL};
static const char *const stages[] = {"command", "mail", "rcpt", "header", "body", "end", NULL};

static const json_t *member(const json_t *of, const char *name)
{
    const json_t *value = json_object_get(of, name);
    HOLDS(value != NULL);
    return value;
}

static const char *string(const json_t *of, const char *name)
{
    const char *text = json_string_value(member(of, name));
    HOLDS(text != NULL);
    return text;
}

static const char *string_or_null(const json_t *of, const char *name)
{
    const json_t *value = member(of, name);
    HOLDS(json_is_string(value) || json_is_null(value));
    return json_string_value(value);
}

static uint64_t number(const json_t *of, const char *name)
{
    const json_t *value = member(of, name);
    HOLDS(json_is_integer(value) && json_integer_value(value) >= 0);
    return (uint64_t)json_integer_value(value);
}

/* Its place in the list, which has to have it. */
static int among(const char *word, const char *const *list)
{
    for (int i = 0; list[i] != NULL; i++)
        if (strcmp(list[i], word) == 0)
            return i;
    fuzz_wrong(word, __FILE__, __LINE__);
}

static void look_at_connection(const json_t *r)
{
    const json_t *client = member(r, "client");
    HOLDS(strspn(string(r, "session"), "0123456789abcdef") == 32 &&
          strlen(string(r, "session")) == 32);
    string_or_null(client, "addr");
    string_or_null(client, "name");
    string_or_null(client, "helo");
    string_or_null(r, "listener");
    string_or_null(r, "host");
    double elapsed = json_number_value(member(r, "elapsed"));
    HOLDS(json_is_number(member(r, "elapsed")) && elapsed >= 0);
}

/* Gives its outcome. */
static int look_at_finding(const json_t *f, const struct fx_policy *policy)
{
    enum fx_rule rule;
    enum fx_action action;
    HOLDS(fx_rule_find(fx_slice_str(string(f, "rule")), &rule));
    HOLDS(fx_action_find(fx_slice_str(string(f, "action")), &action));
    HOLDS(string(f, "profile")[0] != '\0');
    among(string(f, "stage"), stages);
    HOLDS(json_is_boolean(member(f, "enforced")));
    /* no octet of evidence becomes more than the three of U+FFFD */
    size_t evidence = json_string_length(json_object_get(f, "evidence"));
    HOLDS(evidence <= 3 * policy->limits.evidence);
    const json_t *instead = json_object_get(f, "instead");
    HOLDS(instead == NULL || !json_is_true(member(f, "enforced")));
    int would = among(string(f, "would"), outcomes);
    HOLDS(would > FX_OUTCOME_PASS || rule == FX_RULE_LIMIT_EXCEEDED);
    HOLDS(would <= FX_OUTCOME_FLAG || rule != FX_RULE_LIMIT_EXCEEDED);
    return would;
}

/* Not because the filter failed, or the message had too many fields of ours. */
static bool refused_for_a_finding(const json_t *r)
{
    const char *reply = json_string_value(member(r, "reply"));
    return reply != NULL && strstr(reply, "policy filter failed") == NULL &&
           strstr(reply, "policy log cannot") == NULL &&
           strstr(reply, "Too many " FX_TAG_FIELD) == NULL;
}

/* The findings behind the enforced profile, and what they come to. */
static void look_at_findings(const json_t *r, const struct fx_policy *policy)
{
    const json_t *findings = member(r, "findings"), *one;
    const json_t *omitted = json_object_get(r, "findings_omitted");
    const char *profile = string(r, "profile");
    int would = among(string(r, "would"), outcomes), worst = FX_OUTCOME_PASS;
    bool own = false, enforced = false;
    size_t i;
    HOLDS(json_is_array(findings) &&
          json_array_size(findings) <= policy->limits.findings + FX_LIMIT_COUNT);
    HOLDS(omitted == NULL || json_integer_value(omitted) >= 1);
    json_array_foreach(findings, i, one)
    {
        int outcome = look_at_finding(one, policy);
        enforced = enforced || json_is_true(member(one, "enforced"));
        if (strcmp(string(one, "profile"), profile) != 0)
            continue;
        own = true;
        worst = outcome > worst ? outcome : worst;
    }
    HOLDS(enforced || omitted != NULL || !refused_for_a_finding(r));
    HOLDS(would >= worst && (omitted != NULL || would == worst));
    HOLDS(own || omitted != NULL || strcmp(string(r, "verdict"), "flag") != 0);
    HOLDS(!(own || omitted != NULL) || strcmp(string(r, "verdict"), "pass") != 0);
}

static void look_at_compared(const json_t *r)
{
    const json_t *compare = json_object_get(r, "compare"), *value;
    const char *name;
    json_object_foreach((json_t *)(uintptr_t)compare, name, value)
        among(json_string_value(value), outcomes);
}

/* `452 4.5.3 text`; gives the code. */
static int look_at_reply(const json_t *r)
{
    const char *reply = string_or_null(r, "reply");
    int verdict = among(string(r, "verdict"), outcomes);
    HOLDS(reply != NULL || verdict <= FX_OUTCOME_FLAG);
    if (reply == NULL)
        return 0;
    int code = atoi(reply);
    HOLDS(code >= 400 && code < 600 && reply[3] == ' ' && reply[4] == reply[0]);
    for (const char *p = reply; *p != '\0'; p++)
        HOLDS(*p >= ' ' && *p <= '~');
    HOLDS(verdict != FX_OUTCOME_DROP || code == 421);
    HOLDS(verdict != FX_OUTCOME_REJECT || code >= 500);
    HOLDS(verdict != FX_OUTCOME_DEFER || code < 500);
    return code;
}

static void look_at_message(const json_t *r, const struct fx_policy *policy,
                            struct record_told *told)
{
    const json_t *to = member(r, "to"), *counts = member(r, "recipients"), *one;
    const json_t *size = member(r, "size");
    size_t i;
    string_or_null(r, "queue_id");
    string_or_null(r, "message_id");
    string_or_null(r, "from");
    HOLDS(json_is_null(size) || json_integer_value(size) >= 0);
    HOLDS(json_array_size(to) <= policy->limits.recipients);
    json_array_foreach(to, i, one)
    {
        string_or_null(one, "address");
        among(string(one, "result"), results);
    }
    for (i = 0; results[i] != NULL; i++)
        told->recipients += number(counts, results[i]);
    HOLDS(json_array_size(to) <= told->recipients);
    HOLDS(json_is_array(member(r, "extensions")));
    told->answered = among(string(r, "ended"), ends) == 1;
    told->number = number(r, "message");
    HOLDS(told->number > 0);
}

struct record_told record_rules(struct fx_slice line, const struct fx_policy *policy)
{
    struct record_told told = {0};
    json_error_t error;
    HOLDS(fx_json_valid(line));
    json_t *r = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    HOLDS(r != NULL && number(r, "v") == 1 && number(r, "seq") > 0);
    HOLDS(strlen(string(r, "time")) == 27);
    told.message = strcmp(string(r, "type"), "message") == 0;
    HOLDS(told.message || strcmp(string(r, "type"), "session") == 0);
    look_at_connection(r);
    among(string(r, "mode"), modes);
    told.reply = look_at_reply(r);
    look_at_findings(r, policy);
    look_at_compared(r);
    if (told.message)
        look_at_message(r, policy, &told);
    else
        told.number = number(r, "messages");
    told.flagged = strcmp(string(r, "verdict"), "pass") != 0;
    json_decref(r);
    return told;
}
