/*
 * Reads a whole line as one JSON object, fast and strictly: the same members as tcerr_json_next, which is the
 * specification.
 *
 * The places of the line's quotes are listed first, so that the end of a string is the next place and not a search.
 * The list leaves out the quotes that are escaped, and whoever makes it has seen every escape and every control
 * character within a string. So this reader never looks into a string. Outside of strings it looks at every byte.
 *
 * Two invariants hold it together. The place at r->quote is that of the first quote not before r->p: it cannot be
 * missing for a backslash before it, since a backslash outside of a string is an error where it stands. And the line
 * ends with a byte that may be read and is a newline: it is no part of any token, so that no loop runs past it.
 */
#include "tcerr_bytes.h"

#ifndef ALWAYS_INLINE /* the coverage counts each function once, not each copy of it */
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#endif
#define UNLIKELY(condition) __builtin_expect(condition, 0)

/* Kept apart from the list and never passed by its address, so that a compiler can keep it in registers. */
struct reader {
    const char *p;
    const char *end;       /* of a chunk; NULL for a line, which has its newline: then nothing is compared with it */
    const char *window;    /* of the list */
    const uint16_t *quote; /* the next one */
    struct line_index *index;
};

/* ---- Tokens ---- */

/* The byte at p, or, behind a chunk, one that is no part of any token. */
ALWAYS_INLINE char peek(const struct reader *r, const char *p)
{
    if (r->end && p == r->end)
        return '\0';
    return *p;
}

ALWAYS_INLINE void skip_blanks(struct reader *r)
{
    for (char c; c = peek(r, r->p), c == ' ' || c == '\t' || c == '\r' || (r->end && c == '\n');)
        r->p++;
}

/* Skips a byte and the blanks around it; most have none. */
ALWAYS_INLINE bool skip_mark(struct reader *r, char c)
{
    if (UNLIKELY(peek(r, r->p) != c)) {
        skip_blanks(r);
        if (peek(r, r->p) != c)
            return false;
    }
    r->p++;
    if (UNLIKELY((unsigned char)peek(r, r->p) <= ' '))
        skip_blanks(r);
    return true;
}

/* Where a string ends that does not end in the list's window: in the list of a later one. Without `open` it does not
 * begin there either. Returns NULL when it does not end. */
static const uint16_t *find_close(struct line_index *index, bool open)
{
    const uint16_t *quote;

    do {
        if (index->end)
            return NULL;
        tcerr_list_window(index);
        quote = index->places;
        if (!open && *quote != NO_PLACE) {
            open = true;
            quote++;
        }
    } while (*quote == NO_PLACE);
    return index->malformed ? NULL : quote;
}

/* The string whose opening quote is at p, without its quotes. */
ALWAYS_INLINE bool read_string(struct reader *r, struct tcerr_slice *text)
{
    const char *start = r->p + 1;
    const uint16_t *close = r->quote + 1; /* which is why two NO_PLACE are behind the list: r->quote may be at one */

    if (UNLIKELY(peek(r, r->p) != '"'))
        return false;
    if (UNLIKELY(*close == NO_PLACE)) {
        close = find_close(r->index, r->quote[0] != NO_PLACE);
        if (!close)
            return false;
        r->window = r->index->window;
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

    while (is_digit(peek(r, r->p)))
        r->p++;
    return r->p > start;
}

ALWAYS_INLINE bool skip_number(struct reader *r)
{
    r->p += peek(r, r->p) == '-';
    if (peek(r, r->p) == '0')
        r->p++;
    else if (!skip_digits(r))
        return false;
    if (peek(r, r->p) == '.') {
        r->p++;
        if (!skip_digits(r))
            return false;
    }
    if ((peek(r, r->p) | 0x20) != 'e')
        return true;
    r->p++;
    r->p += peek(r, r->p) == '+' || peek(r, r->p) == '-';
    return skip_digits(r);
}

ALWAYS_INLINE bool skip_literal(struct reader *r)
{
    const char c = peek(r, r->p), *literal = c == 't' ? "true" : c == 'f' ? "false" : "null";

    while (*literal && peek(r, r->p) == *literal) {
        r->p++;
        literal++;
    }
    return !*literal;
}

/* A string, a number or a literal. */
ALWAYS_INLINE bool read_scalar(struct reader *r, struct tcerr_slice *text, enum tcerr_json_kind *kind)
{
    const char *start = r->p, first = peek(r, start);
    bool ok;

    if (first == '"') {
        *kind = TCERR_JSON_STRING;
        return read_string(r, text);
    }
    *kind = is_digit(first) || first == '-' ? TCERR_JSON_NUMBER : TCERR_JSON_OTHER;
    ok = *kind == TCERR_JSON_NUMBER ? skip_number(r) : skip_literal(r);
    *text = (struct tcerr_slice){start, (size_t)(r->p - start)};
    return ok;
}

/* ---- Members ---- */

enum tcerr_role tcerr_take_key(const struct tcerr_wanted *wanted, struct tcerr_found *found, struct tcerr_slice key)
{
    const bool beside = found->step + 1 == wanted->step_count;

    for (unsigned i = 0; found->step == 0 && i < wanted->name_count; i++)
        if (is_same(wanted->names[i], key))
            found->present |= (uint32_t)1 << i;
    if (!(found->decided >> found->step & 1) && is_same(key, wanted->steps[found->step])) {
        found->decided |= 1U << found->step;
        return beside ? TCERR_ROLE_CODE : TCERR_ROLE_STEP;
    }
    if (beside && !found->message.data && is_same(key, wanted->message))
        return TCERR_ROLE_MESSAGE;
    return beside && !found->module_code.data && is_same(key, TCERR_MODULE_CODE) ? TCERR_ROLE_MODULE_CODE
                                                                                 : TCERR_ROLE_NONE;
}

bool tcerr_take_value(struct tcerr_found *found, enum tcerr_role role, struct tcerr_slice text,
                      enum tcerr_json_kind kind)
{
    const bool scalar = kind == TCERR_JSON_STRING || kind == TCERR_JSON_NUMBER;
    const struct tcerr_slice nothing = {"", 0};

    if (role == TCERR_ROLE_MESSAGE) {
        found->message = kind == TCERR_JSON_STRING ? text : nothing;
    } else if (role == TCERR_ROLE_MODULE_CODE) {
        found->module_code = scalar ? text : nothing;
    } else if (role == TCERR_ROLE_CODE) {
        found->coded = scalar && tcerr_read_code(text, &found->code);
        found->has_code = found->coded && (found->code.is_name || found->code.number != 0);
    }
    return role > TCERR_ROLE_CODE || found->has_code;
}

/* ---- The walk ---- */

/* What the walk knows, but for the place where it is. */
struct walk {
    const struct tcerr_wanted *wanted;
    struct tcerr_found *found;
    char *open;       /* the opening bracket of each depth */
    unsigned base;    /* the depth at which the walk ends */
    unsigned depth;   /* of the container whose elements are read */
    unsigned entered; /* of the object on the path whose members the caller sees; 0: it sees none */
};

/* Takes a container that has a role. */
static bool take_container(struct walk *walk, char bracket, enum tcerr_role role)
{
    const struct tcerr_slice nothing = {NULL, 0};

    if (role != TCERR_ROLE_STEP || bracket != '{')
        return tcerr_take_value(walk->found, role, nothing, TCERR_JSON_OTHER);
    walk->entered++;
    walk->found->step++;
    return true;
}

/* A container is closed; false when it was to have the code and has none. */
static bool leave_container(struct walk *walk)
{
    if (walk->depth-- != walk->entered)
        return true;
    walk->entered--;
    return !walk->found || (walk->found->step--, walk->found->has_code);
}

/* Behind a value that no comma follows: closes containers up to a comma, or up to the base. */
ALWAYS_INLINE bool close_containers(struct reader *r, struct walk *walk)
{
    do {
        skip_blanks(r);
        if (peek(r, r->p) != walk->open[walk->depth] + 2) /* so far is "}" from "{", and "]" from "[" */
            return false;
        r->p++;
        if (!leave_container(walk))
            return false;
        if (walk->depth == walk->base)
            break;
    } while (!skip_mark(r, ','));
    return true;
}

/* Reads a key and its colon. */
ALWAYS_INLINE bool read_key(struct reader *r, struct walk *walk, enum tcerr_role *role)
{
    struct tcerr_slice key;

    if (!read_string(r, &key))
        return false;
    if (walk->wanted && walk->depth == walk->entered && tcerr_may_be_wanted(walk->wanted, key))
        *role = tcerr_take_key(walk->wanted, walk->found, key);
    return skip_mark(r, ':');
}

/* Where an element begins: what the walk can go back to. */
struct place {
    const char *p;
    unsigned depth;
};

/* Reads elements, from one that is at p up to behind the bracket that closes the last but the base. When that fails,
 * *element is the one that could not be read. */
ALWAYS_INLINE bool read_elements(struct reader *r, struct walk *walk, struct place *element)
{
    struct tcerr_slice text;
    enum tcerr_json_kind kind;

    for (;;) {
        enum tcerr_role role = TCERR_ROLE_NONE;
        *element = (struct place){r->p, walk->depth};
        if (walk->open[walk->depth] == '{' && !read_key(r, walk, &role))
            return false;
        char bracket = peek(r, r->p);
        if (bracket == '"' || (bracket != '{' && bracket != '[')) {
            if (!read_scalar(r, &text, &kind) ||
                (role != TCERR_ROLE_NONE && !tcerr_take_value(walk->found, role, text, kind)))
                return false;
            if (skip_mark(r, ','))
                continue;
        } else {
            if (walk->depth == TCERR_JSON_MAX_DEPTH ||
                (role != TCERR_ROLE_NONE && !take_container(walk, bracket, role)))
                return false;
            walk->open[++walk->depth] = bracket;
            skip_mark(r, bracket);
            if (r->end && r->p == r->end) /* it is not known whether an element follows */
                return false;
            if (peek(r, r->p) != bracket + 2)
                continue;
        }
        if (!close_containers(r, walk))
            return false;
        if (walk->depth == walk->base)
            return true;
    }
}

/* Begins a list, and makes its first window. */
static void start_index(struct line_index *index, const char *p, const char *readable)
{
    index->next = p;
    index->readable = readable;
    index->end = NULL;
    index->escaping = index->inside = index->malformed = false;
    tcerr_list_window(index);
}

bool tcerr_read_line(const struct tcerr_wanted *wanted, enum tcerr_speed speed, struct tcerr_slice text,
                     struct tcerr_found *found, const char **brace, const char **newline)
{
    char open[TCERR_JSON_MAX_DEPTH + 1];
    struct line_index index;
    struct walk walk = {wanted, found, open, 0, 1, 1};
    struct reader r = {text.data, NULL, text.data, index.places, &index};
    const char *end = text.data + text.len;
    struct place element;
    bool ok;

    index.line = true;
    index.speed = speed;
    index.size = WINDOW;
    start_index(&index, text.data, end);
    if (*r.p == '\xEF' && r.p[1] == '\xBB' && r.p[2] == '\xBF') /* a byte order mark */
        r.p += 3;
    skip_blanks(&r);
    walk.open[1] = '{';
    ok = !index.malformed && skip_mark(&r, '{') && read_elements(&r, &walk, &element);
    *brace = r.p - 1;
    skip_blanks(&r);
    *newline = index.end ? index.end : memchr(r.p, '\n', (size_t)(end - r.p));
    if (!*newline)
        *newline = end;
    return ok && r.p == *newline;
}

bool tcerr_json_skip(struct tcerr_json *json, const char **cursor, const char *end)
{
    struct line_index index;
    struct walk walk = {NULL, NULL, json->open, json->entered, json->depth, 0};
    struct reader r = {*cursor, end, *cursor, index.places, &index};
    struct place element = {*cursor, json->depth};
    bool closed;

    index.line = false;
    index.speed = json->speed;
    index.size = 64; /* what is skipped may be short; the next window is twice as large */
    start_index(&index, *cursor, end);
    closed = !index.malformed && read_elements(&r, &walk, &element);
    *cursor = closed ? r.p : element.p;
    json->depth = closed ? json->entered : element.depth;
    return closed;
}
