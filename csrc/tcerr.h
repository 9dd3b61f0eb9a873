/*
 * tcerr: what the error numbers of Tencent Cloud's API mean. Types and prototypes of the plain-C core.
 *
 * Only tcerr_lua.c knows Lua; everything else here can be tested, fuzzed and reused without it. Everything is hidden
 * from the shared object's users but the function that Lua looks for.
 */
#ifndef TCERR_H
#define TCERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TCERR_VERSION "1.0.0"
#define TCERR_SNAPSHOT "2019-11-25" /* the date of the vendor's page that the data follows */

#pragma GCC visibility push(hidden)

/* Bytes that somebody else owns; not terminated. */
struct tcerr_slice {
    const char *data;
    size_t len;
};

/* ---- Bytes ---- */

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

/* ---- Codes (tcerr_codes.c) ---- */

#define TCERR_LAYER(layer, numbers) TCERR_LAYER_##layer,
enum tcerr_layer {
#include "tcerr_codes.inc"
    TCERR_LAYERS
};

struct tcerr_layer_row {
    const char *name;
    const char *numbers; /* whose codes it has: "api", the API's own numbers, "module", those behind it, or "names" */
};

extern const struct tcerr_layer_row tcerr_layers[TCERR_LAYERS];

/* See tcerr_codes.inc. */
enum tcerr_owner { TCERR_OWNER_API, TCERR_OWNER_OWN, TCERR_OWNER_SHARED };

/* See tcerr_names.inc. */
enum tcerr_endings {
    TCERR_ENDINGS_NONE,
    TCERR_ENDINGS_ANY,
    TCERR_ENDINGS_PARAM,
    TCERR_ENDINGS_REASON,
    TCERR_ENDINGS_FAILED
};

/* A code that is a number, a name of API 3.0, or an ending of such names. */
struct tcerr_entry {
    int code; /* 0: it is a name or an ending */
    enum tcerr_layer layer;
    enum tcerr_owner owner;     /* of a number */
    enum tcerr_endings endings; /* of a name or an ending */
    struct tcerr_slice name;    /* of an ending: "*NotFound"; terminated */
    const char *category;
    const char *message; /* NULL for an ending, as is message_en: it has its category's */
    const char *detail;  /* only in the access layer, as is detail_en */
    const char *message_en;
    const char *detail_en;
};

/* Numbers come first, then names, then endings. */
#define TCERR_CODE(code, ...) TCERR_INDEX_##code,
#define TCERR_NAME(...) +1
enum tcerr_index {
#include "tcerr_codes.inc"
    TCERR_FIRST_NAME,
    TCERR_FIRST_ENDING = TCERR_FIRST_NAME
#include "tcerr_names.inc"
    ,
    TCERR_COUNT = TCERR_FIRST_ENDING /* of all rows; also the index of what is not among them */
#define TCERR_ENDING(...) +1
#include "tcerr_names.inc"
};

extern const struct tcerr_entry tcerr_entries[TCERR_COUNT];

/* A code as an answer or a log has it: a number, or else a name of API 3.0. */
struct tcerr_code {
    bool is_name;
    int64_t number;
    struct tcerr_slice name;
};

/* Whose the modules' numbers are: a layer, or one of these. */
#define TCERR_MODULE_UNSAID (-1) /* the one that owns them */
#define TCERR_MODULE_OTHER (-2)  /* another product: none that is known here */

/* The index of what a code means by itself, or TCERR_COUNT. */
enum tcerr_index tcerr_find(const struct tcerr_code *code, int module);

/* The index of what a number means at the head of a message, or TCERR_COUNT. */
enum tcerr_index tcerr_find_module(int64_t number, int module);

/* The index of the cause of a number, the entry that says what went wrong: the module's, if its number (NULL: there is
 * none) is known, else the number's. TCERR_COUNT for a success and for what is not known. */
enum tcerr_index tcerr_find_cause(int64_t number, const int64_t *module_code, int module);

/* Reads text that is nothing but a canonical integer (no "+", leading zero or "-0") of at most 15 digits, so that it
 * is exact in a double; false for anything else. */
bool tcerr_read_number(struct tcerr_slice text, int64_t *number);

/* Reads text of TCERR_NAME_LENGTH bytes at most that looks like a name of API 3.0: words of letters, digits and "_"
 * with a dot between, a letter first. Spaces and a dot at the end are left out. */
#define TCERR_NAME_LENGTH 128
bool tcerr_read_name(struct tcerr_slice text, struct tcerr_slice *name);

/* Either of them. */
bool tcerr_read_code(struct tcerr_slice text, struct tcerr_code *code);

/* ---- Instruction sets, and the two loops over every byte of a log (tcerr_scan.c) ---- */

/* What every processor has, and what some have. */
enum tcerr_speed { TCERR_BASE, TCERR_AVX2, TCERR_AVX512 };

/* The best that there is. */
enum tcerr_speed tcerr_fastest(void);

/* A search that goes on: where it stands, in a line that begins at line, behind a number of newlines. */
struct search {
    const char *p, *line;
    const char *readable; /* where the memory ends that may be read */
    uint64_t newlines;
    enum tcerr_speed speed;
};

/* Goes on to the next place of the needle (at least two bytes, no newline) and stands there, or at end. */
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
    unsigned size;    /* of the next window, a multiple of 64 */
    uint16_t *places; /* WINDOW + 64 of them, as 64 are written at a time */
};

/* Goes on to the next window; not behind the end. */
void tcerr_list_window(struct quote_list *list);

/* ---- JSON (tcerr_json.c) ---- */

#define TCERR_JSON_MAX_DEPTH 1024

enum tcerr_json_kind { TCERR_JSON_STRING, TCERR_JSON_NUMBER, TCERR_JSON_NULL, TCERR_JSON_OBJECT, TCERR_JSON_OTHER };

/* How a text ended. */
enum tcerr_json_status {
    TCERR_JSON_WHOLE,
    TCERR_JSON_STOPPED, /* by the one who takes the members */
    TCERR_JSON_CUT,     /* inside of the object */
    TCERR_JSON_MALFORMED,
    TCERR_JSON_TOO_DEEP /* it nests deeper than TCERR_JSON_MAX_DEPTH */
};

/* What is to be done behind a value. */
enum tcerr_json_next { TCERR_JSON_STOP, TCERR_JSON_GO_ON, TCERR_JSON_ENTER /* the object: take its members, too */ };

/* The one who takes the members of an object, and of those in it that it enters. Texts are raw, escapes and all. */
struct tcerr_json_taker {
    void *context;
    uint64_t marks; /* bit n: a key with the mark n may matter */
    /* Takes a key that may matter; level 1 is the outermost object. Returns the role of its value, 0 for none. */
    unsigned (*key)(void *context, unsigned level, struct tcerr_slice key);
    /* Takes a value that has a role: complete, or an object or array that begins, whose text is empty. */
    enum tcerr_json_next (*value)(void *context, unsigned role, struct tcerr_slice text, enum tcerr_json_kind kind);
    /* An object that was entered is over; the level is the one behind it. False: stop. */
    bool (*leave)(void *context, unsigned level);
};

/* A number below 64 that tells most keys (not empty) apart: most do not matter, and this finds out without comparing
 * them. The factors are odd, so that each of a byte's six lower bits counts, and two, so that "ab" is not "ba". */
static inline unsigned tcerr_mark(struct tcerr_slice key)
{
    return ((unsigned char)key.data[0] * 7U + (unsigned char)key.data[key.len - 1] * 3U + (unsigned)key.len) % 64;
}

static inline bool tcerr_may_matter(uint64_t marks, struct tcerr_slice key)
{
    return key.len > 0 && marks >> tcerr_mark(key) & 1;
}

/* Where a line has its last brace, and its newline, or where its text ends. */
struct tcerr_json_line {
    const char *brace, *newline;
};

/* Reads the object at the begin of a text; a byte order mark and blanks may precede it. Strict, but for bytes from 0x80
 * in strings, which may be anything. With `line` it goes up to a newline, and nothing else may follow the object; else
 * what follows it is not looked at. Behind the text stands a byte that belongs to no token: a newline or NUL. */
enum tcerr_json_status tcerr_json_read(const struct tcerr_json_taker *taker, enum tcerr_speed speed,
                                       struct tcerr_slice text, struct tcerr_json_line *line);

/* Decodes the escapes of a raw string; an escape that is cut at the end is left out, a lone surrogate becomes U+FFFD.
 * Behind `enough` bytes it stops, at most 3 later. Returns the decoded length, which is at most raw.len. */
size_t tcerr_json_decode(struct tcerr_slice raw, size_t enough, char *out);

/* ---- One API answer (tcerr_answer.c) ---- */

enum tcerr_api { TCERR_API_NEITHER, TCERR_API_2, TCERR_API_3 };

/* The members that are read; of equal keys the first counts, even if its value is of no use. */
enum tcerr_member {
    TCERR_NO_MEMBER,
    TCERR_CODE_MEMBER,
    TCERR_MESSAGE,
    TCERR_CODE_DESC,
    TCERR_RESPONSE,
    TCERR_ERROR,
    TCERR_ERROR_CODE,
    TCERR_ERROR_MESSAGE,
    TCERR_REQUEST_ID,
    TCERR_MEMBERS
};

/* What has been read of an answer. It stays true whatever follows, be the text cut or wrong behind a member. */
struct tcerr_answer {
    enum tcerr_json_status status;
    bool early;            /* it ends as soon as the verdict is known */
    bool has_code;         /* a number of API 2.0 */
    bool failed, no_error; /* API 3.0: Error has a code; it is null, or its code is "" or 0 */
    bool succeeded;        /* Response is over and has no error */
    int64_t code, module_code;
    size_t module_len;                      /* of the module's number and its delimiter in the decoded message, or 0 */
    unsigned seen;                          /* bit n: the member n */
    struct tcerr_slice text[TCERR_MEMBERS]; /* raw strings and numbers, or NULL */
};

/* Reads a body, or its first bytes; its texts are stretches of it. A NUL stands behind them. */
void tcerr_answer_read(struct tcerr_answer *answer, enum tcerr_speed speed, struct tcerr_slice body, bool early);

/* Which API the answer is of, as far as it has been read. */
enum tcerr_api tcerr_answer_api(const struct tcerr_answer *answer);

/* The index of the cause, or TCERR_COUNT. */
enum tcerr_index tcerr_answer_cause(const struct tcerr_answer *answer, int module);

/* The code of API 3.0 or the request's id, decoded into room for TCERR_NAME_LENGTH; empty if none is there or fits. */
struct tcerr_slice tcerr_answer_name(const struct tcerr_answer *answer, enum tcerr_member member, char *room);

/* The number of the module at the head of a raw message, "(-514)..." or "20108：...", of which only the first bytes are
 * looked at: returns the length of the number with its delimiter, both decoded, or 0 when there is none. Behind the
 * message stands a byte that no number and no escape has: its quote, a blank, the line's end or NUL. */
size_t tcerr_module_code(struct tcerr_slice message, int64_t *code);

/* ---- The line enricher (tcerr_enrich.c) ---- */

#define TCERR_MAX_FIELDS 16
#define TCERR_MAX_STEPS 16 /* of the path to the code */

/* What is looked for in a line. */
struct tcerr_wanted {
    unsigned step_count, name_count;
    struct tcerr_slice steps[TCERR_MAX_STEPS]; /* the keys from the top level to the code */
    struct tcerr_slice message; /* beside the code: the key whose value may begin with a module's number */
    struct tcerr_slice names[TCERR_MAX_FIELDS]; /* the keys that are added; of all these none is empty */
    uint64_t marks;                             /* see struct tcerr_json_taker */
};

enum tcerr_format { TCERR_JSON, TCERR_LOGFMT, TCERR_TEXT };

#define TCERR_SEEN_SLOTS 1024 /* at most half of them are taken */

struct tcerr_buffer {
    char *data;
    size_t len, capacity;
};

/* A code that a log has and that is not a number of the catalogue: any other number, or a name. */
struct tcerr_seen {
    uint64_t count; /* 0: the slot is free */
    int64_t number;
    size_t start, len; /* of the name, in tcerr_enricher.seen_names; empty: it is a number */
    enum tcerr_index cause;
};

struct tcerr_enricher {
    /* Settings, which the caller fills in. Their texts stay its own, and have to last as long as the enricher. */
    enum tcerr_format format;
    int field; /* of the text format: counted from 1, or from -1 backwards */
    int module;
    size_t max_line;
    struct tcerr_slice needle;  /* the last step, quoted for JSON, with "=" behind it for logfmt; for text the prefix */
    struct tcerr_wanted wanted; /* of it the names and, but for text, the steps */
    /* What each row adds: its fields with their separators, each up to the next. A NUL in a name's is the code. */
    const char *pieces[TCERR_COUNT][TCERR_MAX_FIELDS + 1];
    enum tcerr_speed speed; /* follows from them */

    /* State: an unfinished line, what has been made and not yet taken, a block for reading. */
    struct tcerr_buffer carry, out, block;
    bool passing; /* inside a line that is longer than max_line */
    bool over;    /* there was no memory, and so bytes are lost: nothing may come behind them */
    bool torn;    /* the input that ended last lacked its last newline */
    bool coded;   /* a line held a code, 0 included */

    uint64_t lines, enriched, overlong, other; /* other: codes for which there was no slot */
    uint64_t known[TCERR_FIRST_NAME];
    struct tcerr_seen seen[TCERR_SEEN_SLOTS];
    struct tcerr_buffer seen_names;
    size_t seen_taken; /* slots; at most half, so that a search ends */
};

/* Makes room for len more bytes; false when there is no memory. */
bool tcerr_buffer_reserve(struct tcerr_buffer *buffer, size_t len);

/* The same, and puts them there. */
bool tcerr_append(struct tcerr_buffer *buffer, const char *data, size_t len);

/* A new enricher, which holds no memory yet: of zeros, but for its settings. */
void tcerr_enricher_start(struct tcerr_enricher *e);

/* Appends to e->out, for the caller, what the chunk completes. False when there is no memory, from then on. */
bool tcerr_enricher_feed(struct tcerr_enricher *e, struct tcerr_slice chunk);

/* Ends the input: handles a last line without a newline. */
bool tcerr_enricher_finish(struct tcerr_enricher *e);

void tcerr_enricher_free(struct tcerr_enricher *e);

/* ---- The loop on file descriptors (tcerr_run.c) ---- */

/* What one run reads, writes and tells. */
struct tcerr_stream {
    int input, output; /* descriptors; an output of -1: the lines are only counted */
    size_t ahead;      /* so many bytes of the input have been read before: they stand in the enricher's block */
    bool joined;       /* the output goes on where that of the last run ended */
    /* NULL, or called at most ten times a second, with what was read and passed since the start; total: -1, unknown. */
    void (*report)(void *context, double bytes, double total, double seconds);
    void *context;
};

/* Enriches all of an input. If the one before ended within a line, and the output is joined to it, a newline comes
 * first. A terminal gets "?" for each byte that could steer it. Returns NULL, or what failed; *error is the errno of a
 * "read error" or a "write error". Closes nothing: with any descriptor, POSIX drops a process's locks on its file. */
const char *tcerr_run(struct tcerr_enricher *e, struct tcerr_stream stream, int *error);

#pragma GCC visibility pop

#endif
