/*
 * Reads one whole line as a JSON object, fast: the same members as tcerr_json_next, which is the specification.
 *
 * A bitmap of the line's quotes is made first, 16 bytes at a time, so that the end of a string is the next bit and not
 * a search. That works for lines of some length without a backslash or a control character, which most are; of the
 * others, and where there is no SSE2, line_start returns false and the caller takes tcerr_json_next.
 */
#ifndef TCERR_LINE_H
#define TCERR_LINE_H

#include "tcerr_bytes.h"

#define LINE_WORDS 64 /* of the bitmap: lines up to 4 KiB */
#define LINE_DEPTH 64

/* Kept apart from its bitmap, so that a compiler can keep it in registers. */
struct line_reader {
    const char *p, *start, *end;
    const char *base;     /* of the 64 bytes that the current word of the bitmap is about */
    const uint64_t *word; /* the next one */
    uint64_t quotes;      /* of the current one, those that are still to come */
};

struct line_member {
    struct tcerr_slice key, value;
    enum tcerr_json_kind kind;
};

#if defined(__GNUC__)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE static inline
#endif

#ifdef TCERR_SSE2

/* Fills the bitmap; false if the line is not for this reader. Reads up to 64 bytes behind the line. */
static inline bool line_index(const char *start, size_t len, uint64_t *bitmap)
{
    const size_t words = (len + 63) / 64;
    const uint64_t last = len % 64 ? ((uint64_t)1 << len % 64) - 1 : ~(uint64_t)0; /* what of the last word is inside */
    uint64_t odd = 0;

    for (size_t i = 0; i < words; i++) {
        uint64_t quotes = 0;
        odd = 0;
        for (unsigned n = 0; n < 64; n += 16) {
            __m128i bytes = load(start + i * 64 + n);
            quotes |= (uint64_t)equal_mask(bytes, '"') << n;
            odd |= (uint64_t)odd_mask(bytes) << n;
        }
        bitmap[i] = quotes;
        if (odd && i + 1 < words)
            return false;
    }
    bitmap[words - 1] &= last;
    bitmap[words] = ~(uint64_t)0; /* so that looking for a quote that is missing ends */
    return (odd & last) == 0;
}

/* Whether the line is for this reader. `readable` is where the memory ends that may be read. */
ALWAYS_INLINE bool line_start(struct line_reader *r, const char *start, const char *end, const char *readable,
                              uint64_t *bitmap)
{
    size_t len = (size_t)(end - start);

    if (len == 0 || len > LINE_WORDS * 64 || readable - end < 64 || *start == (char)0xEF /* a byte order mark */)
        return false;
    if (!line_index(start, len, bitmap))
        return false;
    *r = (struct line_reader){start, start, end, start, bitmap + 1, bitmap[0]};
    return true;
}

#else

ALWAYS_INLINE bool line_start(struct line_reader *r, const char *start, const char *end, const char *readable,
                              uint64_t *bitmap)
{
    (void)r, (void)start, (void)end, (void)readable, (void)bitmap;
    return false;
}

#endif

/* What follows relies on the byte behind the line being a newline or a carriage return: no loop runs past it. */

ALWAYS_INLINE const char *next_quote(struct line_reader *r)
{
    const char *quote;

    while (r->quotes == 0) {
        r->quotes = *r->word++;
        r->base += 64;
    }
    quote = r->base + __builtin_ctzll(r->quotes);
    r->quotes &= r->quotes - 1;
    return quote;
}

ALWAYS_INLINE void skip_spaces(struct line_reader *r)
{
    while (*r->p == ' ')
        r->p++;
}

ALWAYS_INLINE bool skip_byte(struct line_reader *r, char c)
{
    bool found = *r->p == c;

    r->p += found;
    return found;
}

ALWAYS_INLINE void skip_digits(struct line_reader *r)
{
    while ((unsigned char)(*r->p - '0') <= 9)
        r->p++;
}

/* The string whose opening quote is at p, without its quotes. */
ALWAYS_INLINE bool read_string(struct line_reader *r, struct tcerr_slice *text)
{
    const char *open, *close;

    if (*r->p != '"')
        return false;
    open = next_quote(r);
    close = next_quote(r);
    *text = (struct tcerr_slice){open + 1, (size_t)(close - open) - 1};
    r->p = close + 1;
    return close < r->end;
}

ALWAYS_INLINE bool skip_number(struct line_reader *r)
{
    const char *digits;

    skip_byte(r, '-');
    digits = r->p;
    skip_digits(r);
    if (r->p == digits || (*digits == '0' && r->p > digits + 1))
        return false;
    if (*r->p == '.') {
        digits = ++r->p;
        skip_digits(r);
        if (r->p == digits)
            return false;
    }
    if ((*r->p | 0x20) == 'e') {
        r->p++;
        if (*r->p == '+' || *r->p == '-')
            r->p++;
        digits = r->p;
        skip_digits(r);
        return r->p > digits;
    }
    return true;
}

ALWAYS_INLINE bool skip_literal(struct line_reader *r)
{
    const char *literal = *r->p == 't' ? "true" : *r->p == 'f' ? "false" : "null";
    size_t len = *r->p == 'f' ? 5 : 4;
    bool found = (size_t)(r->end - r->p) >= len && memcmp(r->p, literal, len) == 0;

    r->p += len;
    return found;
}

/* A string, a number or a literal; value is the text of the first two. */
ALWAYS_INLINE bool read_scalar(struct line_reader *r, struct tcerr_slice *value, enum tcerr_json_kind *kind)
{
    const char *start = r->p;
    bool ok;

    if (*start == '"') {
        *kind = TCERR_JSON_STRING;
        return read_string(r, value);
    }
    *kind = *start == '-' || (unsigned char)(*start - '0') <= 9 ? TCERR_JSON_NUMBER : TCERR_JSON_OTHER;
    ok = *kind == TCERR_JSON_NUMBER ? skip_number(r) : skip_literal(r);
    *value = (struct tcerr_slice){start, (size_t)(r->p - start)};
    return ok;
}

/* A key with its colon, up to the value. */
ALWAYS_INLINE bool read_key(struct line_reader *r, struct tcerr_slice *key)
{
    if (!read_string(r, key))
        return false;
    skip_spaces(r);
    if (!skip_byte(r, ':'))
        return false;
    skip_spaces(r);
    return true;
}

/* Behind a nested value: closes what ends there, takes a comma. Returns false where the text is malformed. */
ALWAYS_INLINE bool close_nested(struct line_reader *r, uint64_t objects, unsigned *depth)
{
    for (;;) {
        skip_spaces(r);
        if (*r->p == ',') {
            r->p++;
            skip_spaces(r);
            return true;
        }
        if (*r->p != (objects >> (*depth - 1) & 1 ? '}' : ']'))
            return false;
        r->p++;
        if (--*depth == 0)
            return true;
    }
}

/* The object or array at p. Deeper ones than LINE_DEPTH are left to the other reader, by TCERR_JSON_TOO_DEEP. */
ALWAYS_INLINE enum tcerr_json_event skip_container(struct line_reader *r)
{
    uint64_t objects = 0;
    unsigned depth = 0;
    struct tcerr_slice text;
    enum tcerr_json_kind kind;

    do {
        if (*r->p == '{' || *r->p == '[') {
            if (depth == LINE_DEPTH)
                return TCERR_JSON_TOO_DEEP;
            objects = (objects & ~((uint64_t)1 << depth)) | (uint64_t)(*r->p == '{') << depth;
            depth++;
            r->p++;
            skip_spaces(r);
            if (*r->p != '}' && *r->p != ']') {
                if (objects >> (depth - 1) & 1 && !read_key(r, &text))
                    return TCERR_JSON_MALFORMED;
                continue;
            }
        } else if (!read_scalar(r, &text, &kind)) {
            return TCERR_JSON_MALFORMED;
        }
        if (!close_nested(r, objects, &depth))
            return TCERR_JSON_MALFORMED;
        if (depth > 0 && objects >> (depth - 1) & 1 && !read_key(r, &text))
            return TCERR_JSON_MALFORMED;
    } while (depth > 0);
    return TCERR_JSON_MEMBER;
}

/* The next member of the line's object. At TCERR_JSON_END, p is behind the closing brace. */
ALWAYS_INLINE enum tcerr_json_event line_next(struct line_reader *r, struct line_member *member)
{
    bool first = r->p == r->start;

    skip_spaces(r);
    if (first) {
        if (!skip_byte(r, '{'))
            return TCERR_JSON_MALFORMED;
        skip_spaces(r);
        if (skip_byte(r, '}'))
            return TCERR_JSON_END;
    } else {
        if (skip_byte(r, '}'))
            return TCERR_JSON_END;
        if (!skip_byte(r, ','))
            return TCERR_JSON_MALFORMED;
        skip_spaces(r);
    }
    if (!read_key(r, &member->key))
        return TCERR_JSON_MALFORMED;
    if (*r->p == '{' || *r->p == '[') {
        member->kind = TCERR_JSON_OTHER;
        return skip_container(r);
    }
    return read_scalar(r, &member->value, &member->kind) ? TCERR_JSON_MEMBER : TCERR_JSON_MALFORMED;
}

#endif
