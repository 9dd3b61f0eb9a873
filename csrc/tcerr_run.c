/* The enricher's loop on read(2) and write(2). */
#define _GNU_SOURCE /* F_SETPIPE_SZ; the rest is POSIX */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tcerr.h"

#define BLOCK ((size_t)128 * 1024)
#define ALIGNMENT ((size_t)64) /* of a block: with malloc's, some processors read at a quarter of their speed */
#define PIPE_SIZE (1024 * 1024)
#define REPORT_EVERY 0.1 /* seconds */

/* After a failed call: waits when the descriptor is only not ready; false when the failure is real. */
static bool wait_for(int fd, short events)
{
    struct pollfd ready = {fd, events, 0};

    if (errno == EINTR)
        return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return false;
    return poll(&ready, 1, -1) >= 0 || errno == EINTR;
}

static ssize_t read_some(int fd, char *data, size_t len)
{
    ssize_t got;

    do
        got = read(fd, data, len);
    while (got < 0 && wait_for(fd, POLLIN));
    return got;
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, data, len);
        if (put >= 0) {
            data += put;
            len -= (size_t)put;
        } else if (!wait_for(fd, POLLOUT)) {
            return false;
        }
    }
    return true;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Bytes from here to the end of a regular file, or -1. */
static double bytes_left(int fd)
{
    struct stat s;
    off_t at = lseek(fd, 0, SEEK_CUR);

    return fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && at >= 0 ? (double)(s.st_size - at) : -1;
}

/* Whether both are the same regular file: the loop would read what it wrote, for ever. */
static bool same_file(int input, int output)
{
    struct stat in, out;

    return fstat(input, &in) == 0 && fstat(output, &out) == 0 && S_ISREG(in.st_mode) && in.st_dev == out.st_dev &&
           in.st_ino == out.st_ino;
}

/* Where the bytes go. */
struct output {
    bool terminal;
    uint32_t last;    /* on a terminal: the last four bytes */
    unsigned pending; /* bytes that the UTF-8 character still lacks */
};

/* Whether what ends with these bytes shows nothing but steers: C1 controls, what turns text round, and what breaks
 * lines; or is longer than its character needs, which might hide one of them. */
static bool steers(uint32_t last)
{
    uint32_t two = last & 0xFFFF, three = last & 0xFFFFFF;

    /* U+0080 to U+009F, U+061C, U+200E, U+200F; U+2028 to U+202E, U+2066 to U+2069, as in format.lua; overlong. */
    return (two >= 0xC280 && two < 0xC2A0) || two == 0xD89C || three == 0xE2808E || three == 0xE2808F ||
           (three >= 0xE280A8 && three <= 0xE280AE) || (three >= 0xE281A6 && three <= 0xE281A9) ||
           (two >= 0xE080 && two < 0xE0A0) || (two >= 0xF080 && two < 0xF090);
}

/* Whether a terminal may get the next byte. Of a character that it may not get, the byte that completes it is held
 * back: those before it alone show nothing. */
static bool may_show(struct output *output, unsigned char c)
{
    output->last = output->last << 8 | c;
    if (c >= 0x80 && c < 0xC0) {
        bool shown = output->pending > 0 && !steers(output->last);
        output->pending = shown ? output->pending - 1 : 0;
        return shown;
    }
    output->pending = c < 0xC2 || c > 0xF4 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    return c < 0x80 ? c >= 0x20 && c != 0x7F : output->pending > 0;
}

/* Makes a stretch of a log such that it cannot steer a terminal; no byte more or less. */
static void make_printable(struct output *output, char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool ends_line = data[i] == '\n' || (data[i] == '\r' && i + 1 < len && data[i + 1] == '\n');
        if (!may_show(output, (unsigned char)data[i]) && !ends_line && data[i] != '\t')
            data[i] = '?';
    }
}

/* One turn: reads what there is, unless it is there already, and writes what that completes, so that no line waits for
 * the next read. Returns NULL or what failed; *got is 0 at the end of the input. */
static const char *turn(struct tcerr_enricher *e, const struct tcerr_stream *stream, struct output *output,
                        ssize_t *got, int *error)
{
    char *block = e->block.data + (stream->ahead > 0 ? 0 : -(uintptr_t)e->block.data % ALIGNMENT);
    bool ok;

    *got = stream->ahead > 0 ? (ssize_t)stream->ahead : read_some(stream->input, block, BLOCK);
    *error = *got < 0 ? errno : 0;
    if (*got > 0) /* the line in which the input before ended may still have to be ended */
        ok = tcerr_append(&e->out, "\n", stream->joined && e->torn) &&
             tcerr_enricher_feed(e, (struct tcerr_slice){block, (size_t)*got});
    else
        ok = tcerr_enricher_finish(e);
    if (!ok)
        return "out of memory";
    if (output->terminal)
        make_printable(output, e->out.data, e->out.len);
    ok = stream->output < 0 || write_all(stream->output, e->out.data, e->out.len); /* without an output it is dropped */
    e->out.len = 0;
    if (!ok) {
        *error = errno;
        return "write error";
    }
    return *got < 0 ? "read error" : NULL;
}

const char *tcerr_run(struct tcerr_enricher *e, struct tcerr_stream stream, int *error)
{
    const double start = now(), total = bytes_left(stream.input);
    struct output sink = {isatty(stream.output), 0, 0};
    const char *failed = NULL;
    double bytes = 0, reported = start, time;
    ssize_t got = 1;

    *error = 0;
    if (e->over || !tcerr_buffer_reserve(&e->block, BLOCK + ALIGNMENT))
        failed = "out of memory";
    else if (stream.output >= 0 && same_file(stream.input, stream.output))
        failed = "input file is output file";
#ifdef F_SETPIPE_SZ
    if (stream.output >= 0)
        (void)fcntl(stream.output, F_SETPIPE_SZ, PIPE_SIZE); /* fails where the output is no pipe */
#endif
    while (!failed && got > 0) {
        failed = turn(e, &stream, &sink, &got, error);
        stream.ahead = 0;
        bytes += (double)got; /* less than 0 only together with a failure */
        if (!failed && bytes > 0 && stream.report && (time = now()) - reported >= REPORT_EVERY) {
            stream.report(stream.context, bytes, total, time - start);
            reported = time;
        }
    }
    return failed;
}
