/* event - see event.h. */
#include "event.h"

#include "vocab.h"

enum fx_stage fx_stage_of(enum fx_event_kind kind)
{
    switch (kind) {
    case FX_EVENT_MAIL:
        return FX_STAGE_MAIL;
    case FX_EVENT_RCPT:
        return FX_STAGE_RCPT;
    case FX_EVENT_HEADER:
    case FX_EVENT_EOH:
        return FX_STAGE_HEADER;
    case FX_EVENT_BODY:
        return FX_STAGE_BODY;
    case FX_EVENT_EOM:
    case FX_EVENT_ABORT:
    case FX_EVENT_CLOSE:
        return FX_STAGE_END;
    default:
        return FX_STAGE_COMMAND;
    }
}

static bool is_command(enum fx_event_kind kind)
{
    return kind == FX_EVENT_HELO || kind == FX_EVENT_COMMAND || kind == FX_EVENT_MAIL ||
           kind == FX_EVENT_RCPT;
}

/* Of parameters that do not fit the keyword is kept, so that none hides behind them, and no part
 * of a value, so that none is taken for another one. */
static void shorten(struct fx_event *event, uint64_t line, bool personal)
{
    struct fx_slice text = fx_slice_first(event->text, (size_t)line);
    struct fx_slice behind = fx_slice_from(event->text, text.len);
    if (personal && behind.len > 0 && fx_slice_find(event->text, '@') < event->text.len)
        text = FX_LIT("#");
    event->text_cut = event->text.len - text.len;
    event->text = text;
    uint64_t room = line - text.len;
    size_t kept = 0;
    for (; kept < event->parameter_count && event->parameters[kept].len < room; kept++)
        room -= 1 + event->parameters[kept].len;
    for (; kept < event->parameter_count; kept++)
        event->parameters[kept] = fx_parameter_keyword(event->parameters[kept]);
}

const struct fx_event *fx_event_within(const struct fx_event *event, uint64_t line,
                                       uint64_t parameters, bool personal,
                                       struct fx_event *space)
{
    if (!is_command(event->kind))
        return event;
    uint64_t octets = 0;
    for (size_t i = 0; i < event->parameter_count; i++)
        octets += 1 + event->parameters[i].len;
    if (event->parameters_octets > octets)
        octets = event->parameters_octets;
    uint64_t all = octets + event->text.len;
    if (all <= line && event->parameter_count <= parameters)
        return event;
    *space = *event;
    space->parameters_octets = octets;
    if (space->parameter_count > parameters) {
        if (space->parameters_all < space->parameter_count)
            space->parameters_all = space->parameter_count;
        space->parameters_cut = true;
        space->parameter_count = (size_t)parameters;
    }
    if (all > line) {
        space->line_all = all;
        shorten(space, line, personal);
    }
    return space;
}
