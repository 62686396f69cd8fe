/* callbacks - see callbacks.h.
 *
 * Everything a connection needs hangs on libmilter's context: threads are a pool, none of them
 * belongs to a connection. What is told at all, and what is answered, negotiate.c says.
 */
#include "callbacks.h"

#include "command.h"
#include "connection.h"
#include "effect.h"
#include "hold.h"
#include "macros.h"
#include "relief.h"
#include "rewrite.h"
#include "snapshot.h"

#include <netinet/in.h>
#include <string.h>

static struct connection *attach(SMFICTX *ctx, struct connection *c)
{
    if (c != NULL && smfi_setpriv(ctx, c) != MI_SUCCESS) {
        connection_destroy(c);
        return NULL;
    }
    return c;
}

static bool progress(void *arg)
{
    return smfi_progress(arg) == MI_SUCCESS;
}

/* The client is left waiting for the answer, with the message judged and recorded. False: there
 * is no MTA any more that could take the message. */
static bool hold(SMFICTX *ctx, const struct fx_decision *decision)
{
    const struct hold h = {.milliseconds = decision->hold_seconds * 1000,
                           .between = HOLD_PROGRESS_MS,
                           .progress = progress,
                           .arg = ctx};
    relief_call();
    return hold_wait(&h);
}

static sfsistat feed(SMFICTX *ctx, struct fx_event *event)
{
    struct connection *c = smfi_getpriv(ctx);
    struct fx_decision decision;
    struct fx_macros macros;
    if (c == NULL)
        return effect_failure(connection_on_error(NULL));
    const struct negotiated *terms = connection_terms(c);
    macros_read(ctx, terms->asked, event->kind, &macros);
    /* no fault: autoVariables: the event lasts no longer than this call */
    event->macros = &macros;
    if (!connection_feed(c, event, &decision))
        return SMFIS_TEMPFAIL;
    sfsistat answer = effect_apply(ctx, &decision, (terms->steps & SMFIP_HDR_LEADSPC) != 0,
                                   connection_on_error(c));
    bool taken = answer == SMFIS_CONTINUE || answer == SMFIS_ACCEPT;
    if (decision.hold_seconds > 0 && answer == SMFIS_CONTINUE)
        taken = hold(ctx, &decision);
    else if (decision.hold_seconds > 0)
        hold_give_back();
    connection_follow(c, taken);
    return answer;
}

/* For the stages that owe no reply once the MTA agreed to that. */
static sfsistat feed_quietly(SMFICTX *ctx, struct fx_event *event, unsigned long no_reply)
{
    sfsistat answer = feed(ctx, event);
    struct connection *c = smfi_getpriv(ctx);
    bool agreed = c != NULL && (connection_terms(c)->steps & no_reply);
    return agreed ? SMFIS_NOREPLY : answer;
}

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2,
                             unsigned long f3, unsigned long *pf0, unsigned long *pf1,
                             unsigned long *pf2, unsigned long *pf3)
{
    (void)f2;
    (void)f3;
    struct connection *c = attach(ctx, connection_create());
    connection_forget(ctx); /* of an earlier connection at this address */
    *pf2 = *pf3 = 0;
    *pf0 = f0 & NEGOTIATE_ACTIONS;
    *pf1 = f1;
    if (c == NULL) { /* there may be memory at CONNECT, where all is as if never agreed */
        *pf1 = 0;
        return SMFIS_CONTINUE;
    }
    struct negotiated terms = negotiate(ctx, connection_policy(c), f0, pf1);
    connection_set_terms(c, &terms);
    return SMFIS_CONTINUE;
}

static void read_address(const struct sockaddr *sa, struct fx_address *out)
{
    *out = (struct fx_address){.family = FX_FAMILY_UNKNOWN};
    if (sa == NULL)
        return;
    if (sa->sa_family == AF_UNIX)
        out->family = FX_FAMILY_UNIX;
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        out->family = FX_FAMILY_INET;
        out->port = ntohs(in.sin_port);
        memcpy(out->bytes, &in.sin_addr, 4);
    }
    if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, sa, sizeof in6);
        out->family = FX_FAMILY_INET6;
        out->port = ntohs(in6.sin6_port);
        memcpy(out->bytes, &in6.sin6_addr, 16);
    }
}

/* One more than there may be: nothing of it is kept once it has its record and its answer. A
 * reply cannot be given at connect, and the words of the mail server will do. */
static sfsistat turn_away(SMFICTX *ctx, struct connection *c, struct fx_event *event)
{
    struct fx_decision decision = {.what = FX_DO_TEMPFAIL};
    struct fx_macros macros;
    macros_read(ctx, false, event->kind, &macros);
    /* no fault: autoVariables: the event lasts no longer than this call */
    event->macros = &macros;
    sfsistat answer = SMFIS_TEMPFAIL;
    if (connection_feed(c, event, &decision) && decision.what != FX_DO_TEMPFAIL)
        answer = decision.what == FX_DO_REJECT ? SMFIS_REJECT : SMFIS_ACCEPT;
    smfi_setpriv(ctx, NULL);
    connection_destroy(c);
    return answer;
}

static sfsistat on_connect(SMFICTX *ctx, char *name, struct sockaddr *address)
{
    struct fx_event event = {.kind = FX_EVENT_CONNECT, .text = fx_slice_str(name)};
    if (connection_door_closed()) { /* no session: the drain does not wait for it */
        connection_destroy(smfi_getpriv(ctx));
        smfi_setpriv(ctx, NULL);
        return SMFIS_TEMPFAIL;
    }
    /* Without a negotiation: another session on the same socket, or an MTA that is too old to
     * ask what the filter wants; it has then agreed to what we registered. */
    if (smfi_getpriv(ctx) == NULL)
        attach(ctx, connection_create_after(ctx));
    read_address(address, &event.client);
    struct connection *c = smfi_getpriv(ctx);
    if (c != NULL && connection_turns_away(c, &event))
        return turn_away(ctx, c, &event);
    return feed(ctx, &event);
}

/* By the policy in force, as the command filter that put the mark on a moment ago; that of the
 * connection may be an older one. */
static bool marks_greetings(void)
{
    struct snapshot *snapshot = snapshot_acquire();
    bool marks = false;
    if (snapshot != NULL) {
        const struct fx_settings *settings = &snapshot_config(snapshot)->settings;
        marks =
            settings->command_filter.listen[0] != '\0' && settings->command_filter.mark_ehlo;
    }
    snapshot_release(snapshot);
    return marks;
}

static sfsistat on_helo(SMFICTX *ctx, char *helo)
{
    struct connection *c = smfi_getpriv(ctx);
    struct fx_event event = {.kind = FX_EVENT_HELO, .text = fx_slice_str(helo)};
    /* Only Postfix has a command filter that can have marked it. */
    if (c != NULL && connection_session(c)->mta.kind == FX_MTA_POSTFIX && marks_greetings())
        event.greeting = fx_rewrite_unmark(&event.text);
    return feed(ctx, &event);
}

/* MAIL and RCPT: the path, then the parameters. */
static void take_arguments(struct fx_event *event, char **argv)
{
    event->text = argv[0] == NULL ? FX_LIT("") : fx_slice_str(argv[0]);
    for (size_t i = 1; argv[0] != NULL && argv[i] != NULL; i++) {
        struct fx_slice parameter = fx_slice_str(argv[i]);
        event->parameters_octets += 1 + parameter.len;
        if (event->parameter_count < FX_MAX_PARAMETERS)
            event->parameters[event->parameter_count++] = parameter;
        else
            event->parameters_cut = true;
        event->parameters_all = i;
    }
}

static sfsistat on_mail(SMFICTX *ctx, char **argv)
{
    struct fx_event event = {.kind = FX_EVENT_MAIL, .refused = FX_NO};
    take_arguments(&event, argv);
    return feed(ctx, &event);
}

static sfsistat on_rcpt(SMFICTX *ctx, char **argv)
{
    struct fx_event event = {.kind = FX_EVENT_RCPT};
    take_arguments(&event, argv);
    return feed(ctx, &event);
}

static sfsistat on_data(SMFICTX *ctx)
{
    struct fx_event event = {.kind = FX_EVENT_DATA};
    return feed(ctx, &event);
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value)
{
    struct fx_event event = {
        .kind = FX_EVENT_HEADER, .text = fx_slice_str(name), .value = fx_slice_str(value)};
    return feed_quietly(ctx, &event, SMFIP_NR_HDR);
}

static sfsistat on_eoh(SMFICTX *ctx)
{
    struct fx_event event = {.kind = FX_EVENT_EOH};
    return feed_quietly(ctx, &event, SMFIP_NR_EOH);
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *chunk, size_t size)
{
    struct fx_event event = {.kind = FX_EVENT_BODY,
                             .text = fx_slice((const char *)chunk, size)};
    return feed_quietly(ctx, &event, SMFIP_NR_BODY);
}

static sfsistat on_eom(SMFICTX *ctx)
{
    struct fx_event event = {.kind = FX_EVENT_EOM};
    return feed(ctx, &event);
}

static sfsistat on_abort(SMFICTX *ctx)
{
    struct fx_event event = {.kind = FX_EVENT_ABORT};
    feed(ctx, &event);
    return SMFIS_CONTINUE;
}

/* Of an MTA that is not known, anything beside the verb tells. */
static bool whole_line(const struct fx_mta *mta, struct fx_slice text)
{
    enum fx_answer whole = fx_mta_whole_line(mta, text.len);
    return whole == FX_YES || (whole == FX_UNKNOWN && fx_command_verb(text).len < text.len);
}

/* Only CONTINUE, REJECT and TEMPFAIL may leave here: ACCEPT crashes Postfix at the next MAIL.
 */
static sfsistat on_unknown(SMFICTX *ctx, const char *command)
{
    struct connection *c = smfi_getpriv(ctx);
    struct fx_event event = {.kind = FX_EVENT_COMMAND, .text = fx_slice_str(command)};
    if (command == NULL)
        event.text = FX_LIT("");
    if (c != NULL)
        event.whole_line = whole_line(&connection_session(c)->mta, event.text);
    sfsistat answer = feed(ctx, &event);
    return answer == SMFIS_ACCEPT ? SMFIS_CONTINUE : answer;
}

/* May be the first callback, without any context. */
static sfsistat on_close(SMFICTX *ctx)
{
    struct connection *c = smfi_getpriv(ctx);
    if (c == NULL)
        return SMFIS_CONTINUE;
    struct fx_event event = {.kind = FX_EVENT_CLOSE};
    struct fx_decision decision;
    if (connection_session(c)->began.wall != 0)
        connection_feed(c, &event, &decision);
    connection_follow(c, true);
    connection_keep(c, ctx);
    smfi_setpriv(ctx, NULL);
    connection_destroy(c);
    return SMFIS_CONTINUE;
}

static char filter_name[] = "fixup-milter";

struct smfiDesc callbacks_descriptor = {
    .xxfi_name = filter_name,
    .xxfi_version = SMFI_VERSION,
    .xxfi_flags = NEGOTIATE_ACTIONS,
    .xxfi_connect = on_connect,
    .xxfi_helo = on_helo,
    .xxfi_envfrom = on_mail,
    .xxfi_envrcpt = on_rcpt,
    .xxfi_header = on_header,
    .xxfi_eoh = on_eoh,
    .xxfi_body = on_body,
    .xxfi_eom = on_eom,
    .xxfi_abort = on_abort,
    .xxfi_close = on_close,
    .xxfi_unknown = on_unknown,
    .xxfi_data = on_data,
    .xxfi_negotiate = on_negotiate,
};
