/*
 * The two loops that look at every byte of a log, for each instruction set: plain C is the specification. SSE2 is part
 * of every x86-64; where the processor has AVX2 or AVX-512, what costs most uses it. -DTCERR_PORTABLE takes plain C
 * everywhere, and -DTCERR_SSE2_ONLY leaves AVX alone; a spec compares what the builds make of the same input.
 */
#include "tcerr.h"

#if defined(__SSE2__) && defined(__GNUC__) && !defined(TCERR_PORTABLE)
#define TCERR_SSE2 1
#include <emmintrin.h>
#endif

/* Compilers that know AVX-512 can use it in single functions; whether the processor has it is asked at run time. */
#if defined(TCERR_SSE2) && !defined(TCERR_SSE2_ONLY) &&                                                                \
    (defined(__clang__) ? __clang_major__ >= 6 : defined(__GNUC__) && __GNUC__ >= 8)
#define TCERR_AVX 1
#include <cpuid.h>
#include <immintrin.h>  /* takes a compiler longer than all the rest */
#ifndef TCERR_NO_AVX512 /* to measure what AVX2 does alone */
#define TCERR_NO_AVX512 0
#endif
#endif

#define BYTES(c) ((unsigned char)(c)*0x0101010101010101U)
#define EVEN 0x5555555555555555U /* the even places of a block */

/* The bits that make a byte, and those of which a control character has none. */
#define ALL '\xFF'
#define CONTROL '\xE0'

/* ---- What every instruction set shares ---- */

/* Passes the newlines that a mask marks from p on. */
static inline void pass_newlines(struct search *s, const char *p, uint64_t mask)
{
    for (; mask; mask &= mask - 1) {
        s->newlines++;
        s->line = p + __builtin_ctzll(mask) + 1;
    }
}

/* Looks at the candidates and newlines that the masks mark from p on; true, and stands there, if one is the needle. */
static inline bool search_here(struct search *s, const char *p, const char *end, struct tcerr_slice needle,
                               uint64_t found, uint64_t newlines)
{
    for (; found; found &= found - 1) {
        const char *place = p + __builtin_ctzll(found);
        if (end - place >= (ptrdiff_t)needle.len && memcmp(place, needle.data, needle.len) == 0) {
            pass_newlines(s, p, newlines & ((found & -found) - 1));
            s->p = place;
            return true;
        }
    }
    pass_newlines(s, p, newlines);
    return false;
}

/* So many bytes at p; of those that reach past the end, a copy, filled up. */
static inline const char *whole_block(const char *p, const char *end, size_t size, char filler, char *copy)
{
    const size_t len = (size_t)(end - p);

    if (len >= size)
        return p;
    memset(copy, filler, size);
    memcpy(copy, p, len);
    return copy;
}

static bool is_hex(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Whether JSON has an escape of a backslash and this, as far as it is there. */
static bool is_escape(const char *p, const char *readable)
{
    if (p == readable)
        return true;
    if (*p != 'u')
        return *p == '"' || *p == '\\' || *p == '/' || *p == 'b' || *p == 'f' || *p == 'n' || *p == 'r' || *p == 't';
    for (int i = 1; i <= 4 && p + i < readable; i++)
        if (!is_hex(p[i]))
            return false;
    return true;
}

/* Marks the bytes of a block that a backslash escapes and that are none themselves; in *wrong those that may not be
 * escaped. They stand behind a run of an odd number of backslashes: adding the first bit of a run to its bits carries
 * to the place behind it, and the run is odd where one of the two places is even and the other is not. */
static uint64_t check_escapes(struct quote_list *list, const char *p, uint64_t backslashes, uint64_t live,
                              uint64_t *wrong)
{
    const uint64_t first = (uint64_t)list->escaping, bits = backslashes & ~first, starts = bits & ~(bits << 1);
    const uint64_t behind_even = (bits + (starts & EVEN)) & ~bits, odd = starts & ~EVEN;
    const uint64_t escaped = (((bits + odd) & EVEN) | (behind_even & ~EVEN) | (first & ~backslashes)) & ~bits;

    list->escaping = bits + odd < bits; /* a run from an odd place up to the last, so that the addition overflows */
    for (uint64_t left = escaped & live; left; left &= left - 1)
        if (!is_escape(p + __builtin_ctzll(left), list->readable))
            *wrong |= left & -left;
    return escaped;
}

/* Marks what of a block stands within a string. `listed` quotes of the window stand before the block. */
static uint64_t mark_strings(const struct quote_list *list, uint64_t quotes, size_t listed)
{
    uint64_t inside = quotes; /* becomes: bit n is the parity of the quotes up to n */

    for (int shift = 1; shift < 64; shift *= 2)
        inside ^= inside << shift;
    return (list->inside ^ (listed & 1)) ? ~inside : inside;
}

/* Lists the places of the bits. It writes eight at a time, so that there are few branches, and easy ones to foresee. */
static inline uint16_t *list_base(uint64_t bits, unsigned base, uint16_t *list)
{
    uint16_t *end = list + __builtin_popcountll(bits);

    for (; bits; list += 8)
        for (unsigned n = 0; n < 8; n++) {
            list[n] = (uint16_t)(base + (unsigned)__builtin_ctzll(bits | (uint64_t)1 << 63));
            bits &= bits - 1;
        }
    return end;
}

#ifdef TCERR_SSE2

/* ---- SSE2 ---- */

static inline uint64_t mask_sse2(const char *p, char bits, char c)
{
    const __m128i bytes = _mm_and_si128(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8(bits));

    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}

static inline uint64_t equal_sse2(const char *p, char bits, char c)
{
    return mask_sse2(p, bits, c) | mask_sse2(p + 16, bits, c) << 16 | mask_sse2(p + 32, bits, c) << 32 |
           mask_sse2(p + 48, bits, c) << 48;
}

/* Not its own name: gcovr would take the functions of two builds for one. */
#define equal_base equal_sse2

#else

/* ---- Plain C ---- */

static inline uint64_t load_plain(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;

    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 |
           (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

static inline uint64_t equal_plain(const char *p, char bits, char c)
{
    uint64_t mask = 0;

    for (unsigned n = 0; n < 64; n += 8) {
        uint64_t other = (load_plain(p + n) & BYTES(bits)) ^ BYTES(c);
        uint64_t zero = ~(((other & BYTES(0x7F)) + BYTES(0x7F)) | other) & BYTES(0x80); /* the high bits of those */
        mask |= ((zero >> 7) * 0x0102040810204080U >> 56) << n; /* puts that of byte n at 56 + n, and no two meet */
    }
    return mask;
}

#define equal_base equal_plain

#endif

#define SCAN(name) name##_base
#define SCAN_TARGET
#include "tcerr_scan.inc"

#ifdef TCERR_AVX

/* ---- AVX2 ---- */

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

AVX2 static inline uint64_t mask_avx2(const char *p, char bits, char c)
{
    const __m256i bytes =
        _mm256_and_si256(_mm256_loadu_si256((const __m256i *)(const void *)p), _mm256_set1_epi8(bits));

    return (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c)));
}

AVX2 static inline uint64_t equal_avx2(const char *p, char bits, char c)
{
    return mask_avx2(p, bits, c) | mask_avx2(p + 32, bits, c) << 32;
}

#define SCAN(name) name##_avx2
#define SCAN_TARGET AVX2
#define list_avx2 list_base
#include "tcerr_scan.inc"

/* ---- AVX-512 ---- */

#define AVX512 __attribute__((target("avx512bw,avx512vl,avx512vbmi2,bmi,popcnt")))

AVX512 static inline uint64_t equal_avx512(const char *p, char bits, char c)
{
    const __m512i bytes = _mm512_and_si512(_mm512_loadu_si512((const void *)p), _mm512_set1_epi8(bits));

    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c));
}

/* A compressing store makes the list. */
AVX512 static inline uint16_t *list_avx512(uint64_t bits, unsigned base, uint16_t *list)
{
    const __m512i low =
        _mm512_cvtepu8_epi16(_mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
                                              21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31));
    __m512i places = _mm512_add_epi16(low, _mm512_set1_epi16((short)base));

    _mm512_storeu_si512(list, _mm512_maskz_compress_epi16((__mmask32)bits, places));
    list += __builtin_popcountll(bits & 0xFFFFFFFF);
    places = _mm512_add_epi16(places, _mm512_set1_epi16(32));
    _mm512_storeu_si512(list, _mm512_maskz_compress_epi16((__mmask32)(bits >> 32), places));
    return list + __builtin_popcountll(bits >> 32);
}

#define SCAN(name) name##_avx512
#define SCAN_TARGET AVX512
#include "tcerr_scan.inc"

#endif

/* ---- For the other files ---- */

/* Asking takes 15 us in a virtual machine: it is done once a module, and once an enricher. */
enum tcerr_speed tcerr_fastest(void)
{
#ifdef TCERR_AVX
    const unsigned avx2 = 1U << 3 | 1U << 5, f_bw_vl = 1U << 16 | 1U << 30 | 1U << 31, vbmi2 = 1U << 6;
    unsigned a, b, c, d, low, high;

    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_POPCNT))
        return TCERR_BASE; /* GCOVR_EXCL_LINE: reached only on an old processor */
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & 0x06) != 0x06 || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & avx2))
        return TCERR_BASE; /* GCOVR_EXCL_LINE: the same */
    if (!TCERR_NO_AVX512 && (low & 0xE6) == 0xE6 && (b & f_bw_vl) == f_bw_vl && (c & vbmi2))
        return TCERR_AVX512;
    return TCERR_AVX2; /* GCOVR_EXCL_LINE: reached only on a processor without AVX-512 */
#else
    return TCERR_BASE;
#endif
}

static const struct {
    void (*search)(struct search *, const char *, struct tcerr_slice);
    void (*list_window)(struct quote_list *);
} sets[] = {{search_base, list_window_base},
#ifdef TCERR_AVX
            {search_avx2, list_window_avx2},
            {search_avx512, list_window_avx512}
#endif
};

void tcerr_search(struct search *s, const char *end, struct tcerr_slice needle)
{
    sets[s->speed].search(s, end, needle);
}

void tcerr_list_window(struct quote_list *list)
{
    sets[list->speed].list_window(list);
}
