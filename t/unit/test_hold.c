/* Tests of hold: places, and waiting in one, with threads of our own and no mail server. */
#include "../../milter/hold.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/resource.h>
#include <time.h>

#include <cmocka.h>

#define WAITERS 50

static atomic_uint told;
static unsigned gone_after; /* from so many progresses on there is nobody; 0: never */

static bool tell(void *arg)
{
    assert_ptr_equal(arg, &told);
    unsigned n = atomic_fetch_add(&told, 1) + 1;
    return gone_after == 0 || n < gone_after;
}

static int64_t ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Takes a place and waits in it; gives the time that took. */
static int64_t wait_for(int64_t milliseconds, int64_t between)
{
    const struct hold h = {
        .milliseconds = milliseconds, .between = between, .progress = tell, .arg = &told};
    int64_t began = ms();
    assert_int_equal(hold_take(1000), HOLD_PLACE);
    atomic_store(&told, 0);
    hold_wait(&h);
    return ms() - began;
}

static void places_are_bounded(void **state)
{
    (void)state;
    assert_int_equal(hold_take(0), HOLD_FULL);
    assert_int_equal(hold_take(2), HOLD_PLACE);
    assert_int_equal(hold_take(2), HOLD_PLACE);
    assert_int_equal(hold_take(2), HOLD_FULL);
    assert_int_equal(hold_take(1), HOLD_FULL); /* another ruleset's bound counts all of them */
    assert_int_equal(hold_take(3), HOLD_PLACE);
    assert_int_equal(hold_count(), 3);
    hold_give_back();
    hold_give_back();
    assert_int_equal(hold_take(2), HOLD_PLACE);
    hold_give_back();
    hold_give_back();
    assert_int_equal(hold_count(), 0);
}

/* The limit is the one that main() sets. */
static void some_descriptors_are_left(void **state)
{
    (void)state;
    for (int i = 0; i < 768; i++)
        assert_int_equal(hold_take(10000), HOLD_PLACE);
    assert_int_equal(hold_take(10000), HOLD_FULL);
    while (hold_count() > 0)
        hold_give_back();
}

static void the_time_is_waited_for(void **state)
{
    (void)state;
    gone_after = 0;
    assert_true(wait_for(250, 50) >= 250);
    assert_in_range(atomic_load(&told), 1, 4); /* none at its end: the answer comes then */
    assert_int_equal(hold_count(), 0);
    wait_for(60, 1000);
    assert_int_equal(atomic_load(&told), 0);
    wait_for(0, 1000);
    assert_int_equal(hold_count(), 0);
}

static void nobody_is_left(void **state)
{
    (void)state;
    gone_after = 2;
    assert_true(wait_for(60000, 20) < 30000);
    assert_int_equal(atomic_load(&told), 2);
    assert_int_equal(hold_count(), 0);
}

static void *waiter(void *unused)
{
    const struct hold h = {
        .milliseconds = 60000, .between = 10, .progress = tell, .arg = &told};
    hold_wait(&h);
    return unused;
}

/* The last test: it is for good. */
static void all_end_at_once(void **state)
{
    (void)state;
    pthread_t threads[WAITERS];
    gone_after = 0;
    atomic_store(&told, 0);
    for (size_t i = 0; i < WAITERS; i++) {
        assert_int_equal(hold_take(WAITERS), HOLD_PLACE);
        assert_int_equal(pthread_create(&threads[i], NULL, waiter, NULL), 0);
    }
    assert_int_equal(hold_take(WAITERS), HOLD_FULL);
    while (atomic_load(&told) < 2 * WAITERS)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    int64_t began = ms();
    hold_end();
    for (size_t i = 0; i < WAITERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_true(ms() - began < 30000);
    assert_int_equal(hold_count(), 0);
    assert_int_equal(hold_take(WAITERS), HOLD_ENDED);
    hold_end();
    assert_int_equal(hold_take(WAITERS), HOLD_ENDED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_bounded),     cmocka_unit_test(some_descriptors_are_left),
        cmocka_unit_test(the_time_is_waited_for), cmocka_unit_test(nobody_is_left),
        cmocka_unit_test(all_end_at_once),
    };
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return 1;
    files.rlim_cur = 1024;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        return 77;
    return cmocka_run_group_tests_name("hold", tests, NULL, NULL);
}
