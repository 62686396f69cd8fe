/* make_log - writes a compliance log with its chain to stdout: for tests of who reads logs, and
 * to measure them. The chain is made by the daemon's own code; records are like those of real
 * mail in members and size, and the same at each run.
 *
 *   make_log [-n MESSAGES] [-e EVERY] [-k KEY] [-K KEY] [-s PEM] [-o HOST] [-c SEQ:HASH] [-u]
 *
 * -e: messages between heads (0: none); -k: key file; -K: another one, that a reload in the
 * middle changes to ("-": to none); -s: who signs; -c: goes on after that record; -u:
 * unchained.
 */
#include "chain.h"
#include "config_key.h"
#include "sign.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct maker {
    struct fx_chain *chain;
    struct fx_signer *signer;
    struct fx_chain_place place;
    const char *host;
    bool unchained;
    uint64_t random;
};

static uint64_t some(struct maker *m, uint64_t below)
{
    m->random = m->random * 6364136223846793005u + 1442695040888963407u;
    return (m->random >> 33) % below;
}

_Noreturn static void die(const char *what)
{
    fprintf(stderr, "make_log: %s\n", what);
    exit(70);
}

static void put(struct maker *m, const char *type, const char *format, ...)
{
    static char rest[8192], line[16384];
    struct fx_text t;
    va_list args;
    unsigned seconds = (unsigned)(m->place.seq / 40);
    va_start(args, format);
    vsnprintf(rest, sizeof rest, format, args);
    va_end(args);
    fx_text_init_fixed(&t, line, sizeof line);
    char begin[256];
    snprintf(begin, sizeof begin,
             "{\"v\":1,\"time\":\"2026-11-%02uT%02u:%02u:%02u.%06" PRIu64
             "Z\",\"host\":\"%s\",\"seq\":%" PRIu64 ",\"type\":\"%s\"",
             1 + seconds / 86400 % 30, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60,
             some(m, 1000000), m->host, m->place.seq + 1, type);
    fx_text_add_str(&t, begin);
    fx_text_add_str(&t, rest);
    if (m->unchained) {
        fx_text_add_str(&t, "}");
        m->place.seq++;
    } else if (!fx_chain_close_line(m->chain, &m->place, &t, &m->place)) {
        die("the chain failed");
    }
    fx_text_add_str(&t, "\n");
    if (t.overflow || fwrite(t.data, 1, t.len, stdout) != t.len)
        die("cannot write");
}

static void daemon_record(struct maker *m, const char *type, const char *more)
{
    const char *id = fx_chain_key_id(m->chain);
    put(m, type,
        ",\"version\":\"0.1.0\",\"policy\":\"%064d\",\"profile\":\"asa-9\",\"mode\":"
        "\"observe\","
        "\"chain\":{\"algorithm\":\"%s\",\"key\":%s%s%s}%s",
        7, fx_chain_algorithm(m->chain), id[0] == '\0' ? "null" : "\"", id,
        id[0] == '\0' ? "" : "\"", more);
}

static void head(struct maker *m)
{
    char text[128] = "", more[256] = "";
    struct fx_text t;
    fx_text_init_fixed(&t, text, sizeof text - 1);
    if (m->signer != NULL) {
        if (!fx_signer_sign(m->signer, fx_slice(m->place.hash, FX_CHAIN_HEX), &t))
            die("cannot sign");
        snprintf(more, sizeof more, ",\"signer\":\"%s\",\"signature\":\"%s\"",
                 fx_signer_id(m->signer), text);
    }
    daemon_record(m, "head", more);
}

static void message(struct maker *m)
{
    static const char *const verdicts[] = {"pass", "pass", "pass", "flag"};
    static const char *const domains[] = {"example.org", "lists.example.net",
                                          "mail.example.org", "example.net"};
    const char *domain = domains[some(m, 4)];
    unsigned client = (unsigned)some(m, 254) + 1;
    uint64_t a = some(m, 1u << 30), b = some(m, 1u << 30), size = some(m, 100000);
    unsigned flagged = (unsigned)some(m, 4);
    put(m, "message",
        ",\"elapsed\":0.%03u,\"session\":\"%016" PRIx64 "%016" PRIx64 "\",\"message\":1,"
        "\"queue_id\":\"4X%08" PRIx64 "z1\",\"message_id\":\"<%" PRIu64 ".%" PRIu64 "@%s>\","
        "\"client\":{\"addr\":\"192.0.2.%u\",\"port\":%u,\"name\":\"mail%u.%s\",\"helo\":"
        "\"mail%u.%s\"},\"listener\":\"smtpd\",\"tls\":{\"version\":\"TLSv1.3\",\"cipher\":"
        "\"TLS_AES_256_GCM_SHA384\"},\"auth\":null,\"extensions\":[\"STARTTLS\",\"SIZE\","
        "\"8BITMIME\"],\"from\":\"sender%u@%s\",\"to\":[{\"address\":\"user%u@example.net\","
        "\"result\":\"accepted\"}],\"recipients\":{\"accepted\":1,\"deferred\":0,\"rejected\":"
        "0,"
        "\"lost\":0},\"size\":%" PRIu64 ",\"ended\":\"eom\",\"profile\":\"asa-9\",\"mode\":"
        "\"observe\",\"verdict\":\"%s\",\"would\":\"%s\",\"reply\":null,\"findings\":[%s],"
        "\"dkim\":[{\"kind\":\"dkim\",\"domain\":\"%s\",\"selector\":\"sel\",\"algorithm\":"
        "\"rsa-sha256\",\"body_hash\":\"match\",\"content_type\":\"none\",\"anomalies\":[]}],"
        "\"compare\":{\"pix-6.3\":\"flag\",\"pix-7.2.2\":\"pass\"}",
        (unsigned)some(m, 1000), a, b, a, a, b, domain, client, 1024 + (unsigned)some(m, 60000),
        client, domain, client, domain, client, domain, (unsigned)some(m, 5000), size,
        verdicts[flagged], flagged == 3 ? "drop" : "pass",
        flagged == 3 ? "{\"rule\":\"header-line-length\",\"profile\":\"asa-9\",\"stage\":"
                       "\"header\",\"action\":\"drop-connection\",\"observed\":1203,\"limit\":"
                       "998,\"evidence\":\"X-Long\",\"enforced\":false}"
                     : "",
        domain);
}

static struct fx_key_file key_file(const char *path, enum fx_key_kind kind)
{
    struct fx_key_file file = {0};
    char wrong[FX_KEY_WRONG];
    if (!fx_key_file_read(path, kind, NULL, &file, wrong))
        die(wrong);
    return file;
}

static void use_key(struct maker *m, const char *path)
{
    struct fx_key_file file = {0};
    if (strcmp(path, "-") != 0)
        file = key_file(path, FX_KEY_ONE);
    fx_chain_destroy(m->chain);
    m->chain = fx_chain_create(file.count > 0 ? file.keys[0] : FX_ABSENT);
    fx_key_file_finish(&file);
    if (m->chain == NULL)
        die("no chain");
}

static void use_signer(struct maker *m, const char *path)
{
    struct fx_key_file file = key_file(path, FX_KEY_PEM);
    m->signer = fx_signer_create(file.keys[0]);
    fx_key_file_finish(&file);
    if (m->signer == NULL)
        die("no Ed25519 key");
}

static bool go_on_after(struct maker *m, const char *place)
{
    char *end;
    m->place.seq = strtoull(place, &end, 10);
    if (*end != ':' || strlen(end + 1) != FX_CHAIN_HEX)
        return false;
    memcpy(m->place.hash, end + 1, FX_CHAIN_HEX);
    return true;
}

static void make(struct maker *m, uint64_t messages, uint64_t every, const char *second_key)
{
    daemon_record(m, "start", "");
    for (uint64_t i = 1; i <= messages; i++) {
        message(m);
        if (second_key != NULL && i == messages / 2) {
            use_key(m, second_key);
            daemon_record(m, "reload", "");
        }
        if (every > 0 && i % every == 0)
            head(m);
    }
    if (every > 0)
        head(m);
    put(m, "stop", ",\"version\":\"0.1.0\"");
}

int main(int argc, char **argv)
{
    struct maker m = {.host = "mx1.example.net"};
    uint64_t messages = 10, every = 0;
    const char *second_key = NULL;
    int c;
    fx_chain_begin(&m.place);
    use_key(&m, "-");
    while ((c = getopt(argc, argv, "n:e:k:K:s:o:c:u")) != -1) {
        if (c == 'n')
            messages = strtoull(optarg, NULL, 10);
        else if (c == 'e')
            every = strtoull(optarg, NULL, 10);
        else if (c == 'k')
            use_key(&m, optarg);
        else if (c == 'K')
            second_key = optarg;
        else if (c == 's')
            use_signer(&m, optarg);
        else if (c == 'o')
            m.host = optarg;
        else if (c == 'u')
            m.unchained = true;
        else if (c != 'c' || !go_on_after(&m, optarg))
            die("see make_log.c for the options");
    }
    m.random = m.place.seq;
    make(&m, messages, every, second_key);
    fx_chain_destroy(m.chain);
    fx_signer_destroy(m.signer);
    return fflush(stdout) == 0 ? 0 : 74;
}
