/* words - what a table says, in words and numbers for people.
 *
 * All functions append to a text builder. Labels are given as they are, unescaped: escaping is
 * the business of whoever shows the text. Thread-safe.
 */
#ifndef FX_WORDS_H
#define FX_WORDS_H

#include "table.h"
#include "text.h"

/* 1234567 as 1,234,567. */
void ctl_words_number(struct fx_text *text, uint64_t n);
/* As that below `exact`, at most 2^63, else short: 12.5k, 3M; G, T, P, E. n is not negative. */
void ctl_words_quantity(struct fx_text *text, double n, double exact);

/* A time of a row, "2026-11-22T13:00:00Z", as "22 Nov 2026, 13:00"; midnight, if `whole_days`,
 * as the date alone. Anything else as it is. */
void ctl_words_time(struct fx_text *text, struct fx_slice label, bool whole_days);
/* Seconds: "15 minutes", "1 hour", "7 days". */
void ctl_words_period(struct fx_text *text, uint64_t seconds);
/* 1 to 12. */
const char *ctl_words_month(unsigned month);

/* The label of a row, as it is shown where there is nothing in it too. Borrowed. */
struct fx_slice ctl_words_label(const struct ctl_table_row *row);

/* "30%", "12.5%", "under 0.1%"; of is not 0. */
void ctl_words_share(struct fx_text *text, uint64_t n, uint64_t of);

/* The sum of a column, of what has no row of its own too; UINT64_MAX when it is more. */
uint64_t ctl_words_sum(const struct ctl_table *table, size_t column);

/* The message of a table with rows: "Most: 192.0.2.1 with 120 of 400 (30%), then ...". */
void ctl_words_table(struct fx_text *text, const struct ctl_table *table);

#endif
