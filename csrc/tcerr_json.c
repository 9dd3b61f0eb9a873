/*
 * Reads one JSON object, fast and strictly, in one pass: a line of a log, or the body of an answer as far as it is
 * there. It allocates nothing.
 *
 * The places of the quotes are listed first, so that the end of a string is the next place and not a search. The list
 * leaves out the quotes that are escaped, and ends before a wrong escape or a control character within a string. So
 * this reader never looks into a string. Outside of strings it looks at every byte.
 *
 * Two invariants hold it together. The place at r->quote is that of the first quote not before r->p: it cannot be
 * missing for a backslash before it, since a backslash outside of a string is an error where it stands. And behind the
 * text stands a byte that is no part of any token, so that no loop runs past it.
 */
#include "tcerr.h"

#ifndef ALWAYS_INLINE /* the coverage counts each function once, not each copy of it */
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#endif
#define UNLIKELY(condition) __builtin_expect(condition, 0)

/* Kept apart from the list and never passed by its address, so that a compiler can keep it in registers. */
struct reader {
    const char *p;
    const char *window;    /* of the list */
    const uint16_t *quote; /* the next one */
    struct quote_list *list;
    char newline; /* what is a blank, too: in a line, which a newline ends, none more */
};

/* ---- Tokens ---- */

ALWAYS_INLINE bool is_blank(const struct reader *r, char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == r->newline;
}

ALWAYS_INLINE void skip_blanks(struct reader *r)
{
    while (is_blank(r, *r->p))
        r->p++;
}

/* Skips a byte and the blanks around it; most have none. */
ALWAYS_INLINE bool skip_mark(struct reader *r, char c)
{
    if (UNLIKELY(*r->p != c)) {
        skip_blanks(r);
        if (*r->p != c)
            return false;
    }
    r->p++;
    if (UNLIKELY((unsigned char)*r->p <= ' '))
        skip_blanks(r);
    return true;
}

/* Where a string ends that does not end in the list's window: in the list of a later one. Without `open` it does not
 * begin there either. Returns NULL when it does not end. */
static const uint16_t *find_close(struct quote_list *list, bool open)
{
    const uint16_t *quote;

    do {
        if (list->end)
            return NULL;
        tcerr_list_window(list);
        quote = list->places;
        if (!open && *quote != NO_PLACE) {
            open = true;
            quote++;
        }
    } while (*quote == NO_PLACE);
    return quote;
}

/* The string whose opening quote is at p, without its quotes. */
ALWAYS_INLINE bool read_string(struct reader *r, struct tcerr_slice *text)
{
    const char *start = r->p + 1;
    const uint16_t *close = r->quote + 1; /* which is why two NO_PLACE are behind the list: r->quote may be at one */

    if (UNLIKELY(*r->p != '"'))
        return false;
    if (UNLIKELY(*close == NO_PLACE)) {
        close = find_close(r->list, r->quote[0] != NO_PLACE);
        if (!close) {
            r->p = r->list->end;
            return false;
        }
        r->window = r->list->window;
    }
    r->p = r->window + *close + 1;
    r->quote = close + 1;
    *text = (struct tcerr_slice){start, (size_t)(r->p - 1 - start)};
    return true;
}

/* Skips digits; false if there are none. */
ALWAYS_INLINE bool skip_digits(struct reader *r)
{
    const char *start = r->p;

    while (is_digit(*r->p))
        r->p++;
    return r->p > start;
}

ALWAYS_INLINE bool skip_number(struct reader *r)
{
    r->p += *r->p == '-';
    if (*r->p == '0')
        r->p++;
    else if (!skip_digits(r))
        return false;
    if (*r->p == '.') {
        r->p++;
        if (!skip_digits(r))
            return false;
    }
    if ((*r->p | 0x20) != 'e')
        return true;
    r->p++;
    r->p += *r->p == '+' || *r->p == '-';
    return skip_digits(r);
}

ALWAYS_INLINE bool skip_literal(struct reader *r, const char *literal)
{
    while (*literal && *r->p == *literal) {
        r->p++;
        literal++;
    }
    return !*literal;
}

/* A string, a number or a literal. */
ALWAYS_INLINE bool read_scalar(struct reader *r, struct tcerr_slice *text, enum tcerr_json_kind *kind)
{
    const char *start = r->p, first = *start;
    bool ok;

    if (first == '"') {
        *kind = TCERR_JSON_STRING;
        return read_string(r, text);
    }
    if (is_digit(first) || first == '-') {
        *kind = TCERR_JSON_NUMBER;
        ok = skip_number(r);
    } else {
        *kind = first == 'n' ? TCERR_JSON_NULL : TCERR_JSON_OTHER;
        ok = skip_literal(r, first == 't' ? "true" : first == 'f' ? "false" : "null");
    }
    *text = (struct tcerr_slice){start, (size_t)(r->p - start)};
    return ok;
}

/* ---- The walk ---- */

/* What the walk knows, but for the place where it is. */
struct walk {
    const struct tcerr_json_taker *taker;
    unsigned depth;                      /* of the container whose elements are read */
    unsigned entered;                    /* of the object whose members the taker sees */
    enum tcerr_json_status failed;       /* why it ended, if it is not the text's fault */
    char open[TCERR_JSON_MAX_DEPTH + 1]; /* the opening bracket of each depth */
};

static bool fail(struct walk *walk, enum tcerr_json_status why)
{
    walk->failed = why;
    return false;
}

/* Gives the taker a value that has a role. */
static bool give_value(struct walk *walk, unsigned role, struct tcerr_slice text, enum tcerr_json_kind kind)
{
    const enum tcerr_json_next next = walk->taker->value(walk->taker->context, role, text, kind);

    walk->entered += next == TCERR_JSON_ENTER;
    return next != TCERR_JSON_STOP || fail(walk, TCERR_JSON_STOPPED);
}

/* Reads a key and its colon. */
ALWAYS_INLINE bool read_key(struct reader *r, struct walk *walk, unsigned *role)
{
    const struct tcerr_json_taker *taker = walk->taker;
    struct tcerr_slice key;

    if (!read_string(r, &key))
        return false;
    if (walk->depth == walk->entered && tcerr_may_matter(taker->marks, key))
        *role = taker->key(taker->context, walk->entered, key);
    return skip_mark(r, ':');
}

/* Reads a value that is no container. A number without a delimiter may be another one, and what follows is wrong. */
ALWAYS_INLINE bool read_value(struct reader *r, struct walk *walk, unsigned role)
{
    struct tcerr_slice text;
    enum tcerr_json_kind kind;

    if (!read_scalar(r, &text, &kind))
        return false;
    if (role == 0 || (kind == TCERR_JSON_NUMBER && *r->p != ',' && *r->p != '}' && *r->p != ']' && !is_blank(r, *r->p)))
        return true;
    return give_value(walk, role, text, kind);
}

static bool open_container(struct walk *walk, char bracket, unsigned role)
{
    const struct tcerr_slice nothing = {"", 0};

    if (walk->depth == TCERR_JSON_MAX_DEPTH)
        return fail(walk, TCERR_JSON_TOO_DEEP);
    walk->open[++walk->depth] = bracket;
    return role == 0 || give_value(walk, role, nothing, bracket == '{' ? TCERR_JSON_OBJECT : TCERR_JSON_OTHER);
}

/* Behind a value, and its blanks, that no comma follows: closes containers up to a comma, or all. */
ALWAYS_INLINE bool close_containers(struct reader *r, struct walk *walk)
{
    do {
        if (*r->p != walk->open[walk->depth] + 2) /* so far is "}" from "{", and "]" from "[" */
            return false;
        r->p++;
        if (walk->depth-- == walk->entered && !walk->taker->leave(walk->taker->context, --walk->entered))
            return fail(walk, TCERR_JSON_STOPPED);
    } while (walk->depth > 0 && !skip_mark(r, ','));
    return true;
}

/* Reads elements, from the one at p up to behind the bracket that closes the object. */
ALWAYS_INLINE bool read_elements(struct reader *r, struct walk *walk)
{
    do {
        unsigned role = 0;
        if (walk->open[walk->depth] == '{' && !read_key(r, walk, &role))
            return false;
        char bracket = *r->p;
        if (bracket == '"' || (bracket != '{' && bracket != '[')) {
            if (!read_value(r, walk, role))
                return false;
            if (skip_mark(r, ','))
                continue;
        } else {
            if (!open_container(walk, bracket, role))
                return false;
            skip_mark(r, bracket);
            if (*r->p != bracket + 2)
                continue;
        }
        if (!close_containers(r, walk))
            return false;
    } while (walk->depth > 0);
    return true;
}

ALWAYS_INLINE bool read_object(struct reader *r, struct walk *walk)
{
    if (*r->p == '\xEF' && !skip_literal(r, "\xEF\xBB\xBF")) /* a byte order mark */
        return false;
    walk->depth = walk->entered = 1;
    walk->open[1] = '{';
    if (!skip_mark(r, '{'))
        return false;
    return *r->p == '}' ? close_containers(r, walk) : read_elements(r, walk);
}

enum tcerr_json_status tcerr_json_read(const struct tcerr_json_taker *taker, enum tcerr_speed speed,
                                       struct tcerr_slice text, struct tcerr_json_line *line)
{
    const char *end = text.data + text.len;
    uint16_t places[WINDOW + 64];
    struct quote_list list = {
        text.data, text.data, end, NULL, line != NULL, false, false, speed, line ? WINDOW : FIRST_WINDOW, places};
    struct reader r = {text.data, text.data, places, &list, line ? ' ' : '\n'};
    struct walk walk;
    bool ok;

    walk.taker = taker;
    walk.failed = TCERR_JSON_WHOLE;
    tcerr_list_window(&list);
    ok = read_object(&r, &walk);
    if (line) {
        line->brace = r.p - 1;
        skip_blanks(&r);
        line->newline = list.end && *list.end == '\n' ? list.end : memchr(r.p, '\n', (size_t)(end - r.p));
        if (!line->newline)
            line->newline = end;
        ok = ok && r.p == line->newline;
    }
    if (ok || walk.failed != TCERR_JSON_WHOLE)
        return walk.failed;
    return r.p == end ? TCERR_JSON_CUT : TCERR_JSON_MALFORMED;
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

size_t tcerr_json_decode(struct tcerr_slice raw, size_t enough, char *out)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *p = raw.data, *end = p + raw.len, *named;
    char *start = out;

    while (p < end && (size_t)(out - start) < enough) {
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
