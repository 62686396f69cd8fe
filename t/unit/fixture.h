/* fixture - hand-built profiles, policies and events for the unit tests of the core.
 *
 * Everything has static or owned storage that lives long enough for one test; nothing here is
 * thread-safe. Without memory the test fails at once.
 */
#ifndef FX_FIXTURE_H
#define FX_FIXTURE_H

#include "event.h"
#include "policy.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define FIXTURE_ID "0123456789abcdef0123456789abcdef"
/* 2026-11-21T10:00:00.123456Z, as in the contract. */
#define FIXTURE_WALL INT64_C(1795255200123456)

/* A profile without any setting; goes to fixture_policy, which owns it from then on. */
struct fx_profile *fixture_profile(const char *name);
/* Sets one rule of the profile, documented; limit -1: none. */
void fixture_rule(struct fx_profile *p, enum fx_rule rule, enum fx_action action,
                  int64_t limit);
void fixture_verbs(struct fx_profile *p, uint64_t set);
void fixture_extensions(struct fx_profile *p, uint64_t set);
void fixture_characters(struct fx_profile *p, const char *set);

/* A policy over the profiles (NULL-terminated array; the first is the enforced one), one mode
 * for all rules, limits large enough for any test. For fx_policy_destroy. */
struct fx_policy *fixture_policy(enum fx_mode mode, struct fx_profile *const *profiles);
/* The same for a single profile. */
struct fx_policy *fixture_policy_of(enum fx_mode mode, struct fx_profile *p);
/* After a change of the policy or of its profiles, whose plan has to follow. */
void fixture_compile(struct fx_policy *policy);

/* Events. text NULL: absent. Time runs on by one second with each event made here. */
struct fx_event fixture_event(enum fx_event_kind kind, const char *text);
struct fx_event fixture_header(const char *name, const char *value);
/* MAIL or RCPT with parameters, separated by single blanks; "" for none. */
struct fx_event fixture_path(enum fx_event_kind kind, const char *path, const char *parameters);
/* Starts the time again at FIXTURE_WALL. */
void fixture_time_reset(void);

/* A string of n times c, NUL at its end; freed by fixture_free. */
char *fixture_repeat(char c, size_t n);
void fixture_free(void);

/* The bytes of a slice are those of the string; the message names both. */
#define assert_slice(slice, string) fixture_slice((slice), (string), __FILE__, __LINE__)
void fixture_slice(struct fx_slice s, const char *want, const char *file, int line);

#endif
