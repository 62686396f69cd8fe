/* record_read - see record_read.h. */
#include "record_read.h"

#include "record.h"
#include "timestamp.h"

#include <stdlib.h>
#include <string.h>

/* Memory for the members of one line: several times the largest record. Without it a line of
 * that length, of nothing but brackets, would take hundreds of megabytes. */
#define MEMORY_MAX (8 * FX_RECORD_MAX)

/* ---- memory, counted ---- */

union block {
    size_t size;
    max_align_t align;
};

static size_t in_use;
static bool refused;

static void *counted(size_t size)
{
    if (size > MEMORY_MAX - in_use || size + sizeof(union block) > MEMORY_MAX - in_use) {
        refused = true;
        return NULL;
    }
    union block *block = malloc(sizeof *block + size);
    if (block == NULL)
        return NULL;
    block->size = sizeof *block + size;
    in_use += block->size;
    return block + 1;
}

static void give_back(void *memory)
{
    if (memory == NULL)
        return;
    union block *block = (union block *)memory - 1;
    in_use -= block->size;
    free(block);
}

/* ---- reading ---- */

static const char *wrong(const json_error_t *error)
{
    if (refused)
        return "no record: too many parts";
    switch (json_error_code(error)) {
    case json_error_out_of_memory:
        return "not enough memory for it";
    case json_error_stack_overflow:
        return "no record: nested too deep";
    case json_error_invalid_utf8:
        return "no record: octets that are not UTF-8";
    case json_error_numeric_overflow:
        return "no record: a number too large";
    case json_error_duplicate_key:
        return "no record: a member twice";
    case json_error_premature_end_of_input:
        return "no record: cut off";
    default:
        return "no record: no JSON";
    }
}

static enum ctl_record_type type_of(struct fx_slice word)
{
    for (int t = 0; t < CTL_RECORD_OTHER; t++)
        if (fx_slice_eq(word, fx_slice_str(ctl_record_type_name((enum ctl_record_type)t))))
            return (enum ctl_record_type)t;
    return CTL_RECORD_OTHER;
}

const char *ctl_record_read(struct fx_slice line, struct ctl_record *record)
{
    json_error_t error;
    refused = false;
    json_set_alloc_funcs(counted, give_back);
    if (line.len == 0)
        return "no record: an empty line";
    if (line.ptr[0] != '{')
        return "no record: no JSON object";
    if (fx_slice_find(line, '\0') < line.len) /* which jansson 2.14 passes over after a word */
        return "no record: a NUL octet";
    json_t *members =
        json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (members == NULL)
        return wrong(&error);
    struct fx_slice type = ctl_member_text(members, "type");
    int64_t time = 0;
    const char *what = NULL;
    if (ctl_member_count(members, "v") != 1)
        what = "no record: \"v\" is not 1";
    else if (!fx_slice_told(type))
        what = "no record: no \"type\"";
    else if (!fx_timestamp_read(ctl_member_text(members, "time"), &time))
        what = "no record: no \"time\"";
    if (what != NULL) {
        json_decref(members);
        return what;
    }
    *record = (struct ctl_record){.members = members, .time = time, .type = type_of(type)};
    return NULL;
}

void ctl_record_finish(struct ctl_record *record)
{
    json_decref(record->members);
    *record = (struct ctl_record){0};
}

/* ---- members ---- */

struct fx_slice ctl_member_text(const json_t *of, const char *name)
{
    const json_t *value = json_object_get(of, name);
    return json_is_string(value) ? fx_slice(json_string_value(value), json_string_length(value))
                                 : FX_ABSENT;
}

uint64_t ctl_member_count(const json_t *of, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(of, name));
    return value > 0 ? (uint64_t)value : 0;
}

bool ctl_member_true(const json_t *of, const char *name)
{
    return json_is_true(json_object_get(of, name));
}
