/* sessions - how many connections are live, and whether new ones are still welcome.
 *
 * For the drain at stop. Thread-safe. */
#ifndef FXM_SESSIONS_H
#define FXM_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

void sessions_begin(void);
void sessions_end(void);
/* New connections are told to come back from now on. */
void sessions_close_door(void);
bool sessions_door_closed(void);
unsigned long sessions_live(void);

#endif
