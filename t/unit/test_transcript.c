/* Tests of transcript: what stands in a transcript, and the events that come of it. */
#include "event_log.h"
#include "transcript.h"
#include "transcript_command.h"
#include "transcript_line.h"

#include <inttypes.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* In short: "|" is a line end of the transcript; MAIL and RCPT open a transaction. */
#define GREET "S: 220 mx|C: HELO a|S: 250 mx|"
#define OPEN "C: MAIL FROM:<a>|S: 250 ok|C: RCPT TO:<b>|S: 250 ok|"
#define BYE "C: QUIT|S: 221 bye|"
#define E_GREET "CONNECT\nHELO a helo\n"
#define E_OPEN "MAIL <a> no\nRCPT <b> no\n"
#define E_BYE "COMMAND QUIT\nCLOSE\n"

static const struct {
    const char *what, *transcript, *log;
} plain[] = {
    {"a session", GREET OPEN "C: DATA|S: 354 go|C~ A: 1|C~|C~ x|C~ .|S: 250 ok|" BYE,
     E_GREET E_OPEN "DATA\nHEADER A: 1\nEOH\nBODY x\\r\\n\nEOM\n" E_BYE},
    {"data as commands", GREET OPEN "C: DATA|S: 354 go|C: A: 1|C: |C: x|C: .|S: 250 ok|" BYE,
     E_GREET E_OPEN "DATA\nHEADER A: 1\nEOH\nBODY x\\r\\n\nEOM\n" E_BYE},
    {"dots", GREET OPEN "C: DATA|S: 354|C~ ..A: 1|C~|C~ ..|C~ .x|C~ .|S: 250|",
     E_GREET E_OPEN "DATA\nHEADER .A: 1\nEOH\nBODY .\\r\\nx\\r\\n\nEOM\nCLOSE\n"},
    {"dot and line feed only", GREET OPEN "C: DATA|S: 354|C~ A: 1|C~ .\\x0a\\|S: 250|",
     E_GREET E_OPEN "DATA\nHEADER A: 1\nEOH\nEOM\nCLOSE\n"},
    {"dot split over lines", GREET OPEN "C: DATA|S: 354|C~ A: 1|C~ .\\|C~|S: 250|",
     E_GREET E_OPEN "DATA\nHEADER A: 1\nEOH\nEOM\nCLOSE\n"},
    {"a command behind the dot", GREET OPEN "C: DATA|S: 354|C~ .\\x0d\\x0aNOOP|S: 250|S: 250|",
     E_GREET E_OPEN "DATA\nEOH\nEOM\nCOMMAND NOOP\nCLOSE\n"},
    {"escapes", "C: X \\x41\\\\\\x00\\xff|", "CONNECT\nCOMMAND X A\\\\x00\\xff\nCLOSE\n"},
    {"wrong escape", "C: X \\n \\x4|",
     "CONNECT\n1: a backslash that is neither \\xNN nor \\\\ nor at the end\n"
     "COMMAND X \\n \\x4\nCLOSE\n"},
    {"a command in pieces", "C: HE\\|C: LO a|S: 250|", "CONNECT\nHELO a helo\nCLOSE\n"},
    {"two commands in one piece", "C: NOOP\\x0aRSET|",
     "CONNECT\nCOMMAND NOOP\nCOMMAND RSET\nCLOSE\n"},
    {"no line end", "C: NOOP\\|S: 250|C: QUIT\\|",
     "CONNECT\nCOMMAND NOOP\nCOMMAND QUIT\nCLOSE\n"},
    {"refused by the server",
     GREET "C: MAIL FROM:<a>|S: 250|C: RCPT TO:<b>|S: 450 later|C: RCPT TO:<c>|S: 550 no|"
           "C: RCPT TO:<d>|",
     E_GREET "MAIL <a> no\nRCPT <b> yes\nRCPT <c> yes\nRCPT <d> unknown\nABORT\nCLOSE\n"},
    {"MAIL refused", GREET "C: MAIL FROM:<a>|S: 550 no|C: RCPT TO:<b>|S: 503 no|",
     E_GREET "MAIL <a> yes\nABORT\nCOMMAND RCPT TO:<b>\nCLOSE\n"},
    {"nested MAIL", GREET OPEN "C: MAIL FROM:<c>|S: 503 nested|C: RSET|S: 250|",
     E_GREET E_OPEN "COMMAND MAIL FROM:<c>\nCOMMAND RSET\nABORT\nCLOSE\n"},
    {"DATA refused", GREET OPEN "C: DATA|S: 503 no|" BYE,
     E_GREET E_OPEN "COMMAND DATA\nCOMMAND QUIT\nABORT\nCLOSE\n"},
    {"DATA not answered", GREET OPEN "C: DATA|", E_GREET E_OPEN "COMMAND DATA\nABORT\nCLOSE\n"},
    {"DATA, 354 left out", GREET OPEN "C: DATA|C~ A: 1|C~ .|S: 250|",
     E_GREET E_OPEN "DATA\nHEADER A: 1\nEOH\nEOM\nCLOSE\n"},
    {"ended in data", GREET OPEN "C: DATA|S: 354|C~ A: 1|",
     E_GREET E_OPEN "DATA\nABORT\nCLOSE\n"},
    {"time-out in data", GREET OPEN "C: DATA|S: 354|C~ A: 1|S: 421 time-out|",
     E_GREET E_OPEN "DATA\nABORT\nCLOSE\n"},
    {"final dot left out", GREET OPEN "C: DATA|S: 354|C~ A: 1|S: 250|",
     E_GREET E_OPEN "DATA\n11: a reply before the final dot of the data; taken as the reply to "
                    "it\nHEADER A: 1\nEOH\nEOM\nCLOSE\n"},
    {"HELO gives the transaction up", GREET OPEN "C: EHLO c|S: 250|",
     E_GREET E_OPEN "ABORT\nHELO c ehlo\nCLOSE\n"},
    {"RSET without a transaction", GREET "C: RSET|S: 250|", E_GREET "COMMAND RSET\nCLOSE\n"},
    {"pipelining",
     GREET "C: MAIL FROM:<a>|C: RCPT TO:<b>|C: RCPT TO:<c>|C: DATA|S: 250|S: 550|"
           "S: 250|S: 354|C~ .|S: 250|",
     E_GREET "MAIL <a> no\nRCPT <b> yes\nRCPT <c> no\nDATA\nEOH\nEOM\nCLOSE\n"},
    {"replies of several lines", "S: 220-a|S: 220 b|C: EHLO a|S: 250-a|S: 250-b|S: 250 c|" OPEN,
     "CONNECT\nHELO a ehlo\n" E_OPEN "ABORT\nCLOSE\n"},
    {"a reply cut short", "C: EHLO a|S: 250-a|" OPEN,
     "CONNECT\nHELO a ehlo\n" E_OPEN "ABORT\nCLOSE\n"},
    {"AUTH", "C: AUTH LOGIN|S: 334 a|C: dQ==|S: 334 b|C: cA==|S: 235 ok|C: NOOP|S: 250|",
     "CONNECT\nCOMMAND AUTH LOGIN\nCOMMAND NOOP\nCLOSE\n"},
    {"AUTH, seen at MAIL",
     "C: AUTH PLAIN x|S: 535 no|C: MAIL FROM:<a>|S: 250|C: RSET|S: 250|C: AUTH PLAIN x|S: 235|"
     "C: MAIL FROM:<a>|S: 250|",
     "CONNECT\nCOMMAND AUTH PLAIN x\nMAIL <a> no\nCOMMAND RSET\nABORT\n"
     "COMMAND AUTH PLAIN x\nMAIL <a> +auth no\nABORT\nCLOSE\n"},
    {"STARTTLS, seen from the next greeting on",
     GREET "C: STARTTLS|S: 454 no|C: HELO b|S: 250|C: STARTTLS|S: 220 go|C: HELO c|S: 250|"
           "C: MAIL FROM:<a>|S: 250|",
     E_GREET "COMMAND STARTTLS\nHELO b helo\nCOMMAND STARTTLS\nHELO c helo +tls\n"
             "MAIL <a> +tls no\nABORT\nCLOSE\n"},
    {"AUTH refused", "C: AUTH LOGIN|S: 334 a|C: *|S: 501 no|C: NOOP|S: 250|",
     "CONNECT\nCOMMAND AUTH LOGIN\nCOMMAND NOOP\nCLOSE\n"},
    {"BDAT", GREET OPEN "C: BDAT 6|C~ A: 1|S: 250|C: BDAT 4 LAST|C~|C~ x\\x0a\\|S: 250|" BYE,
     E_GREET E_OPEN
     "COMMAND BDAT 6\nDATA\nCOMMAND BDAT 4 LAST\nHEADER A: 1\nEOH\nBODY x\\r\\n\n"
     "EOM\n" E_BYE},
    {"BDAT 0 LAST", GREET OPEN "C: BDAT 6|C~ A: 1|S: 250|C: BDAT 0 LAST|S: 250|",
     E_GREET E_OPEN
     "COMMAND BDAT 6\nDATA\nCOMMAND BDAT 0 LAST\nHEADER A: 1\nEOH\nEOM\nCLOSE\n"},
    {"BDAT refused", GREET OPEN "C: BDAT 6|C~ A: 1|S: 500 what|" BYE,
     E_GREET E_OPEN "COMMAND BDAT 6\nCOMMAND QUIT\nABORT\nCLOSE\n"},
    {"BDAT without its octets", GREET OPEN "C: BDAT 6|S: 250|C: NOOP|S: 250|",
     E_GREET E_OPEN "9: a reply before all octets of a BDAT chunk\nCOMMAND BDAT 6\nDATA\n"
                    "COMMAND NOOP\nABORT\nCLOSE\n"},
    {"two sessions", BYE "S: 220 mx|" BYE, "CONNECT\n" E_BYE "CONNECT\n" E_BYE},
    {"QUIT to a server that has gone", "C: NOOP|S: 421 bye|C: QUIT|",
     "CONNECT\nCOMMAND NOOP\nCOMMAND QUIT\nCLOSE\n"},
    {"the client told", "# client: 192.0.2.1 mail.example.org|C: NOOP|S: 250|",
     "CONNECT mail.example.org\nCOMMAND NOOP\nCLOSE\n"},
    {"the client told badly", "# client: x|C: NOOP|",
     "1: client: an address is wanted, before the first line of the session\nCONNECT\n"
     "COMMAND NOOP\nCLOSE\n"},
    {"comments and empty lines", "# x|||#|C: NOOP|   |", "CONNECT\nCOMMAND NOOP\nCLOSE\n"},
    {"bad lines", "C: NOOP|what|C:NOOP|S: hello|S: 999|C: QUIT|",
     "CONNECT\n2: not a line of an SMTP transcript\n3: not a line of an SMTP transcript\n"
     "4: a line of the server without a reply code\n"
     "5: a line of the server without a reply code\nCOMMAND NOOP\nCOMMAND QUIT\nCLOSE\n"},
    {"data outside", "C: NOOP|S: 250|C~ x|C~ y|C: NOOP|S: 250|C~ z|",
     "CONNECT\nCOMMAND NOOP\n3: message data outside DATA and BDAT\nCOMMAND NOOP\n"
     "7: message data outside DATA and BDAT\nCLOSE\n"},
    {"no replies at all",
     "C: HELO a|C: MAIL FROM:<a>|C: RCPT TO:<b>|C: DATA|C~ A: 1|C~ .|C: QUIT|",
     "CONNECT\nHELO a helo\nMAIL <a> unknown\nRCPT <b> unknown\nDATA\nHEADER A: "
     "1\nEOH\nEOM\n" E_BYE},
    {"no replies, no data", "C: MAIL FROM:<a>|C: DATA|C: QUIT|",
     "CONNECT\nMAIL <a> unknown\nCOMMAND DATA\nCOMMAND QUIT\nABORT\nCLOSE\n"},
    {"nothing", "", ""},
    {"comments only", "# x|", ""},
};

static void note_fault(void *arg, uint64_t line, const char *what)
{
    char text[200];
    (void)snprintf(text, sizeof text, "%" PRIu64 ": %s", line, what);
    event_log_add(arg, text);
}

static bool run(struct event_log *log, struct fx_slice bytes)
{
    struct fx_transcript_source source = {.bytes = bytes,
                                          .start = {.wall = 1000000},
                                          .sink = event_log_sink,
                                          .fault = note_fault,
                                          .arg = log};
    return fx_transcript_events(&source);
}

/* "|" becomes a line end and "C~" the mark of data, which would need a "|" itself. */
static char *spell(const char *transcript)
{
    size_t len = strlen(transcript);
    char *bytes = malloc(len + 1);
    assert_non_null(bytes);
    memcpy(bytes, transcript, len + 1);
    for (size_t i = 0; i < len; i++)
        if (bytes[i] == '|')
            bytes[i] = '\n';
        else if (bytes[i] == '~')
            bytes[i] = '|';
    return bytes;
}

static void test_plain(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        struct event_log log;
        char *bytes = spell(plain[i].transcript);
        event_log_init(&log);
        assert_true(run(&log, fx_slice_str(bytes)));
        if (strcmp(event_log_text(&log), plain[i].log) != 0)
            fail_msg("%s:\n%s", plain[i].what, event_log_text(&log));
        event_log_finish(&log);
        free(bytes);
    }
}

static void compare(const char *transcript, const char *expected, bool wire, bool time)
{
    struct event_log log;
    event_log_init(&log);
    log.wire = wire;
    log.time = time;
    assert_true(run(&log, fx_slice_str(transcript)));
    assert_string_equal(event_log_text(&log), expected);
    event_log_finish(&log);
}

static void test_wire(void **state)
{
    (void)state;
    compare("S: 220 mx\nC: HELO a\nS: 250\nC: NOOP\\x0a\\\nS: 250\nC: NOOP\\x0d\\\nS: 250\n"
            "C: NOOP\\\nS: 250\nC: NOOP\nC: RSET\nS: 250\nS: 250\nC: QUIT\nS: 221\n",
            "CONNECT\nHELO a helo [no crlf 6]\nCOMMAND NOOP [no lf 4]\nCOMMAND NOOP [no cr 4]\n"
            "COMMAND NOOP [no none 4]\nCOMMAND NOOP [no crlf 4]\nCOMMAND RSET [yes crlf 4]\n"
            "COMMAND QUIT [no crlf 4]\nCLOSE\n",
            true, false);
    compare("C: NOOP\nC: RSET\n",
            "CONNECT\nCOMMAND NOOP [unknown crlf 4]\nCOMMAND RSET [unknown crlf 4]\nCLOSE\n",
            true, false);
    compare(" -> NOOP\n<-  250 ok\n", "CONNECT\nCOMMAND NOOP [no unknown 0]\nCLOSE\n", true,
            false);
}

static void test_time(void **state)
{
    (void)state;
    compare("C: NOOP\n+2 S: 250\n+0.25 C: NOOP\n+1\nS: 250\n+1.0000009 C: QUIT\n",
            "CONNECT @1000000\nCOMMAND NOOP @1000000\nCOMMAND NOOP @3250000\n"
            "COMMAND QUIT @5250000\nCLOSE @5250000\n",
            false, true);
    /* No sum of waits overflows; what is no number of seconds is no wait. */
    compare("+1000000000 C: NOOP\n+1000000001 C: NOOP\n+x C: NOOP\n+ C: NOOP\n",
            "CONNECT @1000000001000000\nCOMMAND NOOP @1000000001000000\n"
            "2: not a line of an SMTP transcript\n3: not a line of an SMTP transcript\n"
            "4: not a line of an SMTP transcript\nCLOSE @1000000001000000\n",
            false, true);
}

static void test_swaks(void **state)
{
    (void)state;
    compare(
        "=== Trying 192.0.2.1:25...\n=== Connected to 192.0.2.1.\n<-  220 mx ESMTP\n"
        " -> EHLO a\n<-  250-mx\n<-  250 STARTTLS\n -> STARTTLS\n<-  220 go\n"
        "=== TLS started\n ~> EHLO a\n<~  250 mx\n ~> MAIL FROM:<a>\n<~  250 ok\n"
        " ~> RCPT TO:<b>\n<~* 550 no\n ~> RCPT TO:<c>\n<~  250 ok\n ~> DATA\n<~  354 go\n"
        " ~> A: 1\r\n ~> \r\n ~>  x\r\n ~> ..\r\n ~> .\n<~  250 ok\n ~> QUIT\n<~  221 bye\n"
        "=== Connection closed with remote host.\n"
        "=== Connected to 192.0.2.1.\n<** 554 no\n *** gone\n -> QUIT\nwhat\n",
        "CONNECT\nHELO a ehlo\nCOMMAND STARTTLS\nHELO a ehlo +tls\nMAIL <a> +tls no\nRCPT <b> yes\n"
        "RCPT <c> no\nDATA\nHEADER A: 1\nEOH\nBODY  x\\r\\n.\\r\\n\nEOM\nCOMMAND QUIT\nCLOSE\n"
        "CONNECT\n33: not a line of an SMTP transcript\nCOMMAND QUIT\nCLOSE\n",
        false, false);
}

static void test_log(void **state)
{
    (void)state;
    compare(
        "\n2/7/01 5:01:20 PM : A connection was accepted from mail.example.org\n"
        "2/7/01 5:01:21 PM : <<< HELO mail.example.org\n2/7/01 5:01:21 PM : >>> 250 OK\n"
        "2/7/01 5:01:21 PM : <<< MAIL From:<a@example.org>\n2/7/01 5:01:21 PM : >>> 250 OK\n"
        "2/7/01 5:01:22 PM : <<< RCPT To:<b@example.net>\n2/7/01 5:01:22 PM : >>> 250 OK\n"
        "2/7/01 5:01:23 PM : <<< DATA\n2/7/01 5:01:23 PM : >>> 354 Send data.\n"
        "2/7/01 5:05:44 PM : A connection was accepted from mail.example.net\n"
        "2/7/01 5:05:44 PM : <<< QUIT\n",
        "CONNECT mail.example.org\nHELO mail.example.org helo\nMAIL <a@example.org> no\n"
        "RCPT <b@example.net> no\nDATA\nABORT\nCLOSE\nCONNECT mail.example.net\n"
        "COMMAND QUIT\nCLOSE\n",
        false, false);
    compare("<<< HELO a\n<<< MAIL FROM:<a>\n<<< DATA\n<<< A: >>> 1\n<<< .\n<<< QUIT\n",
            "CONNECT\nHELO a helo\nMAIL <a> unknown\nDATA\nHEADER A: >>> 1\nEOH\nEOM\n"
            "COMMAND QUIT\nCLOSE\n",
            false, false);
}

static void test_paths(void **state)
{
    static const struct {
        const char *line, *log;
    } lines[] = {
        {"MAIL FROM:<a> SIZE=1 BODY=8BITMIME", "MAIL <a> SIZE=1 BODY=8BITMIME unknown\n"},
        {"mail from : <a>\tX", "MAIL <a> X unknown\n"},
        {"  MAIL FROM:a X", "MAIL a X unknown\n"},
        {"MAIL FROM:<>", "MAIL <> unknown\n"},
        {"MAIL FROM:", "MAIL  unknown\n"},
        {"RCPT TO:<\"a b>\\\" c\"@d> X", "RCPT <\"a b>\\\" c\"@d> X unknown\n"},
        {"RCPT TO:<a b> X", "RCPT <a b> X unknown\n"},
        {"RCPT TO:<<a>> X", "RCPT <<a>> X unknown\n"},
        {"RCPT TO:<a X", "RCPT <a X unknown\n"},
        {"RCPT TO:\"a b X", "RCPT \"a b X unknown\n"},
        {"RCPT TO:<a>X Y", "RCPT <a>X Y unknown\n"},
        {"MAIL", "COMMAND MAIL\n"},
        {"MAIL FROM", "COMMAND MAIL FROM\n"},
        {"MAIL TO:<a>", "COMMAND MAIL TO:<a>\n"},
        {"RCPT <a>", "COMMAND RCPT <a>\n"},
        {"EHLO", "HELO  ehlo\n"},
        {"ehlo  a b ", "HELO a b ehlo\n"},
        {"LHLO a", "COMMAND LHLO a\n"},
        {"", "COMMAND \n"},
        {" ", "COMMAND  \n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct event_log log;
        struct fx_event event = {.kind = FX_EVENT_COMMAND};
        event_log_init(&log);
        fx_transcript_command(fx_slice_str(lines[i].line), &event);
        event_log_sink(&log, &event);
        assert_string_equal(event_log_text(&log), lines[i].log);
        event_log_finish(&log);
    }
}

static void test_many_parameters(void **state)
{
    char line[2048] = "MAIL FROM:<a>";
    size_t len = strlen(line);
    struct fx_event event = {.kind = FX_EVENT_COMMAND};
    (void)state;
    for (int i = 0; i < FX_MAX_PARAMETERS + 1; i++) {
        memcpy(line + len, " X=1", 4);
        len += 4;
    }
    assert_int_equal(fx_transcript_command(fx_slice(line, len), &event), FX_VERB_MAIL);
    assert_int_equal(event.parameter_count, FX_MAX_PARAMETERS);
    assert_true(event.parameters_cut);
}

static void test_looks(void **state)
{
    static const char *const yes[] = {
        "C: HELO a\n",
        "# x\n\nS: 220 mx\n",
        "+1 C: EHLO a\n",
        "=== Trying x\n",
        " -> HELO a\n",
        "<-  220 mx\n",
        "2/7/01 5:01:20 PM : accepted\n2/7/01 : <<< HELO a\n",
        ">>> 220 mx\n",
    };
    static const char *const no[] = {
        "",
        "A: 1\n\nC: HELO a\n",
        "C: something\n",
        "S: 12\n",
        "hello\n",
        "Subject: <<< HELO\n\n",
        "From a Sat Jan  3 01:05:34 1996\nA: 1\n",
        "A: 1\n\n<<< 550 no\n>>> RCPT To:<a>\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (!fx_transcript_looks(fx_slice_str(yes[i])))
            fail_msg("not taken: %s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (fx_transcript_looks(fx_slice_str(no[i])))
            fail_msg("taken: %s", no[i]);
}

static void test_stop(void **state)
{
    struct fx_slice bytes = FX_LIT("C: HELO a\nC: MAIL FROM:<a>\nC: DATA\nC| A: 1\nC| .\n");
    (void)state;
    for (size_t n = 1; n <= 8; n++) {
        struct event_log log;
        event_log_init(&log);
        log.stop_at = n;
        assert_false(run(&log, bytes));
        assert_int_equal(log.events, n);
        event_log_finish(&log);
    }
}

static void test_long_line(void **state)
{
    enum { LENGTH = 10000000 };
    struct event_log log;
    char *bytes = malloc(LENGTH);
    (void)state;
    assert_non_null(bytes);
    memset(bytes, 'x', LENGTH);
    memcpy(bytes, "C: NOOP ", 8);
    event_log_init(&log);
    log.wire = true;
    assert_true(run(&log, fx_slice(bytes, LENGTH)));
    assert_int_equal(log.events, 3);
    event_log_finish(&log);
    free(bytes);
}

/* Total: any bytes. CONNECT and CLOSE pair, and a message is inside its transaction. */
static bool pairs(void *arg, const struct fx_event *event)
{
    bool *open = arg;
    assert_true(*open == (event->kind != FX_EVENT_CONNECT));
    *open = event->kind != FX_EVENT_CLOSE;
    return true;
}

static void test_any_bytes(void **state)
{
    static const char *const pieces[] = {"C: ",
                                         "S: ",
                                         "C| ",
                                         "+1 ",
                                         "\n",
                                         "\n",
                                         "\n",
                                         "\\",
                                         "\\x0a",
                                         "\\x00",
                                         ".",
                                         "250",
                                         "250-",
                                         "354",
                                         "421",
                                         "334",
                                         "220",
                                         "MAIL FROM:<a>",
                                         "RCPT TO:<b>",
                                         "DATA",
                                         "BDAT 3",
                                         "BDAT 9 LAST",
                                         "QUIT",
                                         "AUTH x",
                                         "RSET",
                                         "HELO a",
                                         " -> ",
                                         "<- ",
                                         "<<< ",
                                         ">>> ",
                                         "A: 1",
                                         " ",
                                         "\r",
                                         "=== Connected to",
                                         "connection was accepted from x",
                                         "# client: 192.0.2.1"};
    unsigned seed = 7;
    char text[4096];
    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t len = 0;
        bool open = false;
        for (int i = 0; i < 60; i++) {
            seed = seed * 1103515245u + 12345u;
            const char *piece = pieces[(seed >> 16) % (sizeof pieces / sizeof pieces[0])];
            memcpy(text + len, piece, strlen(piece));
            len += strlen(piece);
        }
        char *exact = malloc(len);
        assert_non_null(exact);
        memcpy(exact, text, len);
        struct fx_transcript_source source = {
            .bytes = fx_slice(exact, len), .sink = pairs, .arg = &open};
        assert_true(fx_transcript_events(&source));
        assert_false(open);
        (void)fx_transcript_looks(source.bytes);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_wire),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_swaks),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_many_parameters),
        cmocka_unit_test(test_looks),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
