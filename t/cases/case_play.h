/* case_play - plays a case's script into the engine and writes what came of it. */
#ifndef CASE_PLAY_H
#define CASE_PLAY_H

#include "case_script.h"
#include "config.h"

/* Writes the dialogue and the records to *out. false, and a reason in *why (static), for a
 * script that is wrong. */
bool case_play(const struct case_script *script, const struct fx_config *config,
               struct fx_text *out, const char **why);

#endif
