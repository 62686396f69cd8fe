/* milter_send - what a client of a milter says, see milter_client_own.h. */
#include "milter_client_own.h"

#include <string.h>

/* Steps that decide about how it is spoken (SMFIP_). */
#define NO_REPLY_HEADER 0x80u
#define NO_REPLY_CONNECT 0x1000u
#define NO_REPLY_HELO 0x2000u
#define NO_REPLY_MAIL 0x4000u
#define NO_REPLY_RCPT 0x8000u
#define NO_REPLY_DATA 0x10000u
#define NO_REPLY_EOH 0x40000u
#define NO_REPLY_BODY 0x80000u
#define LEADING_BLANK 0x100000u

#define LIST_EOM 5
#define LIST_EOH 6

/* Which macros go with a stage, unless the filter asks for others (SETSYMLIST, by number). That
 * it asks for none says nothing to Postfix. */
static const struct stage_row {
    char command;
    int list; /* SMFIM_; -1: none */
    const char *macros;
    uint32_t no_reply;
} rows[STAGES] = {
    [NEGOTIATE] = {'O', -1, "", 0},
    [CONNECT] = {'C', 0, "j {daemon_name} {daemon_addr} v _", NO_REPLY_CONNECT},
    [HELO] = {'H', 1, "{tls_version} {cipher} {cipher_bits}", NO_REPLY_HELO},
    [MAIL] = {'M', 2,
              "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} "
              "{mail_mailer}",
              NO_REPLY_MAIL},
    [RCPT] = {'R', 3, "i {rcpt_addr} {rcpt_host} {rcpt_mailer}", NO_REPLY_RCPT},
    [DATA] = {'T', 4, "i", NO_REPLY_DATA},
    [CONTENT] = {'L', -1, "", 0}, /* each part has its own */
    [END] = {'E', LIST_EOM, "i", 0},
    [IDLE] = {'A', -1, "", 0},
};

/* ---- packets ---- */

static void add_u32(struct fx_text *t, uint32_t n)
{
    const char bytes[4] = {(char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n};
    fx_text_add(t, fx_slice(bytes, sizeof bytes));
}

static void add_string(struct fx_text *t, const char *s)
{
    fx_text_add_str(t, s);
    fx_text_add_char(t, '\0');
}

/* The length of a packet is known when it is written: begin leaves room, end fills it in. */
static size_t begin(struct fx_text *t, char command)
{
    size_t at = t->len;
    add_u32(t, 0);
    fx_text_add_char(t, command);
    return at;
}

static void end(struct fx_text *t, size_t at)
{
    if (t->overflow)
        return;
    uint32_t length = (uint32_t)(t->len - at - 4);
    for (unsigned i = 0; i < 4; i++)
        t->data[at + i] = (char)(length >> (24 - 8 * i));
}

/* The value of a macro at this stage; NULL: Postfix has none. */
static const char *macro_value(const struct milter_client *c, struct fx_slice name)
{
    const struct {
        const char *name, *value;
        enum milter_stage from, to;
    } known[] = {
        {"j", "mx.example.net", CONNECT, END},
        {"v", "Postfix 3.7.11", CONNECT, END},
        {"_", c->session.name, CONNECT, END},
        {"{daemon_name}", "smtpd", CONNECT, END},
        {"{daemon_addr}", "192.0.2.250", CONNECT, END},
        {"{daemon_port}", "25", CONNECT, END},
        {"{client_addr}", c->session.address, CONNECT, END},
        {"{client_name}", c->session.name, CONNECT, END},
        {"{client_ptr}", c->session.name, CONNECT, END},
        {"{client_resolve}", "OK", CONNECT, END},
        {"{mail_addr}", "sender@example.org", MAIL, MAIL},
        {"{mail_host}", "example.org", MAIL, MAIL},
        {"{mail_mailer}", "smtp", MAIL, MAIL},
        {"{rcpt_addr}", "user@example.net", RCPT, RCPT},
        {"{rcpt_host}", "example.net", RCPT, RCPT},
        {"{rcpt_mailer}", "virtual", RCPT, RCPT},
        {"i", c->queue_id, DATA, END}, /* before, smtpd has none */
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (c->stage >= known[i].from && c->stage <= known[i].to &&
            fx_slice_eq(name, fx_slice_str(known[i].name)))
            return known[i].value;
    return NULL;
}

static void add_macros(struct milter_client *c, char command, int list, const char *usual)
{
    if (list < 0)
        return;
    bool asked = c->lists[list] != NULL && c->lists[list][0] != '\0';
    struct fx_slice names = fx_slice_str(asked ? c->lists[list] : usual), name;
    size_t at = begin(&c->out, 'D');
    fx_text_add_char(&c->out, command);
    while (fx_slice_word(&names, &name)) {
        const char *value = macro_value(c, name);
        if (value == NULL)
            continue;
        fx_text_add(&c->out, name);
        fx_text_add_char(&c->out, '\0');
        add_string(&c->out, value);
    }
    end(&c->out, at);
}

static void add_connect(struct milter_client *c)
{
    const struct milter_session *s = &c->session;
    add_string(&c->out, s->name);
    fx_text_add_char(&c->out, strchr(s->address, ':') != NULL ? '6' : '4');
    fx_text_add_char(&c->out, (char)(s->port >> 8));
    fx_text_add_char(&c->out, (char)s->port);
    add_string(&c->out, s->address);
}

static void add_part(struct milter_client *c, const struct milter_part *part)
{
    struct fx_slice bytes =
        fx_slice_first(fx_slice_from(fx_text_slice(&c->content->bytes), part->at),
                       part->name_len + part->value_len);
    struct fx_slice value = fx_slice_from(bytes, part->name_len);
    if (part->command == 'L') {
        fx_text_add(&c->out, fx_slice_first(bytes, part->name_len));
        fx_text_add_char(&c->out, '\0');
        if (!(c->steps & LEADING_BLANK) && value.len > 0 && value.ptr[0] == ' ')
            value = fx_slice_from(value, 1);
    }
    if (part->mark > 0) {
        size_t mark = part->mark - (bytes.len - part->name_len - value.len);
        fx_text_add(&c->out, fx_slice_first(value, mark));
        fx_text_add_str(&c->out, c->queue_id);
        value = fx_slice_from(value, mark);
    }
    fx_text_add(&c->out, value);
    if (part->command == 'L')
        fx_text_add_char(&c->out, '\0');
}

/* ---- what comes next ---- */

/* The next part of the message; false: there is none. */
static bool send_part(struct milter_client *c)
{
    const struct milter_part *part;
    do {
        if (c->part == c->content->count)
            return false;
        part = &c->content->parts[c->part++];
    } while (part->command == 'B' && c->skip_body);
    /* one packet of macros for each, as Postfix 3.7 was seen to do */
    add_macros(c, part->command, part->command == 'B' ? LIST_EOM : LIST_EOH, "i");
    size_t at = begin(&c->out, part->command);
    add_part(c, part);
    end(&c->out, at);
    uint32_t no_reply = part->command == 'L'   ? NO_REPLY_HEADER
                        : part->command == 'N' ? NO_REPLY_EOH
                                               : NO_REPLY_BODY;
    c->waiting = (c->steps & no_reply) == 0;
    c->wait_for = part->command;
    return true;
}

static void send_stage(struct milter_client *c)
{
    const struct stage_row *row = &rows[c->stage];
    add_macros(c, row->command, row->list, row->macros);
    size_t at = begin(&c->out, row->command);
    switch (c->stage) {
    case NEGOTIATE:
        add_u32(&c->out, MILTER_VERSION);
        add_u32(&c->out, MILTER_ACTIONS);
        add_u32(&c->out, MILTER_STEPS);
        break;
    case CONNECT:
        add_connect(c);
        break;
    case HELO:
        add_string(&c->out, c->session.helo);
        break;
    case MAIL:
        add_string(&c->out, c->content->sender);
        break;
    case RCPT:
        add_string(&c->out, c->content->recipient);
        break;
    default:
        break;
    }
    end(&c->out, at);
    c->waiting = row->no_reply == 0 || (c->steps & row->no_reply) == 0;
    c->wait_for = row->command;
}

void milter_send_abort(struct milter_client *c)
{
    end(&c->out, begin(&c->out, 'A'));
}

bool milter_held(const struct milter_client *c)
{
    return !c->waiting &&
           ((c->stage == MAIL && c->content == NULL) || (c->stage == END && c->hold_end));
}

bool milter_send_on(struct milter_client *c, int64_t now)
{
    while (c->error == MILTER_NO_ERROR && !c->waiting && c->stage < IDLE &&
           c->out.len - c->sent < MILTER_BUFFER) {
        if (c->stage == CONTENT) {
            if (!send_part(c))
                c->stage = END;
            continue;
        }
        if (milter_held(c))
            break;
        if (c->stage == END)
            c->times.end = now;
        send_stage(c);
        if (!c->waiting)
            c->stage++;
    }
    if (c->out.overflow)
        milter_fail(c, MILTER_ERROR_MEMORY, "no memory");
    return c->error == MILTER_NO_ERROR && c->out.len > c->sent;
}
