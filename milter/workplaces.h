/* workplaces - the memory that messages need, lent to connections while they have one.
 *
 * Most connections that are open are idle, and most have one message: memory of that size
 * belongs to those who work. A few spare ones are kept, the last one used first; the rest is
 * given back to the system. Thread-safe.
 */
#ifndef FXM_WORKPLACES_H
#define FXM_WORKPLACES_H

#include "engine.h"

/* NULL: no memory. */
struct fx_workplace *workplaces_take(void);
void workplaces_give(struct fx_workplace *w); /* NULL allowed */

#endif
