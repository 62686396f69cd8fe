/* transcript_line - one line of a transcript by itself: who speaks, and what.
 *
 * The notations are described in transcript.h. Pure, total, thread-safe; slices are borrowed.
 */
#ifndef FX_TRANSCRIPT_LINE_H
#define FX_TRANSCRIPT_LINE_H

#include "text.h"

enum fx_transcript_format {
    FX_TRANSCRIPT_NONE,
    FX_TRANSCRIPT_PLAIN,
    FX_TRANSCRIPT_SWAKS,
    FX_TRANSCRIPT_LOG
};

enum fx_speaker {
    FX_SPEAKER_NONE, /* empty, comment, information */
    FX_SPEAKER_CLIENT,
    FX_SPEAKER_DATA, /* the client, message data */
    FX_SPEAKER_SERVER,
    FX_SPEAKER_BAD /* no line of this format */
};

struct fx_transcript_line {
    enum fx_speaker speaker;
    struct fx_slice text; /* what was said, as written; the comment; the information */
    int64_t wait;         /* microseconds that passed before */
};

/* The first line that can only belong to one format decides; within `lines` lines. */
enum fx_transcript_format fx_transcript_format_of(struct fx_slice bytes, size_t lines);

struct fx_transcript_line fx_transcript_line_read(enum fx_transcript_format format,
                                                  struct fx_slice line);

/* Adds the bytes that the plain notation stands for. *no_end: a single \ at the end. false: an
 * escape that does not exist was taken as it stands. */
bool fx_transcript_unescape(struct fx_slice text, struct fx_text *bytes, bool *no_end);

#endif
