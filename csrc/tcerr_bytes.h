/* What bytes are, and the two loops over every byte of a log. */
#ifndef TCERR_BYTES_H
#define TCERR_BYTES_H

#include <string.h>

#include "tcerr.h"

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

/* ---- The two loops (tcerr_scan.c) ---- */

/* A search that goes on: where it stands, in a line that begins at line, behind a number of newlines. */
struct search {
    const char *p, *line;
    const char *readable; /* where the memory ends that may be read */
    uint64_t newlines;
    enum tcerr_speed speed;
};

/* Goes on to the next place of the needle (two bytes at least, no newline) and stands there; at end when there is none.
 */
void tcerr_search(struct search *s, const char *end, struct tcerr_slice needle);

/* The list of the quotes of a text, those without a backslash before them, up to its end or to what is wrong in a
 * string: an escape, a control character. It is made for a window at a time; a place counts from the window's begin,
 * and two NO_PLACE stand behind the last. */
#define WINDOW 4096 /* bytes at the most: nearly every line is one window, and the list stays in the fastest cache */
#define FIRST_WINDOW 256 /* of a body, which may say all in its first bytes; the next one is twice as large */
#define NO_PLACE 0xFFFF
struct quote_list {
    const char *window, *next; /* where the window begins, and where the next one does */
    const char *readable;      /* where the text ends */
    const char *end;           /* the newline, readable, or what is wrong; NULL until its window is reached */
    bool line;                 /* a newline ends it */
    bool escaping, inside;     /* behind the window: a backslash escapes what follows, a string is open */
    enum tcerr_speed speed;
    unsigned size;                /* of the next window, a multiple of 64 */
    uint16_t places[WINDOW + 64]; /* 64 are written at a time */
};

/* Goes on to the next window; not behind the end. */
void tcerr_list_window(struct quote_list *list);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
