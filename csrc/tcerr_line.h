/*
 * Reads one whole line as a flat JSON object, fast: the same members as tcerr_json_next, which is the specification.
 *
 * The places of the line's quotes are listed first, 64 bytes at a time, so that the end of a string is the next place
 * and not a search. That works for lines of some length without a backslash or a control character. They and lines with
 * a nested value are left to tcerr_json_next; where there is no SSE2, all are.
 */
#ifndef TCERR_LINE_H
#define TCERR_LINE_H

#include "tcerr_bytes.h"

struct line_member {
    struct tcerr_slice key, value;
    enum tcerr_json_kind kind;
};

#ifdef TCERR_SSE2

#define LINE_LENGTH 4096               /* of a line at the most */
#define LINE_QUOTES (LINE_LENGTH + 64) /* room for their list: it is written up to 64 places at a time */
#define NO_QUOTE 0xFFFF

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Kept apart from the list of quotes, so that a compiler can keep it in registers. */
struct line_reader {
    const char *p, *start;
    size_t len;
    const uint16_t *quote; /* the next one */
};

/* ---- The list of quotes ---- */

/* Lists the places of the bits. Returns the end of the list. */
static inline uint16_t *list_bits(uint64_t bits, unsigned count, unsigned base, uint16_t *list)
{
    for (unsigned i = 0; i < count; i += 8) /* always eight, so that the next branch is easy to foresee */
        for (unsigned n = i; n < i + 8; n++) {
            list[n] = (uint16_t)(base + (unsigned)__builtin_ctzll(bits | (uint64_t)1 << 63));
            bits &= bits - 1;
        }
    return list + count;
}

/* Lists the quotes from start on, up to the first backslash or control character, and maybe some behind it. Returns the
 * place of that, or NULL when there is none within LINE_LENGTH. */
static inline const char *list_quotes(const char *start, const char *readable, uint16_t *list)
{
    for (unsigned at = 0; at < LINE_LENGTH && readable - start >= (ptrdiff_t)at + 64; at += 64) {
        uint64_t quotes = 0, odd = 0;
        __m128i sum = _mm_setzero_si128();
        for (unsigned n = 0; n < 64; n += 16) {
            __m128i bytes = load(start + at + n), found = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
            quotes |= mask_of(found) << n;
            odd |= mask_of(odd_bytes(bytes)) << n;
            sum = _mm_sub_epi8(sum, found);
        }
        sum = _mm_sad_epu8(sum, _mm_setzero_si128());
        list = list_bits(quotes, (unsigned)(_mm_extract_epi16(sum, 0) + _mm_extract_epi16(sum, 4)), at, list);
        if (odd) {
            list[0] = list[1] = NO_QUOTE;
            return start + at + __builtin_ctzll(odd);
        }
    }
    return NULL;
}

#ifdef TCERR_AVX512

/* The same with AVX-512, whose compressing store makes the list. */
AVX512 static const char *list_quotes_avx512(const char *start, const char *readable, uint16_t *list)
{
    const __m512i low =
        _mm512_cvtepu8_epi16(_mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
                                              21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31));

    for (unsigned at = 0; at < LINE_LENGTH && readable - start >= (ptrdiff_t)at + 64; at += 64) {
        __m512i bytes = _mm512_loadu_si512((const void *)(start + at));
        __m512i places = _mm512_add_epi16(low, _mm512_set1_epi16((short)at));
        uint64_t quotes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"'));
        uint64_t odd = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\')) |
                       _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20));
        _mm512_storeu_si512(list, _mm512_maskz_compress_epi16((__mmask32)quotes, places));
        list += __builtin_popcountll(quotes & 0xFFFFFFFF);
        places = _mm512_add_epi16(places, _mm512_set1_epi16(32));
        _mm512_storeu_si512(list, _mm512_maskz_compress_epi16((__mmask32)(quotes >> 32), places));
        list += __builtin_popcountll(quotes >> 32);
        if (odd) {
            list[0] = list[1] = NO_QUOTE;
            return start + at + __builtin_ctzll(odd);
        }
    }
    return NULL;
}

#endif

/* Starts on the line at start. Returns its end, a newline or the carriage return before one, or NULL when the line is
 * not for this reader. `readable` is where the memory ends that may be read; `wide` says that there is AVX-512. */
static inline const char *line_start(struct line_reader *r, const char *start, const char *readable, bool wide,
                                     uint16_t *quotes)
{
    const char *end = FASTEST(wide, list_quotes_avx512(start, readable, quotes), list_quotes(start, readable, quotes));

    if (!end || (*end != '\n' && (*end != '\r' || readable - end < 2 || end[1] != '\n')))
        return NULL;
    *r = (struct line_reader){start, start, (size_t)(end - start), quotes};
    return *start == (char)0xEF /* a byte order mark */ || readable - end < 16 ? NULL : end;
}

/* ---- Members ---- */

/* What follows relies on the byte behind the line being a newline or a carriage return: no loop runs past it. */

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

/* Skips a byte and the spaces around it. */
ALWAYS_INLINE bool skip_mark(struct line_reader *r, char c)
{
    bool found;

    if (r->p[0] == c && r->p[1] != ' ') {
        r->p++;
        return true;
    }
    skip_spaces(r);
    found = skip_byte(r, c);
    skip_spaces(r);
    return found;
}

/* Skips digits; false if there are none. */
ALWAYS_INLINE bool skip_digits(struct line_reader *r)
{
    const char *start = r->p;
    uint64_t others;

    while ((others = ~digit_mask(load(r->p)) & 0xFFFF) == 0)
        r->p += 16;
    r->p += __builtin_ctzll(others);
    return r->p > start;
}

/* The string whose opening quote is at p, without its quotes. */
ALWAYS_INLINE bool read_string(struct line_reader *r, struct tcerr_slice *text)
{
    size_t open, close;

    if (*r->p != '"')
        return false;
    open = r->quote[0];
    close = r->quote[1];
    r->quote += 2;
    if (close >= r->len)
        return false;
    *text = (struct tcerr_slice){r->start + open + 1, close - open - 1};
    r->p = r->start + close + 1;
    return true;
}

ALWAYS_INLINE bool skip_number(struct line_reader *r)
{
    const char *digits;

    skip_byte(r, '-');
    digits = r->p;
    if (!skip_digits(r) || (*digits == '0' && r->p > digits + 1))
        return false;
    if (skip_byte(r, '.') && !skip_digits(r))
        return false;
    if ((*r->p | 0x20) != 'e')
        return true;
    r->p++;
    if (!skip_byte(r, '+'))
        skip_byte(r, '-');
    return skip_digits(r);
}

ALWAYS_INLINE bool skip_literal(struct line_reader *r)
{
    const char *literal = *r->p == 't' ? "true" : *r->p == 'f' ? "false" : "null";
    size_t len = *r->p == 'f' ? 5 : 4;
    bool found = memcmp(r->p, literal, len) == 0;

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

/* The next member of the line's object. At TCERR_JSON_END, p is behind the closing brace; TCERR_JSON_TOO_DEEP says that
 * the value is nested. */
ALWAYS_INLINE enum tcerr_json_event line_next(struct line_reader *r, struct line_member *member)
{
    const bool first = r->p == r->start;

    if (!skip_mark(r, first ? '{' : ','))
        return skip_byte(r, '}') && !first ? TCERR_JSON_END : TCERR_JSON_MALFORMED;
    if (first && skip_byte(r, '}'))
        return TCERR_JSON_END;
    if (!read_string(r, &member->key) || !skip_mark(r, ':'))
        return TCERR_JSON_MALFORMED;
    if (*r->p == '{' || *r->p == '[')
        return TCERR_JSON_TOO_DEEP;
    return read_scalar(r, &member->value, &member->kind) ? TCERR_JSON_MEMBER : TCERR_JSON_MALFORMED;
}

#endif

#endif
