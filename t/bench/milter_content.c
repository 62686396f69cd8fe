/* milter_content - see milter_content.h. */
#include "milter_content.h"

#include "message.h"

#include <stdlib.h>
#include <string.h>

#define MOST_OCTETS ((size_t)256 * 1024 * 1024)

static bool take(void *arg, const struct fx_event *event)
{
    struct milter_content *c = arg;
    struct milter_part *more = realloc(c->parts, (c->count + 1) * sizeof *more);
    if (more == NULL)
        return false;
    c->parts = more;
    struct milter_part *part = &c->parts[c->count++];
    *part = (struct milter_part){.at = c->bytes.len};
    switch (event->kind) {
    case FX_EVENT_HEADER:
        part->command = 'L';
        part->name_len = event->text.len;
        part->value_len = event->value.len;
        fx_text_add(&c->bytes, event->text);
        fx_text_add(&c->bytes, event->value);
        break;
    case FX_EVENT_EOH:
        part->command = 'N';
        break;
    default:
        part->command = 'B';
        part->value_len = event->text.len;
        fx_text_add(&c->bytes, event->text);
        break;
    }
    c->octets += part->name_len + part->value_len;
    return !c->bytes.overflow;
}

bool milter_content_make(struct milter_content *content, struct fx_slice bytes,
                         const char *sender, const char *recipient)
{
    const struct fx_message_source source = {.bytes = bytes};
    *content = (struct milter_content){.sender = sender, .recipient = recipient};
    fx_text_init_growing(&content->bytes, MOST_OCTETS);
    if (fx_message_events(&source, take, content))
        return true;
    milter_content_finish(content);
    return false;
}

bool milter_content_unique(struct milter_content *content)
{
    for (size_t i = 0; i < content->count; i++) {
        struct milter_part *part = &content->parts[i];
        struct fx_slice bytes = fx_slice_from(fx_text_slice(&content->bytes), part->at);
        struct fx_slice value =
            fx_slice_first(fx_slice_from(bytes, part->name_len), part->value_len);
        size_t bracket = fx_slice_find(value, '<');
        if (part->command != 'L' || bracket == value.len ||
            !fx_slice_eq_nocase(fx_slice_first(bytes, part->name_len), FX_LIT("Message-ID")))
            continue;
        part->mark = bracket + 1;
        return true;
    }
    return false;
}

void milter_content_finish(struct milter_content *content)
{
    fx_text_finish(&content->bytes);
    free(content->parts);
    *content = (struct milter_content){0};
}
