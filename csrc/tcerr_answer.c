/* One answer of the API, 2.0 or 3.0: its code, what stands at the head of its message, and the cause. */
#include "tcerr_bytes.h"

/* ---- The module's code ---- */

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

/* Bytes of a message that are looked at: "（-123456789012345）" has so many. They are as many in a raw message, where
 * each may take six, so that no spelling shows more of it than another. */
#define HEAD ((size_t)22)
#define RAW_HEAD (6 * HEAD) /* not more than a cut message keeps */

/* Reads the number at the head of a decoded message. */
static size_t read_module_code(struct tcerr_slice message, int64_t *code)
{
    const size_t len = message.len < HEAD ? message.len : HEAD;
    struct tcerr_slice rest = {message.data, len};
    const bool opened = take(&rest, "(") || take(&rest, "（");
    bool closed;

    if (opened)
        skip_spaces(&rest);
    if (!take_number(&rest, code))
        return 0;
    if (opened) {
        skip_spaces(&rest);
        closed = take(&rest, ")") || take(&rest, "）");
    } else {
        closed = take(&rest, ":") || take(&rest, "：");
    }
    return closed ? len - rest.len : 0;
}

/* Whether a raw message may begin with a number, by its first character: most begin with a word, and are not looked at
 * any further. Of escapes only U+00xx and U+FFxx have what a number begins with. */
static bool may_have_number(struct tcerr_slice message)
{
    static const char first[] = "(-0123456789\xEF"; /* the wide parenthesis' first byte among them */
    const char *p = message.data;

    if (message.len == 0 || *p != '\\')
        return message.len > 0 && memchr(first, *p, sizeof first - 1);
    return message.len >= 6 && p[1] == 'u' &&
           ((p[2] == '0' && p[3] == '0') || ((p[2] | 0x20) == 'f' && (p[3] | 0x20) == 'f'));
}

size_t tcerr_module_code(struct tcerr_slice message, int64_t *code)
{
    char head[RAW_HEAD];

    if (!may_have_number(message))
        return 0;
    if (message.len > RAW_HEAD)
        message.len = RAW_HEAD;
    if (memchr(message.data, '\\', message.len)) {
        message.len = tcerr_json_decode(message, head);
        message.data = head;
    }
    return read_module_code(message, code);
}

/* ---- The answer's members ---- */

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

/* Which member the scanner has come to, unless it is none of those or not the first; from now on it has been seen. */
static enum tcerr_member note_member(struct tcerr_answer *a)
{
    struct tcerr_slice key = tcerr_json_text(&a->json.key);

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct tcerr_slice own = {wanted[i].key, strlen(wanted[i].key)};
        if ((unsigned)wanted[i].level != a->json.entered || !is_same(own, key))
            continue;
        if (a->seen >> wanted[i].member & 1)
            break;
        a->seen |= 1U << wanted[i].member;
        return wanted[i].member;
    }
    return TCERR_MEMBERS;
}

static bool has_seen(const struct tcerr_answer *a, enum tcerr_member member)
{
    return a->seen >> member & 1;
}

static void keep(struct tcerr_kept *kept, struct tcerr_slice raw)
{
    kept->len = raw.len <= TCERR_NAME_LENGTH ? tcerr_json_decode(raw, kept->text) : 0;
}

/* Takes a member that is a string, or a code that is a number. */
static void take_text(struct tcerr_answer *a, enum tcerr_member member, struct tcerr_slice text)
{
    a->text[member] = text;
    switch (member) {
    case TCERR_CODE_MEMBER:
        a->has_code = tcerr_read_number(text, &a->code);
        break;
    case TCERR_MESSAGE:
        a->module_len = tcerr_module_code(text, &a->module_code);
        break;
    case TCERR_ERROR_CODE:
        a->failed = text.len > 0;
        a->no_error = !a->failed;
        keep(&a->name, text);
        break;
    case TCERR_REQUEST_ID:
        keep(&a->request_id, text);
        break;
    default:
        break;
    }
}

static bool may_be_number(enum tcerr_member member)
{
    return member == TCERR_CODE_MEMBER || member == TCERR_CODE_DESC || member == TCERR_ERROR_CODE;
}

static void take_member(struct tcerr_answer *a)
{
    enum tcerr_json_kind kind = a->json.kind;
    enum tcerr_member member = note_member(a);

    if (member == TCERR_MEMBERS)
        return;
    if (kind == TCERR_JSON_STRING || (kind == TCERR_JSON_NUMBER && may_be_number(member)))
        take_text(a, member, tcerr_json_text(&a->json.value));
    else if (kind == TCERR_JSON_NULL && member == TCERR_ERROR)
        a->no_error = true;
}

/* An object begins: whether what is in it counts. */
static void take_object(struct tcerr_answer *a)
{
    enum tcerr_member member = note_member(a);

    if (member == TCERR_RESPONSE || member == TCERR_ERROR)
        tcerr_json_enter(&a->json);
}

static void leave_object(struct tcerr_answer *a)
{
    if (a->json.entered == TOP)
        a->succeeded = a->no_error || !has_seen(a, TCERR_ERROR);
}

/* ---- The answer ---- */

void tcerr_answer_start(struct tcerr_answer *a, enum tcerr_speed speed)
{
    memset(a, 0, sizeof *a);
    a->json.speed = speed;
}

void tcerr_answer_read(struct tcerr_answer *a, struct tcerr_slice chunk, bool early)
{
    const char *p = chunk.data, *end = p + chunk.len;

    while (a->status == TCERR_ANSWER_MORE) {
        switch (tcerr_json_next(&a->json, &p, end)) {
        case TCERR_JSON_MORE:
            return;
        case TCERR_JSON_MEMBER:
            take_member(a);
            if (early && a->has_code && has_seen(a, TCERR_MESSAGE))
                a->status = TCERR_ANSWER_DONE;
            break;
        case TCERR_JSON_OBJECT:
            take_object(a);
            break;
        case TCERR_JSON_LEFT:
            leave_object(a);
            break;
        case TCERR_JSON_END:
            a->status = TCERR_ANSWER_ENDED;
            break;
        case TCERR_JSON_TOO_DEEP:
            a->status = TCERR_ANSWER_TOO_DEEP;
            break;
        default:
            a->status = TCERR_ANSWER_MALFORMED;
        }
    }
}

enum tcerr_api tcerr_answer_api(const struct tcerr_answer *a)
{
    if (a->has_code)
        return TCERR_API_2;
    return a->failed || a->succeeded ? TCERR_API_3 : TCERR_API_NEITHER;
}

enum tcerr_index tcerr_answer_cause(const struct tcerr_answer *a, int module)
{
    struct tcerr_code code = {false, a->code, {NULL, 0}};

    if (a->has_code)
        return tcerr_find_cause(&code, a->module_len > 0 ? &a->module_code : NULL, module);
    code.is_name = true;
    if (!tcerr_read_name((struct tcerr_slice){a->name.text, a->name.len}, &code.name))
        return TCERR_COUNT;
    return tcerr_find_cause(&code, NULL, module);
}
