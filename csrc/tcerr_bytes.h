/*
 * Searches in bytes, each twice: plain C is the specification, SSE2 (part of every x86-64) does the same faster.
 * -DTCERR_PORTABLE takes the plain one everywhere; a spec compares what the two builds make of the same input.
 */
#ifndef TCERR_BYTES_H
#define TCERR_BYTES_H

#include <string.h>

#include "tcerr.h"

#if defined(__SSE2__) && defined(__GNUC__) && !defined(TCERR_PORTABLE)
#define TCERR_SSE2 1
#include <emmintrin.h>
#endif

/* Whether a byte of a JSON string needs a look: a quote, a backslash or a control character. */
static inline bool is_special(char c)
{
    return c == '"' || c == '\\' || (unsigned char)c < 0x20;
}

#ifdef TCERR_SSE2

static inline __m128i load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline unsigned equal_mask(__m128i bytes, char c)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}

/* Backslashes and control characters. */
static inline unsigned odd_mask(__m128i bytes)
{
    __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(backslash, control));
}

#endif

/* The first special byte of a JSON string, or end. */
static inline const char *find_special(const char *p, const char *end)
{
#ifdef TCERR_SSE2
    for (; end - p >= 16; p += 16) {
        unsigned mask = odd_mask(load(p)) | equal_mask(load(p), '"');
        if (mask)
            return p + __builtin_ctz(mask);
    }
#endif
    while (p < end && !is_special(*p))
        p++;
    return p;
}

/* The first place of the needle (at least two bytes), or end. */
static inline const char *find_needle(const char *p, const char *end, struct tcerr_slice needle)
{
    const size_t last = needle.len - 1;

#ifdef TCERR_SSE2
    for (; (size_t)(end - p) >= last + 16; p += 16) {
        unsigned mask = equal_mask(load(p + 1), needle.data[1]) & equal_mask(load(p + last), needle.data[last]);
        for (; mask; mask &= mask - 1) {
            const char *place = p + __builtin_ctz(mask);
            if (memcmp(place, needle.data, last) == 0)
                return place;
        }
    }
#endif
    for (; (size_t)(end - p) > last; p++)
        if (p[last] == needle.data[last] && memcmp(p, needle.data, last) == 0)
            return p;
    return end;
}

/* A search that goes on: where it stands, in a line that begins at line, behind a number of newlines. */
struct search {
    const char *p, *line;
    uint64_t newlines;
};

static inline void pass_newline(struct search *s, const char *newline)
{
    s->newlines++;
    s->line = newline + 1;
}

#ifdef TCERR_SSE2

/* Passes the newlines of a mask, which is that of the 16 bytes at p. */
static inline void pass_newlines(struct search *s, const char *p, unsigned mask)
{
    for (; mask; mask &= mask - 1)
        pass_newline(s, p + __builtin_ctz(mask));
}

#endif

/* Goes on to the next place of the needle, which holds no newline, and stands there; at end when there is none. */
static inline void search_needle(struct search *s, const char *end, struct tcerr_slice needle)
{
    const size_t last = needle.len - 1;
    const char *p = s->p;

#ifdef TCERR_SSE2
    const __m128i second = _mm_set1_epi8(needle.data[1]), final = _mm_set1_epi8(needle.data[last]);
    for (; (size_t)(end - p) >= last + 16; p += 16) {
        __m128i found = _mm_and_si128(_mm_cmpeq_epi8(load(p + 1), second), _mm_cmpeq_epi8(load(p + last), final));
        __m128i newline = _mm_cmpeq_epi8(load(p), _mm_set1_epi8('\n'));
        unsigned mask, newlines;
        if (_mm_movemask_epi8(_mm_or_si128(found, newline)) == 0)
            continue;
        newlines = (unsigned)_mm_movemask_epi8(newline);
        for (mask = (unsigned)_mm_movemask_epi8(found); mask; mask &= mask - 1) {
            s->p = p + __builtin_ctz(mask);
            if (memcmp(s->p, needle.data, last) == 0) {
                pass_newlines(s, p, newlines & ((mask & -mask) - 1));
                return;
            }
        }
        pass_newlines(s, p, newlines);
    }
#endif
    for (; p < end; p++) {
        if ((size_t)(end - p) > last && p[last] == needle.data[last] && memcmp(p, needle.data, last) == 0)
            break;
        if (*p == '\n')
            pass_newline(s, p);
    }
    s->p = p;
}

/* Behind the last newline, or start. */
static inline const char *after_last_newline(const char *start, const char *p)
{
#ifdef TCERR_SSE2
    for (; p - start >= 16; p -= 16) {
        unsigned mask = equal_mask(load(p - 16), '\n');
        if (mask)
            return p - 16 + (32 - __builtin_clz(mask));
    }
#endif
    while (p > start && p[-1] != '\n')
        p--;
    return p;
}

#endif
