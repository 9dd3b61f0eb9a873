/*
 * Runs the core on texts with no memory that may be read before and behind them: a byte too far, and this dies.
 *
 * edges < TEXTS    each text is a letter, its length, a newline and its bytes. A log (j for JSON, l for logfmt, t for
 *                  text) is fed from its begin up to behind each of its newlines, and whole; an answer (a) is read cut
 *                  in two at each place. Every instruction set of this processor has to make the same of it. Prints how
 *                  many were run.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tcerr.h"

#define ROOM ((size_t)1 << 20)

static void fail(const char *what)
{
    (void)fprintf(stderr, "edges: %s\n", what);
    exit(1);
}

/* Two rooms between three pages that nobody may touch: a text stands at the end of the first or at the begin of the
 * second. */
struct rooms {
    char *first_end, *second;
};

static struct rooms make_rooms(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *all = mmap(NULL, 3 * page + 2 * ROOM, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (all == MAP_FAILED || mprotect(all + page, ROOM, PROT_READ | PROT_WRITE) != 0 ||
        mprotect(all + 2 * page + ROOM, ROOM, PROT_READ | PROT_WRITE) != 0)
        fail("no memory");
    return (struct rooms){all + page + ROOM, all + 2 * page + ROOM};
}

static struct tcerr_slice put(char *place, struct tcerr_slice text)
{
    memcpy(place, text.data, text.len);
    return (struct tcerr_slice){place, text.len};
}

static struct tcerr_slice put_at_end(struct rooms rooms, struct tcerr_slice text)
{
    return put(rooms.first_end - text.len, text);
}

/* ---- Logs ---- */

static struct tcerr_slice slice_of(const char *text)
{
    return (struct tcerr_slice){text, strlen(text)};
}

/* What an enricher with this speed makes of a log; the caller frees it. */
static struct tcerr_buffer enrich(enum tcerr_format format, enum tcerr_speed speed, struct tcerr_slice log)
{
    static const char *const needles[] = {"\"code\"", "code=", "tc_"};
    struct tcerr_enricher *e = calloc(1, sizeof *e);
    struct tcerr_buffer out;

    if (!e)
        fail("no memory");
    e->format = format;
    e->field = -1;
    e->max_line = ROOM;
    e->module = TCERR_MODULE_UNSAID;
    e->needle = slice_of(needles[format]);
    e->wanted.step_count = format != TCERR_TEXT;
    e->wanted.steps[0] = slice_of("code");
    e->wanted.name_count = 1;
    e->wanted.names[0] = slice_of("tc_retry");
    for (size_t i = 0; i < TCERR_COUNT; i++) {
        e->pieces[i][0] = tcerr_entries[i].category;
        e->pieces[i][1] = e->pieces[i][0] + strlen(e->pieces[i][0]);
    }
    tcerr_enricher_start(e);
    e->speed = speed;
    if (!tcerr_enricher_feed(e, log) || !tcerr_enricher_finish(e))
        fail("no memory");
    out = e->out;
    memset(&e->out, 0, sizeof e->out);
    tcerr_enricher_free(e);
    free(e);
    return out;
}

static void run_log(struct rooms rooms, enum tcerr_format format, struct tcerr_slice log)
{
    struct tcerr_buffer expected = enrich(format, TCERR_BASE, log), out;

    for (int speed = TCERR_BASE; speed <= (int)tcerr_fastest(); speed++)
        for (int end = 0; end < 2; end++) {
            out = enrich(format, (enum tcerr_speed)speed, end ? put_at_end(rooms, log) : put(rooms.second, log));
            if (out.len != expected.len || (out.len > 0 && memcmp(out.data, expected.data, out.len) != 0))
                fail("an instruction set makes something else");
            free(out.data);
        }
    free(expected.data);
}

static unsigned long run_lines(struct rooms rooms, enum tcerr_format format, struct tcerr_slice log)
{
    unsigned long runs = 1;

    for (size_t i = 0; i + 1 < log.len; i++)
        if (log.data[i] == '\n') {
            run_log(rooms, format, (struct tcerr_slice){log.data, i + 1});
            runs++;
        }
    run_log(rooms, format, log);
    return runs;
}

/* ---- Answers ---- */

static struct tcerr_answer read_answer(enum tcerr_speed speed, struct tcerr_slice body)
{
    struct tcerr_answer answer;

    tcerr_answer_read(&answer, speed, body, false);
    return answer;
}

static bool is_same_answer(const struct tcerr_answer *a, const struct tcerr_answer *b)
{
    return a->status == b->status && a->has_code == b->has_code && a->failed == b->failed && a->code == b->code &&
           a->seen == b->seen;
}

/* The first `len` bytes of a body, with a NUL behind them, as each instruction set reads them at both places. */
static void run_head(struct rooms rooms, struct tcerr_slice body, size_t len)
{
    const struct tcerr_slice head = {body.data, len}, nul = {"", 1};
    const struct tcerr_slice at_begin = put(rooms.second, head), at_end = put(rooms.first_end - len - 1, head);
    struct tcerr_answer expected;

    (void)put(rooms.second + len, nul);
    (void)put_at_end(rooms, nul);
    expected = read_answer(TCERR_BASE, at_begin);
    for (int speed = TCERR_BASE; speed <= (int)tcerr_fastest(); speed++)
        for (int end = 0; end < 2; end++) {
            struct tcerr_answer answer = read_answer((enum tcerr_speed)speed, end ? at_end : at_begin);
            if (!is_same_answer(&answer, &expected))
                fail("an instruction set reads another answer");
        }
}

static unsigned long run_answer(struct rooms rooms, struct tcerr_slice body)
{
    for (size_t len = 0; len <= body.len; len++)
        run_head(rooms, body, len);
    return body.len + 1;
}

int main(void)
{
    const struct rooms rooms = make_rooms();
    char *text = malloc(ROOM), head[32];
    unsigned long runs = 0;

    while (text && fgets(head, sizeof head, stdin)) {
        const size_t len = strtoul(head + 1, NULL, 10);
        const struct tcerr_slice slice = {text, len};
        const char kind = head[0];
        if (len > ROOM || fread(text, 1, len, stdin) != len)
            fail("the input is torn");
        if (kind == 'a')
            runs += run_answer(rooms, slice);
        else
            runs += run_lines(rooms, kind == 'j' ? TCERR_JSON : kind == 'l' ? TCERR_LOGFMT : TCERR_TEXT, slice);
    }
    free(text);
    printf("%lu\n", runs);
    return feof(stdin) ? 0 : 1;
}
