/* fuzz_engine - whole sessions through the engine: any events in any order, under any policy,
 * with every profile there is; what it answers and records is right, and does not depend on how
 * the body was cut.
 *
 * Input: thirteen octets of settings (see set_policy and play), then events: an octet that says
 * which, and what it needs. A text ends at the octet FF, or with FE and a number of times that
 * it is repeated.
 */
#include "chain.h"
#include "fuzz.h"
#include "play_engine.h"
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fx_config *configs[2];

static struct fx_config *load(const char *name, const char *text)
{
    const struct fx_config_override override = {.keys = FX_KEYS_ALL};
    char path[128];
    fuzz_path(path, sizeof path, name);
    fuzz_write_file(path, text, strlen(text));
    return fuzz_load(name, &override);
}

static void load_all(void)
{
    static const char key[] =
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    char path[128];
    fuzz_path(path, sizeof path, "key");
    fuzz_write_file(path, key, sizeof key - 1);
    configs[0] = load("0.conf", "policy : { profile = \"asa-9\"; compare = \"all\"; };\n");
    configs[1] = load(
        "1.conf",
        "policy : { profile = \"asa-9\"; compare = \"all\"; };\n"
        "log : { addresses = \"hash\"; address_key_file = \"key\"; };\n"
        "clients = (\n"
        "  { networks = [ \"198.51.100.0/25\" ]; mode = \"off\"; },\n"
        "  { networks = [ \"192.0.2.0/25\" ]; profile = \"pix-6.3\"; mode = \"enforce\"; },\n"
        "  { authenticated = true; profile = \"zorp\"; mode = \"enforce\"; },\n"
        "  { daemon_name = \"staging\"; mode = \"tag\"; });\n");
}

/* The ruleset for all clients, from octets: nothing of it is what no file could say. */
static void set_rules(struct fuzz_input *in, struct fx_ruleset *rules, size_t profiles)
{
    static const enum fx_overflow overflows[] = {FX_OVERFLOW_NONE, FX_OVERFLOW_DEFER,
                                                 FX_OVERFLOW_DROP_CONNECTION, FX_OVERFLOW_LOSE,
                                                 FX_OVERFLOW_FAIL};
    unsigned octet = fuzz_octet(in);
    rules->mode = (enum fx_mode)(octet & 3);
    rules->content_type_grade = (enum fx_grade)((octet >> 2) % FX_GRADE_COUNT);
    rules->dkim_severity = (enum fx_severity)((octet >> 5) % FX_SEVERITY_COUNT);
    enum fx_rule one = (enum fx_rule)(fuzz_octet(in) % FX_RULE_COUNT);
    for (size_t i = 0; i < FX_RULE_COUNT; i++) {
        rules->rule_mode[i] = rules->mode;
        rules->rule_named[i] = false;
    }
    octet = fuzz_octet(in);
    rules->rule_mode[one] = (enum fx_mode)(octet & 3);
    rules->rule_named[one] = (octet & 4) != 0;
    rules->require = octet & 8 ? FX_BIT(FX_EXT_STARTTLS) : 0;
    octet = fuzz_octet(in);
    rules->recipients.limit = octet & 7;
    rules->recipients.overflow = overflows[(octet >> 3) % 5];
    rules->end_of_data.every = octet >> 7;
    const struct fx_profile *first = rules->profiles[0];
    size_t enforced = fuzz_octet(in) % profiles;
    rules->profiles[0] = rules->profiles[enforced];
    rules->profiles[enforced] = first;
    rules->profile_count = 1 + fuzz_octet(in) % profiles;
}

static struct fx_policy *set_policy(struct fuzz_input *in)
{
    static size_t profiles[2];
    unsigned octet = fuzz_octet(in), which = octet & 1;
    if (configs[0] == NULL)
        load_all();
    struct fx_policy *p = configs[which]->policy;
    if (profiles[which] == 0)
        profiles[which] = p->base.profile_count;
    p->on_error = (enum fx_failure)((octet >> 1) % 3);
    p->on_full = (octet & 16) ? FX_FAILURE_ACCEPT : FX_FAILURE_TEMPFAIL;
    p->flagged_only = (octet & 32) != 0;
    octet = fuzz_octet(in);
    p->limits.findings = 1 + (octet & 15);
    p->limits.evidence = 16 + (octet >> 4) * 16;
    octet = fuzz_octet(in);
    p->limits.recipients = octet & 3;
    p->limits.signatures = 1 + ((octet >> 2) & 3);
    p->limits.address = 64 + (octet >> 4) * 16;
    set_rules(in, &p->base, profiles[which]);
    HOLDS(fx_policy_compile(p));
    return p;
}

/* Each record as a line of a log, and the chain over it as whoever verifies reads it. */
static void look_at_chain(const struct played *played)
{
    struct fx_chain *chain = fx_chain_create(FX_ABSENT);
    struct fx_chain_place last;
    struct fx_link link;
    char hash[FX_CHAIN_HEX + 1];
    fx_chain_begin(&last);
    for (size_t i = 0; i < played->count; i++) {
        struct fx_text line;
        struct fx_slice whole = played->lines[i];
        fx_text_init_growing(&line, FX_RECORD_MAX);
        fx_text_add(&line, fx_slice_first(whole, whole.len - 1));
        HOLDS(fx_chain_close_line(chain, &last, &line, &last));
        HOLDS(fx_link_read(fx_text_slice(&line), &link) && link.chained && link.seq == 1);
        HOLDS(fx_chain_hash(chain, link.hashed, hash) && strcmp(hash, last.hash) == 0);
        fx_text_finish(&line);
    }
    fx_chain_destroy(chain);
}

FUZZ_TARGET(engine)
{
    struct fuzz_input in = {(const char *)data, size};
    const struct fx_policy *policy = set_policy(&in);
    static struct played whole, cut;
    whole = (struct played){.policy = policy};
    cut = (struct played){.policy = policy, .same = &whole};
    cut.options = whole.options = fuzz_octet(&in);
    cut.full = whole.full = fuzz_octet(&in);
    cut.seed = fuzz_two(&in) | 0x10000;
    play_engine(&whole, in);
    play_engine(&cut, in);
    HOLDS(whole.count == cut.count && whole.decisions == cut.decisions);
    look_at_chain(&whole);
    played_finish(&whole);
    played_finish(&cut);
}
