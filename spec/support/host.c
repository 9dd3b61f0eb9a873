/*
 * A program with the core linked in. SCRIPT gets the ARGs and returns a function.
 *
 * host two SCRIPT [ARG...]           calls the functions of two Lua states in turns: the states must share nothing.
 * host failing N SCRIPT [ARG...]     makes the allocator fail at every Nth call while the function runs, one after the
 *                                    other, until it comes through undisturbed. A failure may be an error about memory
 *                                    and nothing else; then the function is called again in the same state and has to
 *                                    succeed; then the state is closed and nothing may be left. Prints how many
 *                                    allocations failed.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

int luaopen_tcerr_core(lua_State *L);

/* ---- The allocator, which Lua and the core share ---- */

#define FOR_EVER 1000000000L

static struct {
    long before;  /* so many allocations succeed, */
    long failing; /* then so many fail */
    long failed, live;
} memory;

/* The linker gives the core's calls these names. */
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

void *__wrap_realloc(void *block, size_t size)
{
    void *moved;

    if (memory.before > 0) {
        memory.before--;
    } else if (memory.failing > 0) {
        memory.failing--;
        memory.failed++;
        return NULL;
    }
    moved = __real_realloc(block, size);
    memory.live += !block && moved;
    return moved;
}

void __wrap_free(void *block)
{
    memory.live -= block != NULL;
    __real_free(block);
}

static void *allocate(void *context, void *block, size_t old_size, size_t new_size)
{
    (void)context;
    if (new_size == 0) {
        __wrap_free(block);
        return NULL;
    }
    if (block && new_size <= old_size)
        return __real_realloc(block, new_size); /* Lua relies on that never failing */
    return __wrap_realloc(block, new_size);
}

/* ---- States ---- */

static bool succeeded(lua_State *L, int status)
{
    if (status != 0)
        (void)fprintf(stderr, "%s\n", lua_tostring(L, -1));
    return status == 0;
}

/* Returns a state with the script's function on the stack, or NULL. */
static lua_State *load(char **script)
{
    lua_State *L = lua_newstate(allocate, NULL);
    int status, args = 0;

#ifdef LUA_JITLIBNAME
    lua_checkstack(L, 5000); /* LuaJIT's error of memory lands behind a stack that it cannot grow */
#endif
    luaL_openlibs(L);
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, luaopen_tcerr_core);
    lua_setfield(L, -2, "tcerr.core");
    lua_settop(L, 0);
    status = luaL_loadfile(L, script[0]);
    while (status == 0 && script[args + 1])
        lua_pushstring(L, script[++args]);
    if (status == 0)
        status = lua_pcall(L, args, 1, 0);
    return succeeded(L, status) ? L : NULL;
}

static int call(lua_State *L)
{
    lua_pushvalue(L, 1);
    return lua_pcall(L, 0, 0, 0);
}

/* ---- host two ---- */

static bool run_two(char **script)
{
    lua_State *states[2] = {load(script), load(script)};
    bool ok = states[0] && states[1];

    for (int turn = 0; ok && turn < 10; turn++)
        ok = succeeded(states[turn % 2], call(states[turn % 2]));
    if (!ok)
        return false;
    lua_close(states[0]); /* the other one must not notice */
    ok = succeeded(states[1], call(states[1]));
    lua_close(states[1]);
    return ok;
}

/* ---- host failing ---- */

/* luaL_checkstack says "stack overflow" when memory ends. */
static bool is_about_memory(lua_State *L)
{
    const char *problem = lua_tostring(L, -1);

    return problem && (strstr(problem, "not enough memory") || strstr(problem, "out of memory") ||
                       strstr(problem, "stack overflow"));
}

/* One life of a state: a call with failures, one without, and the end, for which there is no memory at all. */
static bool survives(char **script, long before, long failing)
{
    lua_State *L = load(script);
    bool ok;
    int status;

    if (!L)
        return false;
    memory.before = before;
    memory.failing = failing;
    memory.failed = 0;
    status = call(L);
    memory.before = memory.failing = 0;
    ok = status == 0 || is_about_memory(L) || succeeded(L, status);
    ok = ok && succeeded(L, call(L));
    before = memory.failed;
    memory.failing = FOR_EVER;
    lua_close(L);
    memory.failing = 0;
    memory.failed = before;
    if (memory.live == 0)
        return ok;
    (void)fprintf(stderr, "%ld blocks are left\n", memory.live);
    return false;
}

static bool run_failing(long every, char **script)
{
    /* One failure from which Lua's second attempt, after a collection, recovers; one with that attempt; no end. */
    static const long failing[] = {1, 2, FOR_EVER};
    long failures = 0;

    for (int i = 0; i < 3; i++)
        for (long before = i; before == i || memory.failed > 0; before += every) {
            if (!survives(script, before, failing[i])) {
                (void)fprintf(stderr, "with %ld failures after %ld allocations\n", failing[i], before);
                return false;
            }
            failures += memory.failed > 0;
        }
    printf("%ld\n", failures);
    return failures > 0;
}

int main(int argc, char **argv)
{
    if (argc >= 3 && strcmp(argv[1], "two") == 0)
        return run_two(argv + 2) ? 0 : 1;
    if (argc >= 4 && strcmp(argv[1], "failing") == 0 && strtol(argv[2], NULL, 10) > 0)
        return run_failing(strtol(argv[2], NULL, 10), argv + 3) ? 0 : 1;
    return 2;
}
