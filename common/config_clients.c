/* config_clients - the blocks of `clients`: whom each is for, and what it changes. */
#include "config_reader.h"

#include <stdlib.h>

struct block {
    struct fx_reader *r;
    const config_setting_t *group;
    const char *name; /* "clients[0]" */
    struct fx_client_block *out;
};

static void read_networks(const struct block *b, const config_setting_t *array)
{
    int count = config_setting_length(array);
    char name[64];
    struct fx_text t;

    fx_text_init_fixed(&t, name, sizeof name - 1);
    fx_text_add_str(&t, b->name);
    fx_text_add_str(&t, ".networks");
    name[t.len] = '\0';
    if (count == 0) {
        fx_fault(b->r->faults, fx_reader_at(b->r, array), name,
                 "is empty; allowed: one network or more");
        return;
    }
    b->out->networks = calloc((size_t)count, sizeof *b->out->networks);
    /* no fault: malloc-leak: kept in b->out->networks */
    if (b->out->networks == NULL) {
        fx_fault_memory(b->r->faults);
        return;
    }
    for (int i = 0; i < count; i++) {
        const char *text = config_setting_get_string_elem(array, i);
        struct fx_quoted q;
        if (fx_network_parse(fx_slice_str(text), &b->out->networks[b->out->network_count]))
            b->out->network_count++;
        else
            fx_fault(b->r->faults,
                     fx_reader_at(b->r, config_setting_get_elem(array, (unsigned)i)), name,
                     "%s is not a network; allowed: ADDRESS or ADDRESS/BITS, with no bit set "
                     "beyond the prefix",
                     fx_quote(&q, text));
    }
}

static void read_criteria(const struct block *b, const struct fx_values *own)
{
    const struct fx_value *networks = &own->of[FX_SETTING_CLIENTS_NETWORKS];
    const struct fx_value *authenticated = &own->of[FX_SETTING_CLIENTS_AUTHENTICATED];
    const struct fx_value *daemon_name = &own->of[FX_SETTING_CLIENTS_DAEMON_NAME];

    if (config_setting_get_member(b->group, "networks") == NULL &&
        config_setting_get_member(b->group, "authenticated") == NULL &&
        config_setting_get_member(b->group, "daemon_name") == NULL)
        fx_fault(b->r->faults, fx_reader_at(b->r, b->group), b->name,
                 "has no criterion; allowed: networks, authenticated, daemon_name");
    if (networks->place != NULL)
        read_networks(b, networks->place);
    if (authenticated->place != NULL)
        b->out->authenticated = authenticated->number != 0 ? FX_YES : FX_NO;
    if (daemon_name->place != NULL) {
        b->out->daemon_name = fx_config_copy(fx_slice_str(daemon_name->text));
        if (b->out->daemon_name == NULL)
            fx_fault_memory(b->r->faults);
    }
}

static void read_block(const struct block *b, const struct fx_values *base,
                       const struct fx_config_override *override)
{
    struct fx_values own;
    struct fx_ruleset_origin from = {base, &own, override, b->name};

    if (config_setting_type(b->group) != CONFIG_TYPE_GROUP) {
        fx_fault(
            b->r->faults, fx_reader_at(b->r, b->group), b->name,
            "is not a group; allowed: { networks = [ ... ]; mode = \"...\"; } and the like");
        return;
    }
    fx_values_default(&own);
    fx_values_read(b->r, b->group, b->name, true, &own);
    read_criteria(b, &own);
    fx_ruleset_build(b->r, &from, &b->out->rules);
}

void fx_clients_build(struct fx_reader *r, const struct fx_values *base,
                      const struct fx_config_override *override, struct fx_policy *policy)
{
    const config_setting_t *list = base->of[FX_SETTING_CLIENTS].place;
    int count = list != NULL ? config_setting_length(list) : 0;

    if (count == 0)
        return;
    policy->blocks = calloc((size_t)count, sizeof *policy->blocks);
    if (policy->blocks == NULL) {
        fx_fault_memory(r->faults);
        return;
    }
    for (int i = 0; i < count; i++) {
        char name[32];
        struct fx_text t;
        fx_text_init_fixed(&t, name, sizeof name - 1);
        fx_text_add_str(&t, "clients[");
        fx_text_add_u64(&t, (uint64_t)i);
        fx_text_add_char(&t, ']');
        name[t.len] = '\0';
        struct block b = {r, config_setting_get_elem(list, (unsigned)i), name,
                          &policy->blocks[policy->block_count++]};
        read_block(&b, base, override);
    }
}
