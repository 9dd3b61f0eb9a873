/*
 * LD_PRELOADed: read(2), write(2), close(2) and realloc(3) as bad as POSIX lets them be, for an interpreter but not for
 * what starts it. FAULT says how:
 *   eintr   every other call is interrupted
 *   short   reads and writes at most 7 bytes at a time
 *   slow    4 MB/s are read
 *   raise   the same, and a signal that is raised makes the process exit, with 100 more: gcov sees what it has run
 *   again   every other call finds the descriptor not ready
 *   read    the third read fails
 *   align   a read of more than a buffer of stdio fails, unless into a place that is a multiple of 64
 *   late    a read of more than a buffer of stdio fails after a while
 *   close   closing fails, as with a file system that tells of a full disk only then
 *   memory  the core's FAULT_CALLth realloc fails
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is(const char *fault)
{
    const char *wanted = getenv("FAULT");

    return wanted && strcmp(wanted, fault) == 0 && strncmp(program_invocation_short_name, "lua", 3) == 0;
}

/* What stands before a call: nonzero when it fails, with errno set. */
static int fails(void)
{
    static unsigned calls;

    if ((!is("eintr") && !is("again")) || calls++ % 2)
        return 0;
    errno = is("eintr") ? EINTR : EAGAIN;
    return 1;
}

static size_t at_most(size_t most, size_t len)
{
    return len < most ? len : most;
}

static void *original(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

ssize_t read(int fd, void *data, size_t len)
{
    static unsigned reads;
    ssize_t (*next)(int, void *, size_t);

    *(void **)&next = original("read");
    if (fails())
        return -1;
    if (is("read") && ++reads == 3) {
        errno = EIO;
        return -1;
    }
    if (is("align") && len > 32768 && (uintptr_t)data % 64 != 0) {
        errno = EFAULT;
        return -1;
    }
    if (is("late") && len > 32768) {
        usleep(200000);
        errno = EIO;
        return -1;
    }
    if (is("slow") || is("raise")) {
        usleep(1000);
        len = at_most(4096, len);
    }
    return next(fd, data, at_most(is("short") ? 7 : is("read") ? 100 : len, len));
}

ssize_t write(int fd, const void *data, size_t len)
{
    ssize_t (*next)(int, const void *, size_t);

    *(void **)&next = original("write");
    return fails() ? -1 : next(fd, data, at_most(is("short") ? 7 : len, len));
}

int raise(int number)
{
    int (*next)(int);

    if (is("raise"))
        exit(100 + number);
    *(void **)&next = original("raise");
    return next(number);
}

void *realloc(void *block, size_t size)
{
    static void *(*next)(void *, size_t);
    static long calls;
    const char *call = getenv("FAULT_CALL");
    Dl_info caller;

    if (!next)
        *(void **)&next = original("realloc");
    if (is("memory") && call && dladdr(__builtin_return_address(0), &caller) &&
        strstr(caller.dli_fname, "tcerr/core.so") && ++calls == strtol(call, NULL, 10)) {
        errno = ENOMEM;
        return NULL;
    }
    return next(block, size);
}

int close(int fd)
{
    int (*next)(int);

    *(void **)&next = original("close");
    next(fd);
    if (!is("close") || fd <= 2)
        return 0;
    errno = EDQUOT;
    return -1;
}
