/* command - see command.h. */
#include "command.h"

#include "mask.h"

/* Postfix takes these for blanks in a command, a CR that no LF follows among them. */
static bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct fx_slice fx_command_word(struct fx_slice line)
{
    size_t n = 0;
    while (line.len > 0 && blank(line.ptr[0]))
        line = fx_slice_from(line, 1);
    while (n < line.len && !blank(line.ptr[n]))
        n++;
    return fx_slice_first(line, n);
}

struct fx_slice fx_command_verb(struct fx_slice line)
{
    struct fx_slice verb = fx_command_word(line);
    fx_command_unmark(line, &verb);
    return verb;
}

/* At most FX_COMMAND_MARKED_MAX octets, whole characters where it is UTF-8. */
static struct fx_slice cut(struct fx_slice verb)
{
    size_t len = FX_COMMAND_MARKED_MAX;
    if (verb.len <= len)
        return verb;
    while (len > FX_COMMAND_MARKED_MAX - 4 && ((unsigned char)verb.ptr[len] & 0xC0) == 0x80)
        len--;
    if (len == FX_COMMAND_MARKED_MAX - 4)
        len = FX_COMMAND_MARKED_MAX;
    return fx_slice_first(verb, len);
}

void fx_command_add_marked(struct fx_text *out, struct fx_slice verb)
{
    verb = fx_slice_first(verb, fx_slice_find(verb, ':'));
    verb = cut(verb);
    fx_mask_command(out, NULL, FX_ACTION_MASK, verb);
    fx_text_add_char(out, verb.len > 0 ? '-' : 'X');
    fx_text_add(out, verb);
}

bool fx_command_unmark(struct fx_slice line, struct fx_slice *verb)
{
    struct fx_slice word = fx_command_word(line);
    if (word.len == 0 || word.ptr + word.len != line.ptr + line.len)
        return false;
    size_t x = 0;
    while (x < word.len && word.ptr[x] == 'X')
        x++;
    /* the verb itself may begin with X, so it is the middle that tells */
    size_t half = word.len / 2;
    if (word.len % 2 == 0 || half == 0 || x < half || word.ptr[half] != '-')
        return false;
    *verb = fx_slice_from(word, half + 1);
    return true;
}

enum fx_of_person fx_command_of_person(const struct fx_event *event)
{
    struct fx_slice line = event->text;
    if (event->kind != FX_EVENT_COMMAND || line.len == 0)
        return FX_PERSON_MAYBE;
    struct fx_slice word = fx_command_word(line), verb;
    bool cut = fx_command_unmark(line, &verb) && verb.len > FX_COMMAND_MARKED_MAX - 4;
    struct fx_slice behind = fx_slice_from(line, (size_t)(word.ptr + word.len - line.ptr));
    while (behind.len > 0 && blank(behind.ptr[0]))
        behind = fx_slice_from(behind, 1);
    return cut || (behind.len > 0 && behind.ptr[0] == '@') ? FX_PERSON_OPEN : FX_PERSON_MAYBE;
}

bool fx_command_masked(struct fx_slice line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.ptr[i] != 'X')
            return false;
    return line.len >= 2;
}

struct fx_slice fx_command_name(const struct fx_event *event)
{
    switch (event->kind) {
    case FX_EVENT_HELO:
        return event->greeting == FX_GREETING_EHLO ? FX_LIT("EHLO") : FX_LIT("HELO");
    case FX_EVENT_MAIL:
        return FX_LIT("MAIL");
    case FX_EVENT_RCPT:
        return FX_LIT("RCPT");
    case FX_EVENT_DATA:
        return FX_LIT("DATA");
    default:
        return fx_command_verb(event->text);
    }
}

uint64_t fx_command_octets(const struct fx_event *event, bool *whole)
{
    uint64_t octets = event->text.len + event->text_cut;
    struct fx_slice verb;

    if (event->kind == FX_EVENT_COMMAND && fx_command_unmark(event->text, &verb)) {
        *whole = false;
        return verb.len;
    }
    *whole =
        event->wire.line_octets > 0 || (event->kind == FX_EVENT_COMMAND && event->whole_line);
    if (event->wire.line_octets > 0)
        return event->wire.line_octets;
    if (event->kind == FX_EVENT_HELO)
        octets += sizeof "HELO " - 1;
    else if (event->kind == FX_EVENT_MAIL)
        octets += sizeof "MAIL FROM:" - 1;
    else if (event->kind == FX_EVENT_RCPT)
        octets += sizeof "RCPT TO:" - 1;
    if (event->parameters_octets > 0)
        return octets + event->parameters_octets;
    for (size_t i = 0; i < event->parameter_count; i++)
        octets += 1 + event->parameters[i].len;
    return octets;
}

enum fx_answer fx_extension_used(const struct fx_session *s, enum fx_extension ext)
{
    const struct fx_message *m = s->message;
    const char *keyword, *document;
    enum fx_extension of;
    bool on_mail, on_rcpt;

    if (ext == FX_EXT_STARTTLS)
        return s->tls;
    if (ext == FX_EXT_AUTH)
        return s->authenticated;
    if (m == NULL || m->body_type == FX_BODY_UNKNOWN)
        return FX_UNKNOWN; /* no envelope */
    if (m->extensions & FX_BIT(ext))
        return FX_YES;
    if (ext == FX_EXT_BINARYMIME)
        return FX_NO;
    for (size_t i = 0; fx_parameter_entry(i, &keyword, &of, &document, &on_mail, &on_rcpt); i++)
        if (of == ext && on_mail)
            return FX_NO;
    return FX_UNKNOWN;
}
