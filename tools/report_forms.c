/* report_forms - the tables of the report: what each counts, and how it is shown. */
#include "report_parts.h"

#define OUTCOMES "pass", "flag", "defer", "reject", "drop"

const struct ctl_form ctl_forms[CTL_REPORT_TABLES] = {
    [CTL_TABLE_TIME] = {.kind = CTL_FORM_TIME,
                        .chart = CTL_CHART_TIME,
                        .id = "verdicts-time",
                        .title = "Verdicts over time",
                        .means = "What became of messages, by the time they ended.",
                        .labels = "from",
                        .columns = {OUTCOMES},
                        .shares = 5},
    [CTL_TABLE_VERDICTS] = {.kind = CTL_FORM_ROWS,
                            .chart = CTL_CHART_BARS,
                            .id = "verdicts",
                            .title = "Verdicts",
                            .means = "What happened, and what would have happened behind the "
                                     "firewall of the profile in force.",
                            .labels = "of",
                            .columns = {OUTCOMES},
                            .rows = {"messages", "messages, would", "sessions",
                                     "sessions, would"},
                            .shares = 5},
    [CTL_TABLE_PROFILES] = {.kind = CTL_FORM_WORDS,
                            .chart = CTL_CHART_BARS,
                            .id = "profiles",
                            .title = "Profiles compared",
                            .means = "What the messages would have met behind each firewall; "
                                     "those in force first.",
                            .labels = "profile",
                            .columns = {OUTCOMES, "in force"},
                            .shares = 5,
                            .by = CTL_IN_FORCE + 1},
    [CTL_TABLE_RULES] = {.kind = CTL_FORM_WORDS,
                         .chart = CTL_CHART_BARS,
                         .id = "rules",
                         .title = "Rules",
                         .means = "Findings, noted only or enforced, and the records that have "
                                  "them. Compared profiles add those that the one in force has "
                                  "not.",
                         .labels = "rule",
                         .columns = {"noted", "enforced", "records"},
                         .shares = 2},
    [CTL_TABLE_RULES_MODES] = {.kind = CTL_FORM_WORDS,
                               .chart = CTL_CHART_NONE,
                               .id = "rules-modes",
                               .title = "Rules by mode",
                               .means = "Findings by the mode of their record.",
                               .labels = "rule",
                               .columns = {"off", "observe", "tag", "enforce"},
                               .shares = 4},
    [CTL_TABLE_RULES_PROFILES] = {.kind = CTL_FORM_WORDS,
                                  .chart = CTL_CHART_NONE,
                                  .id = "rules-profiles",
                                  .title = "Rules by profile",
                                  .means = "Findings by profile and rule, and what each alone "
                                           "would have done.",
                                  .labels = "profile rule",
                                  .columns = {OUTCOMES, "enforced"},
                                  .shares = 5},
    [CTL_TABLE_CLIENTS] = {.kind = CTL_FORM_LABELS,
                           .chart = CTL_CHART_BARS,
                           .id = "clients",
                           .title = "Clients",
                           .means = "What became of their messages. sessions: how many records "
                                    "there are of sessions with something outside a message, "
                                    "whatever their verdict.",
                           .labels = "client",
                           .columns = {OUTCOMES, "sessions"},
                           .shares = 5},
    [CTL_TABLE_SENDERS] = {.kind = CTL_FORM_LABELS,
                           .chart = CTL_CHART_BARS,
                           .id = "sender-domains",
                           .title = "Sender domains",
                           .means =
                               "What became of messages from there; <> is the null sender.",
                           .labels = "domain",
                           .columns = {OUTCOMES},
                           .shares = 5},
    [CTL_TABLE_RECIPIENTS] = {.kind = CTL_FORM_LABELS,
                              .chart = CTL_CHART_BARS,
                              .id = "recipient-domains",
                              .title = "Recipient domains",
                              .means = "What became of messages to there, and the recipients "
                                       "that their records list.",
                              .labels = "domain",
                              .columns = {OUTCOMES, "recipients"},
                              .shares = 5},
    [CTL_TABLE_TLS] = {.kind = CTL_FORM_WORDS,
                       .chart = CTL_CHART_BARS,
                       .id = "tls",
                       .title = "TLS",
                       .means = "Versions of TLS; (not told): the mail server does not say.",
                       .labels = "version",
                       .columns = {"messages", "sessions"},
                       .shares = 2},
    [CTL_TABLE_CIPHERS] = {.kind = CTL_FORM_WORDS,
                           .chart = CTL_CHART_NONE,
                           .id = "ciphers",
                           .title = "TLS ciphers",
                           .means = "Where TLS was used.",
                           .labels = "cipher",
                           .columns = {"messages", "sessions"},
                           .shares = 2},
    [CTL_TABLE_EXTENSIONS] = {.kind = CTL_FORM_WORDS,
                              .chart = CTL_CHART_BARS,
                              .id = "extensions",
                              .title = "SMTP extensions",
                              .means = "Messages in which the client used them, as far as that "
                                       "left a trace.",
                              .labels = "extension",
                              .columns = {"messages"},
                              .shares = 1},
    [CTL_TABLE_AUTH] = {.kind = CTL_FORM_WORDS,
                        .chart = CTL_CHART_NONE,
                        .id = "authentication",
                        .title = "Authentication",
                        .means =
                            "Mechanisms of AUTH; (not told): the mail server does not say.",
                        .labels = "mechanism",
                        .columns = {"messages", "sessions"},
                        .shares = 2},
    [CTL_TABLE_RESULTS] = {.kind = CTL_FORM_ROWS,
                           .chart = CTL_CHART_BARS,
                           .id = "recipients",
                           .title = "Recipients",
                           .means = "What was answered to recipients; lost: accepted and taken "
                                    "out.",
                           .labels = "result",
                           .columns = {"recipients"},
                           .rows = {"accepted", "deferred", "rejected", "lost"},
                           .shares = 1},
    [CTL_TABLE_TRUNCATION] = {.kind = CTL_FORM_ROWS,
                              .chart = CTL_CHART_BARS,
                              .id = "truncation",
                              .title = "Recipients truncated",
                              .means = "Messages over the limit of recipients, and what became "
                                       "of those that were refused: sent later, given up with "
                                       "the message, or lost.",
                              .labels = "what",
                              .columns = {"messages", "refused", "returned", "lost"},
                              .rows = {"over the limit", "respected", "abandoned", "lost"},
                              .shares = 1},
    [CTL_TABLE_DUPLICATES] = {.kind = CTL_FORM_ROWS,
                              .chart = CTL_CHART_BARS,
                              .id = "duplicates",
                              .title = "Duplicate deliveries",
                              .means = "The same message from the same client again, by the "
                                       "interval.",
                              .labels = "interval",
                              .columns = {"repeats"},
                              .rows = {"under 1 minute", "1 to 10 minutes", "10 to 60 minutes",
                                       "1 to 4 hours", "4 hours or more"},
                              .shares = 1},
    [CTL_TABLE_DKIM] = {.kind = CTL_FORM_LABELS,
                        .chart = CTL_CHART_BARS,
                        .id = "dkim",
                        .title = "DKIM risk by signing domain",
                        .means = "Signatures by how they name Content-Type (folded, colon and "
                                 "listed are at risk behind old firewalls), those whose body "
                                 "is another, and what else is wrong with them.",
                        .labels = "domain",
                        .columns = {"folded", "colon", "listed", "none", "mismatch", "fault",
                                    "weak", "note"},
                        .shares = 4},
    [CTL_TABLE_ANOMALIES] = {.kind = CTL_FORM_WORDS,
                             .chart = CTL_CHART_NONE,
                             .id = "dkim-anomalies",
                             .title = "What is wrong with signatures",
                             .means = "By severity; fixup-milter(8) explains each.",
                             .labels = "anomaly",
                             .columns = {"fault", "weak", "note"},
                             .shares = 3},
    [CTL_TABLE_MTA] = {.kind = CTL_FORM_WORDS,
                       .chart = CTL_CHART_NONE,
                       .id = "mta",
                       .title = "Mail servers",
                       .means = "Their versions, as they tell them.",
                       .labels = "version",
                       .columns = {"messages", "sessions"},
                       .shares = 2},
    [CTL_TABLE_HOSTS] = {.kind = CTL_FORM_WORDS,
                         .chart = CTL_CHART_NONE,
                         .id = "hosts",
                         .title = "Hosts",
                         .means = "Records of each, as mail servers call themselves; the "
                                  "machine of the daemon only where no mail server is named.",
                         .labels = "host",
                         .columns = {"messages", "sessions", "other"},
                         .shares = 3},
    [CTL_TABLE_DAEMON] = {.kind = CTL_FORM_ROWS,
                          .chart = CTL_CHART_NONE,
                          .id = "daemon",
                          .title = "The daemon and its log",
                          .means = "How often, and how many records it is about: those that "
                                   "could not be written, or that were missing at a start.",
                          .labels = "event",
                          .columns = {"events", "records"},
                          .rows = {"start", "reload", "stop", "head", "torn line", "unwritten",
                                   "missing", "rewritten log"},
                          .shares = 1},
};

static size_t count(const char *const *words)
{
    size_t n = 0;
    while (n < CTL_FORM_COLUMNS && words[n] != NULL)
        n++;
    return n;
}

size_t ctl_form_columns(const struct ctl_form *form)
{
    return count(form->columns);
}

size_t ctl_form_rows(const struct ctl_form *form)
{
    return count(form->rows);
}
