/* macros - see macros.h. libmilter keeps what earlier stages sent readable, so each stage reads
 * only what belongs to it; and it looks through all of them for a name, at length for one that
 * is not there, so nothing is read that cannot be new. */
#include "macros.h"

bool macros_ask(SMFICTX *ctx)
{
    static const struct {
        int stage;
        const char *names;
    } wanted[] = {
        {SMFIM_CONNECT, "j v i {daemon_name}"},
        {SMFIM_HELO, "{tls_version} {cipher}"},
        {SMFIM_ENVFROM, "i r {tls_version} {cipher} {auth_type} {auth_authen}"},
        {SMFIM_ENVRCPT, "i {rcpt_mailer} {nbadrcpts}"},
        {SMFIM_DATA, "i {nbadrcpts}"},
        /* Nothing that DATA has not told. Sendmail saves the packets; Postfix 3.7 sends its
         * usual ones all the same, one before each field. */
        {SMFIM_EOH, ""},
        {SMFIM_EOM, ""},
    };
    bool asked = true;
    for (size_t n = 0; n < sizeof wanted / sizeof wanted[0]; n++)
        if (smfi_setsymlist(ctx, wanted[n].stage, (char *)(uintptr_t)wanted[n].names) !=
            MI_SUCCESS)
            asked = false;
    return asked;
}

static struct fx_slice get(SMFICTX *ctx, const char *name)
{
    return fx_slice_str(smfi_getsymval(ctx, (char *)(uintptr_t)name));
}

/* The cipher says nothing without the version. */
static void read_tls(SMFICTX *ctx, struct fx_macros *macros)
{
    macros->tls_version = get(ctx, "{tls_version}");
    if (macros->tls_version.len > 0)
        macros->cipher = get(ctx, "{cipher}");
}

void macros_read(SMFICTX *ctx, bool asked, enum fx_event_kind kind, struct fx_macros *macros)
{
    *macros = (struct fx_macros){.tls_asked = asked, .auth_asked = asked};
    switch (kind) {
    case FX_EVENT_CONNECT:
        macros->j = get(ctx, "j");
        macros->v = get(ctx, "v");
        macros->i = get(ctx, "i");
        macros->daemon_name = get(ctx, "{daemon_name}");
        break;
    case FX_EVENT_HELO:
        read_tls(ctx, macros);
        break;
    case FX_EVENT_MAIL:
        macros->i = get(ctx, "i");
        macros->r = get(ctx, "r");
        read_tls(ctx, macros);
        macros->auth_type = get(ctx, "{auth_type}");
        if (macros->auth_type.len > 0)
            macros->auth_authen = get(ctx, "{auth_authen}");
        break;
    case FX_EVENT_RCPT:
        macros->rcpt_mailer = get(ctx, "{rcpt_mailer}");
        macros->nbadrcpts = get(ctx, "{nbadrcpts}");
        macros->i = get(ctx, "i");
        break;
    case FX_EVENT_DATA:
    case FX_EVENT_EOM:
        macros->nbadrcpts = get(ctx, "{nbadrcpts}");
        macros->i = get(ctx, "i");
        break;
    case FX_EVENT_EOH:
        macros->i = get(ctx, "i");
        break;
    default: /* nothing comes with these: the queue id does with MAIL, RCPT, DATA or EOH */
        break;
    }
}
