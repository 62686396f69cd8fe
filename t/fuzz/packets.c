/* packets - see packets.h. */
#include "packets.h"

#include "fuzz.h"

#include <string.h>

bool packet_at(const char *octets, size_t count, size_t at, struct packet *packet)
{
    const unsigned char *p = (const unsigned char *)octets + at;
    if (count - at < 5)
        return false;
    size_t length = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    if (length == 0 || length > count - at - 4)
        return false;
    *packet = (struct packet){
        .at = at, .data = at + 5, .end = at + 4 + length, .command = octets[at + 4]};
    return true;
}

/* `4xx 4.x.x text`, `5xx 5.x.x text`, in one line of printable ASCII. */
static void look_at_reply(struct fx_slice text)
{
    HOLDS(text.len > 10 && text.len < 600 && text.ptr[text.len - 1] == '\0');
    HOLDS((text.ptr[0] == '4' || text.ptr[0] == '5') && text.ptr[3] == ' ' &&
          text.ptr[4] == text.ptr[0] && text.ptr[5] == '.');
    for (size_t i = 0; i + 1 < text.len; i++)
        HOLDS(text.ptr[i] >= ' ' && text.ptr[i] <= '~');
}

/* A field of ours, and what is taken out: NAME NUL VALUE NUL, after so many octets of a number.
 */
static void look_at_field(struct fx_slice data, size_t number)
{
    static const char name[] = "X-Fixup-Policy";
    HOLDS(data.len > number + sizeof name && data.ptr[data.len - 1] == '\0');
    HOLDS(memcmp(data.ptr + number, name, sizeof name) == 0);
    HOLDS(fx_slice_find(fx_slice_from(data, number + sizeof name), '\0') ==
          data.len - number - sizeof name - 1);
}

static void look_at(char command, struct fx_slice data)
{
    switch (command) {
    case 'O': /* version, actions, steps, lists of macros */
        HOLDS(data.len >= 12);
        break;
    case 'a': /* accept, continue, reject, tempfail, progress */
    case 'c':
    case 'r':
    case 't':
    case 'p':
        HOLDS(data.len == 0);
        break;
    case 'y':
        look_at_reply(data);
        break;
    case 'h':
        look_at_field(data, 0);
        break;
    case 'i':
    case 'm':
        look_at_field(data, 4);
        break;
    case '-':
        HOLDS(data.len > 1 && fx_slice_find(data, '\0') == data.len - 1);
        break;
    default: /* of what a filter may say the daemon says nothing else */
        HOLDS(command == 'c');
        break;
    }
}

size_t replies_take(char *octets, size_t count)
{
    struct packet packet;
    size_t at = 0;
    while (packet_at(octets, count, at, &packet)) {
        look_at(packet.command, fx_slice(octets + packet.data, packet.end - packet.data));
        at = packet.end;
    }
    HOLDS(count - at < 8192); /* no reply is longer */
    memmove(octets, octets + at, count - at);
    return count - at;
}
