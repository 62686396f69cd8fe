/* session - see session.h. Observing only: no profile, no verdict. */
#include "session.h"

#include "content.h"
#include "follow.h"
#include "grow.h"
#include "pseudonym.h"

#include <stdlib.h>
#include <string.h>

#define LOST_OCTETS 4096 /* of the address of one; commands are shorter */
#define ROOM_KEPT 64     /* of a list; a message that had more is given back with it */
#define NOTES_KEPT 16384 /* octets of evidence, likewise */

void fx_session_over(struct fx_session *s, enum fx_limit limit, uint64_t observed)
{
    fx_over_note(s->in_message ? &s->message->over : &s->over, limit, s->stage, observed);
}

static void keep(struct fx_session *s, struct fx_kept *k, struct fx_slice what)
{
    if (!fx_kept_set(k, what, (size_t)s->policy->limits.address))
        s->no_memory = true;
    if (k->cut)
        fx_session_over(s, FX_LIMIT_ADDRESS, what.len);
}

/* A macro that was not told this time does not unsay what was told before. */
static void keep_told(struct fx_session *s, struct fx_kept *k, struct fx_slice what)
{
    if (fx_slice_told(what))
        keep(s, k, what);
}

/* As it may stand in a record; of `buffer`, which the caller finishes, or `what` itself. */
static struct fx_slice shown(struct fx_session *s, struct fx_slice what, enum fx_of_person of,
                             struct fx_text *buffer)
{
    fx_text_init_growing(buffer, (size_t)s->policy->limits.address);
    if (s->policy->pseudonyms == NULL || !fx_slice_told(what))
        return what;
    if (!fx_pseudonym_text(s->policy->pseudonyms, what, of, buffer))
        s->no_memory = true;
    return fx_text_slice(buffer);
}

static void keep_shown(struct fx_session *s, struct fx_kept *k, struct fx_slice what,
                       enum fx_of_person of)
{
    struct fx_text buffer;
    keep(s, k, shown(s, what, of, &buffer));
    if (buffer.overflow) /* what stands for it is longer than may be */
        fx_session_over(s, FX_LIMIT_ADDRESS, what.len);
    fx_text_finish(&buffer);
}

struct fx_session *fx_session_create(const struct fx_policy *policy, const char id[33])
{
    struct fx_session *s = policy->base.plan == NULL ? NULL : calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->policy = policy;
    s->rules = &policy->base;
    memcpy(s->id, id, 32);
    fx_findings_init(&s->findings);
    return s;
}

void fx_message_destroy(struct fx_message *m)
{
    if (m == NULL)
        return;
    fx_kept_finish(&m->queue_id);
    fx_kept_finish(&m->from);
    fx_kept_finish(&m->sender);
    fx_kept_finish(&m->message_id);
    for (size_t i = 0; i < m->recipient_cap; i++)
        fx_kept_finish(&m->recipients[i].address);
    for (size_t i = 0; i < m->lost_cap; i++)
        fx_kept_finish(&m->lost[i]);
    free(m->recipients);
    free(m->lost);
    free(m->marks);
    free(m->names);
    fx_mime_destroy(m->mime);
    fx_signatures_destroy(m->signatures_memory);
    fx_findings_finish(&m->findings);
    free(m);
}

void fx_session_destroy(struct fx_session *s)
{
    if (s == NULL)
        return;
    struct fx_kept *kept[] = {&s->client_name, &s->helo,        &s->host,
                              &s->listener,    &s->tls_version, &s->cipher,
                              &s->auth_type,   &s->auth_user,   &s->mta_version};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        fx_kept_finish(kept[i]);
    fx_findings_finish(&s->findings);
    fx_hash_destroy(s->hash);
    fx_message_destroy(s->message);
    free(s);
}

void fx_session_end_message(struct fx_session *s)
{
    struct fx_message *m = s->message;
    s->in_message = false;
    if (m == NULL)
        return;
    /* Everything a message owns survives as memory only; every fact goes. */
    struct fx_message empty = {.queue_id = m->queue_id,
                               .from = m->from,
                               .sender = m->sender,
                               .message_id = m->message_id,
                               .recipients = m->recipients,
                               .recipient_cap = m->recipient_cap,
                               .lost = m->lost,
                               .lost_cap = m->lost_cap,
                               .marks = m->marks,
                               .mark_cap = m->mark_cap,
                               .names = m->names,
                               .name_cap = m->name_cap,
                               .mime = m->mime,
                               .signatures_memory = m->signatures_memory,
                               .findings = m->findings};
    *m = empty;
    fx_kept_reset(&m->queue_id);
    fx_kept_reset(&m->from);
    fx_kept_reset(&m->sender);
    fx_kept_reset(&m->message_id);
    fx_findings_reset(&m->findings);
    if (m->mime != NULL)
        fx_mime_reset(m->mime);
    if (m->signatures_memory != NULL)
        fx_signatures_reset(m->signatures_memory);
}

/* Of what other messages rarely need. Signatures and MIME see to theirs at their reset. */
static bool large(const struct fx_message *m)
{
    return m->recipient_cap > ROOM_KEPT || m->lost_cap > ROOM_KEPT || m->mark_cap > ROOM_KEPT ||
           m->name_cap > ROOM_KEPT || m->findings.cap > ROOM_KEPT ||
           m->findings.notes.cap > NOTES_KEPT;
}

struct fx_message *fx_session_exchange_message(struct fx_session *s, struct fx_message *message)
{
    struct fx_message *had = s->message;
    if (had != NULL && (had->mime == NULL || large(had))) {
        fx_message_destroy(had);
        had = NULL;
    }
    if (message != NULL)
        fx_mime_tell(message->mime, fx_content_name, s);
    s->message = message;
    return had;
}

/* MAIL opens a message with memory of its own; without memory there is none. */
static bool open_message(struct fx_session *s, const struct fx_event *event)
{
    if (s->message == NULL) {
        s->message = calloc(1, sizeof *s->message);
        if (s->message == NULL) {
            s->no_memory = true;
            return false;
        }
        fx_findings_init(&s->message->findings);
        s->message->mime = fx_mime_create(fx_content_name, s);
        if (s->message->mime == NULL)
            s->no_memory = true;
    }
    if (s->in_message) /* a MAIL within a message: the end of that was not told */
        fx_session_end_message(s);
    s->in_message = true;
    s->message->number = ++s->messages;
    s->message->began = event->time;
    s->message->body.line = 1;
    return true;
}

static void take_tls(struct fx_session *s, const struct fx_macros *m)
{
    if (m->tls_version.len > 0) {
        s->tls = FX_YES;
        keep(s, &s->tls_version, m->tls_version);
        keep_told(s, &s->cipher, m->cipher);
    } else if (m->tls_asked && s->tls == FX_UNKNOWN) {
        s->tls = FX_NO;
    }
}

/* auth_author is not looked at: MAIL AUTH= sets it without any login. */
static void take_auth(struct fx_session *s, const struct fx_macros *m)
{
    if (m->auth_type.len > 0) {
        s->authenticated = FX_YES;
        keep(s, &s->auth_type, m->auth_type);
        if (fx_slice_told(m->auth_authen))
            keep_shown(s, &s->auth_user, m->auth_authen, FX_PERSON_ADDRESS);
    } else if (m->auth_asked && s->authenticated == FX_UNKNOWN) {
        s->authenticated = FX_NO;
    }
}

static void take_macros(struct fx_session *s, const struct fx_event *event)
{
    const struct fx_macros *m = event->macros;
    if (event->tls != FX_UNKNOWN)
        s->tls = event->tls;
    if (event->authenticated != FX_UNKNOWN)
        s->authenticated = event->authenticated;
    if (m == NULL)
        return;
    keep_told(s, &s->host, m->j);
    keep_told(s, &s->listener, m->daemon_name);
    keep_told(s, &s->mta_version, m->v);
    if (fx_slice_told(m->v))
        s->mta = fx_mta_parse(m->v);
    if (event->kind == FX_EVENT_HELO || event->kind == FX_EVENT_MAIL)
        take_tls(s, m);
    if (event->kind == FX_EVENT_MAIL)
        take_auth(s, m);
    if (s->in_message && event->kind >= FX_EVENT_MAIL)
        keep_told(s, &s->message->queue_id, m->i);
}

static void observe_connect(struct fx_session *s, const struct fx_event *event)
{
    s->client = event->client;
    keep_shown(s, &s->client_name, event->text, FX_PERSON_MAYBE);
    /* Postfix's cleanup gives its queue id already here; smtpd has none before RCPT, and
     * Sendmail always has one. Only cleanup's connect is made up (non_smtpd_milters). */
    s->local = s->mta.kind == FX_MTA_POSTFIX && event->macros != NULL &&
               fx_slice_told(event->macros->i);
    s->rules = fx_policy_select(s->policy, &s->client, FX_NO, fx_kept_slice(&s->listener));
}

static void observe_helo(struct fx_session *s, const struct fx_event *event)
{
    keep_shown(s, &s->helo, event->text, FX_PERSON_MAYBE);
    s->greeting = event->greeting;
}

static void declared_body(struct fx_message *m, struct fx_slice value)
{
    if (fx_slice_eq_nocase(value, FX_LIT("8BITMIME")))
        m->body_type = FX_BODY_8BITMIME;
    else if (fx_slice_eq_nocase(value, FX_LIT("BINARYMIME")))
        m->body_type = FX_BODY_BINARYMIME;
    else
        m->body_type = FX_BODY_7BIT;
}

/* Whether anything is to be said of signatures is known with the rules. */
static void want_signatures(struct fx_session *s)
{
    struct fx_message *m = s->message;
    if (!fx_ruleset_signatures(m->rules))
        return;
    if (m->signatures_memory == NULL)
        m->signatures_memory = fx_signatures_create();
    if (m->signatures_memory == NULL) {
        s->no_memory = true;
        return;
    }
    m->signatures = m->signatures_memory;
}

static void observe_mail(struct fx_session *s, const struct fx_event *event)
{
    struct fx_message *m = s->message;
    m->rules =
        fx_policy_select(s->policy, &s->client, s->authenticated, fx_kept_slice(&s->listener));
    want_signatures(s);
    if (!fx_slice_told(event->text))
        return; /* no envelope: nothing is known of it */
    keep_shown(s, &m->from, fx_path_address(event->text), FX_PERSON_ADDRESS);
    if (s->follow)
        keep(s, &m->sender, fx_path_address(event->text));
    m->body_type = FX_BODY_NONE;
    for (size_t i = 0; i < event->parameter_count; i++) {
        struct fx_slice parameter = event->parameters[i];
        struct fx_slice keyword = fx_parameter_keyword(parameter);
        enum fx_extension ext = fx_parameter_extension(parameter, false);
        if (ext != FX_EXT_UNKNOWN)
            m->extensions |= FX_BIT(ext);
        struct fx_slice value = fx_parameter_value(parameter);
        if (fx_slice_eq_nocase(keyword, FX_LIT("BODY")) && fx_slice_told(value))
            declared_body(m, value);
        if (fx_slice_eq_nocase(keyword, FX_LIT("SIZE")))
            m->size_declared = fx_slice_u64(value, &m->declared_size);
    }
    if (s->tls == FX_YES)
        m->extensions |= FX_BIT(FX_EXT_STARTTLS);
    if (s->authenticated == FX_YES)
        m->extensions |= FX_BIT(FX_EXT_AUTH);
}

static void add_recipient(struct fx_session *s, struct fx_slice address,
                          enum fx_recipient_result result)
{
    struct fx_message *m = s->message;
    m->results[result]++;
    m->last_result = result;
    m->last_listed = false;
    if (m->recipient_count >= s->policy->limits.recipients) {
        if (s->policy->limits.recipients > 0) /* 0: none are to be listed */
            fx_session_over(s, FX_LIMIT_RECIPIENTS, m->recipients_seen);
        return;
    }
    if (m->recipient_count == m->recipient_cap) {
        struct fx_recipient *bigger =
            fx_grown(m->recipients, &m->recipient_cap, sizeof *bigger);
        if (bigger == NULL) {
            s->no_memory = true;
            return;
        }
        m->recipients = bigger;
    }
    struct fx_recipient *r = &m->recipients[m->recipient_count++];
    keep_shown(s, &r->address, address, FX_PERSON_ADDRESS);
    r->result = result;
    m->last_listed = true;
}

static void last_recipient(struct fx_session *s, enum fx_recipient_result result, bool refused)
{
    struct fx_message *m = s->message;
    m->results[m->last_result]--;
    m->results[result]++;
    m->last_result = result;
    if (m->last_listed)
        m->recipients[m->recipient_count - 1].result = result;
    fx_follow_result(s, result, refused);
}

void fx_session_last_recipient(struct fx_session *s, enum fx_recipient_result result)
{
    last_recipient(s, result, false);
}

void fx_session_recipient_refused(struct fx_session *s)
{
    last_recipient(s, FX_RECIPIENT_DEFERRED, true);
}

/* Taking an address out takes out every copy of it: was it, as it is shown, accepted before?
 * Where not all that were accepted are listed, it may have been. */
static bool accepted_before(const struct fx_message *m, struct fx_slice address)
{
    uint64_t listed = m->last_listed ? 0 : 1; /* the current one counts as accepted so far */
    for (size_t i = 0; i < m->recipient_count; i++) {
        const struct fx_recipient *r = &m->recipients[i];
        bool current = m->last_listed && i == m->recipient_count - 1;
        if (r->result != FX_RECIPIENT_ACCEPTED)
            continue;
        listed++;
        if (!current && fx_slice_eq_nocase(fx_kept_slice(&r->address), address))
            return true;
    }
    return listed < m->results[FX_RECIPIENT_ACCEPTED];
}

bool fx_session_lose_recipient(struct fx_session *s, struct fx_slice path)
{
    struct fx_message *m = s->message;
    struct fx_slice address = fx_address_without_route(fx_path_address(path));
    struct fx_text buffer;
    bool before = accepted_before(m, shown(s, address, FX_PERSON_ADDRESS, &buffer));
    fx_text_finish(&buffer);
    if (m->lost_count == FX_LOST_MAX)
        fx_session_over(s, FX_LIMIT_LOST, 0);
    if (m->lost_count == FX_LOST_MAX || before)
        return false;
    if (m->lost_count == m->lost_cap) {
        struct fx_kept *bigger = fx_grown(m->lost, &m->lost_cap, sizeof *bigger);
        if (bigger == NULL)
            return false;
        m->lost = bigger;
    }
    if (!fx_kept_set(&m->lost[m->lost_count], address, LOST_OCTETS) ||
        m->lost[m->lost_count].cut)
        return false;
    m->lost_count++;
    fx_session_last_recipient(s, FX_RECIPIENT_LOST);
    return true;
}

static void observe_rcpt(struct fx_session *s, const struct fx_event *event)
{
    bool refused =
        event->refused == FX_YES ||
        (event->macros != NULL && fx_slice_eq(event->macros->rcpt_mailer, FX_LIT("error")));
    s->message->recipients_seen++;
    for (size_t i = 0; i < event->parameter_count; i++) {
        enum fx_extension ext = fx_parameter_extension(event->parameters[i], true);
        if (ext != FX_EXT_UNKNOWN)
            s->message->extensions |= FX_BIT(ext);
    }
    add_recipient(s, fx_path_address(event->text),
                  refused ? FX_RECIPIENT_REJECTED : FX_RECIPIENT_ACCEPTED);
    fx_follow_recipient(s, fx_path_address(event->text));
    fx_follow_refusals(s, event);
}

static void observe_in_message(struct fx_session *s, const struct fx_event *event)
{
    struct fx_message *m = s->message;
    switch (event->kind) {
    case FX_EVENT_MAIL:
        observe_mail(s, event);
        break;
    case FX_EVENT_RCPT:
        observe_rcpt(s, event);
        break;
    case FX_EVENT_DATA:
        m->data = true;
        fx_follow_refusals(s, event);
        break;
    case FX_EVENT_HEADER:
        fx_content_header(s, event);
        break;
    case FX_EVENT_EOH:
        m->size += 2;
        m->header_ended = true;
        fx_content_header_end(s);
        fx_follow_eoh(s);
        break;
    case FX_EVENT_BODY:
        fx_content_body(s->message, event->text);
        fx_follow_body(s, event->text);
        break;
    case FX_EVENT_EOM:
        fx_follow_refusals(s, event);
        fx_content_end(s);
        break;
    default:
        break;
    }
}

void fx_session_observe(struct fx_session *s, const struct fx_event *event)
{
    s->now = event->time;
    if (s->began.wall == 0) /* with CONNECT, unless the MTA tells of none */
        s->began = event->time;
    s->stage = fx_stage_of(event->kind);
    if (s->in_message)
        s->message->name_count = s->message->names_seen = 0;
    if (event->kind == FX_EVENT_MAIL && !open_message(s, event))
        return;
    if (event->line_all > 0)
        fx_session_over(s, FX_LIMIT_LINE, event->line_all);
    if (event->parameters_cut && event->parameters_all > s->policy->limits.parameters)
        fx_session_over(s, FX_LIMIT_PARAMETERS, event->parameters_all);
    if (event->connections > 0) {
        fx_session_over(s, FX_LIMIT_CONNECTIONS, event->connections);
        s->connections_most = event->connections_most;
    }
    take_macros(s, event);
    s->wire = s->wire || event->wire.pipelined != FX_UNKNOWN ||
              event->wire.terminator != FX_TERMINATOR_UNKNOWN;
    if (event->kind == FX_EVENT_CONNECT)
        observe_connect(s, event);
    else if (event->kind == FX_EVENT_HELO)
        observe_helo(s, event);
    else if (s->in_message)
        observe_in_message(s, event);
}
