/* packets - the milter protocol as octets: a length in four, a command, data (libmilter's
 * mfdef.h). */
#ifndef PACKETS_H
#define PACKETS_H

#include "slice.h"

struct packet {
    size_t at;   /* of the length */
    size_t data; /* of what follows the command */
    size_t end;
    char command;
};
/* The packet that begins at `at`; false: none that is whole. */
bool packet_at(const char *octets, size_t count, size_t at, struct packet *packet);

/* Takes whole replies off the front, ends the process when one is none that there is; gives how
 * many octets are left, now at the front. */
size_t replies_take(char *octets, size_t count);

#endif
