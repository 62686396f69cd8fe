/* filter_nothing - the filters that ours is measured against: libmilter, every callback
 * registered, and nothing done in any of them.
 *
 *   filter_nothing SOCKET                              negotiates nothing: as most filters are
 *   filter_nothing SOCKET ACTIONS STEPS [STAGE=MACROS]...
 *                                                      as told: numbers of SMFIF_, SMFIP_,
 * SMFIM_
 *
 * The second form is given what milter_load saw another filter negotiate.
 */
#include <libmilter/mfapi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

static unsigned long actions, steps;
static char *lists[SMFIM_LAST + 1];

static sfsistat answer(unsigned long no_reply)
{
    return (steps & no_reply) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2,
                             unsigned long f3, unsigned long *pf0, unsigned long *pf1,
                             unsigned long *pf2, unsigned long *pf3)
{
    (void)f2;
    (void)f3;
    *pf0 = f0 & actions;
    *pf1 = f1 & steps;
    *pf2 = *pf3 = 0;
    for (int i = SMFIM_FIRST; i <= SMFIM_LAST; i++)
        if (lists[i] != NULL && smfi_setsymlist(ctx, i, lists[i]) != MI_SUCCESS)
            return SMFIS_REJECT;
    return SMFIS_CONTINUE;
}

static sfsistat on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
    (void)ctx;
    (void)name;
    (void)address;
    return answer(SMFIP_NR_CONN);
}

static sfsistat on_helo(SMFICTX *ctx, char *name)
{
    (void)ctx;
    (void)name;
    return answer(SMFIP_NR_HELO);
}

static sfsistat on_mail(SMFICTX *ctx, char **words)
{
    (void)ctx;
    (void)words;
    return answer(SMFIP_NR_MAIL);
}

static sfsistat on_rcpt(SMFICTX *ctx, char **words)
{
    (void)ctx;
    (void)words;
    return answer(SMFIP_NR_RCPT);
}

static sfsistat on_data(SMFICTX *ctx)
{
    (void)ctx;
    return answer(SMFIP_NR_DATA);
}

static sfsistat on_unknown(SMFICTX *ctx, const char *line)
{
    (void)ctx;
    (void)line;
    return answer(SMFIP_NR_UNKN);
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value)
{
    (void)ctx;
    (void)name;
    (void)value;
    return answer(SMFIP_NR_HDR);
}

static sfsistat on_eoh(SMFICTX *ctx)
{
    (void)ctx;
    return answer(SMFIP_NR_EOH);
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *octets, size_t length)
{
    (void)ctx;
    (void)octets;
    (void)length;
    return answer(SMFIP_NR_BODY);
}

static sfsistat on_end(SMFICTX *ctx)
{
    (void)ctx;
    return SMFIS_CONTINUE;
}

static int usage(void)
{
    fputs("usage: filter_nothing SOCKET [ACTIONS STEPS [STAGE=MACROS]...]\n", stderr);
    return EX_USAGE;
}

static int version(void)
{
    unsigned major, minor, patch;
    smfi_version(&major, &minor, &patch);
    printf("%u.%u.%u\n", major, minor, patch);
    return EX_OK;
}

/* The whole word; what was agreed has 32 bits. */
static int read_number(const char *word, unsigned long *number)
{
    char *rest;
    *number = strtoul(word, &rest, 0);
    return rest != word && *rest == '\0' && word[0] != '-' && *number <= UINT32_MAX;
}

static int read_list(char *word)
{
    char *rest;
    unsigned long stage = strtoul(word, &rest, 10);
    if (*rest != '=' || rest == word || stage > SMFIM_LAST)
        return 0;
    lists[stage] = rest + 1;
    return 1;
}

int main(int argc, char **argv)
{
    struct smfiDesc filter = {.xxfi_name = (char *)(uintptr_t) "filter_nothing",
                              .xxfi_version = SMFI_VERSION,
                              .xxfi_connect = on_connect,
                              .xxfi_helo = on_helo,
                              .xxfi_envfrom = on_mail,
                              .xxfi_envrcpt = on_rcpt,
                              .xxfi_header = on_header,
                              .xxfi_eoh = on_eoh,
                              .xxfi_body = on_body,
                              .xxfi_eom = on_end,
                              .xxfi_abort = on_end,
                              .xxfi_close = on_end,
                              .xxfi_unknown = on_unknown,
                              .xxfi_data = on_data};
    if (argc == 2 && strcmp(argv[1], "-V") == 0)
        return version();
    if (argc < 2 || argc == 3)
        return usage();
    if (argc > 3) {
        if (!read_number(argv[2], &actions) || !read_number(argv[3], &steps))
            return usage();
        filter.xxfi_flags = actions;
        filter.xxfi_negotiate = on_negotiate;
    }
    for (int i = 4; i < argc; i++)
        if (!read_list(argv[i]))
            return usage();
    umask(0);
    if (smfi_register(filter) != MI_SUCCESS || smfi_setconn(argv[1]) != MI_SUCCESS ||
        smfi_opensocket(1) != MI_SUCCESS)
        return EX_UNAVAILABLE;
    return smfi_main() == MI_SUCCESS ? EX_OK : EX_SOFTWARE;
}
