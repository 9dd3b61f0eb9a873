/* One answer of the API: its code, and the code of the module behind it at the head of its message. */
#include <string.h>

#include "tcerr.h"

static bool equals(struct tcerr_slice slice, const char *text)
{
    return slice.len == strlen(text) && memcmp(slice.data, text, slice.len) == 0;
}

/* ---- The module's code ---- */

static size_t skip_spaces(struct tcerr_slice text, size_t at)
{
    while (at < text.len && text.data[at] == ' ')
        at++;
    return at;
}

/* The length of the literal if the text has it at this place, else 0. */
static size_t literal_at(struct tcerr_slice text, size_t at, const char *literal)
{
    size_t len = strlen(literal);

    return text.len - at >= len && memcmp(text.data + at, literal, len) == 0 ? len : 0;
}

/* Either of two spellings: ASCII and full width. */
static size_t either_at(struct tcerr_slice text, size_t at, const char *narrow, const char *wide)
{
    size_t len = literal_at(text, at, narrow);

    return len ? len : literal_at(text, at, wide);
}

/* Reads "-514", also with spaces behind the sign; returns the place behind it, or 0. */
static size_t read_number(struct tcerr_slice text, size_t at, int64_t *code)
{
    bool negative = literal_at(text, at, "-") > 0;
    size_t start = negative ? skip_spaces(text, at + 1) : at, end = start;

    while (end < text.len && text.data[end] >= '0' && text.data[end] <= '9')
        end++;
    if (!tcerr_read_code((struct tcerr_slice){text.data + start, end - start}, code))
        return 0;
    if (negative)
        *code = -*code;
    return end;
}

size_t tcerr_module_code(struct tcerr_slice message, int64_t *code)
{
    size_t opening = either_at(message, 0, "(", "（"), at = opening, closing;
    int64_t number;

    if (opening)
        at = skip_spaces(message, at);
    at = read_number(message, at, &number);
    if (at == 0)
        return 0;
    if (opening) {
        at = skip_spaces(message, at);
        closing = either_at(message, at, ")", "）");
    } else {
        closing = either_at(message, at, ":", "：");
    }
    if (closing == 0)
        return 0;
    *code = number;
    return at + closing;
}

/* ---- The answer's members ---- */

static void read_message(struct tcerr_response *r, struct tcerr_slice raw)
{
    char head[TCERR_JSON_KEPT];
    struct tcerr_slice decoded = {head, 0};

    r->has_message = true;
    r->message = raw;
    /* Only the head, so that a cut message and a whole one give the same. */
    if (raw.len > TCERR_JSON_KEPT)
        raw.len = TCERR_JSON_KEPT;
    decoded.len = tcerr_json_decode(raw, head);
    r->module_len = tcerr_module_code(decoded, &r->module_code);
    r->has_module_code = r->module_len > 0;
}

static void read_member(struct tcerr_response *r)
{
    struct tcerr_slice key = tcerr_json_text(&r->json.key), value = tcerr_json_text(&r->json.value);
    enum tcerr_json_kind kind = r->json.kind;

    if (!r->code_seen && equals(key, "code")) {
        r->code_seen = true;
        r->has_code = kind != TCERR_JSON_OTHER && tcerr_read_code(value, &r->code);
    } else if (!r->message_seen && equals(key, "message")) {
        r->message_seen = true;
        if (kind == TCERR_JSON_STRING)
            read_message(r, value);
    } else if (!r->has_code_desc && kind != TCERR_JSON_OTHER && (equals(key, "codeDesc") || equals(key, "codedesc"))) {
        r->has_code_desc = true;
        r->code_desc = value;
    }
}

void tcerr_response_start(struct tcerr_response *r)
{
    memset(r, 0, sizeof *r);
    tcerr_json_start(&r->json);
}

/* Text that goes wrong behind code and message cannot change what they say. */
static enum tcerr_response_status fail(const struct tcerr_response *r, enum tcerr_response_status failure)
{
    return r->code_seen && r->message_seen ? TCERR_RESPONSE_DONE : failure;
}

enum tcerr_response_status tcerr_response_read(struct tcerr_response *r, struct tcerr_slice chunk, bool early)
{
    const char *p = chunk.data, *end = p + chunk.len;

    while (!r->ended) {
        switch (tcerr_json_next(&r->json, &p, end)) {
        case TCERR_JSON_MEMBER:
            read_member(r);
            if (early && r->code_seen && (r->message_seen || !r->has_code))
                return TCERR_RESPONSE_DONE;
            break;
        case TCERR_JSON_END:
            r->ended = true;
            break;
        case TCERR_JSON_MORE:
            return TCERR_RESPONSE_MORE;
        case TCERR_JSON_TOO_DEEP:
            return fail(r, TCERR_RESPONSE_TOO_DEEP);
        default:
            return fail(r, TCERR_RESPONSE_MALFORMED);
        }
    }
    return tcerr_json_blank(p, end) ? TCERR_RESPONSE_ENDED : fail(r, TCERR_RESPONSE_MALFORMED);
}
