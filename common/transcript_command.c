/* transcript_command - see transcript_command.h. */
#include "transcript_command.h"

static struct fx_slice skip_blanks(struct fx_slice s)
{
    while (s.len > 0 && fx_ascii_blank(s.ptr[0]))
        s = fx_slice_from(s, 1);
    return s;
}

/* Takes the path off *rest: up to the blank after its closing bracket. Blanks inside a quoted
 * string or inside the brackets belong to it (RFC 5321 section 4.1.2); what sticks to the
 * bracket does so too, as nobody knows what it was meant to be. */
static struct fx_slice take_path(struct fx_slice *rest)
{
    struct fx_slice s = *rest;
    bool quoted = false, inside = s.len > 0 && s.ptr[0] == '<';
    size_t n = 0;
    for (; n < s.len; n++) {
        char c = s.ptr[n];
        if (quoted && c == '\\' && n + 1 < s.len)
            n++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && c == '>')
            inside = false;
        else if (!quoted && !inside && fx_ascii_blank(c))
            break;
    }
    if (quoted || inside) /* never closed: the first blank ends it */
        for (n = 0; n < s.len && s.ptr[n] != ' ' && s.ptr[n] != '\t';)
            n++;
    *rest = fx_slice_from(s, n);
    return fx_slice_first(s, n);
}

/* "FROM:<path> parameters"; false when the word or the colon is missing. */
static bool path_command(struct fx_slice rest, struct fx_slice word, struct fx_event *event)
{
    struct fx_slice parameter;
    rest = skip_blanks(rest);
    if (!fx_slice_starts_nocase(rest, word))
        return false;
    rest = skip_blanks(fx_slice_from(rest, word.len));
    if (rest.len == 0 || rest.ptr[0] != ':')
        return false;
    rest = skip_blanks(fx_slice_from(rest, 1));
    event->text = take_path(&rest);
    while (fx_slice_word(&rest, &parameter)) {
        event->parameters_all++;
        if (event->parameter_count == FX_MAX_PARAMETERS)
            event->parameters_cut = true;
        else
            event->parameters[event->parameter_count++] = parameter;
    }
    return true;
}

enum fx_verb fx_transcript_command(struct fx_slice line, struct fx_event *event)
{
    struct fx_slice rest = line, word;
    enum fx_verb verb = fx_slice_word(&rest, &word) ? fx_verb_find(word) : FX_VERB_UNKNOWN;
    event->kind = FX_EVENT_COMMAND;
    event->text = line;
    event->whole_line = true;
    switch (verb) {
    case FX_VERB_HELO:
    case FX_VERB_EHLO:
        event->kind = FX_EVENT_HELO;
        event->text = fx_slice_trim(rest);
        event->greeting = verb == FX_VERB_EHLO ? FX_GREETING_EHLO : FX_GREETING_HELO;
        break;
    case FX_VERB_MAIL:
        if (path_command(rest, FX_LIT("FROM"), event))
            event->kind = FX_EVENT_MAIL;
        break;
    case FX_VERB_RCPT:
        if (path_command(rest, FX_LIT("TO"), event))
            event->kind = FX_EVENT_RCPT;
        break;
    case FX_VERB_DATA:
        event->kind = FX_EVENT_DATA;
        break;
    default:
        break;
    }
    event->whole_line = event->kind == FX_EVENT_COMMAND;
    return verb;
}
