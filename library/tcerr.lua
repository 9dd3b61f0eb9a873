---@meta _

-- Types for LuaLS: what no Lua file can say. The functions are read where they are, in lua/, and the categories in
-- lua/tcerr/policy.lua, so workspace.library needs both directories.

---@alias tcerr.Layer
---| "access" # the API itself
---| "video" # the video cloud, a module behind it
---| "api3" # API 3.0, whose codes are strings

--- The layers that are a module's.
---@alias tcerr.Module
---| "video"

---@alias tcerr.Fault
---| "client"
---| "server"
---| "unknown" # how far the request came is unknown

--- What has to be true before the same call is made again.
---@alias tcerr.Retry
---| "never" # not as it is, something has to change first
---| "resign" # sign anew with the current Timestamp and a new Nonce, then repeat
---| "backoff" # wait, then repeat; nothing was executed
---| "idempotent" # repeat only an idempotent request; this one may have been executed

---@alias tcerr.Lang "zh"|"en"
---@alias tcerr.LogFormat "json"|"logfmt"|"text"
---@alias tcerr.Field
---| "code"
---| "name"
---| "layer"
---| "category"
---| "message"
---| "detail"
---| "message_en"
---| "detail_en"
---| "fault"
---| "retry"
---| "http_status"
---| "rule"

--- What is known of a code. All share a number's: do not modify it.
---@class tcerr.Entry
---@field code integer|string a number of API 2.0, or the string of 3.0 as it was asked for
---@field name string for programs and people, "AuthFailure"; of API 3.0, the code
---@field layer tcerr.Layer
---@field category tcerr.Category
---@field message string Chinese; of a number, the vendor's to the letter
---@field detail? string the same; only in the access layer, as is detail_en
---@field message_en string
---@field detail_en? string
---@field fault tcerr.Fault whose fault it is
---@field retry tcerr.Retry
---@field http_status integer the status that a REST API would have sent
---@field rule? string of API 3.0: the name that has decided, or the ending, "*NotFound", which is tcerr's guess

--- An answer of the API.
---@class tcerr.Answer
---@field api "2.0"|"3.0"
---@field ok boolean whether the call succeeded
---@field code? integer|string API 2.0's number, or 3.0's string; nil for a success of 3.0
---@field entry? tcerr.Entry of code; nil when it is 0, unknown, or a module's and the option `module` is false
---@field cause? tcerr.Entry what says what went wrong: module_entry, else entry; nil when ok
---@field module_code? integer the number at the head of message, of the module behind the access layer
---@field module_entry? tcerr.Entry of module_code, if it is known and the option `module` says that it may be
---@field message? string with its escapes decoded
---@field reason? string message without the module's number
---@field code_desc? string
---@field request_id? string of API 3.0: what the vendor's support asks for
---@field problem? string what is wrong behind the code: "truncated", "not a JSON object" or "nested too deeply"

---@class tcerr.FormatOptions
---@field lang? tcerr.Lang the language of message and detail; "zh" unless told
---@field color? boolean ANSI colours; off unless told
---@field width? number columns to keep within, at least 1: a line is cut, the detail is wrapped
---@field detail? boolean a block of lines with everything, not one line

---@class tcerr.ParseOptions
---@field module? tcerr.Module|false whose the numbers at the head of a message are: not given, those of a module that
--- nobody else uses; a module, all of its; false, another product's

---@class tcerr.BodyFilterOptions
---@field module? tcerr.Module|false as for parse

---@class tcerr.ConfOptions
---@field module? tcerr.Module|false false: no meanings of modules' numbers, for gateways in front of other products
---@field source? string the variable that has the code when there is no Lua, "$upstream_http_x_error_code"

---@class tcerr.EnricherOptions
---@field format? tcerr.LogFormat "json" unless told
---@field key? string where the code stands in JSON and logfmt; in JSON a path too, ".upstream.code"; "code" unless told
---@field module? tcerr.Module|false as for parse
---@field field? integer where it stands in text: the nth field, or from -1, the last, backwards; -1 unless told
---@field prefix? string of the added keys; "tc_" unless told
---@field fields? tcerr.Field[] what is added; message, category and retry unless told
---@field lang? tcerr.Lang the language of message and detail; "zh" unless told
---@field max_line? integer bytes, below 2^31; longer lines pass untouched; 1 MiB unless told

--- What an enricher has seen.
---@class tcerr.Counts
---@field lines integer
---@field enriched integer
---@field overlong integer lines longer than max_line
---@field codes table<integer|string, integer> lines by the code of a known cause
---@field unknown table<integer|string, integer> lines by code that is neither 0 nor known
---@field other integer lines with a string or an unknown number for which there was no room: 512 are told apart
---@field coded boolean whether any line held a code, 0 included: if none did, it was looked for in the wrong place

--- Adds what a code means to the lines of a log. One that has said "out of memory" has lost bytes and is over: it says
--- so again at every call.
---@class tcerr.Enricher
local Enricher = {}

--- Takes any part of a log and returns what it completes.
---     tcerr.enricher{ fields = { "retry" } }:feed('{"code":4400}\n{"co')  --> '{"code":4400,"tc_retry":"backoff"}\n'
---@param chunk string
---@return string
function Enricher:feed(chunk) end

--- Returns the last line, if it had no newline.
---     local e = tcerr.enricher(); e:feed("last"); return e:finish()  --> "last"
---@return string
function Enricher:finish() end

--- Runs all of an open file through, by read(2) and write(2). Closes nothing: what a file system tells of only then, a
--- full disk say, the output's own close() says.
---     tcerr.enricher():run(io.tmpfile())              --> true
---@param input file*
---@param output? file* nil: only counts
---@param progress? fun(bytes: number, total: number?, seconds: number) called at most ten times a second
---@param joined? boolean the output goes on where the last run's ended: a newline comes first if that lacked its last
---@return true? ok nil when a read or a write fails
---@return string? reason
---@return integer? errno
function Enricher:run(input, output, progress, joined) end

--- What it has seen so far.
---     local e = tcerr.enricher(); e:feed('{"code":4100}\n'); return e:counts().codes[4100]  --> 1
---@return tcerr.Counts
function Enricher:counts() end
