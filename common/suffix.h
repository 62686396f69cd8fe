/* suffix - public suffixes: names such as "org" and "co.uk" under which anybody may register.
 *
 * By libpsl's built-in list where the build has it (suffix_psl.c), else nothing is known
 * (suffix_none.c). Pure and thread-safe: no file is read.
 */
#ifndef FX_SUFFIX_H
#define FX_SUFFIX_H

#include "terms.h"

#define FX_SUFFIX_NAME 253 /* octets of a domain name */

/* Is this domain, in ASCII and of at most FX_SUFFIX_NAME octets, case ignored, a public suffix
 * as registries have them? The list's private part, of companies that hand out names below
 * their own, does not count: such a company may well sign. UNKNOWN: there is no list. */
enum fx_answer fx_suffix_public(struct fx_slice domain);

#endif
