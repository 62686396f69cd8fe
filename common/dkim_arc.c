/* dkim_arc - see dkim_arc.h. */
#include "dkim_arc.h"

#include "dkim_values.h"

static const struct kind {
    const char *bad_instance, *twice, *lacking;
} kinds[FX_ARC_KINDS] = {
    [FX_ARC_RESULTS] = {"no i= of 1 to 50 in ARC-Authentication-Results",
                        "ARC-Authentication-Results", "no ARC-Authentication-Results"},
    [FX_ARC_MESSAGE] = {"no i= of 1 to 50 in ARC-Message-Signature", "ARC-Message-Signature",
                        "no ARC-Message-Signature"},
    [FX_ARC_SEAL] = {"no i= of 1 to 50 in ARC-Seal", "ARC-Seal", "no ARC-Seal"},
};

/* Takes white space and comments (RFC 5322 section 3.2.2) off the beginning. */
static void skip_cfws(struct fx_slice *rest)
{
    size_t depth = 0;
    while (rest->len > 0) {
        char c = rest->ptr[0];
        if (c == '(')
            depth++;
        else if (depth > 0 && c == ')')
            depth--;
        else if (depth > 0 && c == '\\')
            *rest = fx_slice_from(*rest, 1);
        else if (depth == 0 && !fx_ascii_white(c))
            return;
        *rest = fx_slice_from(*rest, 1);
    }
}

static bool take(struct fx_slice *rest, char c)
{
    skip_cfws(rest);
    if (rest->len == 0 || rest->ptr[0] != c)
        return false;
    *rest = fx_slice_from(*rest, 1);
    return true;
}

/* The instance of ARC-Authentication-Results, which is the first thing in it and ends with a
 * semicolon (RFC 8617 sections 3.9 and 4.1.1); 0: none. */
static unsigned results_instance(struct fx_slice value)
{
    struct fx_slice rest = value;
    unsigned instance = 0;
    size_t digits = 0;
    if (!take(&rest, 'i') || !take(&rest, '='))
        return 0;
    skip_cfws(&rest);
    for (; digits < 2 && digits < rest.len && fx_ascii_digit(rest.ptr[digits]); digits++)
        instance = instance * 10 + (unsigned)(rest.ptr[digits] - '0');
    rest = fx_slice_from(rest, digits);
    return take(&rest, ';') ? instance : 0;
}

/* One more field of a set. */
static void see(struct fx_signatures *all, enum fx_arc_kind kind, size_t number,
                unsigned instance)
{
    uint64_t bit = instance <= FX_ARC_INSTANCE_MAX ? UINT64_C(1) << instance : 0;
    if (instance == 0 || bit == 0)
        fx_signatures_add(all, number,
                          &(struct fx_anomaly){.rule = FX_RULE_DKIM_ARC_INSTANCE,
                                               .what = kinds[kind].bad_instance});
    else if ((all->arc.instances[kind] & bit) != 0)
        fx_signatures_add(all, number,
                          &(struct fx_anomaly){.rule = FX_RULE_DKIM_ARC_DUPLICATE,
                                               .has_observed = true,
                                               .observed = instance,
                                               .what = kinds[kind].twice});
    else
        all->arc.instances[kind] |= bit;
}

/* The chain status of a seal: "none" where there was no chain before it, otherwise "pass"; with
 * "fail" the chain ends. */
static void chain_status(struct fx_signatures *all, size_t number,
                         const struct fx_signature *parsed)
{
    struct fx_slice cv = parsed->tag[FX_DKIM_TAG_CV];
    bool none = fx_slice_eq_nocase(cv, FX_LIT("none")),
         pass = fx_slice_eq_nocase(cv, FX_LIT("pass")),
         fail = fx_slice_eq_nocase(cv, FX_LIT("fail"));
    const char *what = NULL;
    if (!fx_slice_told(cv))
        what = "missing";
    else if (fail)
        what = "the chain is broken";
    else if (!none && !pass)
        what = "neither none, pass nor fail";
    else if (pass && parsed->instance == 1)
        what = "pass in the first set";
    else if (none && parsed->instance > 1)
        what = "none in a later set";
    if (what == NULL)
        return;
    fx_signatures_add(
        all, number,
        &(struct fx_anomaly){.rule = FX_RULE_DKIM_ARC_CV,
                             .has_at = fx_slice_told(cv),
                             .at = fx_slice_told(cv) ? (size_t)(cv.ptr - parsed->value.ptr) : 0,
                             .text = cv,
                             .what = what});
}

void fx_arc_results(struct fx_signatures *all, struct fx_slice value)
{
    see(all, FX_ARC_RESULTS, FX_NO_SIGNATURE, results_instance(value));
}

void fx_arc_signature(struct fx_signatures *all, size_t number,
                      const struct fx_signature *parsed)
{
    if (parsed->kind == FX_SIGNATURE_ARC_MESSAGE)
        see(all, FX_ARC_MESSAGE, number, parsed->instance);
    else if (parsed->kind == FX_SIGNATURE_ARC_SEAL) {
        see(all, FX_ARC_SEAL, number, parsed->instance);
        chain_status(all, number, parsed);
    }
}

/* What the set of an instance lacks; NULL: nothing. */
static const char *lacking(const struct fx_signatures *all, unsigned instance)
{
    const char *what = NULL;
    size_t count = 0;
    for (size_t kind = FX_ARC_KINDS; kind > 0; kind--)
        if ((all->arc.instances[kind - 1] >> instance & 1) == 0) {
            what = kinds[kind - 1].lacking;
            count++;
        }
    return count == FX_ARC_KINDS ? "the whole set is missing" : what;
}

/* The lowest instance that lacks a field, if it is not the end of the chain. */
void fx_arc_header(struct fx_signatures *all)
{
    const uint64_t *instances = all->arc.instances;
    uint64_t any =
        instances[FX_ARC_RESULTS] | instances[FX_ARC_MESSAGE] | instances[FX_ARC_SEAL];
    unsigned highest = 0;
    while (highest < FX_ARC_INSTANCE_MAX && any >> (highest + 1) != 0)
        highest++;
    for (unsigned i = 1; i <= highest; i++) {
        const char *what = lacking(all, i);
        if (what == NULL)
            continue;
        fx_signatures_add(all, FX_NO_SIGNATURE,
                          &(struct fx_anomaly){.rule = FX_RULE_DKIM_ARC_INSTANCE,
                                               .has_observed = true,
                                               .observed = i,
                                               .has_limit = true,
                                               .limit = highest,
                                               .what = what});
        return;
    }
}
