/* fuzz_smtp - what a client says in a line: parameters, paths, commands; and Postfix's
 * questions about such a line.
 *
 * Input of `smtp`: the text. Input of `socketmap`: an octet that says what the profile does
 * with commands, one that says how the octets are cut; the octets.
 */
#include "address.h"
#include "command.h"
#include "config.h"
#include "fuzz.h"
#include "mailbox.h"
#include "mta.h"
#include "rewrite.h"
#include "socketmap.h"
#include "state_uri.h"
#include "timestamp.h"

#include <stdlib.h>
#include <string.h>

static void look_at_parameter(struct fx_slice text)
{
    struct fx_slice keyword = fx_parameter_keyword(text), value = fx_parameter_value(text);
    HOLDS(fuzz_within(keyword, text) && fuzz_within(value, text));
    HOLDS(fx_slice_find(keyword, '=') == keyword.len);
    HOLDS(fx_slice_told(value) == (fx_slice_find(text, '=') < text.len));
    HOLDS(keyword.len + (fx_slice_told(value) ? 1 + value.len : 0) == text.len);
    HOLDS(fx_parameter_extension(text, false) < FX_EXT_COUNT);
    HOLDS(fx_parameter_extension(text, true) < FX_EXT_COUNT);
    enum fx_verb verb = fx_verb_find(text);
    enum fx_extension ext = fx_extension_find(text);
    HOLDS(verb < FX_VERB_COUNT && ext < FX_EXT_COUNT);
    if (verb != FX_VERB_UNKNOWN)
        HOLDS(fx_slice_eq_nocase(text, fx_slice_str(fx_verb_name(verb))) &&
              fx_verb_document(verb)[0] != '\0');
    if (ext != FX_EXT_UNKNOWN)
        HOLDS(fx_slice_eq_nocase(text, fx_slice_str(fx_extension_name(ext))) &&
              fx_extension_document(ext)[0] != '\0');
}

static void look_at_path(struct fx_slice text)
{
    struct fx_slice address = fx_path_address(text);
    struct fx_slice bare = fx_address_without_route(address);
    struct fx_mailbox box = fx_mailbox_split(bare);
    HOLDS(fuzz_within(address, text) && fuzz_within(bare, address));
    HOLDS(fuzz_within(box.local, bare) && fuzz_within(box.domain, bare));
    HOLDS(box.local.len + (fx_slice_told(box.domain) ? 1 + box.domain.len : 0) == bare.len);
    HOLDS(fx_mailbox_domain_len(text) <= text.len);
    if (fx_mailbox_domain_plain(text))
        HOLDS(fx_mailbox_domain_len(text) == text.len);
    if (text.len > 0 && text.ptr[0] == '"')
        HOLDS(fx_quoted_string_len(text) <= text.len);
}

static void look_at_command(struct fx_slice text)
{
    char buffer[2 * FX_COMMAND_MARKED_MAX + 1];
    struct fx_text marked;
    struct fx_slice verb = fx_command_verb(text), word = fx_command_word(text), back;
    HOLDS(fuzz_within(verb, text) && fuzz_within(word, text) && verb.len <= word.len);
    fx_command_masked(text);
    fx_text_init_fixed(&marked, buffer, sizeof buffer);
    fx_command_add_marked(&marked, word);
    HOLDS(!marked.overflow && marked.len > 0);
    if (fx_command_unmark(fx_text_slice(&marked), &back))
        HOLDS(back.len <= word.len && memcmp(back.ptr, word.ptr, back.len) == 0);
    struct fx_slice greeting = text;
    fx_rewrite_unmark(&greeting);
    HOLDS(fuzz_within(greeting, text));
}

static void look_at_values(struct fx_slice text)
{
    struct fx_state_uri uri;
    struct fx_address address;
    struct fx_network network;
    int64_t wall;
    char buffer[64];
    struct fx_text t;
    fx_text_init_fixed(&t, buffer, sizeof buffer);
    if (fx_address_parse(text, &address)) {
        struct fx_address again;
        fx_address_format(&t, &address);
        HOLDS(!t.overflow && fx_address_parse(fx_text_slice(&t), &again));
        HOLDS(memcmp(again.bytes, address.bytes, 16) == 0 && again.family == address.family);
    }
    if (fx_network_parse(text, &network))
        HOLDS(fx_network_contains(&network, &network.base));
    if (fx_timestamp_read(text, &wall)) {
        int64_t again;
        fx_text_reset(&t);
        fx_timestamp_add(&t, wall);
        HOLDS(!t.overflow && fx_timestamp_read(fx_text_slice(&t), &again) && again == wall);
    }
    if (fx_state_uri_parse(text, &uri) == NULL)
        HOLDS(strlen(uri.host) < sizeof uri.host &&
              (uri.host[0] != '\0' || uri.path[0] == '/'));
    HOLDS(fx_mta_parse(text).kind <= FX_MTA_SENDMAIL);
}

FUZZ_TARGET(smtp)
{
    struct fuzz_input in = {(const char *)data, size};
    struct fx_slice text = fuzz_rest(&in);
    look_at_parameter(text);
    look_at_path(text);
    look_at_command(text);
    look_at_values(text);
    free((void *)(uintptr_t)text.ptr);
}

/* ---- socketmap ---- */

/* The actions that stand for a command, and one that does nothing; the last bit: greetings are
 * marked. */
static const struct fx_policy *policy(unsigned what)
{
    static const enum fx_action actions[] = {
        FX_ACTION_NOOP,  FX_ACTION_MASK, FX_ACTION_DROP_CONNECTION,
        FX_ACTION_RESET, FX_ACTION_OK,   FX_ACTION_LOG};
    static struct fx_config *config;
    const struct fx_config_override override = {.profile = "pix-6.3"};
    if (config == NULL)
        config = fuzz_load(NULL, &override);
    for (size_t i = 0; i < FX_RULE_COUNT; i++)
        config->policy->base.rule_mode[i] = FX_MODE_ENFORCE;
    struct fx_profile *profile = config->policy->profiles[0];
    profile->rule[FX_RULE_VERB_NOT_ALLOWED].action = actions[what % 6];
    profile->rule[FX_RULE_VERB_TOO_SHORT] =
        (struct fx_rule_setting){.from = profile->rule[FX_RULE_VERB_NOT_ALLOWED].from,
                                 .action = actions[what / 6 % 6],
                                 .has_limit = true,
                                 .limit = 4};
    return config->policy;
}

/* All requests and the replies to them, one after the other. */
static void serve(struct fx_slice octets, unsigned what_for, unsigned step, struct fx_text *out)
{
    static struct fx_socketmap map;
    struct fx_socketmap_request request;
    enum fx_socketmap_step what = FX_SOCKETMAP_MORE;
    fx_socketmap_init(&map);
    while (octets.len > 0 && what != FX_SOCKETMAP_FAULT) {
        struct fx_slice piece = step == 0 ? octets : fx_slice_first(octets, step);
        octets = fx_slice_from(octets, piece.len);
        char *copy = malloc(piece.len);
        HOLDS(copy != NULL);
        memcpy(copy, piece.ptr, piece.len);
        struct fx_slice input = fx_slice(copy, piece.len);
        while ((what = fx_socketmap_feed(&map, &input, &request)) == FX_SOCKETMAP_REQUEST) {
            char line[FX_SOCKETMAP_KEPT + 80];
            struct fx_text t;
            fx_text_init_fixed(&t, line, sizeof line);
            HOLDS(request.name.len + request.key.len <= FX_SOCKETMAP_KEPT);
            struct fx_rewrite r = fx_rewrite_line(
                &policy(what_for)->base, (what_for & 128) == 0, request.key, !request.cut, &t);
            HOLDS(r.verb < FX_VERB_COUNT && !t.overflow && t.len <= request.key.len + 80);
            HOLDS((t.len == 0) == (r.what == FX_REWRITE_NOTHING));
            fx_socketmap_add_reply(out, FX_SOCKETMAP_OK, fx_text_slice(&t));
        }
        HOLDS(what == FX_SOCKETMAP_FAULT || input.len == 0);
        HOLDS((what == FX_SOCKETMAP_FAULT) == (fx_socketmap_fault(&map) != NULL));
        free(copy);
    }
    if (what == FX_SOCKETMAP_FAULT)
        fx_socketmap_add_reply(out, FX_SOCKETMAP_PERM, fx_slice_str(fx_socketmap_fault(&map)));
    HOLDS(!out->overflow);
}

FUZZ_TARGET(socketmap)
{
    struct fuzz_input in = {(const char *)data, size};
    unsigned what = fuzz_octet(&in), step = fuzz_octet(&in);
    struct fx_slice octets = fuzz_rest(&in);
    struct fx_text whole, cut;
    fx_text_init_growing(&whole, 16 << 20);
    fx_text_init_growing(&cut, 16 << 20);
    serve(octets, what, 0, &whole);
    serve(octets, what, step + 1, &cut);
    HOLDS(fx_slice_eq(fx_text_slice(&whole), fx_text_slice(&cut)));
    fx_text_finish(&whole);
    fx_text_finish(&cut);
    free((void *)(uintptr_t)octets.ptr);
}
