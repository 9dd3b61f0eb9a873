/*
 * Searches in bytes, each twice: plain C is the specification, SSE2 (part of every x86-64) does the same faster.
 * Where the processor has AVX-512, the two that cost most use it. -DTCERR_PORTABLE takes the plain ones everywhere, and
 * -DTCERR_SSE2_ONLY leaves AVX-512 alone; a spec compares what the three builds make of the same input.
 */
#ifndef TCERR_BYTES_H
#define TCERR_BYTES_H

#include <string.h>

#include "tcerr.h"

#if defined(__SSE2__) && defined(__GNUC__) && !defined(TCERR_PORTABLE)
#define TCERR_SSE2 1
#include <immintrin.h>
#endif

/* Compilers that know AVX-512 can use it in single functions; whether the processor has it is asked at run time. */
#if defined(TCERR_SSE2) && !defined(TCERR_SSE2_ONLY) &&                                                                \
    (defined(__clang__) ? __clang_major__ >= 6 : defined(__GNUC__) && __GNUC__ >= 8)
#define TCERR_AVX512 1
#define AVX512 __attribute__((target("avx512bw,avx512vl,avx512vbmi2,popcnt")))
#include <cpuid.h>

#define FASTEST(wide, with_avx512, without) ((wide) ? (with_avx512) : (without))
#else
#define FASTEST(wide, with_avx512, without) ((void)(wide), (without))
#endif

/* Whether the processor and the system have the AVX-512 that is used here. Asking is slow in a virtual machine: the
 * compiler's own way would ask in every process that loads the module. */
static inline bool has_avx512(void)
{
#ifdef TCERR_AVX512
    const unsigned f_bw_vl = 1U << 16 | 1U << 30 | 1U << 31, vbmi2 = 1U << 6, saved = 0xE6;
    unsigned a, b, c, d, low, high;

    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return false; /* GCOVR_EXCL_LINE: reached only on a processor without AVX-512 */
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & saved) != saved || !__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return false; /* GCOVR_EXCL_LINE: the same */
    return (b & f_bw_vl) == f_bw_vl && (c & vbmi2);
#else
    return false;
#endif
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

/* Marks backslashes and control characters. */
static inline __m128i odd_bytes(__m128i bytes)
{
    __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);

    return _mm_or_si128(backslash, control);
}

static inline uint64_t digit_mask(__m128i bytes)
{
    __m128i value = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));

    return mask_of(_mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value));
}

#endif

/* The first special byte of a JSON string, or end. */
static inline const char *find_special(const char *p, const char *end)
{
#ifdef TCERR_SSE2
    for (; end - p >= 16; p += 16) {
        uint64_t mask = mask_of(odd_bytes(load(p))) | equal_mask(load(p), '"');
        if (mask)
            return p + __builtin_ctzll(mask);
    }
#endif
    while (p < end && !is_special(*p))
        p++;
    return p;
}

/* A search that goes on: where it stands, in a line that begins at line, behind a number of newlines. */
struct search {
    const char *p, *line;
    uint64_t newlines;
    bool wide; /* there is AVX-512 */
};

static inline void pass_newline(struct search *s, const char *newline)
{
    s->newlines++;
    s->line = newline + 1;
}

#ifdef TCERR_SSE2

/* Passes the newlines that a mask marks from p on. */
static inline void pass_newlines(struct search *s, const char *p, uint64_t mask)
{
    for (; mask; mask &= mask - 1)
        pass_newline(s, p + __builtin_ctzll(mask));
}

/* Looks at some places from p on, at the candidates and newlines that the masks mark; true, and stands there, if one of
 * the candidates is the needle. */
static inline bool search_here(struct search *s, const char *p, struct tcerr_slice needle, uint64_t found,
                               uint64_t newlines)
{
    for (; found; found &= found - 1) {
        s->p = p + __builtin_ctzll(found);
        if (memcmp(s->p, needle.data, needle.len) == 0) {
            pass_newlines(s, p, newlines & ((found & -found) - 1));
            return true;
        }
    }
    pass_newlines(s, p, newlines);
    return false;
}

/* Searches as far as 32 places at a time can be looked at; true if the needle was found. */
static inline bool search_fast(struct search *s, const char *end, struct tcerr_slice needle)
{
    const size_t last = needle.len - 1;
    const __m128i second = _mm_set1_epi8(needle.data[1]), final = _mm_set1_epi8(needle.data[last]);
    const __m128i newline = _mm_set1_epi8('\n');

    for (const char *p = s->p; (size_t)(end - p) >= last + 32; p += 32) {
        __m128i a = _mm_and_si128(_mm_cmpeq_epi8(load(p + 1), second), _mm_cmpeq_epi8(load(p + last), final));
        __m128i b = _mm_and_si128(_mm_cmpeq_epi8(load(p + 17), second), _mm_cmpeq_epi8(load(p + 16 + last), final));
        __m128i c = _mm_cmpeq_epi8(load(p), newline), d = _mm_cmpeq_epi8(load(p + 16), newline);
        s->p = p + 32;
        if (_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d))) == 0)
            continue;
        if (search_here(s, p, needle, mask_of(a) | mask_of(b) << 16, mask_of(c) | mask_of(d) << 16))
            return true;
        s->p = p + 32;
    }
    return false;
}

#ifdef TCERR_AVX512

/* The same with AVX-512, 64 places at a time. */
AVX512 static bool search_avx512(struct search *s, const char *end, struct tcerr_slice needle)
{
    const size_t last = needle.len - 1;
    const __m512i second = _mm512_set1_epi8(needle.data[1]), final = _mm512_set1_epi8(needle.data[last]);
    const __m512i newline = _mm512_set1_epi8('\n');

    for (const char *p = s->p; (size_t)(end - p) >= last + 64; p += 64) {
        uint64_t found = _mm512_cmpeq_epi8_mask(_mm512_loadu_si512((const void *)(p + 1)), second) &
                         _mm512_cmpeq_epi8_mask(_mm512_loadu_si512((const void *)(p + last)), final);
        uint64_t newlines = _mm512_cmpeq_epi8_mask(_mm512_loadu_si512((const void *)p), newline);
        s->p = p + 64;
        if ((found | newlines) == 0)
            continue;
        if (search_here(s, p, needle, found, newlines))
            return true;
        s->p = p + 64;
    }
    return false;
}

#endif

#endif

/* Moves to a later place, past the newlines before it. */
static inline void pass_lines(struct search *s, const char *place)
{
    const char *newline;

    while (s->p < place && (newline = memchr(s->p, '\n', (size_t)(place - s->p))) != NULL) {
        pass_newline(s, newline);
        s->p = newline + 1;
    }
    s->p = place;
}

/* Goes on to the next place of the needle (two bytes at least, no newline) and stands there; at end when there is none.
 * The needle's second byte is the one to look for: its first is a quote, of which there are many. */
static inline void search_needle(struct search *s, const char *end, struct tcerr_slice needle)
{
    const char *p;

#ifdef TCERR_SSE2
    if (FASTEST(s->wide, search_avx512(s, end, needle), search_fast(s, end, needle)))
        return;
#endif
    p = s->p;
    while ((size_t)(end - p) >= needle.len && (p = memchr(p + 1, needle.data[1], (size_t)(end - p) - 1)) != NULL) {
        if ((size_t)(end - p) >= needle.len - 1 && memcmp(p - 1, needle.data, needle.len) == 0) {
            pass_lines(s, p - 1);
            return;
        }
    }
    pass_lines(s, end);
}

/* The first place of the needle, or end. */
static inline const char *find_needle(const char *p, const char *end, struct tcerr_slice needle)
{
    struct search s = {p, p, 0, false};

    search_needle(&s, end, needle);
    return s.p;
}

/* Behind the last newline, or start. */
static inline const char *after_last_newline(const char *start, const char *p)
{
#ifdef TCERR_SSE2
    for (; p - start >= 16; p -= 16) {
        uint64_t mask = equal_mask(load(p - 16), '\n');
        if (mask)
            return p - 16 + (64 - __builtin_clzll(mask));
    }
#endif
    while (p > start && p[-1] != '\n')
        p--;
    return p;
}

#endif
