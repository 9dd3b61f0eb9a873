/*
 * The binding: require "tcerr.core". The only file that knows Lua; lua/tcerr.lua documents what it makes public.
 *
 * No memory is held across a call that can throw: the enricher's is owned by its userdata, the rest is on the stack.
 */
#define _GNU_SOURCE /* fileno and sigaction, which POSIX has; TIOCGWINSZ */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>
#if defined(__linux__) && !defined(__GLIBC__)
#include <stdio_ext.h> /* __freadahead */
#endif

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "tcerr.h"

#define ENRICHER "tcerr.enricher"

/* ---- What the Lua versions do differently ---- */

#if LUA_VERSION_NUM < 502
#define set_functions(L, functions) luaL_register(L, NULL, functions)
#define check_version(L) ((void)(L))
#define set_uservalue(L, index) lua_setfenv(L, index)
#else
#define set_functions(L, functions) luaL_setfuncs(L, functions, 0)
#define check_version(L) luaL_checkversion(L)
#define set_uservalue(L, index) lua_setuservalue(L, index)
#endif

/* Exact up to 15 digits where a number is a double. */
static void push_integer(lua_State *L, int64_t value)
{
#if LUA_VERSION_NUM < 503
    lua_pushnumber(L, (lua_Number)value);
#else
    lua_pushinteger(L, (lua_Integer)value);
#endif
}

static void push_code(lua_State *L, bool has, int64_t code)
{
    if (has)
        push_integer(L, code);
    else
        lua_pushnil(L);
}

static struct tcerr_slice check_slice(lua_State *L, int index)
{
    struct tcerr_slice slice;

    slice.data = luaL_checklstring(L, index, &slice.len);
    return slice;
}

static FILE *check_open(lua_State *L, int arg)
{
#if LUA_VERSION_NUM < 502
    FILE *file = *(FILE **)luaL_checkudata(L, arg, LUA_FILEHANDLE);
#else
    luaL_Stream *stream = luaL_checkudata(L, arg, LUA_FILEHANDLE);
    FILE *file = stream->closef ? stream->f : NULL;
#endif

    luaL_argcheck(L, file != NULL, arg, "open file expected, got a closed one");
    return file;
}

/* The descriptor of an open Lua file. */
static int check_file(lua_State *L, int arg)
{
    FILE *file = check_open(L, arg);

    /* What Lua has buffered comes first: its close tells of a failure. A regular input goes to where Lua stands. */
    (void)fflush(file);
    return fileno(file);
}

/* The bytes that stdio has read of an input and not yet given to Lua. There is no standard way to ask; where none is
 * known here, what was read ahead of a pipe is lost. */
static size_t read_ahead(FILE *file)
{
#if defined(__GLIBC__) && !defined(__UCLIBC__)
    return (size_t)(file->_IO_read_end - file->_IO_read_ptr);
#elif defined(__linux__) && !defined(__UCLIBC__) && !defined(__ANDROID__) /* musl */
    return __freadahead(file);
#elif defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__)
    return file->_r > 0 ? (size_t)file->_r : 0;
#else
    return (void)file, (size_t)0;
#endif
}

/* ---- The catalogue ---- */

/* Sets field `name` of the table on top, unless there is no value. */
static void set_string(lua_State *L, const char *name, const char *value)
{
    if (value) {
        lua_pushstring(L, value);
        lua_setfield(L, -2, name);
    }
}

/* Pushes an entry, with room for the three fields that the policy adds. A name's code is for Lua to set. */
static void push_entry(lua_State *L, const struct tcerr_entry *entry)
{
    lua_createtable(L, 0, 11);
    if (entry->code != 0) {
        lua_pushinteger(L, entry->code);
        lua_setfield(L, -2, "code");
    }
    set_string(L, "layer", tcerr_layers[entry->layer].name);
    set_string(L, "name", entry->name.data);
    set_string(L, "category", entry->category);
    set_string(L, "message", entry->message);
    set_string(L, "detail", entry->detail);
    set_string(L, "message_en", entry->message_en);
    set_string(L, "detail_en", entry->detail_en);
}

/* Pushes the numbers' entries by code; then the same entries by code, by its digits and by name. */
static void push_catalogue(lua_State *L)
{
    lua_createtable(L, 0, TCERR_FIRST_NAME);
    lua_createtable(L, 0, 3 * TCERR_FIRST_NAME);
    for (size_t i = 0; i < TCERR_FIRST_NAME; i++) {
        push_entry(L, &tcerr_entries[i]);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -4, tcerr_entries[i].code);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, tcerr_entries[i].code);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, tcerr_entries[i].name.data);
        lua_pushfstring(L, "%d", tcerr_entries[i].code);
        lua_insert(L, -2);
        lua_rawset(L, -3);
    }
}

/* names() -> the rows of API 3.0, names and endings, in their order. */
static int core_names(lua_State *L)
{
    lua_createtable(L, TCERR_COUNT - TCERR_FIRST_NAME, 0);
    for (int i = TCERR_FIRST_NAME; i < TCERR_COUNT; i++) {
        push_entry(L, &tcerr_entries[i]);
        lua_rawseti(L, -2, i - TCERR_FIRST_NAME + 1);
    }
    return 1;
}

/* find_name(text) -> the place in names() of the row that decides, or nil. */
static int core_find_name(lua_State *L)
{
    struct tcerr_code code = {.is_name = true};
    enum tcerr_index index = TCERR_COUNT;

    if (tcerr_read_name(check_slice(L, 1), &code.name))
        index = tcerr_find(&code, TCERR_MODULE_UNSAID);
    push_code(L, index != TCERR_COUNT, (int64_t)index - TCERR_FIRST_NAME + 1);
    return 1;
}

/* The option `module`: nil, false or the name of a layer, which Lua has checked. */
static int check_module(lua_State *L, int arg)
{
    const char *name;

    if (lua_isnoneornil(L, arg))
        return TCERR_MODULE_UNSAID;
    if (!lua_toboolean(L, arg))
        return TCERR_MODULE_OTHER;
    name = luaL_checkstring(L, arg);
    for (int i = 0; i < TCERR_LAYERS; i++)
        if (strcmp(name, tcerr_layers[i].name) == 0)
            return i;
    return luaL_argerror(L, arg, "no such layer");
}

/* ---- Answers ---- */

/* Pushes raw text of a JSON string with its escapes decoded, or nil when there is none. */
static void push_decoded(lua_State *L, bool has, struct tcerr_slice raw)
{
    char *scratch;

    if (!has) {
        lua_pushnil(L);
    } else if (!memchr(raw.data, '\\', raw.len)) {
        lua_pushlstring(L, raw.data, raw.len);
    } else {
        scratch = lua_newuserdata(L, raw.len);
        lua_pushlstring(L, scratch, tcerr_json_decode(raw, raw.len, scratch));
        lua_remove(L, -2);
    }
}

/* Pushes a member's text, or nil if there is none or the answer is of the other API. */
static void push_member(lua_State *L, const struct tcerr_answer *answer, enum tcerr_api api, enum tcerr_member member)
{
    push_decoded(L, tcerr_answer_api(answer) == api && answer->text[member].data, answer->text[member]);
}

static void push_reason(lua_State *L, const struct tcerr_answer *answer)
{
    static const char *const problems[] = {NULL, NULL, "truncated", "not a JSON object", "nested too deeply"};
    const unsigned sought = 1U << TCERR_CODE_MEMBER | 1U << TCERR_RESPONSE;

    if (problems[answer->status])
        lua_pushstring(L, problems[answer->status]);
    else if (tcerr_answer_api(answer) != TCERR_API_NEITHER)
        lua_pushnil(L);
    else
        lua_pushstring(L, answer->seen & sought ? "no code" : "neither \"code\" nor \"Response\"");
}

static void push_number_of(lua_State *L, enum tcerr_index index)
{
    push_code(L, index != TCERR_COUNT, index != TCERR_COUNT ? tcerr_entries[index].code : 0);
}

/* read_answer(body, module) -> api, code, message, module code, length of the module's prefix, code_desc, request id,
 * and what is wrong with the text behind that; of API 2.0 also the codes of both codes' entries and of the cause; or
 * nil and why. */
static int core_read_answer(lua_State *L)
{
    struct tcerr_slice body = check_slice(L, 1);
    struct tcerr_code code = {false, 0, {NULL, 0}};
    int module = check_module(L, 2);
    struct tcerr_answer answer;
    enum tcerr_api api;

    tcerr_answer_read(&answer, TCERR_BASE, body, false);
    api = tcerr_answer_api(&answer);
    if (api == TCERR_API_NEITHER) {
        lua_pushnil(L);
        push_reason(L, &answer);
        return 2;
    }
    lua_pushstring(L, api == TCERR_API_2 ? "2.0" : "3.0");
    if (api == TCERR_API_2)
        push_integer(L, answer.code);
    else
        push_decoded(L, answer.failed, answer.text[TCERR_ERROR_CODE]);
    push_member(L, &answer, api, api == TCERR_API_2 ? TCERR_MESSAGE : TCERR_ERROR_MESSAGE);
    push_code(L, api == TCERR_API_2 && answer.module_len > 0, answer.module_code);
    lua_pushinteger(L, api == TCERR_API_2 ? (lua_Integer)answer.module_len : 0);
    push_member(L, &answer, TCERR_API_2, TCERR_CODE_DESC);
    push_member(L, &answer, TCERR_API_3, TCERR_REQUEST_ID);
    push_reason(L, &answer);
    if (api == TCERR_API_3)
        return 8;
    code.number = answer.code;
    push_number_of(L, tcerr_find(&code, module));
    push_number_of(L, answer.module_len > 0 ? tcerr_find_module(answer.module_code, module) : TCERR_COUNT);
    push_number_of(L, tcerr_answer_cause(&answer, module));
    return 11;
}

/* ---- The head of an answer that comes in chunks ---- */

#define SCAN_LIMIT ((size_t)8192) /* bytes of a body that are looked at */

/* Strings of API 3.0's body get into a log only if they cannot break it, whatever its format. */
static void push_loggable(lua_State *L, const struct tcerr_answer *answer, enum tcerr_member member)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    char room[TCERR_NAME_LENGTH];
    struct tcerr_slice text = tcerr_answer_name(answer, member, room);

    while (text.len > 0 && text.data[text.len - 1] == ' ')
        text.len--;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '\0' || !strchr(allowed, text.data[i]))
            text.len = 0;
    push_decoded(L, !answer->has_code && text.len > 0, text); /* allowed: nothing is left to decode */
}

/* Pushes what the map file has to be told because the code alone does not say it: the cause's number, its name or
 * ending, or "-" for none; else nil. */
static void push_found(lua_State *L, const struct tcerr_answer *answer, int module)
{
    const struct tcerr_code code = {.number = answer->code};
    enum tcerr_index cause = tcerr_answer_cause(answer, module);
    const struct tcerr_entry *entry = &tcerr_entries[cause];

    if (cause == TCERR_COUNT && (!answer->has_code || tcerr_find(&code, TCERR_MODULE_UNSAID) != TCERR_COUNT))
        lua_pushliteral(L, "-");
    else if (cause == TCERR_COUNT || (answer->has_code && entry->code == answer->code))
        lua_pushnil(L);
    else if (answer->has_code)
        lua_pushfstring(L, "%d", entry->code);
    else
        lua_pushlstring(L, entry->name.data, entry->name.len);
}

/* Pushes code (false: there is none), module code, what push_found says and the request id, each or nil. */
static void push_verdict(lua_State *L, const struct tcerr_answer *answer, int module)
{
    if (!answer->has_code && !answer->failed) {
        lua_pushboolean(L, 0);
        lua_settop(L, lua_gettop(L) + 3);
        return;
    }
    if (answer->has_code)
        push_integer(L, answer->code);
    else
        push_loggable(L, answer, TCERR_ERROR_CODE);
    push_code(L, answer->has_code && answer->module_len > 0, answer->module_code);
    push_found(L, answer, module);
    push_loggable(L, answer, TCERR_REQUEST_ID);
}

/* scan(chunk, before or nil, module) -> code, module code, cause, request id (see push_verdict), and what has to be
 * given before the next chunk, or nil when there is nothing more to be found. A body that is split is read anew with
 * each of its chunks: there are few of them in its first bytes. */
static int core_scan(lua_State *L)
{
    struct tcerr_answer answer;
    struct tcerr_slice body;
    int module = check_module(L, 3);

    lua_settop(L, 3);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 1);
    if (!lua_isnil(L, 2))
        lua_concat(L, 2);
    body = check_slice(L, -1);
    if (body.len > SCAN_LIMIT) {
        lua_pushlstring(L, body.data, SCAN_LIMIT); /* a NUL has to stand behind it */
        body = check_slice(L, -1);
    }
    tcerr_answer_read(&answer, (enum tcerr_speed)lua_tointeger(L, lua_upvalueindex(1)), body, true);
    push_verdict(L, &answer, module);
    if (answer.status != TCERR_JSON_CUT || body.len == SCAN_LIMIT)
        return 4;
    lua_pushvalue(L, -5);
    return 5;
}

/* ---- The enricher ---- */

static void check_memory(lua_State *L, bool ok)
{
    if (!ok)
        luaL_error(L, "tcerr: out of memory");
}

/* The list `name` of the table at index 5, which has so many texts at most; returns how many. */
static unsigned get_texts(lua_State *L, const char *name, struct tcerr_slice *texts, unsigned most)
{
    unsigned count = 0;

    for (lua_getfield(L, 5, name); count < most; count++) {
        lua_rawgeti(L, 7, (int)count + 1);
        if (lua_isnil(L, -1))
            break;
        texts[count] = check_slice(L, -1);
        lua_pop(L, 1);
    }
    lua_settop(L, 6);
    return count;
}

/* rows[code], or rows[-m] for the mth of names(): what each field adds to a line with this cause, then all in one. */
static void get_rows(lua_State *L, struct tcerr_enricher *e)
{
    const int count = (int)e->wanted.name_count;

    lua_getfield(L, 5, "rows");
    for (int i = 0; i < TCERR_COUNT; i++) {
        const char **pieces = e->pieces[i];
        lua_rawgeti(L, 7, i < TCERR_FIRST_NAME ? tcerr_entries[i].code : TCERR_FIRST_NAME - 1 - i);
        lua_rawgeti(L, 8, count + 1);
        pieces[0] = check_slice(L, 9).data;
        for (int n = 0; n < count; n++) {
            lua_rawgeti(L, 8, n + 1);
            pieces[n + 1] = pieces[n] + check_slice(L, 10).len;
            lua_settop(L, 9);
        }
        lua_settop(L, 7);
    }
    lua_settop(L, 6);
}

/* enricher(format, field, max_line, module, texts): tcerr.lua has checked them all. The texts are a table of the lists
 * steps, names and rows and of the needle; the enricher, which does not copy them, has it from now on. */
static int core_enricher(lua_State *L)
{
    static const char *const formats[] = {"json", "logfmt", "text", NULL};
    struct tcerr_enricher *e;

    lua_settop(L, 5);
    e = lua_newuserdata(L, sizeof *e);
    memset(e, 0, sizeof *e);
    luaL_getmetatable(L, ENRICHER);
    lua_setmetatable(L, 6);
    lua_pushvalue(L, 5);
    set_uservalue(L, 6);
    e->format = (enum tcerr_format)luaL_checkoption(L, 1, NULL, formats);
    e->field = (int)luaL_checkinteger(L, 2);
    e->max_line = (size_t)luaL_checkinteger(L, 3);
    e->module = check_module(L, 4);
    lua_getfield(L, 5, "needle");
    e->needle = check_slice(L, 7);
    lua_settop(L, 6);
    e->wanted.step_count = get_texts(L, "steps", e->wanted.steps, TCERR_MAX_STEPS);
    e->wanted.name_count = get_texts(L, "names", e->wanted.names, TCERR_MAX_FIELDS);
    get_rows(L, e);
    tcerr_enricher_start(e);
    return 1;
}

/* Returns what the enricher has made. It forgets that only when Lua has it. */
static int take_output(lua_State *L, struct tcerr_enricher *e, bool ok)
{
    check_memory(L, ok);
    lua_pushlstring(L, e->out.data ? e->out.data : "", e->out.len);
    e->out.len = 0;
    return 1;
}

static int enricher_feed(lua_State *L)
{
    struct tcerr_enricher *e = luaL_checkudata(L, 1, ENRICHER);

    return take_output(L, e, tcerr_enricher_feed(e, check_slice(L, 2)));
}

static int enricher_finish(lua_State *L)
{
    struct tcerr_enricher *e = luaL_checkudata(L, 1, ENRICHER);

    return take_output(L, e, tcerr_enricher_finish(e));
}

/* Calls progress(bytes, total or nil, seconds), which stands at index 4. */
static void report(void *context, double bytes, double total, double seconds)
{
    lua_State *L = context;

    lua_pushvalue(L, 4);
    lua_pushnumber(L, bytes);
    if (total > 0) /* a file of /proc says 0 */
        lua_pushnumber(L, total);
    else
        lua_pushnil(L);
    lua_pushnumber(L, seconds);
    lua_call(L, 3, 0);
}

/* Moves into the enricher's block what stdio has read of an input that cannot be moved back to where Lua stands:
 * returns how much. Before it is flushed, as musl would drop it. */
static size_t take_ahead(lua_State *L, struct tcerr_enricher *e)
{
    FILE *file = check_open(L, 2);
    /* gcc -fanalyzer does not know that there is a file here. */
    size_t len = file && lseek(fileno(file), 0, SEEK_CUR) < 0 ? read_ahead(file) : 0;

    if (len == 0)
        return 0;
    check_memory(L, tcerr_buffer_reserve(&e->block, len));
    return fread(e->block.data, 1, len, file); /* all of it, so that it reads no further */
}

static int enricher_run(lua_State *L)
{
    struct tcerr_enricher *e = luaL_checkudata(L, 1, ENRICHER);
    struct tcerr_stream stream = {-1, -1, 0, lua_toboolean(L, 5), NULL, L};
    const char *failed;
    int error;

    (void)check_open(L, 2);
    if (!lua_isnoneornil(L, 3))
        stream.output = check_file(L, 3);
    lua_settop(L, 4);
    if (!lua_isnil(L, 4)) {
        luaL_checktype(L, 4, LUA_TFUNCTION);
        stream.report = report;
    }
    stream.ahead = take_ahead(L, e);
    stream.input = check_file(L, 2);
    failed = tcerr_run(e, stream, &error);
    if (!failed) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushnil(L);
    lua_pushfstring(L, error ? "%s: %s" : "%s", failed, strerror(error));
    lua_pushinteger(L, error);
    return 3;
}

static void set_count(lua_State *L, const char *name, uint64_t count)
{
    push_integer(L, (int64_t)count);
    lua_setfield(L, -2, name);
}

/* Sets the counts of the codes whose cause is known, or of those whose is not, in the table on top. */
static void set_seen_counts(lua_State *L, const struct tcerr_enricher *e, bool known)
{
    for (size_t i = 0; i < TCERR_SEEN_SLOTS; i++) {
        const struct tcerr_seen *seen = &e->seen[i];
        if (seen->count == 0 || (seen->cause != TCERR_COUNT) != known)
            continue;
        if (seen->len > 0)
            lua_pushlstring(L, e->seen_names.data + seen->start, seen->len);
        else
            push_integer(L, seen->number);
        push_integer(L, (int64_t)seen->count);
        lua_rawset(L, -3);
    }
}

static int enricher_counts(lua_State *L)
{
    const struct tcerr_enricher *e = luaL_checkudata(L, 1, ENRICHER);

    lua_newtable(L);
    set_count(L, "lines", e->lines);
    set_count(L, "enriched", e->enriched);
    set_count(L, "overlong", e->overlong);
    set_count(L, "other", e->other);
    lua_pushboolean(L, e->coded);
    lua_setfield(L, -2, "coded");
    lua_newtable(L);
    for (size_t i = 0; i < TCERR_FIRST_NAME; i++) {
        if (e->known[i] == 0)
            continue;
        push_integer(L, (int64_t)e->known[i]);
        lua_rawseti(L, -2, tcerr_entries[i].code);
    }
    set_seen_counts(L, e, true);
    lua_setfield(L, -2, "codes");
    lua_newtable(L);
    set_seen_counts(L, e, false);
    lua_setfield(L, -2, "unknown");
    return 1;
}

static int enricher_gc(lua_State *L)
{
    tcerr_enricher_free(luaL_checkudata(L, 1, ENRICHER));
    return 0;
}

static void create_enricher_metatable(lua_State *L)
{
    static const luaL_Reg methods[] = {{"feed", enricher_feed},
                                       {"finish", enricher_finish},
                                       {"run", enricher_run},
                                       {"counts", enricher_counts},
                                       {NULL, NULL}};

    luaL_newmetatable(L, ENRICHER);
    lua_pushcfunction(L, enricher_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushliteral(L, ENRICHER);
    lua_setfield(L, -2, "__metatable"); /* so that nobody calls __gc by hand */
    lua_newtable(L);
    set_functions(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

/* ---- The command's terminal and process ---- */

/* terminal_width(file) -> columns, or nil when the file is no terminal. */
static int core_terminal_width(lua_State *L)
{
    const int fd = check_file(L, 1);
    struct winsize size;

    push_code(L, isatty(fd), ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80);
    return 1;
}

/* close_copy(file) -> file; or nil, why, errno. Some file systems tell of a full disk only at close: closing a copy
 * asks them, and drops the process's locks on the file. */
static int core_close_copy(lua_State *L)
{
    int copy = dup(check_file(L, 1));

    if (copy < 0 || close(copy) == 0)
        return 1;
    lua_pushnil(L);
    lua_pushstring(L, strerror(errno));
    lua_pushinteger(L, errno);
    return 3;
}

/* A signal's handler: SA_RESETHAND has put the default back, which takes effect as soon as this returns.
 * GCOVR_EXCL_START: what has been counted is lost with the process. */
static void wipe_and_die(int signal)
{
    (void)!write(STDERR_FILENO, "\r\33[K", 4);
    (void)raise(signal);
}
/* GCOVR_EXCL_STOP */

/* signals(wipe): the process dies of SIGINT, SIGTERM and SIGPIPE at once, unless they are ignored; with `wipe`, after
 * the line that stands on stderr has been removed. */
static int core_signals(lua_State *L)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGPIPE};
    struct sigaction action, current;

    action.sa_handler = lua_toboolean(L, 1) ? wipe_and_die : SIG_DFL;
    action.sa_flags = (int)SA_RESETHAND;
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (sigaction(signals[i], NULL, &current) == 0 && current.sa_handler != SIG_IGN)
            (void)sigaction(signals[i], &action, NULL);
    return 0;
}

/* ---- The module ---- */

static const luaL_Reg functions[] = {{"names", core_names},
                                     {"find_name", core_find_name},
                                     {"read_answer", core_read_answer},
                                     {"enricher", core_enricher},
                                     {"terminal_width", core_terminal_width},
                                     {"close_copy", core_close_copy},
                                     {"signals", core_signals},
                                     {NULL, NULL}};

__attribute__((visibility("default"))) int luaopen_tcerr_core(lua_State *L)
{
    check_version(L);
    create_enricher_metatable(L);
    lua_newtable(L);
    set_functions(L, functions);
    lua_pushinteger(L, (lua_Integer)tcerr_fastest());
    lua_pushcclosure(L, core_scan, 1);
    lua_setfield(L, -2, "scan");
    set_string(L, "_VERSION", TCERR_VERSION);
    set_string(L, "_SNAPSHOT", TCERR_SNAPSHOT);
    lua_createtable(L, 0, TCERR_LAYERS);
    for (size_t i = 0; i < TCERR_LAYERS; i++)
        set_string(L, tcerr_layers[i].name, tcerr_layers[i].numbers);
    lua_setfield(L, -2, "layers"); /* whose codes each layer has */
    push_catalogue(L);
    lua_setfield(L, -3, "by_key");
    lua_setfield(L, -2, "codes");
    return 1;
}
