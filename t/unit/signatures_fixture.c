/* signatures_fixture - see signatures_fixture.h. */
#include "signatures_fixture.h"

#include <string.h>

int signatures_begin(void **state)
{
    struct fx_signatures *all = fx_signatures_create();
    assert_non_null(all);
    fx_signatures_reset(all);
    *state = all;
    return 0;
}

int signatures_finish(void **state)
{
    fx_signatures_destroy(*state);
    return 0;
}

void header_of(struct fx_signatures *all, const char *text, size_t max)
{
    while (*text != '\0') {
        const char *colon = strchr(text, ':');
        assert_non_null(colon);
        const char *end = strchr(text, '\n');
        while (end != NULL && (end[1] == ' ' || end[1] == '\t'))
            end = strchr(end + 1, '\n');
        assert_non_null(end);
        struct fx_slice name = fx_slice(text, (size_t)(colon - text));
        fx_signatures_field(all, fx_field_kind(name), name,
                            fx_slice(colon + 1, (size_t)(end - colon - 1)), -1, max);
        text = end + 1;
    }
}

void message_of(struct fx_signatures *all, const char *text)
{
    fx_signatures_reset(all);
    header_of(all, text, 32);
    fx_signatures_header_end(all, true);
}

const struct fx_anomaly_kept *said_of(const struct fx_signatures *all, size_t signature,
                                      enum fx_rule rule)
{
    for (size_t i = 0; i < all->anomaly_count; i++)
        if (all->anomalies[i].signature == signature && all->anomalies[i].is.rule == rule)
            return &all->anomalies[i];
    return NULL;
}

void said_is(const struct fx_signatures *all, size_t signature, enum fx_rule rule,
             const char *text, uint64_t observed, uint64_t limit, const char *file, int line)
{
    const struct fx_anomaly_kept *said = said_of(all, signature, rule);
    if (said == NULL)
        print_error("%s:%d: nothing said by %s\n", file, line, fx_rule_name(rule));
    _assert_true(said != NULL, "said", file, line);
    _assert_true(said->is.has_observed && said->is.has_limit, "numbers", file, line);
    _assert_int_equal(said->is.observed, observed, file, line);
    _assert_int_equal(said->is.limit, limit, file, line);
    _assert_true(said->text.told == (text != NULL), "text is told", file, line);
    if (text != NULL)
        fixture_slice(fx_signatures_piece(all, &said->text), text, file, line);
}
