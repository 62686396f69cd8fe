/* config_digest - one hash over everything that decides about mail.
 *
 * It is taken over the effective values in an order of our own, so two files that mean the same
 * have the same digest; comments, the order of settings and values left at their default are
 * nothing. Where a block of `clients` stands does matter, since the first that matches wins.
 */
#include "config_reader.h"
#include "digest.h"

/* Enough for one piece; pieces go into the hash one after the other. */
#define PIECE_MAX 16384

struct digest {
    struct fx_hash *hash;
    struct fx_text text;
    char space[PIECE_MAX];
    bool good;
};

static void flush(struct digest *d)
{
    if (d->text.overflow)
        d->good = false;
    fx_hash_add(d->hash, fx_text_slice(&d->text));
    fx_text_reset(&d->text);
}

/* "name=value\n"; the value as a JSON string, so that no value can look like another line. */
static void add(struct digest *d, const char *name, struct fx_slice value)
{
    bool lossy = false;
    fx_text_add_str(&d->text, name);
    fx_text_add_char(&d->text, '=');
    fx_text_add_json(&d->text, value, &lossy);
    fx_text_add_char(&d->text, '\n');
    flush(d);
}

static void add_str(struct digest *d, const char *name, const char *value)
{
    add(d, name, fx_slice_str(value));
}

static void add_number(struct digest *d, const char *name, uint64_t value)
{
    fx_text_add_str(&d->text, name);
    fx_text_add_char(&d->text, '=');
    fx_text_add_u64(&d->text, value);
    fx_text_add_char(&d->text, '\n');
    flush(d);
}

static void add_profile_setting(void *arg, const char *name, struct fx_slice value,
                                const struct fx_provenance *from)
{
    struct digest *d = arg;
    add(d, name, value);
    add_str(d, "confidence", fx_confidence_name(from->confidence));
}

static bool is_compared(const struct fx_ruleset *rules, const struct fx_profile *p)
{
    for (size_t i = 1; i < rules->profile_count; i++)
        if (rules->profiles[i] == p)
            return true;
    return false;
}

static void add_ruleset(struct digest *d, const struct fx_policy *policy,
                        const struct fx_ruleset *rules)
{
    add_str(d, "profile", rules->profiles[0]->name);
    for (size_t i = 0; i < policy->profile_count; i++)
        if (is_compared(rules, policy->profiles[i]))
            add_str(d, "compare", policy->profiles[i]->name);
    add_str(d, "mode", fx_mode_name(rules->mode));
    for (size_t i = 0; i < FX_RULE_COUNT; i++) {
        bool named = rules->rule_named[i];
        if (!named && rules->rule_mode[i] == rules->mode)
            continue;
        if (!named) /* by the group, which is another thing */
            add_str(d, "group", FX_RULES_DKIM);
        add_str(d, fx_rule_name((enum fx_rule)i), fx_mode_name(rules->rule_mode[i]));
    }
    for (size_t i = 1; i < FX_EXT_COUNT; i++)
        if ((rules->require & FX_BIT(i)) != 0)
            add_str(d, "require", fx_extension_name((enum fx_extension)i));
    add_str(d, "content_type_grade", fx_grade_name(rules->content_type_grade));
    add_str(d, "dkim_severity", fx_severity_name(rules->dkim_severity));
    add_number(d, "recipients.limit", rules->recipients.limit);
    add_str(d, "recipients.overflow", fx_overflow_name(rules->recipients.overflow));
    add_number(d, "end_of_data.every", (uint64_t)rules->end_of_data.every);
    add_number(d, "end_of_data.hold_seconds", (uint64_t)rules->end_of_data.hold_seconds);
    add_number(d, "end_of_data.max_held", rules->end_of_data.max_held);
}

static void add_block(struct digest *d, const struct fx_policy *policy,
                      const struct fx_client_block *block)
{
    add_str(d, "clients", "");
    for (size_t i = 0; i < block->network_count; i++) {
        char text[64];
        struct fx_text t;
        fx_text_init_fixed(&t, text, sizeof text);
        fx_address_format(&t, &block->networks[i].base);
        fx_text_add_char(&t, '/');
        fx_text_add_u64(&t, block->networks[i].bits);
        add(d, "network", fx_text_slice(&t));
    }
    add_number(d, "authenticated", (uint64_t)block->authenticated);
    if (block->daemon_name != NULL)
        add_str(d, "daemon_name", block->daemon_name);
    add_ruleset(d, policy, &block->rules);
}

static void add_policy(struct digest *d, const struct fx_policy *policy,
                       const struct fx_settings *settings)
{
    add_ruleset(d, policy, &policy->base);
    for (size_t i = 0; i < policy->block_count; i++)
        add_block(d, policy, &policy->blocks[i]);
    add_number(d, "lost_after_seconds", (uint64_t)settings->state.lost_after_seconds);
    add_number(d, "remember_seconds", (uint64_t)settings->state.remember_seconds);
    add_number(d, "limits.findings", policy->limits.findings);
    add_number(d, "limits.evidence", policy->limits.evidence);
    add_number(d, "limits.signatures", policy->limits.signatures);
    add_number(d, "limits.recipients", policy->limits.recipients);
    add_number(d, "limits.address", policy->limits.address);
    add_number(d, "limits.connections", policy->limits.connections);
    add_number(d, "limits.header_fields", policy->limits.header_fields);
    add_number(d, "limits.header_octets", policy->limits.header_octets);
    add_number(d, "limits.line", policy->limits.line);
    add_number(d, "limits.parameters", policy->limits.parameters);
    add_number(d, "on_error", (uint64_t)policy->on_error);
    add_number(d, "on_full", (uint64_t)policy->on_full);
    add_number(d, "flagged_only", policy->flagged_only ? 1 : 0);
    add_number(d, "command_filter.mark_ehlo", settings->command_filter.mark_ehlo ? 1 : 0);
    for (size_t i = 0; i < policy->profile_count; i++) {
        add_str(d, "profile", policy->profiles[i]->name);
        fx_profile_each(policy->profiles[i], add_profile_setting, d);
    }
}

bool fx_policy_digest(struct fx_policy *policy, const struct fx_settings *settings)
{
    struct digest d = {.hash = fx_hash_create(), .good = true};
    struct fx_digest digest;

    if (d.hash == NULL)
        return false;
    fx_text_init_fixed(&d.text, d.space, sizeof d.space);
    add_policy(&d, policy, settings);
    d.good = fx_hash_end(d.hash, &digest) && d.good;
    fx_hash_destroy(d.hash);
    if (d.good)
        fx_hex(digest.octets, sizeof digest.octets, policy->digest);
    return d.good;
}
