/* One answer of the API, 2.0 or 3.0: its code, what stands at the head of its message, and the cause. */
#include "tcerr.h"

/* Goes on behind a literal if the text begins with it. */
static bool take(struct tcerr_slice *text, const char *literal)
{
    size_t len = strlen(literal);

    if (text->len < len || memcmp(text->data, literal, len) != 0)
        return false;
    *text = (struct tcerr_slice){text->data + len, text->len - len};
    return true;
}

static void skip_spaces(struct tcerr_slice *text)
{
    while (take(text, " "))
        ;
}

/* Takes "-514", also with spaces behind the sign. */
static bool take_number(struct tcerr_slice *text, int64_t *code)
{
    bool negative = take(text, "-");
    size_t digits = 0;

    if (negative)
        skip_spaces(text);
    while (digits < text->len && is_digit(text->data[digits]))
        digits++;
    if (!tcerr_read_number((struct tcerr_slice){text->data, digits}, code))
        return false;
    if (negative)
        *code = -*code;
    *text = (struct tcerr_slice){text->data + digits, text->len - digits};
    return true;
}

/* Bytes of a message that are looked at: "（-123456789012345）" has so many. */
#define HEAD ((size_t)22)

/* Whether a raw message may begin with a number, by its first character: most begin with a word, and are not looked at
 * any further. Of escapes only U+00xx and U+FFxx have what a number begins with. */
static bool may_have_number(const char *p)
{
    static const char first[] = "(-0123456789\xEF"; /* the wide parenthesis' first byte among them */

    if (*p != '\\')
        return memchr(first, *p, sizeof first - 1) != NULL;
    return p[1] == 'u' && ((p[2] == '0' && p[3] == '0') || ((p[2] | 0x20) == 'f' && (p[3] | 0x20) == 'f'));
}

size_t tcerr_module_code(struct tcerr_slice message, int64_t *code)
{
    char head[HEAD + 3];
    struct tcerr_slice rest = {head, 0};
    size_t len;
    bool opened;

    if (!may_have_number(message.data))
        return 0;
    len = tcerr_json_decode(message, HEAD, head);
    rest.len = len = len < HEAD ? len : HEAD;
    opened = take(&rest, "(") || take(&rest, "（");
    if (opened)
        skip_spaces(&rest);
    if (!take_number(&rest, code))
        return 0;
    if (opened)
        skip_spaces(&rest);
    return take(&rest, opened ? ")" : ":") || take(&rest, opened ? "）" : "：") ? len - rest.len : 0;
}

/* The objects that are entered, one inside of the other. */
enum level { TOP = 1, IN_RESPONSE, IN_ERROR };

static const struct {
    enum level level;
    enum tcerr_member member;
    const char *key;
} wanted[] = {
    {TOP, TCERR_CODE_MEMBER, "code"},
    {TOP, TCERR_MESSAGE, "message"},
    {TOP, TCERR_CODE_DESC, "codeDesc"},
    {TOP, TCERR_CODE_DESC, "codedesc"},
    {TOP, TCERR_RESPONSE, "Response"},
    {IN_RESPONSE, TCERR_ERROR, "Error"},
    {IN_ERROR, TCERR_ERROR_CODE, "Code"},
    {IN_ERROR, TCERR_ERROR_MESSAGE, "Message"},
    {IN_RESPONSE, TCERR_REQUEST_ID, "RequestId"},
};

static bool has_seen(const struct tcerr_answer *a, enum tcerr_member member)
{
    return a->seen >> member & 1;
}

/* The role of a key's value is its member, unless it is none of those or not the first. */
static unsigned take_key(void *context, unsigned level, struct tcerr_slice key)
{
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct tcerr_slice own = {wanted[i].key, strlen(wanted[i].key)};
        if ((unsigned)wanted[i].level == level && is_same(own, key))
            return has_seen(context, wanted[i].member) ? TCERR_NO_MEMBER : wanted[i].member;
    }
    return TCERR_NO_MEMBER;
}

/* Takes a member that is a string, or a code that is a number. */
static void take_text(struct tcerr_answer *a, unsigned member, struct tcerr_slice text)
{
    a->text[member] = text;
    if (member == TCERR_CODE_MEMBER) {
        a->has_code = tcerr_read_number(text, &a->code);
    } else if (member == TCERR_MESSAGE) {
        a->module_len = tcerr_module_code(text, &a->module_code);
    } else if (member == TCERR_ERROR_CODE) {
        a->no_error = text.len == 0 || is_same(text, (struct tcerr_slice){"0", 1});
        a->failed = !a->no_error;
    }
}

static enum tcerr_json_next take_value(void *context, unsigned member, struct tcerr_slice text,
                                       enum tcerr_json_kind kind)
{
    static const unsigned numbers = 1U << TCERR_CODE_MEMBER | 1U << TCERR_CODE_DESC | 1U << TCERR_ERROR_CODE;
    struct tcerr_answer *a = context;

    a->seen |= 1U << member;
    if (kind == TCERR_JSON_STRING || (kind == TCERR_JSON_NUMBER && numbers >> member & 1))
        take_text(a, member, text);
    else if (kind == TCERR_JSON_NULL && member == TCERR_ERROR)
        a->no_error = true;
    else if (kind == TCERR_JSON_OBJECT && (member == TCERR_RESPONSE || member == TCERR_ERROR))
        return TCERR_JSON_ENTER;
    return a->early && a->has_code && has_seen(a, TCERR_MESSAGE) ? TCERR_JSON_STOP : TCERR_JSON_GO_ON;
}

static bool leave(void *context, unsigned level)
{
    struct tcerr_answer *a = context;

    if (level == TOP)
        a->succeeded = a->no_error || !has_seen(a, TCERR_ERROR);
    return true;
}

void tcerr_answer_read(struct tcerr_answer *a, enum tcerr_speed speed, struct tcerr_slice body, bool early)
{
    struct tcerr_json_taker taker = {NULL, UINT64_MAX, take_key, take_value, leave};

    memset(a, 0, sizeof *a);
    a->early = early;
    taker.context = a;
    a->status = tcerr_json_read(&taker, speed, body, NULL);
}

enum tcerr_api tcerr_answer_api(const struct tcerr_answer *a)
{
    if (a->has_code)
        return TCERR_API_2;
    return a->failed || a->succeeded ? TCERR_API_3 : TCERR_API_NEITHER;
}

struct tcerr_slice tcerr_answer_name(const struct tcerr_answer *a, enum tcerr_member member, char *room)
{
    const struct tcerr_slice raw = a->text[member];

    return (struct tcerr_slice){room,
                                raw.data && raw.len <= TCERR_NAME_LENGTH ? tcerr_json_decode(raw, raw.len, room) : 0};
}

enum tcerr_index tcerr_answer_cause(const struct tcerr_answer *a, int module)
{
    struct tcerr_code code = {.is_name = true};
    char room[TCERR_NAME_LENGTH];

    if (a->has_code)
        return tcerr_find_cause(a->code, a->module_len > 0 ? &a->module_code : NULL, module);
    if (!tcerr_read_name(tcerr_answer_name(a, TCERR_ERROR_CODE, room), &code.name))
        return TCERR_COUNT;
    return tcerr_find(&code, module);
}
