/*
 * The line enricher: bytes in, bytes out. A line with a known code gets its fields; any other passes as it is.
 *
 * What comes between two enriched lines is copied in one piece. A JSON line is looked at only where the quoted key
 * stands; it is validated when the number behind the key would count, once, and the search goes on behind the line, so
 * the cost is linear whatever the input holds.
 */
#include <stdlib.h>

#include "tcerr_line.h"

/* Chunks are cut to this size: it stays in the cache, and a line that is longer goes through e->carry. */
#define PIECE ((size_t)256 * 1024)

/* One line and what has been found out about it. */
struct line {
    const char *start;
    const char *from;      /* no newline stands between start and here */
    const char *readable;  /* where the memory ends that may be read */
    const char *end;       /* of what the line says; NULL until it is known */
    const char *newline;   /* behind that, and maybe behind a carriage return; or readable */
    const char *insertion; /* where the fields go */
    enum tcerr_index index;
    uint32_t present; /* bit n: field n already stands in the line */
};

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

static bool append(struct tcerr_buffer *buffer, const char *data, size_t len)
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
    free(e->texts.data);
    free(e->carry.data);
    free(e->out.data);
    free(e->block.data);
    memset(e, 0, sizeof *e);
}

/* ---- Settings ---- */

static struct tcerr_slice text_of(const struct tcerr_enricher *e, struct tcerr_text text)
{
    return (struct tcerr_slice){e->texts.data + text.start, text.len};
}

static bool add_text(struct tcerr_enricher *e, struct tcerr_slice text, struct tcerr_text *added)
{
    *added = (struct tcerr_text){e->texts.len, text.len};
    return append(&e->texts, text.data, text.len);
}

/* A number below 64 that tells most keys (not empty) apart. */
static inline unsigned name_mark(struct tcerr_slice name)
{
    return ((unsigned char)name.data[0] * 7U + (unsigned char)name.data[name.len - 1] * 3U + (unsigned)name.len) % 64;
}

void tcerr_enricher_start(struct tcerr_enricher *e, enum tcerr_format format, int field, size_t max_line)
{
    memset(e, 0, sizeof *e);
    e->format = format;
    e->field = field;
    e->max_line = max_line;
    e->wide = has_avx512();
}

bool tcerr_enricher_set_key(struct tcerr_enricher *e, struct tcerr_slice key)
{
    const bool json = e->format == TCERR_JSON;
    struct tcerr_text part;

    e->needle = (struct tcerr_text){e->texts.len, key.len + 1 + json};
    e->key = (struct tcerr_text){e->texts.len + json, key.len};
    e->name_marks |= (uint64_t)1 << name_mark(key);
    return (!json || add_text(e, (struct tcerr_slice){"\"", 1}, &part)) && add_text(e, key, &part) &&
           add_text(e, (struct tcerr_slice){json ? "\"" : "=", 1}, &part);
}

bool tcerr_enricher_add_name(struct tcerr_enricher *e, struct tcerr_slice name)
{
    struct tcerr_slice first;

    e->name_marks |= (uint64_t)1 << name_mark(name);
    if (!add_text(e, name, &e->names[e->field_count++]))
        return false;
    first = text_of(e, e->names[0]);
    if (e->field_count == 1 || e->common > name.len)
        e->common = name.len;
    while (memcmp(first.data, name.data, e->common) != 0)
        e->common--;
    return true;
}

bool tcerr_enricher_set_piece(struct tcerr_enricher *e, size_t index, unsigned field, struct tcerr_slice piece)
{
    return add_text(e, piece, &e->pieces[index][field]);
}

/* ---- Counting ---- */

static void count_unknown(struct tcerr_enricher *e, int64_t code)
{
    size_t slot = (size_t)((uint64_t)code * 0x9E3779B97F4A7C15U >> 40) % TCERR_UNKNOWN_SLOTS;

    while (e->unknown[slot].code != 0 && e->unknown[slot].code != code)
        slot = (slot + 1) % TCERR_UNKNOWN_SLOTS;
    if (e->unknown[slot].code == 0) {
        if (e->unknown_taken == TCERR_UNKNOWN_SLOTS / 2) {
            e->other++;
            return;
        }
        e->unknown[slot].code = code;
        e->unknown_taken++;
    }
    e->unknown[slot].count++;
}

/* Takes a code that a line holds: whether it is in the catalogue. 0 is success and counts as nothing. */
static bool take_code(struct tcerr_enricher *e, struct line *line, int64_t code)
{
    if (code == 0)
        return false;
    line->index = tcerr_find(code);
    if (line->index == TCERR_COUNT) {
        count_unknown(e, code);
        return false;
    }
    e->known[line->index]++;
    return true;
}

/* ---- Fields ---- */

/* Whether a key may be one that matters: most are not, and this finds out without comparing them. */
static inline bool may_be_name(const struct tcerr_enricher *e, struct tcerr_slice key)
{
    return key.len > 0 && e->name_marks >> name_mark(key) & 1;
}

static void note_present(const struct tcerr_enricher *e, struct line *line, struct tcerr_slice key)
{
    for (unsigned i = 0; i < e->field_count; i++) {
        struct tcerr_slice name = text_of(e, e->names[i]);
        if (name.len == key.len && memcmp(name.data, key.data, key.len) == 0)
            line->present |= (uint32_t)1 << i;
    }
}

/* What a line's members have told so far. */
struct finding {
    bool seen;  /* the key; its first value is the one that counts */
    bool coded; /* that value is a code, 0 included */
    int64_t code;
};

/* Takes a member of a JSON object, or a pair of logfmt; false when the line will not be enriched, whatever follows. */
static inline bool take_member(const struct tcerr_enricher *e, struct line *line, struct finding *finding,
                               const struct line_member *member)
{
    struct tcerr_slice name = text_of(e, e->key), key = member->key;

    if (!may_be_name(e, key))
        return true;
    if (key.len == name.len && memcmp(key.data, name.data, key.len) == 0 && !finding->seen) {
        finding->seen = true;
        finding->coded = member->kind != TCERR_JSON_OTHER && tcerr_read_code(member->value, &finding->code);
        if (!finding->coded || finding->code == 0)
            return false;
    }
    note_present(e, line, key);
    return true;
}

/* Appends the fields that the line lacks. */
static bool append_fields(struct tcerr_enricher *e, const struct line *line)
{
    const struct tcerr_text *pieces = e->pieces[line->index];
    struct tcerr_text row = {pieces[0].start, 0};

    for (unsigned i = 0; i < e->field_count; i++) {
        struct tcerr_slice piece = text_of(e, pieces[i]);
        if (line->present && !(line->present >> i & 1) && !append(&e->out, piece.data, piece.len))
            return false;
        row.len += piece.len;
    }
    return line->present || append(&e->out, text_of(e, row).data, row.len);
}

/* Appends [from, insertion) and the line's fields. */
static bool add_fields(struct tcerr_enricher *e, const char *from, const struct line *line)
{
    size_t before;

    if (!append(&e->out, from, (size_t)(line->insertion - from)))
        return false;
    before = e->out.len;
    if (!append_fields(e, line))
        return false;
    e->enriched += e->out.len > before;
    return true;
}

/* ---- Candidates: places where the key may stand with a code behind it ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && is_blank(*p))
        p++;
    return p;
}

/* The same with JSON's blanks, as far as a line can have them. */
static const char *skip_json_blanks(const char *p, const char *end)
{
    while (p < end && (is_blank(*p) || *p == '\r'))
        p++;
    return p;
}

/* Whether there is a number at p, quoted or not, that would count. 0 does not, once a line has shown that codes are
 * where they are looked for: successes have to cost nothing. */
static bool has_code(const struct tcerr_enricher *e, const char *p, const char *end)
{
    struct tcerr_slice number = {p, 0};
    int64_t code;

    if (p < end && *p == '"')
        number.data = ++p;
    while (p < end && (*p == '-' || (*p >= '0' && *p <= '9')) && number.len <= 16) {
        p++;
        number.len++;
    }
    return tcerr_read_code(number, &code) && (code != 0 || !e->coded);
}

/* Whether the needle at `place`, in a line that begins at `start`, makes its line worth a look. */
static bool is_candidate(const struct tcerr_enricher *e, const char *start, const char *place, const char *end)
{
    const char *p = place + e->needle.len;

    if (e->format == TCERR_LOGFMT)
        return (place == start || is_blank(place[-1])) && has_code(e, p, end);
    p = skip_json_blanks(p, end);
    return p < end && *p == ':' && has_code(e, skip_json_blanks(p + 1, end), end);
}

/* Finds out where the line ends, unless that is known. */
static void find_end(struct line *line)
{
    if (line->end)
        return;
    line->newline = memchr(line->from, '\n', (size_t)(line->readable - line->from));
    if (!line->newline)
        line->newline = line->readable;
    line->end = line->newline;
    if (line->end > line->start && line->end[-1] == '\r')
        line->end--;
}

/* ---- JSON ---- */

/* Reads the line's object with the reader for any line. Sets the insertion; false when the line is malformed or has no
 * code that counts. */
static bool read_any_object(const struct tcerr_enricher *e, struct line *line, struct finding *finding)
{
    struct line_member member;
    struct tcerr_json json;
    enum tcerr_json_event event;
    const char *p = line->start;

    tcerr_json_start(&json);
    while ((event = tcerr_json_next(&json, &p, line->end)) == TCERR_JSON_MEMBER) {
        member.key = tcerr_json_text(&json.key);
        member.value = tcerr_json_text(&json.value);
        member.kind = json.kind;
        if (!take_member(e, line, finding, &member))
            return false;
    }
    line->insertion = p - 1;
    return event == TCERR_JSON_END && tcerr_json_blank(p, line->end);
}

/* The same with the fast reader, which finds the line's end itself; *other is set where it cannot read the line. */
static bool read_plain_object(const struct tcerr_enricher *e, struct line *line, struct finding *finding, bool *other)
{
    *other = true;
#ifdef TCERR_SSE2
    uint16_t quotes[LINE_QUOTES];
    struct line_reader reader;
    struct line_member member;
    enum tcerr_json_event event;

    line->end = line_start(&reader, line->start, line->readable, e->wide, quotes);
    if (!line->end)
        return false;
    line->newline = line->end + (*line->end == '\r');
    *other = false;
    while ((event = line_next(&reader, &member)) == TCERR_JSON_MEMBER)
        if (!take_member(e, line, finding, &member))
            return false;
    *other = event == TCERR_JSON_TOO_DEEP;
    line->insertion = reader.p - 1;
    return event == TCERR_JSON_END && tcerr_json_blank(reader.p, line->end);
#else
    (void)e, (void)line, (void)finding;
    return false;
#endif
}

/* Validates the line and takes the first top-level code; true when fields are to be added. */
static bool resolve_json(struct tcerr_enricher *e, struct line *line)
{
    struct finding finding = {false, false, 0};
    bool other, ok = read_plain_object(e, line, &finding, &other);

    if (other) {
        finding.seen = finding.coded = false;
        line->present = 0;
        find_end(line);
        ok = read_any_object(e, line, &finding);
    }
    e->coded |= finding.coded;
    return ok && finding.seen && take_code(e, line, finding.code);
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
static const char *read_pair(const char *p, const char *end, struct line_member *pair)
{
    struct tcerr_slice *key = &pair->key, *value = &pair->value;

    pair->kind = TCERR_JSON_STRING;
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
    return p < end && *p == '"' ? NULL : p;
}

static bool resolve_logfmt(struct tcerr_enricher *e, struct line *line)
{
    struct finding finding = {false, false, 0};
    struct line_member pair;
    const char *p = skip_blanks(line->start, line->end);

    while (p < line->end) {
        p = read_pair(p, line->end, &pair);
        if (!p || !take_member(e, line, &finding, &pair))
            break;
        p = skip_blanks(p, line->end);
    }
    e->coded |= finding.coded;
    line->insertion = line->end;
    return p == line->end && finding.coded && take_code(e, line, finding.code);
}

/* ---- Text ---- */

/* The nth blank-separated field, from 1, or from -1 backwards; empty when the line has fewer. */
static struct tcerr_slice nth_field(const struct line *line, int n)
{
    const char *p = line->start, *end = line->end, *start;

    while (n > 0) {
        p = skip_blanks(p, end);
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

/* Notes which fields already stand in the line as words. */
static void note_words(const struct tcerr_enricher *e, struct line *line)
{
    if (e->common >= 2) {
        struct tcerr_slice common = {text_of(e, e->names[0]).data, e->common};
        if (find_needle(line->start, line->end, common) == line->end)
            return;
    }
    for (unsigned i = 0; i < e->field_count; i++) {
        struct tcerr_slice name = text_of(e, e->names[i]);
        const char *p = line->start;
        while ((p = find_needle(p, line->end, name)) < line->end) {
            const char *behind = p + name.len;
            if ((p == line->start || is_blank(p[-1])) && behind < line->end && *behind == '=')
                line->present |= (uint32_t)1 << i;
            p = behind;
        }
    }
}

static bool resolve_text(struct tcerr_enricher *e, struct line *line)
{
    int64_t code;

    if (!tcerr_read_code(nth_field(line, e->field), &code))
        return false;
    e->coded = true;
    if (!take_code(e, line, code))
        return false;
    note_words(e, line);
    line->insertion = line->end;
    return true;
}

/* ---- Lines ---- */

static bool resolve(struct tcerr_enricher *e, struct line *line)
{
    if (e->format == TCERR_JSON)
        return resolve_json(e, line);
    find_end(line);
    return e->format == TCERR_LOGFMT ? resolve_logfmt(e, line) : resolve_text(e, line);
}

/* Goes on to the next line that has to be resolved: by a search for the needle, or, without `look`, the very next. */
static bool next_line(const struct tcerr_enricher *e, struct search *s, const char *end, bool look, struct line *line)
{
    struct tcerr_slice needle = text_of(e, e->needle);

    while (look) {
        search_needle(s, end, needle);
        if (s->p == end || is_candidate(e, s->line, s->p, end))
            break;
        s->p += needle.len - 1;
    }
    *line = (struct line){.start = s->line, .from = s->p, .readable = end};
    return s->p < end;
}

/* Goes on behind a line that has been resolved. */
static void leave_line(struct search *s, const struct line *line)
{
    s->p = line->newline;
    if (s->p < line->readable) {
        pass_newline(s, s->p);
        s->p++;
    }
}

/* So many enriched lines in a row make it likely that the next one will be too: then a search would be wasted. */
#define STREAK 4

/* Enriches whole lines; only the last one may lack its newline. */
static bool enrich_lines(struct tcerr_enricher *e, const char *p, const char *end)
{
    struct search search = {p, p, 0, e->wide};
    const char *copied = p;
    struct line line;
    unsigned streak = 0;

    while (next_line(e, &search, end, e->format != TCERR_TEXT && streak < STREAK, &line)) {
        bool found = resolve(e, &line);
        leave_line(&search, &line);
        streak = found ? streak + 1 : 0;
        if (!found)
            continue;
        if (!add_fields(e, copied, &line))
            return false;
        copied = line.insertion;
    }
    e->lines += search.newlines + (search.line < end);
    return append(&e->out, copied, (size_t)(end - copied));
}

/* ---- Chunks ---- */

/* Takes a line's next part, which ends behind its newline if `ended`. Until then the line is kept, or, when it is too
 * long, passed on. */
static bool carry_on(struct tcerr_enricher *e, struct tcerr_slice part, bool ended)
{
    bool ok = true;

    if (!e->passing && e->carry.len + part.len - ended > e->max_line) {
        ok = append(&e->out, e->carry.data, e->carry.len);
        e->carry.len = 0;
        e->passing = true;
        e->overlong++;
        e->lines++;
    }
    if (e->passing) {
        e->passing = !ended;
        return ok && append(&e->out, part.data, part.len);
    }
    if (!append(&e->carry, part.data, part.len))
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
    tail = after_last_newline(p, end);
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
    e->torn = e->torn || e->passing || e->carry.len > 0;
    if (!e->over && e->carry.len > 0)
        e->over = !enrich_lines(e, e->carry.data, e->carry.data + e->carry.len);
    e->carry.len = 0;
    e->passing = false;
    return !e->over;
}
