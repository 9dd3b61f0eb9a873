/*
 * host two SCRIPT         runs the script in two Lua states at once, step by step: the states must share nothing.
 * host failing SCRIPT     runs the script again and again with an allocator that fails at the 1st, 2nd, 3rd... call,
 *                         until it comes through: a failure may be an error of Lua, never a crash.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

static long calls_left = -1; /* -1: never fails */

static void *allocate(void *context, void *block, size_t old_size, size_t new_size)
{
    bool shrinks = block && new_size <= old_size; /* Lua relies on that never failing */

    (void)context;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    if (calls_left == 0 && !shrinks)
        return NULL;
    if (calls_left > 0 && !shrinks)
        calls_left--;
    return realloc(block, new_size);
}

/* Returns a state in which the script is loaded as a coroutine's body, or NULL. */
static lua_State *load(const char *script)
{
    lua_State *L = luaL_newstate();

    if (!L)
        return NULL;
    luaL_openlibs(L);
    if (luaL_loadfile(L, script) != 0) {
        (void)fprintf(stderr, "%s\n", lua_tostring(L, -1));
        return NULL;
    }
    return L;
}

static int call(lua_State *L)
{
    if (lua_pcall(L, 0, 0, 0) == 0)
        return 1;
    (void)fprintf(stderr, "%s\n", lua_tostring(L, -1));
    return 0;
}

/* The script returns a function, which is called in turns. */
static int run_two(const char *script)
{
    lua_State *states[2] = {load(script), load(script)};
    int ok = states[0] && states[1];

    for (int i = 0; ok && i < 2; i++)
        ok = lua_pcall(states[i], 0, 1, 0) == 0;
    for (int turn = 0; ok && turn < 10; turn++) {
        lua_pushvalue(states[turn % 2], -1);
        ok = call(states[turn % 2]);
    }
    if (ok) {
        lua_close(states[0]); /* the other one must not notice */
        lua_pushvalue(states[1], -1);
        ok = call(states[1]);
        lua_close(states[1]);
    }
    return ok ? 0 : 1;
}

static int protected_open(lua_State *L)
{
    luaL_openlibs(L);
    return 0;
}

static int run_failing(const char *script)
{
    for (long n = 0; n < 1000000; n++) {
        lua_State *L = lua_newstate(allocate, NULL);
        int status;

        calls_left = -1;
        lua_pushcfunction(L, protected_open);
        lua_call(L, 0, 0);
        status = luaL_loadfile(L, script);
        calls_left = n;
        if (status == 0)
            status = lua_pcall(L, 0, 0, 0);
        calls_left = -1;
        if (status != 0 && status != LUA_ERRMEM &&
            !(lua_isstring(L, -1) && strstr(lua_tostring(L, -1), "not enough memory"))) {
            (void)fprintf(stderr, "%ld: %s\n", n, lua_tostring(L, -1));
            return 1;
        }
        lua_close(L);
        if (status == 0) {
            printf("%ld\n", n);
            return 0;
        }
    }
    return 1;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "two") == 0)
        return run_two(argv[2]);
    if (argc == 3 && strcmp(argv[1], "failing") == 0)
        return run_failing(argv[2]);
    return 2;
}
