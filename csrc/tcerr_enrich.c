/*
 * The line enricher: bytes in, bytes out. A line with a known code gets its fields; any other passes as it is.
 *
 * What comes between two enriched lines is copied in one piece. A JSON line is looked at only where the quoted key
 * stands; it is validated when the number behind the key would count, once, and the search goes on behind the line, so
 * the cost is linear whatever the input holds.
 */
#include <stdlib.h>

#include "tcerr.h"

/* Chunks are cut to this size: it stays in the cache, and a line that is longer goes through e->carry. As large as the
 * block of tcerr_run.c: with 64 or 256 KiB of both a log takes 1 to 4 % longer. */
#define PIECE ((size_t)128 * 1024)

/* One line and what has been found out about it. */
struct line {
    const struct tcerr_wanted *wanted;
    const char *start;
    const char *from;     /* no newline stands between start and here */
    const char *readable; /* where the memory ends that may be read */
    const char *end;      /* of what the line says, or JSON's last brace: where the fields go */
    const char *newline;  /* behind that, and maybe behind a carriage return; or readable */
    bool coded, has_code; /* the code is one, 0 included; the code is one that counts */
    struct tcerr_code code;
    /* Beside the code: raw texts of the first members of these keys, empty for a value of no use; NULL: none yet. */
    struct tcerr_slice message, module_code;
    unsigned decided; /* bit n: the first key of level n has been seen */
    uint32_t present; /* bit n: the name n stands in the line already */
    enum tcerr_index cause;
};

/* The key of a member that is the module's number. */
#define MODULE_CODE ((struct tcerr_slice){"module_code", 11})

/* ---- Memory ---- */

bool tcerr_buffer_reserve(struct tcerr_buffer *buffer, size_t len)
{
    size_t capacity = buffer->capacity;
    char *data;

    if (capacity - buffer->len >= len)
        return true;
    while (capacity - buffer->len < len)
        capacity = capacity ? capacity * 2 : 4096;
    data = realloc(buffer->data, capacity);
    if (!data)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool tcerr_append(struct tcerr_buffer *buffer, const char *data, size_t len)
{
    if (!tcerr_buffer_reserve(buffer, len))
        return false;
    if (len > 0)
        memcpy(buffer->data + buffer->len, data, len);
    buffer->len += len;
    return true;
}

void tcerr_enricher_free(struct tcerr_enricher *e)
{
    free(e->carry.data);
    free(e->out.data);
    free(e->block.data);
    free(e->seen_names.data);
    memset(e, 0, sizeof *e);
    e->over = true; /* a finalizer may still call it */
}

/* ---- Settings ---- */

static void mark(struct tcerr_wanted *wanted, struct tcerr_slice key)
{
    wanted->marks |= (uint64_t)1 << tcerr_mark(key);
}

void tcerr_enricher_start(struct tcerr_enricher *e)
{
    struct tcerr_wanted *wanted = &e->wanted;

    e->speed = tcerr_fastest();
    for (unsigned i = 0; i < wanted->name_count; i++)
        mark(wanted, wanted->names[i]);
    for (unsigned i = 0; i < wanted->step_count; i++)
        mark(wanted, wanted->steps[i]);
    if (wanted->step_count > 0) {
        /* API 3.0 spells its keys with capitals. */
        const char first = wanted->steps[wanted->step_count - 1].data[0];
        wanted->message = (struct tcerr_slice){first >= 'A' && first <= 'Z' ? "Message" : "message", 7};
        mark(wanted, wanted->message);
        mark(wanted, MODULE_CODE);
    }
}

/* ---- Counting ---- */

static bool is_slot_of(const struct tcerr_enricher *e, const struct tcerr_seen *slot, const struct tcerr_code *code)
{
    if (slot->len == 0)
        return !code->is_name && slot->number == code->number;
    return code->is_name && is_same((struct tcerr_slice){e->seen_names.data + slot->start, slot->len}, code->name);
}

/* A number below TCERR_SEEN_SLOTS from which the search for a slot starts. */
static size_t first_slot(const struct tcerr_code *code)
{
    uint64_t hash = code->is_name ? code->name.len : (uint64_t)code->number;

    for (size_t i = 0; code->is_name && i < code->name.len; i++)
        hash = (hash ^ (unsigned char)code->name.data[i]) * 0x100000001B3U;
    return (size_t)(hash * 0x9E3779B97F4A7C15U >> 40) % TCERR_SEEN_SLOTS;
}

/* Counts a code that is no number of the catalogue. Returns its cause. */
static enum tcerr_index count_seen(struct tcerr_enricher *e, const struct tcerr_code *code)
{
    size_t place = first_slot(code);
    struct tcerr_seen *slot;
    enum tcerr_index cause;

    while ((slot = &e->seen[place])->count > 0) {
        if (is_slot_of(e, slot, code)) {
            slot->count++;
            return slot->cause;
        }
        place = (place + 1) % TCERR_SEEN_SLOTS;
    }
    cause = tcerr_find(code, e->module);
    if (cause == TCERR_COUNT && code->is_name && !memchr(code->name.data, '.', code->name.len))
        return TCERR_COUNT; /* a word like "OK" is no failure */
    slot->start = e->seen_names.len;
    slot->len = code->is_name ? code->name.len : 0;
    if (e->seen_taken == TCERR_SEEN_SLOTS / 2 ||
        (code->is_name && !tcerr_append(&e->seen_names, code->name.data, slot->len))) {
        e->other++;
        return cause;
    }
    e->seen_taken++;
    slot->number = code->is_name ? 0 : code->number;
    slot->cause = cause;
    slot->count = 1;
    return cause;
}

/* ---- What a line tells, in any format ---- */

/* What a member, or a pair, is to the line. */
enum role { NONE, STEP, CODE, MESSAGE, MODULE };

/* Takes keys and values as struct tcerr_json_taker has them; the context is a struct line. They stop when the line will
 * not be enriched, whatever follows. */
static unsigned take_key(void *context, unsigned level, struct tcerr_slice key)
{
    struct line *line = context;
    const struct tcerr_wanted *wanted = line->wanted;
    const bool beside = level == wanted->step_count;

    for (unsigned i = 0; level == 1 && i < wanted->name_count; i++)
        if (is_same(wanted->names[i], key))
            line->present |= (uint32_t)1 << i;
    if (is_same(key, wanted->steps[level - 1])) {
        const bool first = !(line->decided >> level & 1);
        line->decided |= 1U << level;
        return !first ? NONE : beside ? CODE : STEP;
    }
    if (beside && !line->message.data && is_same(key, wanted->message))
        return MESSAGE;
    return beside && !line->module_code.data && is_same(key, MODULE_CODE) ? MODULE : NONE;
}

static enum tcerr_json_next take_value(void *context, unsigned role, struct tcerr_slice text, enum tcerr_json_kind kind)
{
    struct line *line = context;
    const bool scalar = kind == TCERR_JSON_STRING || kind == TCERR_JSON_NUMBER;
    const struct tcerr_slice nothing = {"", 0};

    if (role == STEP)
        return kind == TCERR_JSON_OBJECT ? TCERR_JSON_ENTER : TCERR_JSON_STOP;
    if (role == CODE) {
        line->coded = scalar && tcerr_read_code(text, &line->code);
        line->has_code = line->coded && (line->code.is_name || line->code.number != 0);
        return line->has_code ? TCERR_JSON_GO_ON : TCERR_JSON_STOP;
    }
    if (role == MESSAGE)
        line->message = kind == TCERR_JSON_STRING ? text : nothing;
    else
        line->module_code = scalar ? text : nothing;
    return TCERR_JSON_GO_ON;
}

/* The number of the module that the line names: as a member of its own, which says it plainly, or in the message. */
static const int64_t *module_code(const struct line *line, int64_t *number)
{
    const struct tcerr_slice own = line->module_code, message = line->message;

    if (own.data && tcerr_read_number(own, number))
        return number;
    return message.data && tcerr_module_code(message, number) > 0 ? number : NULL;
}

/* Counts the line's code by its cause; true when that is known and fields are to be added. */
static bool decide(struct tcerr_enricher *e, struct line *line)
{
    const struct tcerr_code *code = &line->code;
    int64_t number;

    if (!line->has_code)
        return false;
    line->cause = code->is_name ? TCERR_COUNT : tcerr_find_cause(code->number, module_code(line, &number), e->module);
    if (line->cause != TCERR_COUNT)
        e->known[line->cause]++;
    else
        line->cause = count_seen(e, code);
    return line->cause != TCERR_COUNT;
}

/* ---- Fields ---- */

/* Appends pieces that stand one behind the other, with the name, if the code is one, in its places. */
static bool append_pieces(struct tcerr_enricher *e, const char *from, const char *to, const struct tcerr_code *code)
{
    const char *place;

    while (code->is_name && (place = memchr(from, '\0', (size_t)(to - from))) != NULL) {
        if (!tcerr_append(&e->out, from, (size_t)(place - from)) ||
            !tcerr_append(&e->out, code->name.data, code->name.len))
            return false;
        from = place + 1;
    }
    return tcerr_append(&e->out, from, (size_t)(to - from));
}

/* Appends [from, end) of the line and the fields that it lacks. */
static bool add_fields(struct tcerr_enricher *e, const char *from, const struct line *line)
{
    const char *const *pieces = e->pieces[line->cause];
    const unsigned count = e->wanted.name_count;
    bool ok = tcerr_append(&e->out, from, (size_t)(line->end - from));
    const size_t before = e->out.len;

    if (!line->present) /* most lines get the row in one piece */
        ok = ok && append_pieces(e, pieces[0], pieces[count], &line->code);
    for (unsigned i = 0; line->present && i < count; i++)
        if (!(line->present >> i & 1))
            ok = ok && append_pieces(e, pieces[i], pieces[i + 1], &line->code);
    e->enriched += ok && e->out.len > before;
    return ok;
}

/* ---- Candidates: places where the key may stand with a code behind it ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Behind blanks, of which a carriage return is one in JSON. Like all that looks for candidates, it needs no end: every
 * line has a newline behind it, and that is none of what they are made of. */
static const char *skip_blanks(const char *p, enum tcerr_format format)
{
    while (is_blank(*p) || (*p == '\r' && format == TCERR_JSON))
        p++;
    return p;
}

/* Whether what begins at p, quoted or not, may be a code that counts: a name, or a number. 0 does not count, once a
 * line has shown that codes are where they are looked for: successes have to cost nothing. */
static bool may_be_code(const struct tcerr_enricher *e, const char *p)
{
    p += *p == '"';
    if (*p == '0' && e->coded)
        return false;
    p += *p == '-';
    return is_letter(*p) || is_digit(*p);
}

/* Whether the needle at `place`, in a line that begins at `start`, makes its line worth a look. */
static bool is_candidate(const struct tcerr_enricher *e, const char *start, const char *place)
{
    const char *p = place + e->needle.len;

    if (e->format == TCERR_LOGFMT)
        return (place == start || is_blank(place[-1])) && may_be_code(e, p);
    p = skip_blanks(p, TCERR_JSON);
    return *p == ':' && may_be_code(e, skip_blanks(p + 1, TCERR_JSON));
}

/* ---- JSON ---- */

/* An object that was to have the code is over. */
static bool leave(void *context, unsigned level)
{
    const struct line *line = context;

    (void)level;
    return line->has_code;
}

/* Validates the line and finds its code; true when fields are to be added. */
static bool resolve_json(struct tcerr_enricher *e, struct line *line)
{
    const struct tcerr_json_taker taker = {line, e->wanted.marks, take_key, take_value, leave};
    const struct tcerr_slice text = {line->start, (size_t)(line->readable - line->start)};
    struct tcerr_json_line ends;
    const bool ok = tcerr_json_read(&taker, e->speed, text, &ends) == TCERR_JSON_WHOLE;

    line->end = ends.brace;
    line->newline = ends.newline;
    /* A code that counts does so only in a line that is well-formed; behind any other, the line is not read on. */
    e->coded |= line->coded && (ok || !line->has_code);
    return ok && decide(e, line);
}

/* ---- logfmt ---- */

/* Behind the quoted text that begins at p, or NULL when its end is missing. */
static const char *skip_quoted(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\' && ++p == end)
            break;
    return p < end ? p + 1 : NULL;
}

/* Reads the pair at p: a bare key, key=bare or key="quoted". Returns the place behind it, or NULL when the line is
 * malformed. The value comes without its quotes. */
static const char *read_pair(const char *p, const char *end, struct tcerr_slice *key, struct tcerr_slice *value)
{
    *key = (struct tcerr_slice){p, 0};
    while (p < end && !is_blank(*p) && *p != '=' && *p != '"')
        p++;
    key->len = (size_t)(p - key->data);
    *value = (struct tcerr_slice){p, 0};
    if (key->len == 0 || (p < end && *p == '"'))
        return NULL;
    if (p < end && *p == '=')
        value->data = ++p;
    if (p < end && *p == '"') {
        p = skip_quoted(p, end);
        if (!p || (p < end && !is_blank(*p)))
            return NULL;
        *value = (struct tcerr_slice){value->data + 1, (size_t)(p - value->data) - 2};
        return p;
    }
    while (p < end && !is_blank(*p) && *p != '"')
        p++;
    value->len = (size_t)(p - value->data);
    return p; /* no pair begins with a quote, should one be here */
}

static bool resolve_logfmt(struct tcerr_enricher *e, struct line *line)
{
    struct tcerr_slice key, value;
    const char *p = skip_blanks(line->start, TCERR_LOGFMT);

    while (p && p < line->end) {
        unsigned role = NONE;
        p = read_pair(p, line->end, &key, &value);
        if (p && tcerr_may_matter(e->wanted.marks, key))
            role = take_key(line, 1, key);
        if (role != NONE && take_value(line, role, value, TCERR_JSON_STRING) == TCERR_JSON_STOP)
            p = NULL;
        p = p ? skip_blanks(p, TCERR_LOGFMT) : NULL;
    }
    e->coded |= line->coded;
    return p == line->end && decide(e, line);
}

/* ---- Text ---- */

/* The nth blank-separated field, from 1, or from -1 backwards; empty when the line has fewer. */
static struct tcerr_slice nth_field(const struct line *line, int n)
{
    const char *p = line->start, *end = line->end, *start;

    while (n > 0) {
        p = skip_blanks(p, TCERR_TEXT);
        for (start = p; p < end && !is_blank(*p);)
            p++;
        if (--n == 0 || p == end)
            return (struct tcerr_slice){start, n == 0 ? (size_t)(p - start) : 0};
    }
    for (;;) {
        while (end > p && is_blank(end[-1]))
            end--;
        for (start = end; start > p && !is_blank(start[-1]);)
            start--;
        if (++n == 0 || start == p)
            return (struct tcerr_slice){start, n == 0 ? (size_t)(end - start) : 0};
        end = start;
    }
}

/* The first place of the needle from p on, or the line's end. */
static const char *find_needle(const struct tcerr_enricher *e, const struct line *line, const char *p,
                               struct tcerr_slice needle)
{
    struct search s = {.p = p, .readable = line->readable, .speed = e->speed};

    tcerr_search(&s, line->end, needle);
    return s.p;
}

/* Notes which fields already stand in the line as words. */
static void note_words(const struct tcerr_enricher *e, struct line *line)
{
    if (e->needle.len >= 2 && find_needle(e, line, line->start, e->needle) == line->end)
        return;
    for (unsigned i = 0; i < e->wanted.name_count; i++) {
        struct tcerr_slice name = e->wanted.names[i];
        const char *p = line->start;
        while ((p = find_needle(e, line, p, name)) < line->end) {
            const char *behind = p + name.len;
            if ((p == line->start || is_blank(p[-1])) && behind < line->end && *behind == '=')
                line->present |= (uint32_t)1 << i;
            p = behind;
        }
    }
}

static bool resolve_text(struct tcerr_enricher *e, struct line *line)
{
    (void)take_value(line, CODE, nth_field(line, e->field), TCERR_JSON_STRING);
    e->coded |= line->coded;
    if (!decide(e, line))
        return false;
    note_words(e, line);
    return true;
}

/* ---- Lines ---- */

static bool resolve(struct tcerr_enricher *e, struct line *line)
{
    if (e->format == TCERR_JSON)
        return resolve_json(e, line);
    line->newline = memchr(line->from, '\n', (size_t)(line->readable - line->from));
    if (!line->newline)
        line->newline = line->readable;
    line->end = line->newline;
    if (line->end > line->start && line->end[-1] == '\r')
        line->end--;
    return e->format == TCERR_LOGFMT ? resolve_logfmt(e, line) : resolve_text(e, line);
}

/* Goes on to the next line that has to be resolved: by a search for the needle, or, without `look`, the very next. */
static bool next_line(const struct tcerr_enricher *e, struct search *s, const char *end, bool look, struct line *line)
{
    while (look) {
        tcerr_search(s, end, e->needle);
        if (s->p == end || is_candidate(e, s->line, s->p))
            break;
        s->p += e->needle.len - 1;
    }
    /* Only what is asked first: filling all of it would cost as much as the rest of what is done once a line. */
    line->wanted = &e->wanted;
    line->start = s->line;
    line->from = s->p;
    line->readable = end;
    line->coded = line->has_code = false;
    line->message.data = line->module_code.data = NULL;
    line->decided = line->present = 0;
    return s->p < end;
}

/* So many enriched lines in a row make it likely that the next one will be too: then a search would be wasted. Where
 * that is wrong, one line in five at most is read in vain. */
#define STREAK 4

/* Enriches whole lines; only the last one may lack its newline. */
static bool enrich_lines(struct tcerr_enricher *e, const char *p, const char *end)
{
    struct search search = {.p = p, .line = p, .readable = end, .speed = e->speed};
    const char *copied = p;
    struct line line;
    unsigned streak = 0;

    while (next_line(e, &search, end, e->format != TCERR_TEXT && streak < STREAK, &line)) {
        bool found = resolve(e, &line);
        search.p = line.newline;
        if (search.p < end) {
            search.newlines++;
            search.line = ++search.p;
        }
        streak = found ? streak + 1 : 0;
        if (!found)
            continue;
        if (!add_fields(e, copied, &line))
            return false;
        copied = line.end;
    }
    e->lines += search.newlines + (search.line < end);
    return tcerr_append(&e->out, copied, (size_t)(end - copied));
}

/* ---- Chunks ---- */

/* Takes a line's next part, with its newline if `ended`. Until then the line is kept, or passed on, if too long. */
static bool carry_on(struct tcerr_enricher *e, struct tcerr_slice part, bool ended)
{
    bool ok = true;

    if (!e->passing && e->carry.len + part.len - ended > e->max_line) {
        ok = tcerr_append(&e->out, e->carry.data, e->carry.len);
        e->carry.len = 0;
        e->passing = true;
        e->overlong++;
        e->lines++;
    }
    if (e->passing) {
        e->passing = !ended;
        return ok && tcerr_append(&e->out, part.data, part.len);
    }
    if (!tcerr_append(&e->carry, part.data, part.len))
        return false;
    if (ended) {
        ok = enrich_lines(e, e->carry.data, e->carry.data + e->carry.len);
        e->carry.len = 0;
    }
    return ok;
}

/* Takes a piece that is no longer than max_line, so that every line which is whole in it is short enough. */
static bool feed_piece(struct tcerr_enricher *e, const char *p, const char *end)
{
    const char *newline, *tail;

    if (e->passing || e->carry.len > 0) {
        newline = memchr(p, '\n', (size_t)(end - p));
        tail = newline ? newline + 1 : end;
        if (!carry_on(e, (struct tcerr_slice){p, (size_t)(tail - p)}, newline != NULL))
            return false;
        p = tail;
    }
    for (tail = end; tail > p && tail[-1] != '\n';)
        tail--;
    if (!enrich_lines(e, p, tail))
        return false;
    return tail == end || carry_on(e, (struct tcerr_slice){tail, (size_t)(end - tail)}, false);
}

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

bool tcerr_enricher_feed(struct tcerr_enricher *e, struct tcerr_slice chunk)
{
    const size_t most = lesser(e->max_line, PIECE);
    const char *p = chunk.data, *end = p + chunk.len;

    e->torn = e->torn && chunk.len == 0;
    while (!e->over && p < end) {
        size_t len = lesser((size_t)(end - p), most);
        e->over = !feed_piece(e, p, p + len);
        p += len;
    }
    return !e->over;
}

bool tcerr_enricher_finish(struct tcerr_enricher *e)
{
    const size_t len = e->carry.len;

    e->torn = e->torn || e->passing || len > 0;
    if (!e->over && len > 0) /* a newline behind the bytes that count, as the reader of JSON wants it */
        e->over = !tcerr_append(&e->carry, "\n", 1) || !enrich_lines(e, e->carry.data, e->carry.data + len);
    e->carry.len = 0;
    e->passing = false;
    return !e->over;
}
