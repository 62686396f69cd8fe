/* chain_walk_breaks - the broken places that chain_walk knows of, in order, and what is said of
 * each. */
#include "chain_walk_parts.h"

#include <string.h>

static const char *const words[] = {
    [FX_BREAK_NONE] = "none",
    [FX_BREAK_FOREIGN] = "foreign",
    [FX_BREAK_UNCHAINED] = "no-chain",
    [FX_BREAK_CHANGED] = "changed",
    [FX_BREAK_KEY] = "key",
    [FX_BREAK_REMOVED] = "removed",
    [FX_BREAK_INSERTED] = "inserted",
    [FX_BREAK_REORDERED] = "reordered",
    [FX_BREAK_RESTARTED] = "restarted",
    [FX_BREAK_SIGNATURE] = "signature",
    [FX_BREAK_TORN] = "torn",
    [FX_BREAK_TOO_LONG] = "too-long",
    [FX_BREAK_DAMAGED] = "damaged",
    [FX_BREAK_CUT] = "cut",
};

/* In a sentence: %s seq, %a after, %f from, %t to, %n further records, %w word, %o other word.
 * `more` follows where records > 1. */
static const struct {
    enum fx_break kind;
    const char *says, *more;
} sentences[] = {
    [WHY_NONE] = {FX_BREAK_NONE, "", NULL},
    [WHY_FOREIGN] = {FX_BREAK_FOREIGN, "not a record of this log",
                     ", nor are the %n lines after it"},
    [WHY_UNCHAINED] = {FX_BREAK_UNCHAINED, "a record without prev and hash",
                       ", as are the %n after it"},
    [WHY_HASH] = {FX_BREAK_CHANGED, "the hash is not that of the line",
                  "; the same holds for the %n after it"},
    [WHY_NO_JSON] = {FX_BREAK_CHANGED, "the line is not JSON, whatever its hash says",
                     ", nor are the %n after it"},
    [WHY_JOIN] = {FX_BREAK_CHANGED,
                  "record %s: prev is not the hash of record %a before it; one of the two was "
                  "changed, and its hash computed anew",
                  NULL},
    [WHY_NUMBER] = {FX_BREAK_CHANGED, "prev is right, but seq is %s after %a", NULL},
    [WHY_FIRST] = {FX_BREAK_CHANGED, "seq is 1, and yet prev names a record before it", NULL},
    [WHY_KEY_MISSING] =
        {FX_BREAK_KEY,
         "the hashes are under key %w, and no key was given; only the order was "
         "checked",
         ", also of the %n records after it"},
    [WHY_KEY_OTHER] = {FX_BREAK_KEY,
                       "the hashes are under key %w, which was not given; only the order was "
                       "checked",
                       ", also of the %n records after it"},
    [WHY_KEY_ANY] = {FX_BREAK_KEY, "the hash is by no key that was given, nor a plain one",
                     "; the same holds for the %n after it"},
    [WHY_KEY_UNTOLD] = {FX_BREAK_KEY, "from here on another key fits, and no record says so",
                        NULL},
    [WHY_KEY_PLAIN] =
        {FX_BREAK_KEY,
         "from here on hashes are plain, and none under a key follows: anybody can "
         "have written this",
         ", and the %n records after it"},
    [WHY_REMOVED] = {FX_BREAK_REMOVED, "records are missing before it: %f to %t", NULL},
    [WHY_BEHIND] = {FX_BREAK_REORDERED, "records %f to %t belong before it and stand behind it",
                    NULL},
    [WHY_EARLY] = {FX_BREAK_REORDERED,
                   "record %s after record %a: this part belongs before the ones before it",
                   NULL},
    [WHY_AGAIN] = {FX_BREAK_INSERTED, "record %s stands here again", ", with the %n after it"},
    [WHY_FORK] =
        {FX_BREAK_INSERTED,
         "records %s is there twice: this one, and the one before it, which is another", NULL},
    [WHY_STRAY] = {FX_BREAK_INSERTED, "record %s does not belong here, after record %a",
                   ", nor do the %n after it"},
    [WHY_RESTARTED] = {FX_BREAK_RESTARTED,
                       "a new chain begins; nothing ties it to record %a before it", NULL},
    [WHY_SIGNATURE] = {FX_BREAK_SIGNATURE, "the signature is not that of key %w over prev",
                       NULL},
    [WHY_SIGNER] = {FX_BREAK_SIGNATURE, "signed by key %w, which was not given", NULL},
    [WHY_UNSIGNED] = {FX_BREAK_SIGNATURE, "a head without a signature, and no good one follows",
                      NULL},
    [WHY_NO_HEAD] = {FX_BREAK_SIGNATURE, "there is no head with a good signature", NULL},
    [WHY_TORN] = {FX_BREAK_TORN, "the line is cut off: it has no line end", NULL},
    [WHY_TORN_WHOLE] = {FX_BREAK_TORN, "the record is whole, but has no line end", NULL},
    [WHY_TOO_LONG] = {FX_BREAK_TOO_LONG, "the line is longer than any record", NULL},
    [WHY_DAMAGED] = {FX_BREAK_DAMAGED, "%w", NULL},
    [WHY_CUT] = {FX_BREAK_CUT,
                 "no record has the hash %w: the log was cut at its end, or written anew",
                 NULL},
};

const char *fx_break_word(enum fx_break kind)
{
    return words[kind];
}

void walk_word(char to[WALK_WORD], struct fx_slice from)
{
    from = fx_slice_first(from, WALK_WORD - 1);
    if (from.len > 0)
        memcpy(to, from.ptr, from.len);
    to[from.len] = '\0';
}

struct walk_break *walk_break_at(struct fx_chain_walk *walk, uint64_t number)
{
    if (number == WALK_NONE || number < walk->given)
        return NULL;
    return &walk->queue[number % WALK_QUEUE];
}

void walk_close(struct fx_chain_walk *walk, uint64_t number)
{
    struct walk_break *b = walk_break_at(walk, number);
    if (b != NULL)
        b->open = false;
}

uint64_t walk_push(struct fx_chain_walk *walk, enum walk_why why, uint64_t seq)
{
    if (walk->pushed - walk->given == WALK_QUEUE) /* who does not ask loses the first ones */
        walk->given++;
    uint64_t number = walk->pushed++;
    walk->queue[number % WALK_QUEUE] = (struct walk_break){
        .why = why, .file = walk->file, .line = walk->line, .seq = seq, .records = 1};
    return number;
}

static void add_sentence(struct fx_text *t, const char *says, const struct walk_break *b)
{
    for (; *says != '\0'; says++) {
        if (*says != '%') {
            fx_text_add_char(t, *says);
            continue;
        }
        says++;
        if (*says == 'w' || *says == 'o')
            fx_text_add_str(t, *says == 'w' ? b->word : b->other_word);
        else
            fx_text_add_u64(t, *says == 's'   ? b->seq
                               : *says == 'a' ? b->after
                               : *says == 'f' ? b->from
                               : *says == 't' ? b->to
                                              : b->records - 1);
    }
}

/* What holds for several kinds. */
static void add_rest(struct fx_text *t, const struct walk_break *b)
{
    if (b->records > 1 && sentences[b->why].more != NULL)
        add_sentence(t, sentences[b->why].more, b);
    if ((b->why == WHY_TORN || b->why == WHY_DAMAGED) && b->to > 0)
        add_sentence(t, "; records %f to %t are not there", b);
    if (b->other_line > 0) {
        add_sentence(
            t, b->other_file == b->file ? ", from line " : ", in another file from line ", b);
        fx_text_add_u64(t, b->other_line);
    }
    if (b->other_word[0] != '\0')
        add_sentence(t, "; its host is %w, and before it %o: the log of another daemon?", b);
}

static void tell(const struct walk_break *b, struct fx_chain_break *out)
{
    struct fx_text t;
    *out = (struct fx_chain_break){.kind = sentences[b->why].kind,
                                   .file = b->file,
                                   .line = b->line,
                                   .seq = b->seq,
                                   .records = b->records,
                                   .from = b->from,
                                   .to = b->to};
    fx_text_init_fixed(&t, out->detail, sizeof out->detail - 1);
    add_sentence(&t, sentences[b->why].says, b);
    add_rest(&t, b);
    out->detail[t.len] = '\0';
}

bool fx_chain_walk_next(struct fx_chain_walk *walk, struct fx_chain_break *out)
{
    while (walk->given < walk->pushed) {
        const struct walk_break *b = &walk->queue[walk->given % WALK_QUEUE];
        if (b->open && !walk->over)
            return false;
        walk->given++;
        if (b->why == WHY_NONE)
            continue;
        tell(b, out);
        walk->result.breaks++;
        return true;
    }
    return false;
}
