/* mutate_packets - changes what is said over a milter connection and keeps it packets: one is
 * added, taken out, moved, doubled, or its data changed and its length made right. Now and then
 * octets are changed as in any input, so that framing is tried too.
 */
#include "fuzz.h"
#include "packets.h"

#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

#define PACKETS 512

/* What is said, without its length. */
#define SAID(text)             \
    {                          \
        text, sizeof(text) - 1 \
    }
static const struct said {
    const char *text;
    size_t len;
} said[] = {
    SAID("O\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"),
    SAID("O\0\0\0\2\0\0\0\x3f\0\0\0\x7f"),
    SAID("Cclient.example.org\0004\x30\x39"
         "192.0.2.1"),
    SAID("Cclient.example.org\0004\x30\x39"
         "192.0.2.200"),
    SAID("Cclient.example.org\0006\0\x19IPv6:2001:db8::1"),
    SAID("C[198.51.100.9]\0004\0\x19"
         "198.51.100.9"),
    SAID("Clocalhost\0U"),
    SAID("DCj\0mail.example.net\0v\0Postfix 3.7.11\0{daemon_name}\0staging"),
    SAID("DCj\0mail.example.net\0v\0"
         "8.17.1.9/8.17.1\0i\0004A1"),
    SAID("DH{tls_version}\0TLSv1.3\0{cipher}\0TLS_AES_256_GCM_SHA384"),
    SAID("DMi\0004ABC\0{auth_type}\0PLAIN\0{auth_authen}\0user@example.org\0r\0ESMTP"),
    SAID("DR{rcpt_mailer}\0error\0{nbadrcpts}\0003"),
    SAID("DEi\0004ABCD"),
    SAID("Hclient.example.org"),
    SAID("U*SUBMITTER x"),
    SAID("USTARTTLS"),
    SAID("UVRFY <user@example.org>"),
    SAID("M<sender@example.org>\0SIZE=1000\0BODY=8BITMIME"),
    SAID("M<>"),
    SAID("M<a|b@example.org>\0AUTH=<>\0RET=HDRS\0ENVID=x"),
    SAID("R<user@example.net>"),
    SAID("R<user@example.net>\0NOTIFY=NEVER\0ORCPT=rfc822;x@example.net"),
    SAID("T"),
    SAID("LSubject\0 a message"),
    SAID("LContent-Type\0 multipart/mixed; boundary=b"),
    SAID("LX-Fixup-Policy\0 pass"),
    SAID("LX-Other\0 text\n Content-Type: text/plain"),
    SAID("LDKIM-Signature\0 v=1; a=rsa-sha256; d=example.org; s=s; h=from:content-type; b=eA==;"
         " bh=uoq1oCgLlTqpdDX/iUbLy7J1Wic="),
    SAID("LReceived\0 from x by y; Sat, 21 Nov 2026 10:00:00 +0000"),
    SAID("N"),
    SAID("BA line.\r\n\r\n.\r\n"),
    SAID("B--b\r\nContent-Disposition: attachment; filename=\"x.exe\"\r\n\r\nx\r\n--b--\r\n"),
    SAID("E"),
    SAID("A"),
    SAID("K"),
    SAID("Q"),
};

/* Some of them end in a NUL on the wire: what is a text does. */
static bool is_text(char command)
{
    return strchr("CDHMRLU", command) != NULL;
}

static void put_length(uint8_t *p, size_t length)
{
    p[0] = (uint8_t)(length >> 24);
    p[1] = (uint8_t)(length >> 16);
    p[2] = (uint8_t)(length >> 8);
    p[3] = (uint8_t)length;
}

/* The octets from `at` are moved, so that they begin at `to`; gives the new size. */
static size_t move(uint8_t *data, size_t size, size_t at, size_t to)
{
    memmove(data + to, data + at, size - at);
    return size - at + to;
}

static size_t insert(uint8_t *data, size_t size, size_t most, size_t at, const uint8_t *octets,
                     size_t count)
{
    if (count > most - size)
        return size;
    size = move(data, size, at, at + count);
    memcpy(data + at, octets, count);
    return size;
}

static size_t add_said(uint8_t *data, size_t size, size_t most, size_t at, unsigned random)
{
    uint8_t packet[256];
    const struct said *one = &said[random % (sizeof said / sizeof said[0])];
    size_t length = one->len + is_text(one->text[0]); /* the NUL of the literal */
    put_length(packet, length);
    memcpy(packet + 4, one->text, length);
    return insert(data, size, most, at, packet, 4 + length);
}

static size_t copy_packet(uint8_t *data, size_t size, size_t most, const struct packet *which,
                          size_t at)
{
    uint8_t packet[4096];
    size_t length = which->end - which->at;
    if (length > sizeof packet)
        return size;
    memcpy(packet, data + which->at, length);
    return insert(data, size, most, at, packet, length);
}

/* The command too, now and then: data that another one has no use for. */
static size_t change_data(uint8_t *data, size_t size, size_t most, const struct packet *which,
                          unsigned random)
{
    static uint8_t buffer[1 << 16];
    size_t from = random % 16 == 0 ? which->data - 1 : which->data;
    size_t before = which->end - from, room = before + (most - size);
    if (room > sizeof buffer)
        room = sizeof buffer;
    if (before > room || room == 0)
        return size;
    memcpy(buffer, data + from, before);
    size_t after = LLVMFuzzerMutate(buffer, before, room);
    if (after == 0 && from < which->data)
        return size;
    size = move(data, size, which->end, from + after);
    memcpy(data + from, buffer, after);
    put_length(data + which->at, from + after - which->at - 4);
    return size;
}

static unsigned next(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 8;
}

size_t fuzz_mutate_packets(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static struct packet packets[PACKETS];
    size_t count = 0, at = 1;
    if (size == 0 || next(&seed) % 16 == 0)
        return LLVMFuzzerMutate(data, size, most);
    while (count < PACKETS && packet_at((const char *)data, size, at, &packets[count]))
        at = packets[count++].end;
    if (next(&seed) % 64 == 0)
        data[0] ^= 1;
    if (count == 0)
        return add_said(data, size, most, 1, next(&seed));
    struct packet *one = &packets[next(&seed) % count], *other = &packets[next(&seed) % count];
    switch (next(&seed) % 8) {
    case 0:
        return move(data, size, one->end, one->at);
    case 1:
        return copy_packet(data, size, most, one, other->at);
    case 2:
    case 3:
        return add_said(data, size, most, one->end, next(&seed));
    default:
        return change_data(data, size, most, one, next(&seed));
    }
}
