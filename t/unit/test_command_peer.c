/* Tests of command_peer over a socket pair: answers, faults, what a slow or silent peer costs.
 */
#include "../../milter/command_peer.h"
#include "fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct command_peer *peer;
static int far;           /* the other end */
static const char *fault; /* told last */
static int64_t clock_ms;

#define LONG_OCTETS (size_t)200 /* of the answer to L, "195:OK " and "," included */

static void answer(const struct fx_socketmap_request *request, struct fx_text *out)
{
    static const char padding[LONG_OCTETS - 8];
    if (fx_slice_eq(request->key, FX_LIT("L"))) {
        fx_socketmap_add_reply(out, FX_SOCKETMAP_OK, fx_slice(padding, sizeof padding));
        return;
    }
    fx_socketmap_add_reply(out, FX_SOCKETMAP_OK, request->key);
}

static int begin(void **state)
{
    int ends[2], small = 4096;
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    far = ends[1];
    clock_ms = 1000;
    fault = NULL;
    peer = command_peer_create(ends[0], answer, clock_ms);
    assert_non_null(peer);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    command_peer_destroy(peer);
    if (far >= 0)
        close(far);
    return 0;
}

static void put(const char *text)
{
    assert_int_equal(write(far, text, strlen(text)), strlen(text));
}

/* What poll(2) would say, and a turn with that; false: over. */
static bool turn(void)
{
    struct pollfd p = {.fd = command_peer_fd(peer), .events = command_peer_events(peer)};
    assert_true(poll(&p, 1, 0) >= 0);
    if (p.revents == 0 && clock_ms < command_peer_deadline(peer))
        return true;
    return command_peer_turn(peer, p.revents, clock_ms, &fault);
}

static void assert_got(const char *want)
{
    char buffer[512];
    ssize_t n = read(far, buffer, sizeof buffer);
    assert_slice(fx_slice(buffer, n < 0 ? 0 : (size_t)n), want);
}

static bool at_end(void)
{
    char c;
    return read(far, &c, 1) == 0;
}

static void serves(void **state)
{
    int64_t since;
    (void)state;
    assert_int_equal(command_peer_rest(peer, 1999, &since),
                     COMMAND_PEER_SOON); /* has just come */
    assert_int_equal(command_peer_rest(peer, 2000, &since), COMMAND_PEER_IDLE);
    assert_int_equal(command_peer_deadline(peer), INT64_MAX);
    put("7:v NOOP1,7:v NOOP2,3:");
    assert_true(turn());
    assert_got("8:OK NOOP1,8:OK NOOP2,");
    assert_int_equal(command_peer_rest(peer, 5000, &since), COMMAND_PEER_BUSY);
    put("v x,");
    clock_ms += 5000;
    assert_true(turn());
    assert_got("4:OK x,");
    assert_int_equal(command_peer_rest(peer, 6000, &since), COMMAND_PEER_IDLE);
    assert_int_equal(since, 6000);
    assert_int_equal(command_peer_deadline(peer), INT64_MAX);
    close(far);
    far = -1;
    assert_false(turn());
    assert_null(fault);
}

/* Idle for any time; a request has its time from its first octet on. */
static void slow(void **state)
{
    (void)state;
    clock_ms += 1000000;
    assert_true(turn());
    put("9");
    assert_true(turn());
    int64_t until = command_peer_deadline(peer);
    assert_int_equal(until, clock_ms + 10000);
    for (const char *c = ":v 01234"; *c != '\0'; c++) {
        char one[2] = {*c, '\0'};
        clock_ms += 1000;
        put(one);
        assert_true(turn());
        assert_int_equal(command_peer_deadline(peer), until);
    }
    clock_ms = until;
    assert_true(turn());
    assert_got("44:TIMEOUT the request was not finished in time,");
    assert_string_equal(fault, "the request was not finished in time");
    assert_true(at_end());
    clock_ms += 1999;
    assert_true(turn());
    clock_ms += 1;
    assert_false(turn());
}

static void malformed(void **state)
{
    (void)state;
    put("7:v NOOP1,nonsense 7:v NOOP2,");
    assert_true(turn());
    assert_got("8:OK NOOP1,35:PERM the request is not a netstring,");
    assert_string_equal(fault, "the request is not a netstring");
    assert_true(at_end());
    put("and more of it"); /* read and thrown away, so that the reply is not lost */
    fault = NULL;
    assert_true(turn());
    assert_null(fault);
    close(far);
    far = -1;
    assert_false(turn());
}

static void cut_off(void **state)
{
    (void)state;
    put("7:v NO");
    assert_int_equal(shutdown(far, SHUT_WR), 0);
    assert_true(turn());
    assert_false(turn());
    assert_got("28:PERM the request was cut off,");
    assert_string_equal(fault, "the request was cut off");
}

/* Thousands of requests from one who does not read: it is not read from any more, and gone when
 * its time is over. */
static void never_reads(void **state)
{
    size_t sent = 0;
    (void)state;
    for (int i = 0; i < 2000; i++) {
        ssize_t n = write(far, "7:v NOOP1,", 10);
        sent += n > 0 ? (size_t)n : 0;
        assert_true(turn());
    }
    assert_true(sent < (size_t)2000 * 10);
    assert_int_equal(command_peer_events(peer), POLLOUT);
    clock_ms += 9999;
    assert_true(turn());
    clock_ms += 1;
    assert_false(turn());
    assert_string_equal(fault, "an answer was not taken in time");
}

/* Answers may be many times longer than requests: they wait for room, and none is lost. */
static void long_answers(void **state)
{
    size_t sent = 0, got = 0;
    char buffer[4096];
    (void)state;
    for (int i = 0; i < 100000 && got < 2000 * LONG_OCTETS; i++) {
        while (sent < 2000 && write(far, "3:v L,", 6) == 6)
            sent++;
        assert_true(turn());
        ssize_t n = read(far, buffer, sizeof buffer);
        got += n > 0 ? (size_t)n : 0;
    }
    assert_int_equal(got, 2000 * LONG_OCTETS);
    assert_null(fault);
}

/* One who reads late gets everything, in order. */
static void reads_late(void **state)
{
    char request[32], got[65536];
    size_t sent = 0, answered = 0, have = 0;
    (void)state;
    while (answered < 3000) {
        while (sent < 3000) {
            int n = snprintf(request, sizeof request, "6:v %04zu,", sent);
            if (write(far, request, (size_t)n) != n)
                break;
            sent++;
            assert_true(turn());
        }
        clock_ms += 5000;
        ssize_t n = read(far, got + have, sizeof got - have);
        have += n > 0 ? (size_t)n : 0;
        assert_true(turn());
        for (; have >= 10; answered++, have -= 10) {
            snprintf(request, sizeof request, "7:OK %04zu,", answered);
            assert_memory_equal(got, request, 10);
            memmove(got, got + 10, have - 10);
        }
    }
    assert_int_equal(sent, 3000);
    assert_null(fault);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)
    const struct CMUnitTest tests[] = {
        TEST(serves),      TEST(slow),       TEST(malformed),    TEST(cut_off),
        TEST(never_reads), TEST(reads_late), TEST(long_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
