/*
 * start(), for package.loadlib: from now on appends each line of ROOT/lua that runs to the file OUTPUT, as "FILE:LINE",
 * once a process and at once, so that nothing is lost however the process ends. In C because a hook in Lua makes the
 * suite take a quarter of an hour; with its paths compiled in because nginx keeps the environment from its workers.
 */
#define _GNU_SOURCE /* dprintf */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>

#ifndef ROOT /* for those who only look at it */
#define ROOT ""
#define OUTPUT ""
#endif

#define FILES 64
#define LINES 2048

static struct {
    char name[64]; /* below lua/ */
    bool seen[LINES];
} files[FILES];

static int output;

/* The name of a chunk below lua/, or NULL when it is none of its files. */
static const char *name_of(const char *source)
{
    static const char near[] = "@lua/", far[] = "@" ROOT "/lua/";

    if (strncmp(source, near, sizeof near - 1) == 0)
        return source + sizeof near - 1;
    return strncmp(source, far, sizeof far - 1) == 0 ? source + sizeof far - 1 : NULL;
}

static void note(lua_State *L, lua_Debug *at)
{
    const char *name;
    int i = 0;

    lua_getinfo(L, "S", at);
    name = name_of(at->source);
    if (!name)
        return;
    while (files[i].name[0] && strcmp(files[i].name, name) != 0)
        i++;
    if (i == FILES - 1 || at->currentline >= LINES || strlen(name) >= sizeof files[i].name)
        abort(); /* make them larger */
    memcpy(files[i].name, name, strlen(name) + 1);
    if (!files[i].seen[at->currentline])
        dprintf(output, "lua/%s:%d\n", name, at->currentline);
    files[i].seen[at->currentline] = true;
}

int start(lua_State *L);

int start(lua_State *L)
{
    output = open(OUTPUT, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    lua_sethook(L, note, LUA_MASKLINE, 0);
    return 0;
}
