/* profile - see profile.h. */
#include "profile.h"

#include <stdlib.h>
#include <string.h>

static const char *const banners[FX_BANNER_COUNT] = {
    [FX_BANNER_PLAIN] = "plain",
    [FX_BANNER_CMAP] = "cmap",
    [FX_BANNER_STARS] = "stars",
    [FX_BANNER_STARS_20] = "stars-20",
};

static const char *const ehlo_replies[FX_EHLO_REPLY_COUNT] = {
    [FX_EHLO_REPLY_PLAIN] = "plain",
    [FX_EHLO_REPLY_NONE] = "none",
    [FX_EHLO_REPLY_X] = "x",
    [FX_EHLO_REPLY_REMOVED] = "removed",
};

struct fx_slice fx_profile_firewall(const struct fx_profile *p)
{
    bool told = p->applies != NULL && p->applies[0] != '\0';
    return fx_slice_str(told ? p->applies : p->name);
}

const char *fx_banner_name(enum fx_banner style)
{
    return style < FX_BANNER_COUNT ? banners[style] : "";
}

const char *fx_ehlo_reply_name(enum fx_ehlo_reply style)
{
    return style < FX_EHLO_REPLY_COUNT ? ehlo_replies[style] : "";
}

bool fx_banner_find(struct fx_slice name, enum fx_banner *out)
{
    for (size_t i = 0; i < FX_BANNER_COUNT; i++)
        if (fx_slice_eq(name, fx_slice_str(banners[i]))) {
            *out = (enum fx_banner)i;
            return true;
        }
    return false;
}

bool fx_ehlo_reply_find(struct fx_slice name, enum fx_ehlo_reply *out)
{
    for (size_t i = 0; i < FX_EHLO_REPLY_COUNT; i++)
        if (fx_slice_eq(name, fx_slice_str(ehlo_replies[i]))) {
            *out = (enum fx_ehlo_reply)i;
            return true;
        }
    return false;
}

struct fx_profile *fx_profile_create(const char *name)
{
    size_t len = strlen(name) + 1;
    struct fx_profile *p = calloc(1, sizeof *p);
    char *copy = malloc(len);
    if (p == NULL || copy == NULL) {
        free(p);
        free(copy);
        return NULL;
    }
    memcpy(copy, name, len);
    p->name = copy;
    return p;
}

static void finish_provenance(struct fx_provenance *from)
{
    free(from->source);
    free(from->note);
}

/* no fault: misc-no-recursion: a variant has no variants */
void fx_profile_destroy(struct fx_profile *p)
{
    if (p == NULL)
        return;
    free(p->name);
    free(p->title);
    free(p->applies);
    for (size_t i = 0; p->remedy != NULL && p->remedy[i] != NULL; i++)
        free(p->remedy[i]);
    free(p->remedy);
    free(p->address_characters.set);
    finish_provenance(&p->verbs.from);
    finish_provenance(&p->extensions.from);
    finish_provenance(&p->address_characters.from);
    finish_provenance(&p->banner.from);
    finish_provenance(&p->ehlo_reply.from);
    finish_provenance(&p->tls_ends_inspection.from);
    finish_provenance(&p->split_end_of_data.from);
    finish_provenance(&p->content_type_fault.from);
    for (size_t i = 0; i < FX_RULE_COUNT; i++)
        finish_provenance(&p->rule[i].from);
    for (size_t i = 0; i < p->variant_count; i++)
        fx_profile_destroy(p->variants[i]);
    free(p->variants);
    free(p);
}

enum fx_answer fx_profile_shows(const struct fx_profile *p, enum fx_extension ext)
{
    if (!p->extensions.from.set)
        return FX_UNKNOWN;
    /* a word that no table knows is none of those the firewall lets pass */
    return ext != FX_EXT_UNKNOWN && (p->extensions.set & FX_BIT(ext)) != 0 ? FX_YES : FX_NO;
}

enum fx_answer fx_profile_lets_through(const struct fx_profile *p, enum fx_verb verb)
{
    if (!p->verbs.from.set)
        return FX_UNKNOWN;
    return verb != FX_VERB_UNKNOWN && (p->verbs.set & FX_BIT(verb)) != 0 ? FX_YES : FX_NO;
}

/* Large enough for every verb or every keyword at once, and for an address character set. */
#define VALUE_MAX 1024

struct visitor {
    fx_profile_visit *visit;
    void *arg;
    char value[VALUE_MAX];
    struct fx_text text;
};

static void begin(struct visitor *v)
{
    fx_text_init_fixed(&v->text, v->value, sizeof v->value);
}

static void tell(struct visitor *v, const char *name, const struct fx_provenance *from)
{
    if (from->set)
        v->visit(v->arg, name, fx_text_slice(&v->text), from);
}

static void add_word(struct fx_text *t, const char *word)
{
    if (t->len > 0)
        fx_text_add_char(t, ' ');
    fx_text_add_str(t, word);
}

void fx_profile_add_rule(struct fx_text *t, const struct fx_rule_setting *s)
{
    fx_text_add_str(t, fx_action_name(s->action));
    if (s->has_limit) {
        fx_text_add_char(t, ' ');
        fx_text_add_u64(t, s->limit);
    }
    if (s->overflow != FX_OVERFLOW_NONE)
        add_word(t, fx_overflow_name(s->overflow));
}

static void tell_word(struct visitor *v, const char *name, const char *word,
                      const struct fx_provenance *from)
{
    begin(v);
    fx_text_add_str(&v->text, word);
    tell(v, name, from);
}

static void tell_rule(struct visitor *v, enum fx_rule rule, const struct fx_rule_setting *s)
{
    char name[64];
    struct fx_text t;

    fx_text_init_fixed(&t, name, sizeof name - 1);
    fx_text_add_str(&t, "rules.");
    fx_text_add_str(&t, fx_rule_name(rule));
    name[t.len] = '\0';
    begin(v);
    fx_profile_add_rule(&v->text, s);
    tell(v, name, &s->from);
}

void fx_profile_each(const struct fx_profile *p, fx_profile_visit *visit, void *arg)
{
    struct visitor v = {.visit = visit, .arg = arg};

    begin(&v);
    for (unsigned i = 1; i < FX_VERB_COUNT; i++)
        if (p->verbs.set & FX_BIT(i))
            add_word(&v.text, fx_verb_name((enum fx_verb)i));
    tell(&v, "verbs", &p->verbs.from);
    begin(&v);
    for (unsigned i = 1; i < FX_EXT_COUNT; i++)
        if (p->extensions.set & FX_BIT(i))
            add_word(&v.text, fx_extension_name((enum fx_extension)i));
    tell(&v, "extensions", &p->extensions.from);
    tell_word(&v, "address_characters", p->address_characters.set, &p->address_characters.from);
    tell_word(&v, "banner", fx_banner_name(p->banner.style), &p->banner.from);
    tell_word(&v, "ehlo_reply", fx_ehlo_reply_name(p->ehlo_reply.style), &p->ehlo_reply.from);
    tell_word(&v, "tls_ends_inspection", p->tls_ends_inspection.on ? "true" : "false",
              &p->tls_ends_inspection.from);
    tell_word(&v, "split_end_of_data", p->split_end_of_data.on ? "true" : "false",
              &p->split_end_of_data.from);
    tell_word(&v, "content_type_fault", p->content_type_fault.on ? "true" : "false",
              &p->content_type_fault.from);
    for (size_t i = 0; i < FX_RULE_COUNT; i++)
        tell_rule(&v, (enum fx_rule)i, &p->rule[i]);
}
