/* engine_message - see engine_message.h. */
#include "engine_message.h"

#define LINE "The quick brown fox jumps over the lazy dog and goes on for a while.\r\n"
#define LINES_4 LINE LINE LINE LINE
#define LINES_16 LINES_4 LINES_4 LINES_4 LINES_4

static const struct {
    struct fx_slice name, value;
} fields[ENGINE_MESSAGE_FIELDS] = {
    {{"From", 4}, {" sender@example.org", 19}},
    {{"To", 2}, {" user@example.net", 17}},
    {{"Subject", 7}, {" a message of the load, of a usual length", 41}},
    {{"Date", 4}, {" Sat, 21 Nov 2026 10:00:00 +0000", 32}},
    {{"Message-ID", 10}, {" <20261121100000.1@example.org>", 31}},
    {{"MIME-Version", 12}, {" 1.0", 4}},
    {{"Content-Type", 12}, {" text/plain; charset=us-ascii", 29}},
    {{"Content-Transfer-Encoding", 25}, {" 7bit", 5}},
    {{"Received", 8},
     FX_LIT(" from a.example.org (a.example.org [192.0.2.7])\n by mx.example.org with ESMTP id "
            "4XyZ1\n for <user@example.net>; Sat, 21 Nov 2026 10:00:00 +0000")},
    {{"User-Agent", 10}, {" Example/1.0", 12}},
    {{"X-Mailer", 8}, {" Example 2.0", 12}},
    {{"List-Id", 7}, {" <list.example.org>", 19}},
};

static void feed(struct fx_engine *engine, struct fx_event *event)
{
    event->time = (struct fx_time){.wall = INT64_C(1795255200123456), .mono = 1000000};
    fx_engine_feed(engine, event);
}

static struct fx_macros macros(void)
{
    return (struct fx_macros){.tls_asked = true, .auth_asked = true};
}

void engine_message_greet(struct fx_engine *engine)
{
    struct fx_macros m = macros();
    m.j = FX_LIT("mx1.example.net");
    m.v = FX_LIT("Postfix 3.7.11");
    m.daemon_name = FX_LIT("smtpd");
    struct fx_event connect = {
        .kind = FX_EVENT_CONNECT,
        .macros = &m,
        .text = FX_LIT("mail.example.org"),
        .client = {.family = FX_FAMILY_INET, .bytes = {192, 0, 2, 1}, .port = 40000}};
    feed(engine, &connect);
    m = macros();
    struct fx_event helo = {
        .kind = FX_EVENT_HELO, .macros = &m, .text = FX_LIT("mail.example.org")};
    feed(engine, &helo);
}

void engine_message_envelope(struct fx_engine *engine)
{
    struct fx_macros m = macros();
    struct fx_event mail = {.kind = FX_EVENT_MAIL,
                            .macros = &m,
                            .refused = FX_NO,
                            .text = FX_LIT("<sender@example.org>")};
    feed(engine, &mail);
    m.i = FX_LIT("4XyZ1k2Lq9z1");
    m.rcpt_mailer = FX_LIT("smtp");
    struct fx_event rcpt = {
        .kind = FX_EVENT_RCPT, .macros = &m, .text = FX_LIT("<user@example.net>")};
    feed(engine, &rcpt);
    struct fx_event data = {.kind = FX_EVENT_DATA, .macros = &m};
    feed(engine, &data);
}

void engine_message_field(struct fx_engine *engine, size_t n)
{
    struct fx_macros m = macros();
    struct fx_event header = {.kind = FX_EVENT_HEADER,
                              .macros = &m,
                              .text = fields[n].name,
                              .value = fields[n].value};
    feed(engine, &header);
}

void engine_message_rest(struct fx_engine *engine)
{
    struct fx_macros m = macros();
    m.i = FX_LIT("4XyZ1k2Lq9z1");
    struct fx_event eoh = {.kind = FX_EVENT_EOH, .macros = &m};
    feed(engine, &eoh);
    struct fx_event body = {.kind = FX_EVENT_BODY,
                            .macros = &m,
                            .text = FX_LIT(LINES_16 LINES_16 LINES_16 LINES_4 LINES_4)};
    feed(engine, &body);
    struct fx_event eom = {.kind = FX_EVENT_EOM, .macros = &m};
    feed(engine, &eom);
}

void engine_message_feed(struct fx_engine *engine)
{
    engine_message_envelope(engine);
    for (size_t n = 0; n < ENGINE_MESSAGE_FIELDS; n++)
        engine_message_field(engine, n);
    engine_message_rest(engine);
}

void engine_message_close(struct fx_engine *engine)
{
    struct fx_event close = {.kind = FX_EVENT_CLOSE};
    feed(engine, &close);
}
