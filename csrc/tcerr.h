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

#define TCERR_VERSION "1.0.0"
#define TCERR_SNAPSHOT "2019-11-25" /* the date of the vendor's page that the data follows */

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

/* Bytes that somebody else owns; not terminated. */
struct tcerr_slice {
    const char *data;
    size_t len;
};

/* ---- Codes (tcerr_codes.c) ---- */

struct tcerr_entry {
    int code;
    const char *layer;
    const char *name;
    const char *category;
    const char *message;
    const char *detail; /* NULL in the video layer, as is detail_en */
    const char *message_en;
    const char *detail_en;
};

#define TCERR_ACCESS(code, ...) TCERR_INDEX_##code,
#define TCERR_VIDEO(code, ...) TCERR_INDEX_##code,
enum tcerr_index {
#include "tcerr_codes.inc"
    TCERR_COUNT /* of all rows; also the index of "not in the catalogue" */
};
#undef TCERR_ACCESS
#undef TCERR_VIDEO

extern const struct tcerr_entry tcerr_entries[TCERR_COUNT];

/* The index of a code in tcerr_entries, or TCERR_COUNT. */
enum tcerr_index tcerr_find(int64_t code);

/* Reads text that is nothing but a canonical integer (no "+", leading zero or "-0") of at most 15 digits, so that it
 * is exact in a double; false for anything else. */
bool tcerr_read_code(struct tcerr_slice text, int64_t *code);

/* ---- JSON (tcerr_json.c) ---- */

#define TCERR_JSON_MAX_DEPTH 1024

enum tcerr_json_event {
    TCERR_JSON_MORE,      /* the chunk is used up inside the object */
    TCERR_JSON_MEMBER,    /* a top-level member is complete: see key, value and kind */
    TCERR_JSON_END,       /* the closing brace was read; what follows it is the caller's to judge */
    TCERR_JSON_MALFORMED, /* not a JSON object; the scanner must not be used any further */
    TCERR_JSON_TOO_DEEP   /* the same, because it nests deeper than TCERR_JSON_MAX_DEPTH */
};

enum tcerr_json_kind { TCERR_JSON_STRING, TCERR_JSON_NUMBER, TCERR_JSON_OTHER };

/* A token that the end of a chunk may cut. One that it has not cut is a stretch of the chunk; of one that it has, the
 * first bytes are kept here: enough for the keys that are asked for and for the head of a message. */
#define TCERR_JSON_KEPT 64
struct tcerr_json_token {
    struct tcerr_slice whole;
    size_t kept_len; /* above 0: it was cut */
    char kept[TCERR_JSON_KEPT];
};

/* A resumable scanner of one JSON object: strict, but for bytes from 0x80 in strings, which may be anything. */
struct tcerr_json {
    unsigned char state;
    unsigned char detail; /* of a state: hexadecimal digits left, a number's own state, whether a mark may still come */
    bool in_key;
    enum tcerr_json_kind kind;
    unsigned depth;
    const char *literal; /* what is left of true, false or null */
    struct tcerr_json_token key, value;
    uint64_t objects[TCERR_JSON_MAX_DEPTH / 64]; /* bit n: the container at depth n + 1 is an object */
};

void tcerr_json_start(struct tcerr_json *json);

/* Scans from *cursor to the next event and moves *cursor behind it. A byte order mark and white space may precede the
 * object. */
enum tcerr_json_event tcerr_json_next(struct tcerr_json *json, const char **cursor, const char *end);

/* The raw text of json->key or json->value, between the quotes, escapes and all; to be asked for at a member. Of a cut
 * one, the first TCERR_JSON_KEPT bytes. */
struct tcerr_slice tcerr_json_text(const struct tcerr_json_token *token);

/* Decodes the escapes of a raw string; an escape that is cut at the end is left out, a lone surrogate becomes
 * U+FFFD. out needs raw.len bytes. Returns the decoded length. */
size_t tcerr_json_decode(struct tcerr_slice raw, char *out);

/* Whether all bytes are JSON white space. */
bool tcerr_json_blank(const char *p, const char *end);

/* ---- One API answer (tcerr_response.c) ---- */

enum tcerr_response_status {
    TCERR_RESPONSE_MORE,  /* at the end of the body: it was truncated */
    TCERR_RESPONSE_ENDED, /* the object is closed; nothing but white space may follow */
    TCERR_RESPONSE_DONE,  /* nothing that follows matters */
    TCERR_RESPONSE_MALFORMED,
    TCERR_RESPONSE_TOO_DEEP
};

struct tcerr_response {
    struct tcerr_json json;
    bool ended;               /* the object */
    bool code_seen, has_code; /* the first "code" wins, also when its value is not a code */
    bool message_seen, has_message, has_module_code, has_code_desc;
    int64_t code;
    int64_t module_code;
    size_t module_len;                     /* of the module code and its delimiter in the decoded message */
    struct tcerr_slice message, code_desc; /* raw; of use only when the body came in one chunk */
};

void tcerr_response_start(struct tcerr_response *response);

/* Reads the next chunk of a body. With `early` it is done as soon as code and message have been read. */
enum tcerr_response_status tcerr_response_read(struct tcerr_response *response, struct tcerr_slice chunk, bool early);

/* The number of the module at the head of a decoded message, "(-514)..." or "20108：...": returns the length of the
 * number with its delimiter, or 0 when there is none. */
size_t tcerr_module_code(struct tcerr_slice message, int64_t *code);

/* ---- The line enricher (tcerr_enrich.c) ---- */

enum tcerr_format { TCERR_JSON, TCERR_LOGFMT, TCERR_TEXT };

#define TCERR_MAX_FIELDS 16
#define TCERR_UNKNOWN_SLOTS 1024 /* at most half of them are taken */

struct tcerr_buffer {
    char *data;
    size_t len, capacity;
};

/* A stretch of tcerr_enricher.texts. */
struct tcerr_text {
    size_t start, len;
};

struct tcerr_unknown {
    int64_t code; /* 0: the slot is free */
    uint64_t count;
};

struct tcerr_enricher {
    /* Settings. A row of pieces holds one code's fields, each with its separator, one behind the other. */
    enum tcerr_format format;
    int field; /* of the text format: counted from 1, or from -1 backwards */
    size_t max_line;
    struct tcerr_buffer texts;
    struct tcerr_text key;
    struct tcerr_text needle; /* the quoted key for JSON, the key and "=" for logfmt; not for text */
    unsigned field_count;
    uint64_t name_marks; /* bit n: the key, or a field's name, has the mark n */
    struct tcerr_text names[TCERR_MAX_FIELDS];
    size_t common; /* bytes that all names begin with */
    bool wide;     /* there is AVX-512 */
    struct tcerr_text pieces[TCERR_COUNT][TCERR_MAX_FIELDS];

    /* State: an unfinished line, what has been made and not yet taken, a block for reading. */
    struct tcerr_buffer carry, out, block;
    bool passing; /* inside a line that is longer than max_line */
    bool over;    /* there was no memory, and so bytes are lost: nothing may come behind them */
    bool torn;    /* the input that ended last lacked its last newline */
    bool coded;   /* a line held a code, 0 included */

    uint64_t lines, enriched, overlong, other; /* other: unknown codes for which there was no slot */
    uint64_t known[TCERR_COUNT];
    struct tcerr_unknown unknown[TCERR_UNKNOWN_SLOTS];
    size_t unknown_taken; /* slots; at most half, so that a search ends */
};

/* Makes room for len more bytes; false when there is no memory. */
bool tcerr_buffer_reserve(struct tcerr_buffer *buffer, size_t len);

/* A new enricher, which holds no memory yet. */
void tcerr_enricher_start(struct tcerr_enricher *e, enum tcerr_format format, int field, size_t max_line);

/* The settings that are texts: the key (not for text), the names of the fields, then for every code the pieces in the
 * order of the names. Copied; false when there is no memory. */
bool tcerr_enricher_set_key(struct tcerr_enricher *e, struct tcerr_slice key);
bool tcerr_enricher_add_name(struct tcerr_enricher *e, struct tcerr_slice name);
bool tcerr_enricher_set_piece(struct tcerr_enricher *e, size_t index, unsigned field, struct tcerr_slice piece);

/* Appends to e->out what the chunk completes; the caller takes it from there. False when there is no memory, from then
 * on. */
bool tcerr_enricher_feed(struct tcerr_enricher *e, struct tcerr_slice chunk);

/* Ends the input: handles a last line without a newline. */
bool tcerr_enricher_finish(struct tcerr_enricher *e);

void tcerr_enricher_free(struct tcerr_enricher *e);

/* ---- The loop on file descriptors (tcerr_run.c) ---- */

struct tcerr_progress {
    /* Called at most ten times a second. bytes read and seconds passed since the start; total is -1 when unknown. */
    void (*report)(void *context, double bytes, double total, double seconds);
    void *context;
};

/* Enriches all of `input` to `output` (-1: only counts); the first `ahead` bytes of the input stand in e->block. A
 * terminal gets "?" for each byte that could steer it. Returns NULL, or what failed; *error is the errno of a "read
 * error" or a "write error". Closes nothing, as POSIX drops a process's locks on a file with any descriptor of it. */
const char *tcerr_run(struct tcerr_enricher *e, int input, int output, size_t ahead, struct tcerr_progress progress,
                      int *error);

/* Some file systems tell of a full disk only at close: closing a copy asks them. False with errno if it failed. */
bool tcerr_close_copy(int fd);

/* Makes the process die of SIGINT and SIGTERM at once, unless they are ignored; with `wipe`, after the line that stands
 * on stderr has been removed. */
void tcerr_signals(bool wipe);

/* Columns of the terminal behind a descriptor, or 0 when it is none. */
int tcerr_terminal_width(int fd);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
