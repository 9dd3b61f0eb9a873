-- What the command takes: cli.lua reads arguments by it, --help and the man page show it, shells complete by it.

local answer = require "tcerr.answer"
local enricher = require "tcerr.enricher"
local format = require "tcerr.format"
local top = require "tcerr.top"

-- A command has a name, a synopsis, an operand ("key": codes; "file"; or one of these words; nil: none), a summary, a
-- text, options, an example ("$ command" and what it prints), and maybe terms: words that it prints, and their meaning.
-- An option has a name and a text. It is a flag unless it has a value (what stands for it in the help), which may be a
-- number or a list of given words, or values: all that it may be.

local LANG = { name = "lang", values = format.LANGS,
  text = "the language of what codes mean; default: TCERR_LANG, else the locale's" }
local JSON = { name = "json", text = "JSON, for programs" }
local FORMAT = { name = "format", values = enricher.FORMATS, text = "what the lines are; default: json" }
local KEY = { name = "key", value = "NAME",
  text = 'where the code stands in JSON and logfmt; in JSON a path too, ".upstream.code"; default: "code"' }
local FIELD = { name = "field", value = "N", number = true,
  text = "where it stands in text: the Nth field, or from -1 backwards; default: -1, the last" }
local FIELDS = { name = "fields", value = "A,B,...", list = format.FIELDS,
  text = "what to add, of " .. table.concat(format.FIELDS, ", ") .. "; default: message,category,retry" }
local PREFIX = { name = "prefix", value = "TEXT", text = 'what the added keys begin with; default: "tc_"' }
local FIELD_LANG = { name = "lang", values = format.LANGS, text = "the language of message and detail; default: zh" }
local MAX_LINE = { name = "max-line", value = "N", number = true,
  text = "longer lines are not looked at; default: 1048576 bytes" }
local MODULES = answer.layers("module")
MODULES[#MODULES + 1] = "none"
local MODULE = { name = "module", values = MODULES,
  text = "whose the numbers at the head of a message are; default: a module's that no other product uses" }
local LAYER = { name = "layer", values = answer.layers(), text = "only this layer's codes" }
local NO_PROGRESS = { name = "no-progress", text = "no progress line on the terminal" }

local RETRIES = {}
for i, word in ipairs { "never", "resign", "backoff", "idempotent" } do RETRIES[i] = { word, format.RETRY.en[word] } end

local ENRICH = [[
$ echo '{"code":4100}' | tcerr enrich --fields category,retry
{"code":4100,"tc_category":"auth","tc_retry":"never"}]]

return {
  example = ENRICH,
  summary = "what the error codes of Tencent Cloud's API mean",
  text = "Tencent Cloud's API answers HTTP 200 with an error CODE: a number in API 2.0, for which tcerr has a NAME, "
    .. "and a string in 3.0. tcerr says what it means, whose fault it is, and whether to retry. "
    .. 'No FILE, or "-", is stdin.',

  commands = {
    {
      name = "explain", synopsis = "[explain] CODE|NAME...", operand = "key", summary = "explain codes",
      text = "Shows all that is known of each code: a block of lines, or with --json a line. What retry says has to "
        .. "come before the same call is made again:",
      options = { LANG, JSON },
      terms = RETRIES,
      example = [[
$ tcerr --lang en 4400
4400 RequestLimitExceeded
  message   Request quota exceeded
  detail    More requests were made than the request quota allows.
  layer     access
  category  rate_limit
  fault     client
  retry     backoff: wait, then repeat; nothing was executed
  HTTP      429]],
    },
    {
      name = "list", synopsis = "list", summary = "list all codes",
      text = "Lists all numbers in ascending order, one a line; with --layer api3, the names that codes of API 3.0 "
        .. "begin with.",
      options = {
        LAYER, LANG, JSON,
        { name = "csv", text = "CSV with a header, all fields in both languages" },
        { name = "format", values = { "rsyslog" }, text = "a lookup table: from a code to its fields, in JSON" },
      },
      example = [[
$ tcerr list --csv | cut -d, -f1,2 | head -2
code,name
1000,InvalidInput]],
    },
    {
      name = "parse", synopsis = "parse [FILE]", operand = "file", summary = "read one answer of the API",
      text = "Reads one JSON answer, of API 2.0 or 3.0, and explains its code, the number of the module behind it "
        .. "that a message of API 2.0 may begin with, and which of the two is the cause.",
      options = { MODULE, LANG, JSON },
      example = [[
$ echo '{"code":4100,"message":"no signature"}' | tcerr parse
code      4100 AuthFailure 鉴权失败 (auth; fault: client; retry: never; HTTP 401)
reason    no signature]],
    },
    {
      name = "enrich", synopsis = "enrich [FILE...]", operand = "file",
      summary = "add what a code means to the lines of a log",
      text = "Copies a log and adds fields to each line that has a known code. All other lines stay as they are, but "
        .. "between two files a missing newline is added.",
      options = { FORMAT, KEY, FIELD, MODULE, FIELDS, PREFIX, FIELD_LANG, MAX_LINE, NO_PROGRESS },
      example = ENRICH,
    },
    {
      name = "top", synopsis = "top [FILE...]", operand = "file", summary = "show what failed most",
      text = "Counts the codes of a log and shows them as bars, the most frequent first.",
      options = {
        FORMAT, KEY, FIELD, MODULE, MAX_LINE,
        { name = "by", values = top.BY, text = "what to count by; default: code" },
        { name = "merge", text = "the files are what top --json printed elsewhere: sum them" },
        JSON, NO_PROGRESS,
      },
      example = [[
$ COLUMNS=60 tcerr top --by retry access.jsonl
backoff                       6   46.2 %  ██████████████████
never                         4   30.8 %  ████████████
idempotent                    1    7.7 %  ███
resign                        1    7.7 %  ███
 4999 (not in the catalogue)  1    7.7 %  ███
13 of 21 lines failed]],
    },
    {
      name = "nginx-conf", synopsis = "nginx-conf", summary = "print the map file for nginx",
      text = "Prints the file that nginx includes at http level, so that its access log can say what a code means.",
      options = {
        MODULE,
        { name = "source", value = "VARIABLE", text = "nginx's variable that has the code, without Lua" },
      },
      example = "$ tcerr nginx-conf > tcerr.conf",
    },
    {
      name = "completion", synopsis = "completion bash|zsh", operand = { "bash", "zsh" },
      summary = "print what a shell needs to complete tcerr",
      text = "Prints a script with which the shell completes commands, options, their values, codes and names. "
        .. "The line of the example belongs in ~/.bashrc; for zsh, the same with zsh in ~/.zshrc, after compinit. "
        .. "Where make install was used, both are there already.",
      options = {},
      example = "$ source <(tcerr completion bash)",
    },
  },

  common = {
    { name = "help", text = "this help; with a command, its options and an example; also -h" },
    { name = "version", text = "the version, and the date of the codes" },
  },

  status = { { "0", "done" }, { "1", "not found or bad input" }, { "2", "wrong usage" } },

  environment = {
    { "TCERR_LANG", "zh or en: the language of what codes mean, unless --lang says it; never of what enrich writes." },
    { "LANG", "and LC_ALL and LC_MESSAGES before it, the locale, where TCERR_LANG is not set: English, but Chinese "
      .. "where it begins with zh, is C or POSIX, or is not set." },
    { "NO_COLOR", "when it is not empty, no colour; else there is colour on a terminal only, if TERM is not dumb." },
    { "COLUMNS", "how wide top draws its bars where the output is no terminal; 80 unless set." },
  },
}
