/* hold - answers that are held back, and the places for them (simulate.end_of_data).
 *
 * A place is taken before the record is written, since the record says that the answer is held;
 * whoever got one waits in it, or gives it back. Nobody but the caller waits. Thread-safe.
 */
#ifndef FXM_HOLD_H
#define FXM_HOLD_H

#include <stdbool.h>
#include <stdint.h>

/* How often the MTA is told that somebody is still at work. An MTA waits for 10 seconds and
 * more (Sendmail's R=, README of its cf; Postfix's milter_content_timeout is 300 s). */
#define HOLD_PROGRESS_MS 2000

/* What one wait needs. */
struct hold {
    int64_t milliseconds;        /* how long, from 0 on */
    int64_t between;             /* milliseconds from one progress to the next, from 1 on */
    bool (*progress)(void *arg); /* false: there is nobody to be answered any more */
    void *arg;
};

enum hold_place { HOLD_PLACE, HOLD_FULL, HOLD_ENDED };

/* Takes a place, unless max_held or more are taken, by whatever policy, or as many as three
 * quarters of the descriptors that the process may have. HOLD_ENDED: nothing is held any more.
 */
enum hold_place hold_take(uint64_t max_held);
/* Gives a place back. */
void hold_give_back(void);
/* Waits in a place that was taken, and gives it back: until the time is over, all holding ends,
 * or the MTA is gone, which gives false. */
bool hold_wait(const struct hold *h);

/* Ends all waiting at once, and for good. */
void hold_end(void);
/* Places that are taken. */
uint64_t hold_count(void);

#endif
