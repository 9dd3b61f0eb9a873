/*
 * A resumable scanner that finds the members of one JSON object, and of those in it that its caller enters, in a stream
 * of chunks.
 *
 * All that it knows between two calls is in struct tcerr_json, so a chunk may end anywhere: inside an escape, a number
 * or a literal. It allocates nothing and looks at each byte once.
 */
#include "tcerr_bytes.h"

enum state {
    START = 0,   /* before the object */
    FIRST_KEY,   /* behind "{": a key or "}" */
    KEY,         /* behind a "," in an object */
    COLON,       /* behind a key */
    FIRST_VALUE, /* behind "[": a value or "]" */
    VALUE,       /* behind a colon, or a "," in an array */
    AFTER,       /* behind a value: "," or a closing bracket */
    STRING,      /* from here on: inside a token, which may be cut */
    ESCAPE,
    HEX,
    NUMBER,
    LITERAL /* of a byte order mark, too, since it is as fixed a text */
};

enum number { OVER, MINUS, ZERO, INTEGER, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, EXPONENT_DIGIT };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool in_object(const struct tcerr_json *json)
{
    return json->open[json->depth] == '{';
}

/* ---- Tokens that the caller will see: the keys and values of the object that it has entered ---- */

/* The token that the scanner is inside of, if the caller will see it. */
static struct tcerr_json_token *open_token(struct tcerr_json *json)
{
    if (json->depth == 0 || json->depth != json->entered || json->state < STRING)
        return NULL; /* without any depth it is a byte order mark */
    return json->in_key ? &json->key : &json->value;
}

static void begin_token(struct tcerr_json *json, const char *p)
{
    struct tcerr_json_token *token = json->in_key ? &json->key : &json->value;

    if (json->depth > json->entered)
        return;
    token->whole = (struct tcerr_slice){p, 0};
    token->kept_len = 0;
}

/* Keeps what the chunk holds of a token. */
static void keep_token(struct tcerr_json_token *token)
{
    size_t room = TCERR_JSON_KEPT - token->kept_len, len = token->whole.len < room ? token->whole.len : room;

    if (len > 0)
        memcpy(token->kept + token->kept_len, token->whole.data, len);
    token->kept_len += len;
}

/* The token is complete, and goes no further than p. */
static void end_token(struct tcerr_json_token *token, const char *p)
{
    token->whole.len = (size_t)(p - token->whole.data);
    if (token->kept_len > 0)
        keep_token(token);
}

/* The chunk is used up: its bytes will be gone when the scanner goes on. */
static void end_chunk(struct tcerr_json *json, const char *end)
{
    struct tcerr_json_token *token = open_token(json);

    if (token) {
        token->whole.len = (size_t)(end - token->whole.data);
        keep_token(token);
    }
    if (token != &json->key && json->key.kept_len == 0)
        keep_token(&json->key);
}

struct tcerr_slice tcerr_json_text(const struct tcerr_json_token *token)
{
    return token->kept_len > 0 ? (struct tcerr_slice){token->kept, token->kept_len} : token->whole;
}

/* ---- Values ---- */

/* Behind a value; one that the caller sees completes a member. */
static enum tcerr_json_event end_value(struct tcerr_json *json)
{
    json->state = AFTER;
    return json->depth == json->entered ? TCERR_JSON_MEMBER : TCERR_JSON_MORE;
}

static enum tcerr_json_event end_string(struct tcerr_json *json, const char *quote)
{
    if (json->depth == json->entered)
        end_token(json->in_key ? &json->key : &json->value, quote);
    if (!json->in_key)
        return end_value(json);
    json->state = COLON;
    return TCERR_JSON_MORE;
}

/* Skips escapes that are whole in the chunk and well-formed. */
static const char *skip_escapes(const char *p, const char *end)
{
    while (end - p >= 6 && *p == '\\') {
        if (is_short_escape(p[1]))
            p += 2;
        else if (p[1] == 'u' && is_hex(p[2]) && is_hex(p[3]) && is_hex(p[4]) && is_hex(p[5]))
            p += 6;
        else
            break;
    }
    return p;
}

static enum tcerr_json_event scan_string(struct tcerr_json *json, const char **cursor, const char *end)
{
    const char *p = *cursor, *special;

    do {
        special = find_special(p, end);
        p = skip_escapes(special, end);
    } while (p > special);
    *cursor = p;
    if (p == end)
        return TCERR_JSON_MORE;
    if (*p != '"' && *p != '\\')
        return TCERR_JSON_MALFORMED;
    *cursor = p + 1;
    if (*p == '"')
        return end_string(json, p);
    json->state = ESCAPE;
    return TCERR_JSON_MORE;
}

static enum tcerr_json_event scan_escape(struct tcerr_json *json, char c)
{
    if (json->state == HEX) {
        if (!is_hex(c))
            return TCERR_JSON_MALFORMED;
        json->state = --json->digits == 0 ? STRING : HEX;
    } else if (c == 'u') {
        json->state = HEX;
        json->digits = 4;
    } else {
        if (!is_short_escape(c))
            return TCERR_JSON_MALFORMED;
        json->state = STRING;
    }
    return TCERR_JSON_MORE;
}

/* The state of a number behind one more byte, or OVER when the byte does not belong to it. */
static unsigned char number_next(unsigned char number, char c)
{
    switch (number) {
    case MINUS:
        return c == '0' ? ZERO : is_digit(c) ? INTEGER : OVER;
    case INTEGER:
        if (is_digit(c))
            return INTEGER;
        /* fall through */
    case ZERO:
        return c == '.' ? POINT : (c | 0x20) == 'e' ? EXPONENT : OVER;
    case FRACTION:
        if ((c | 0x20) == 'e')
            return EXPONENT;
        /* fall through */
    case POINT:
        return is_digit(c) ? FRACTION : OVER;
    case EXPONENT:
        if (c == '+' || c == '-')
            return EXPONENT_SIGN;
        /* fall through */
    default:
        return is_digit(c) ? EXPONENT_DIGIT : OVER;
    }
}

static enum tcerr_json_event scan_number(struct tcerr_json *json, const char **cursor, const char *end)
{
    const char *p = *cursor;
    unsigned char number = json->number, next;

    while (number == INTEGER && p < end && is_digit(*p))
        p++;
    while (p < end && (next = number_next(number, *p)) != OVER) {
        number = next;
        p++;
    }
    *cursor = p;
    json->number = number;
    if (p == end)
        return TCERR_JSON_MORE;
    if (number != ZERO && number != INTEGER && number != FRACTION && number != EXPONENT_DIGIT)
        return TCERR_JSON_MALFORMED;
    if (!is_blank(*p) && *p != ',' && *p != '}' && *p != ']')
        return TCERR_JSON_MALFORMED; /* without a delimiter it is not known to be this number */
    if (json->depth == json->entered)
        end_token(&json->value, p);
    return end_value(json);
}

static enum tcerr_json_event scan_literal(struct tcerr_json *json, const char **cursor, const char *end)
{
    while (*cursor < end && *json->literal)
        if (*(*cursor)++ != *json->literal++)
            return TCERR_JSON_MALFORMED;
    if (*json->literal)
        return TCERR_JSON_MORE;
    if (json->depth > 0)
        return end_value(json);
    json->state = START; /* it was the rest of a byte order mark */
    return TCERR_JSON_MORE;
}

/* ---- Between the tokens ---- */

static enum tcerr_json_event open_container(struct tcerr_json *json, char bracket)
{
    const bool object = bracket == '{';

    if (json->depth == TCERR_JSON_MAX_DEPTH)
        return TCERR_JSON_TOO_DEEP;
    json->open[++json->depth] = bracket;
    json->state = object ? FIRST_KEY : FIRST_VALUE;
    return object && json->depth == json->entered + 1 ? TCERR_JSON_OBJECT : TCERR_JSON_MORE;
}

static enum tcerr_json_event close_container(struct tcerr_json *json, char c)
{
    if (c != (in_object(json) ? '}' : ']'))
        return TCERR_JSON_MALFORMED;
    if (--json->depth == 0)
        return TCERR_JSON_END;
    json->kind = TCERR_JSON_OTHER;
    if (json->depth >= json->entered)
        return end_value(json);
    json->entered--;
    json->state = AFTER;
    return TCERR_JSON_LEFT;
}

/* A value starts at *cursor. */
static enum tcerr_json_event begin_value(struct tcerr_json *json, const char **cursor, const char *end)
{
    char c = *(*cursor)++;

    if (c == '{' || c == '[')
        return open_container(json, c);
    json->in_key = false;
    begin_token(json, *cursor - (c != '"'));
    if (c == '"') {
        json->state = STRING;
        json->kind = TCERR_JSON_STRING;
        return scan_string(json, cursor, end);
    }
    if (c == '-' || is_digit(c)) {
        json->state = NUMBER;
        json->kind = TCERR_JSON_NUMBER;
        json->number = c == '-' ? MINUS : c == '0' ? ZERO : INTEGER;
        return scan_number(json, cursor, end);
    }
    json->kind = c == 'n' ? TCERR_JSON_NULL : TCERR_JSON_OTHER;
    json->state = LITERAL;
    json->literal = c == 't' ? "rue" : c == 'f' ? "alse" : "ull";
    return c == 't' || c == 'f' || c == 'n' ? TCERR_JSON_MORE : TCERR_JSON_MALFORMED;
}

static enum tcerr_json_event begin_key(struct tcerr_json *json, const char **cursor, const char *end)
{
    if (*(*cursor)++ != '"')
        return TCERR_JSON_MALFORMED;
    json->in_key = true;
    json->state = STRING;
    begin_token(json, *cursor);
    return scan_string(json, cursor, end);
}

/* Before the object: a byte order mark or its brace. */
static enum tcerr_json_event begin_object(struct tcerr_json *json, char c)
{
    if (c == '{') {
        json->entered = 1;
        return open_container(json, c);
    }
    if (c != '\xEF' || json->begun)
        return TCERR_JSON_MALFORMED;
    json->begun = true;
    json->state = LITERAL;
    json->literal = "\xBB\xBF";
    return TCERR_JSON_MORE;
}

/* A byte that is not blank stands at *cursor, outside of every token. */
static enum tcerr_json_event scan_structure(struct tcerr_json *json, const char **cursor, const char *end)
{
    char c = **cursor;

    switch (json->state) {
    case FIRST_VALUE:
        if (c == ']')
            break;
        /* fall through */
    case VALUE:
        return begin_value(json, cursor, end);
    case FIRST_KEY:
        if (c == '}')
            break;
        /* fall through */
    case KEY:
        return begin_key(json, cursor, end);
    case START:
        ++*cursor;
        return begin_object(json, c);
    case COLON:
        ++*cursor;
        json->state = VALUE;
        return c == ':' ? TCERR_JSON_MORE : TCERR_JSON_MALFORMED;
    default: /* AFTER */
        if (c != ',')
            break;
        ++*cursor;
        json->state = in_object(json) ? KEY : VALUE;
        if (*cursor == end || is_blank(**cursor) || json->depth > json->entered)
            return TCERR_JSON_MORE;
        return json->state == KEY ? begin_key(json, cursor, end) : begin_value(json, cursor, end);
    }
    ++*cursor;
    return close_container(json, c);
}

/* Within what nobody enters a faster reader takes all elements that are whole in the chunk. It leaves those that it
 * cannot read, because they are cut or wrong; but not for so few bytes, as it looks at 64 at a time. */
static enum tcerr_json_event scan_unseen(struct tcerr_json *json, const char **cursor, const char *end)
{
    const bool key = json->state == FIRST_KEY || json->state == KEY;
    const bool element = key || (!in_object(json) && (json->state == FIRST_VALUE || json->state == VALUE));

    if (element && end - *cursor >= 64 && **cursor != json->open[json->depth] + 2) {
        if (tcerr_json_skip(json, cursor, end)) {
            json->kind = TCERR_JSON_OTHER;
            return end_value(json);
        }
        json->state = in_object(json) ? KEY : VALUE;
        if (*cursor == end)
            return TCERR_JSON_MORE;
    }
    return scan_structure(json, cursor, end);
}

static enum tcerr_json_event scan(struct tcerr_json *json, const char **cursor, const char *end)
{
    switch (json->state) {
    case STRING:
        return scan_string(json, cursor, end);
    case ESCAPE:
    case HEX:
        return scan_escape(json, *(*cursor)++);
    case NUMBER:
        return scan_number(json, cursor, end);
    case LITERAL:
        return scan_literal(json, cursor, end);
    default:
        if (!is_blank(**cursor))
            return json->depth > json->entered ? scan_unseen(json, cursor, end) : scan_structure(json, cursor, end);
        ++*cursor;
        json->begun = true;
        return TCERR_JSON_MORE;
    }
}

/* ---- For the other files ---- */

void tcerr_json_enter(struct tcerr_json *json)
{
    json->entered = json->depth;
}

enum tcerr_json_event tcerr_json_next(struct tcerr_json *json, const char **cursor, const char *end)
{
    struct tcerr_json_token *token = open_token(json);
    enum tcerr_json_event event = TCERR_JSON_MORE;

    if (token)
        token->whole.data = *cursor;
    while (event == TCERR_JSON_MORE && *cursor < end)
        event = scan(json, cursor, end);
    if (event == TCERR_JSON_MORE)
        end_chunk(json, end);
    return event;
}

/* ---- Decoding ---- */

/* Reads four hexadecimal digits. */
static bool read_unit(const char *p, const char *end, unsigned *unit)
{
    if (end - p < 4)
        return false;
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        unsigned c = (unsigned char)p[i];
        *unit = *unit * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return true;
}

static char *put_utf8(char *out, unsigned point)
{
    static const unsigned char first[] = {0, 0xC0, 0xE0, 0xF0};
    unsigned more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;

    *out++ = (char)(first[more] | point >> 6 * more);
    while (more-- > 0)
        *out++ = (char)(0x80 | (point >> 6 * more & 0x3F));
    return out;
}

/* Decodes the escape \uXXXX whose digits are at *p, with the second half of a surrogate pair. */
static char *decode_unicode(const char **p, const char *end, char *out)
{
    unsigned point, low;

    if (!read_unit(*p, end, &point)) {
        *p = end;
        return out;
    }
    *p += 4;
    if (point >= 0xD800 && point < 0xE000) {
        if (point < 0xDC00 && end - *p >= 2 && (*p)[0] == '\\' && (*p)[1] == 'u' && read_unit(*p + 2, end, &low) &&
            low >= 0xDC00 && low < 0xE000) {
            *p += 6;
            point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        } else {
            point = 0xFFFD;
        }
    }
    return put_utf8(out, point);
}

size_t tcerr_json_decode(struct tcerr_slice raw, char *out)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *p = raw.data, *end = p + raw.len, *named;
    char *start = out;

    while (p < end) {
        if (*p != '\\') {
            *out++ = *p++;
        } else if (++p < end) {
            char c = *p++;
            if (c == 'u')
                out = decode_unicode(&p, end, out);
            else if ((named = strchr(from, c)) != NULL)
                *out++ = to[named - from];
            else
                *out++ = c;
        }
    }
    return (size_t)(out - start);
}
