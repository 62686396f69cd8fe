/* mtaconf - see mtaconf.h: names, comments, and the questions to a profile. */
#include "mtaconf_parts.h"

#include "check.h"
#include "mask.h"

#define WIDTH 78
#define REASON_MAX ((size_t)1024 * 1024)

static const struct {
    const char *name;
    void (*write)(const struct fx_mtaconf *wanted, struct fx_mtaconf_file *files);
} mtas[FX_MTACONF_COUNT] = {
    [FX_MTACONF_POSTFIX] = {"postfix", fx_mtaconf_postfix},
    [FX_MTACONF_SENDMAIL] = {"sendmail", fx_mtaconf_sendmail},
};

const char *fx_mtaconf_name(enum fx_mtaconf_mta mta)
{
    return mta < FX_MTACONF_COUNT ? mtas[mta].name : "";
}

bool fx_mtaconf_find(struct fx_slice name, enum fx_mtaconf_mta *out)
{
    for (size_t i = 0; i < FX_MTACONF_COUNT; i++)
        if (fx_slice_eq(name, fx_slice_str(mtas[i].name))) {
            *out = (enum fx_mtaconf_mta)i;
            return true;
        }
    return false;
}

void fx_mtaconf_write(enum fx_mtaconf_mta mta, const struct fx_mtaconf *wanted,
                      struct fx_mtaconf_file files[FX_MTACONF_FILES])
{
    if (mta < FX_MTACONF_COUNT)
        mtas[mta].write(wanted, files);
}

static bool printable(char c)
{
    return c >= ' ' && c <= '~';
}

bool fx_mtaconf_banner_good(struct fx_slice banner)
{
    if (banner.len == 0 || banner.len > FX_MTACONF_BANNER_MAX || banner.ptr[0] == ' ' ||
        banner.ptr[banner.len - 1] == ' ')
        return false;
    for (size_t i = 0; i < banner.len; i++)
        if (!printable(banner.ptr[i]))
            return false;
    return true;
}

bool fx_mtaconf_directory_good(struct fx_slice directory)
{
    static const struct fx_slice bad = FX_LIT(" ,{}\x7f");
    for (size_t i = 0; i < directory.len; i++) {
        char c = directory.ptr[i];
        if ((c >= 0 && c < ' ') || fx_slice_find(bad, c) < bad.len)
            return false;
    }
    return true;
}

/* ---- comments ---- */

static void add_visible(struct fx_text *out, char c)
{
    static const char hex[] = "0123456789abcdef";
    unsigned octet = (unsigned char)c;
    if (printable(c)) {
        fx_text_add_char(out, c);
        return;
    }
    fx_text_add_str(out, "\\x");
    fx_text_add_char(out, hex[octet >> 4]);
    fx_text_add_char(out, hex[octet & 15]);
}

/* Further lines of a paragraph are set in. */
static void say(const struct fx_mtaconf_out *o, struct fx_slice s)
{
    struct fx_slice word;
    size_t begin = o->text->len;
    fx_text_add_str(o->text, o->comment);
    for (bool first = true; fx_slice_word(&s, &word); first = false) {
        if (!first && o->text->len - begin + 1 + word.len > WIDTH) {
            fx_text_add_char(o->text, '\n');
            begin = o->text->len;
            fx_text_add_str(o->text, o->comment);
            fx_text_add_char(o->text, ' ');
        }
        fx_text_add_char(o->text, ' ');
        for (size_t i = 0; i < word.len; i++)
            add_visible(o->text, word.ptr[i]);
    }
    fx_text_add_char(o->text, '\n');
}

void fx_mtaconf_say(const struct fx_mtaconf_out *o, const char *s)
{
    say(o, fx_slice_str(s));
}

void fx_mtaconf_gap(const struct fx_mtaconf_out *o)
{
    fx_text_add_char(o->text, '\n');
}

/* A paragraph put together from a list of strings that ends with NULL. */
static void say_parts(const struct fx_mtaconf_out *o, const char *const *parts)
{
    struct fx_text t;
    fx_text_init_growing(&t, REASON_MAX);
    while (*parts != NULL)
        fx_text_add_str(&t, *parts++);
    say(o, fx_text_slice(&t));
    if (t.overflow)
        o->text->overflow = true;
    fx_text_finish(&t);
}

void fx_mtaconf_reason(const struct fx_mtaconf_out *o, const char *name, const char *value,
                       const struct fx_provenance *from)
{
    const char *source = from->source == NULL ? "" : from->source;
    const char *const parts[] = {
        name, ": ", value, " (", fx_confidence_name(from->confidence), ": ", source, ")", NULL};
    say_parts(o, parts);
}

void fx_mtaconf_reason_rule(const struct fx_mtaconf_out *o, enum fx_rule rule)
{
    const struct fx_rule_setting *s = &o->wanted->profile->rule[rule];
    char name[96], value[96];
    struct fx_text n, v;
    fx_text_init_fixed(&n, name, sizeof name - 1);
    fx_text_add_str(&n, "rules.");
    fx_text_add_str(&n, fx_rule_name(rule));
    name[n.len] = '\0';
    fx_text_init_fixed(&v, value, sizeof value - 1);
    fx_profile_add_rule(&v, s);
    value[v.len] = '\0';
    fx_mtaconf_reason(o, name, value, &s->from);
}

void fx_mtaconf_reason_verb(const struct fx_mtaconf_out *o, enum fx_verb verb)
{
    const struct fx_profile *p = o->wanted->profile;
    bool any = fx_mtaconf_rewriting(p, FX_RULE_VERB_NOT_ALLOWED) != FX_ACTION_NONE;
    char value[64];
    struct fx_text v;
    fx_text_init_fixed(&v, value, sizeof value - 1);
    fx_text_add_str(&v, fx_verb_name(verb));
    fx_text_add_str(&v, " is not let through");
    value[v.len] = '\0';
    fx_mtaconf_reason(o, "verbs", value, &p->verbs.from);
    fx_mtaconf_reason_rule(o, any ? FX_RULE_VERB_NOT_ALLOWED : FX_RULE_VERB_TOO_SHORT);
}

void fx_mtaconf_head(const struct fx_mtaconf_out *o, const char *use)
{
    const struct fx_profile *p = o->wanted->profile;
    const char *title = p->title == NULL ? "" : p->title;
    const char *const what[] = {"Profile ", p->name, ": ", title, NULL};
    const char *const by[] = {"Written by fixupctl mtaconf, fixup-milter ", o->wanted->version,
                              ". For staging, not for a server that takes real mail: its "
                              "clients may lose TLS, AUTH and extensions.",
                              NULL};
    say_parts(o, what);
    say_parts(o, by);
    fx_mtaconf_say(o, use);
}

struct rest {
    const struct fx_mtaconf_out *o;
    const char *const *why;
    bool begun;
};

static void begin_rest(struct rest *r)
{
    if (!r->begun) {
        fx_mtaconf_gap(r->o);
        fx_mtaconf_say(r->o, "---- not shown, and why");
    }
    r->begun = true;
}

static void say_rest(void *arg, const char *name, struct fx_slice value,
                     const struct fx_provenance *from)
{
    struct rest *r = arg;
    struct fx_slice rule_name = fx_slice_from(fx_slice_str(name), sizeof "rules." - 1);
    enum fx_rule rule;
    const char *why = NULL;
    (void)value;
    if (!fx_mtaconf_counts(from)) {
        why = "only assumed, and so left alone.";
    } else if (fx_rule_find(rule_name, &rule) && fx_mtaconf_acts(r->o->wanted->profile, rule)) {
        why = r->why[rule];
        if (why == NULL && fx_check_find(rule) == NULL)
            why = "no setting, and fixup-milter does not look for it.";
        if (why == NULL)
            why = "no setting; fixup-milter in enforce answers for it.";
    }
    if (why == NULL || why[0] == '\0')
        return;
    const char *const parts[] = {name, ": ", why, NULL};
    begin_rest(r);
    say_parts(r->o, parts);
}

void fx_mtaconf_rest(const struct fx_mtaconf_out *o, const char *const why[FX_RULE_COUNT])
{
    const struct fx_profile *p = o->wanted->profile;
    struct rest r = {o, why, false};
    fx_profile_each(p, say_rest, &r);
    if (fx_mtaconf_counts(&p->split_end_of_data.from) && p->split_end_of_data.on) {
        begin_rest(&r);
        fx_mtaconf_say(o, "split_end_of_data: no setting sees packets; fixup-milter can hold "
                          "answers instead, simulate.end_of_data.");
    }
}

/* ---- questions ---- */

bool fx_mtaconf_counts(const struct fx_provenance *from)
{
    return from->set && from->confidence != FX_CONFIDENCE_ASSUMED;
}

bool fx_mtaconf_acts(const struct fx_profile *p, enum fx_rule rule)
{
    const struct fx_rule_setting *s = &p->rule[rule];
    return fx_mtaconf_counts(&s->from) && s->action != FX_ACTION_NONE &&
           s->action != FX_ACTION_LOG;
}

bool fx_mtaconf_hidden(const struct fx_profile *p, enum fx_extension ext)
{
    if (!fx_mtaconf_counts(&p->extensions.from) || fx_profile_shows(p, ext) != FX_NO)
        return false;
    return !p->ehlo_reply.from.set || (fx_mtaconf_counts(&p->ehlo_reply.from) &&
                                       p->ehlo_reply.style != FX_EHLO_REPLY_PLAIN);
}

enum fx_action fx_mtaconf_rewriting(const struct fx_profile *p, enum fx_rule rule)
{
    return p->verbs.from.set && fx_mtaconf_acts(p, rule) ? p->rule[rule].action
                                                         : FX_ACTION_NONE;
}

enum fx_action fx_mtaconf_on_verb(const struct fx_profile *p, enum fx_verb verb)
{
    enum fx_action action = fx_mtaconf_rewriting(p, FX_RULE_VERB_NOT_ALLOWED);
    if (fx_profile_lets_through(p, verb) != FX_NO)
        return FX_ACTION_NONE;
    if (action == FX_ACTION_NONE &&
        fx_slice_str(fx_verb_name(verb)).len < p->rule[FX_RULE_VERB_TOO_SHORT].limit)
        action = fx_mtaconf_rewriting(p, FX_RULE_VERB_TOO_SHORT);
    return action;
}

struct fx_slice fx_mtaconf_banner(const struct fx_mtaconf *wanted, const char *usual,
                                  struct fx_text *out)
{
    const struct fx_profile *p = wanted->profile;
    static const struct fx_slice code = FX_LIT("220 ");
    char greeting[512];
    struct fx_text t;
    if (!fx_mtaconf_counts(&p->banner.from) || p->banner.style == FX_BANNER_PLAIN)
        return FX_ABSENT;
    fx_text_init_fixed(&t, greeting, sizeof greeting);
    fx_text_add(&t, code);
    fx_text_add(&t, fx_slice_told(wanted->banner) ? wanted->banner : fx_slice_str(usual));
    fx_mask_banner(out, p->banner.style, fx_text_slice(&t));
    return fx_slice_trim(fx_slice_from(fx_text_slice(out), code.len));
}
