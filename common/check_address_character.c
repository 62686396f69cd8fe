/* address-character - characters in a MAIL or RCPT address that the firewall replaces or cuts
 * the connection for: the pipe, angle brackets other than the delimiters. */
#include "check.h"

static enum fx_answer evaluate(const struct fx_check_input *in)
{
    const char *bad = in->profile->address_characters.set;
    if (!fx_slice_told(in->event->text))
        return FX_UNKNOWN;
    if (bad == NULL)
        return FX_NO;
    struct fx_slice address = fx_path_address(in->event->text);
    struct fx_slice set = fx_slice_str(bad);
    char buffer[64];
    struct fx_text detail;
    fx_text_init_fixed(&detail, buffer, sizeof buffer);
    uint64_t count = 0;
    for (size_t i = 0; i < address.len; i++) {
        if (fx_slice_find(set, address.ptr[i]) == set.len)
            continue;
        count++;
        if (fx_slice_find(fx_text_slice(&detail), address.ptr[i]) == detail.len)
            fx_text_add_char(&detail, address.ptr[i]);
    }
    if (count == 0)
        return FX_NO;
    return fx_report(in, &(struct fx_observation){.has_observed = true,
                                                  .observed = count,
                                                  .of = FX_PERSON_ADDRESS,
                                                  .evidence = address,
                                                  .detail = fx_text_slice(&detail)});
}

static bool quiet(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_bounds *bounds)
{
    (void)s;
    struct fx_slice address = fx_path_address(event->text);
    for (size_t i = 0; i < address.len; i++)
        if (bounds->bad[(unsigned char)address.ptr[i]])
            return false;
    return true;
}

const struct fx_check fx_check_address_character = {
    .rule = FX_RULE_ADDRESS_CHARACTER,
    .events = FX_ON_PATHS,
    .quiet = quiet,
    .evaluate = evaluate,
    .describe = "A character in an address that the firewall replaces or does not accept.",
};
