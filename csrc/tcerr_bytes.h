/*
 * What bytes are, and looking at many of them at once. SSE2 is part of every x86-64; where the processor has AVX2 or
 * AVX-512, what costs most uses it. -DTCERR_PORTABLE takes plain C everywhere, and -DTCERR_SSE2_ONLY leaves AVX alone;
 * a spec compares what the builds make of the same input.
 */
#ifndef TCERR_BYTES_H
#define TCERR_BYTES_H

#include <string.h>

#include "tcerr.h"

#if defined(__SSE2__) && defined(__GNUC__) && !defined(TCERR_PORTABLE)
#define TCERR_SSE2 1
#include <emmintrin.h>
#endif

/* Compilers that know AVX-512 can use it in single functions; whether the processor has it is asked at run time. */
#if defined(TCERR_SSE2) && !defined(TCERR_SSE2_ONLY) &&                                                                \
    (defined(__clang__) ? __clang_major__ >= 6 : defined(__GNUC__) && __GNUC__ >= 8)
#define TCERR_AVX 1
#ifndef TCERR_NO_AVX512 /* to measure what AVX2 does alone */
#define TCERR_NO_AVX512 0
#endif
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

/* Not isalpha and its like: they ask the host's locale. */
static inline bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static inline bool is_same(struct tcerr_slice a, struct tcerr_slice b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static inline bool is_hex(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Whether JSON has an escape of a backslash and this. */
static inline bool is_short_escape(char c)
{
    return c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' || c == 't';
}

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

static inline uint64_t mask_of(__m128i marks)
{
    return (unsigned)_mm_movemask_epi8(marks);
}

static inline uint64_t equal_mask(__m128i bytes, char c)
{
    return mask_of(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}

static inline uint64_t control_mask(__m128i bytes)
{
    return mask_of(_mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes));
}

#endif

/* The first special byte of a JSON string, or end. */
static inline const char *find_special(const char *p, const char *end)
{
#ifdef TCERR_SSE2
    for (; end - p >= 16; p += 16) {
        uint64_t mask = equal_mask(load(p), '"') | equal_mask(load(p), '\\') | control_mask(load(p));
        if (mask)
            return p + __builtin_ctzll(mask);
    }
#endif
    while (p < end && !is_special(*p))
        p++;
    return p;
}

/* ---- The two loops over every byte (tcerr_scan.c) ---- */

/* A search that goes on: where it stands, in a line that begins at line, behind a number of newlines. */
struct search {
    const char *p, *line;
    uint64_t newlines;
    enum tcerr_speed speed;
};

/* Goes on to the next place of the needle (two bytes at least, no newline) and stands there; at end when there is none.
 */
void tcerr_search(struct search *s, const char *end, struct tcerr_slice needle);

/* The first place of the needle, or end. */
static inline const char *find_needle(const char *p, const char *end, struct tcerr_slice needle)
{
    struct search s = {p, p, 0, TCERR_BASE};

    tcerr_search(&s, end, needle);
    return s.p;
}

/* The list of the quotes of a line or a chunk, those without a backslash before them. It is made for a window at a
 * time; a place counts from the window's begin, and two NO_PLACE stand behind the last. */
#define WINDOW 4096 /* bytes at the most: nearly every line is one window, and the list stays in the fastest cache */
#define NO_PLACE 0xFFFF
struct line_index {
    const char *window, *next; /* where the window begins, and where the next one does */
    const char *readable;      /* where the memory ends that may be read */
    const char *end;           /* the newline, or readable; NULL until its window is reached */
    bool line;                 /* a newline ends it */
    bool escaping, inside;     /* behind the window: a backslash escapes what follows, a string is open */
    bool malformed;            /* a wrong escape, or a control character in a string */
    enum tcerr_speed speed;
    unsigned size;                /* of the next window, a multiple of 64 */
    uint16_t places[WINDOW + 64]; /* 64 are written at a time */
};

/* Goes on to the next window; not behind the end. */
void tcerr_list_window(struct line_index *index);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
