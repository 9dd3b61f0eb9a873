/*
 * A fuzz target: the input is four characters of settings, one that is ignored, and a log. The settings are the format
 * (j, l or t), the names, max_line and the field of text, each a digit or any other byte.
 *
 * What the enricher adds has to be what a plain reader of each line would add, RapidJSON for JSON; without it the line
 * is what it was, and with it a JSON line has the members that it had and ours. However the log is cut, and with each
 * of the core's searches, the bytes and the counts are the same.
 */
#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "fuzz.h"

/* The core without its fast searches is linked too, by other names. */
extern "C" decltype(tcerr_enricher_start) portable_tcerr_enricher_start;
extern "C" decltype(tcerr_enricher_add_step) portable_tcerr_enricher_add_step;
extern "C" decltype(tcerr_enricher_add_name) portable_tcerr_enricher_add_name;
extern "C" decltype(tcerr_enricher_set_piece) portable_tcerr_enricher_set_piece;
extern "C" decltype(tcerr_enricher_settle) portable_tcerr_enricher_settle;
extern "C" decltype(tcerr_enricher_feed) portable_tcerr_enricher_feed;
extern "C" decltype(tcerr_enricher_finish) portable_tcerr_enricher_finish;
extern "C" decltype(tcerr_enricher_free) portable_tcerr_enricher_free;

struct Core {
    decltype(&tcerr_enricher_start) start;
    decltype(&tcerr_enricher_add_step) add_step;
    decltype(&tcerr_enricher_add_name) add_name;
    decltype(&tcerr_enricher_set_piece) set_piece;
    decltype(&tcerr_enricher_settle) settle;
    decltype(&tcerr_enricher_feed) feed;
    decltype(&tcerr_enricher_finish) finish;
    decltype(&tcerr_enricher_free) free;
};

static const Core fast = {tcerr_enricher_start,     tcerr_enricher_add_step, tcerr_enricher_add_name,
                          tcerr_enricher_set_piece, tcerr_enricher_settle,   tcerr_enricher_feed,
                          tcerr_enricher_finish,    tcerr_enricher_free};
static const Core portable = {portable_tcerr_enricher_start,    portable_tcerr_enricher_add_step,
                              portable_tcerr_enricher_add_name, portable_tcerr_enricher_set_piece,
                              portable_tcerr_enricher_settle,   portable_tcerr_enricher_feed,
                              portable_tcerr_enricher_finish,   portable_tcerr_enricher_free};

/* ---- Settings ---- */

struct Names {
    std::string key, prefix;
    std::vector<std::string> fields;
    std::vector<std::string> path = {}; /* to the object with the key; JSON's alone */
};

/* With a key that is added too, the shortest key and one longer than any block that is searched at once. */
static const Names all_names[] = {
    {"code", "tc_", {"message", "category", "name"}},
    {"code", "", {"code", "message"}},
    {"err", "x_", {"name"}},
    {"c", "t", {"code", "category"}},
    {"错误", "鉴_", {"detail", "message"}},
    {"code", "tc_", {}},
    {"tc_code", "tc_", {"code", "detail", "message"}},
    {"a_key_longer_than_any_block_of_bytes_that_is_searched_at_once_with_512_bits", "a", {"name"}},
    {"Code", "tc_", {"category", "code"}, {"Response", "Error"}},
    {"code", "tc_", {"name", "retry"}, {"a"}},
};
static const size_t all_max_lines[] = {1UL << 20, 1, 7, 20, 40, 64, 200, 4096};
static const int all_numbers[] = {-1, 1, 2, 3, -2, -3};

struct Settings {
    tcerr_format format;
    const Names &names;
    size_t max_line;
    int field;
};

/* What a field of a row adds, or nothing when the row lacks it. */
static std::string piece(const Settings &settings, size_t index, const std::string &field)
{
    const tcerr_entry &entry = tcerr_entries[index];
    const bool named = index >= TCERR_FIRST_NAME && (field == "name" || field == "code"); /* a NUL is for the code */
    const char *value = field == "name"       ? entry.name.data
                        : field == "category" ? entry.category
                        : field == "detail"   ? entry.detail
                                              : entry.message;
    const std::string name = settings.names.prefix + field;
    const std::string text = named             ? std::string("\"\0\"", 3)
                             : field == "code" ? std::to_string(entry.code)
                             : value           ? '"' + std::string(value) + '"'
                                               : "";

    if (text.empty())
        return "";
    return settings.format == TCERR_JSON ? ",\"" + name + "\":" + text : " " + name + "=" + text;
}

/* ---- What has to become of a line ---- */

/* What a line says: its first code and what stands beside it, its keys, and where the fields go. */
struct Reading {
    std::optional<std::string_view> code, message, module_code;
    std::vector<std::string_view> keys;
    size_t place;
};

/* Takes a member of the object that has the key; of equal keys the first counts. */
struct Taker {
    Reading &reading;
    const std::string &key;
    bool code = false, message = false, module_code = false;

    void take(std::string_view name, std::string_view value, tcerr_json_kind kind)
    {
        const bool text = kind == TCERR_JSON_STRING;
        const std::string message_key = key[0] >= 'A' && key[0] <= 'Z' ? "Message" : "message";

        if (name == key && !std::exchange(code, true)) {
            if (text || kind == TCERR_JSON_NUMBER)
                reading.code = value;
        } else if (name == message_key && !std::exchange(message, true)) {
            if (text)
                reading.message = value;
        } else if (name == "module_code" && !std::exchange(module_code, true)) {
            if (text || kind == TCERR_JSON_NUMBER)
                reading.module_code = value;
        }
    }
};

static std::optional<Reading> read_json(const Object &object, const Names &names)
{
    Reading reading = {{}, {}, {}, {}, object.brace};
    Taker taker{reading, names.key};
    Object inner = object;

    if (object.verdict != Verdict::WHOLE)
        return std::nullopt;
    for (const Member &member : object.members)
        reading.keys.push_back(member.key);
    for (const std::string &step : names.path) {
        const auto is_step = [&](const Member &member) { return member.key == step; };
        const auto found = std::find_if(inner.members.begin(), inner.members.end(), is_step);
        if (found == inner.members.end() || found->value.substr(0, 1) != "{" || found->kind != TCERR_JSON_OTHER)
            return reading;
        inner = read_object(std::string_view(found->value));
    }
    for (const Member &member : inner.members)
        taker.take(member.key, member.value, member.kind);
    return reading;
}

static size_t find_of(std::string_view text, const char *bytes, size_t at)
{
    return std::min(text.find_first_of(bytes, at), text.size());
}

/* Behind the quoted text that begins at `at`, or 0 when its end is missing. */
static size_t skip_quoted(std::string_view text, size_t at)
{
    for (at++; at < text.size() && text[at] != '"'; at++)
        at += text[at] == '\\';
    return at < text.size() ? at + 1 : 0;
}

static std::optional<Reading> read_logfmt(std::string_view line, const std::string &key)
{
    Reading reading = {{}, {}, {}, {}, line.size()};
    Taker taker{reading, key};

    for (size_t at; (at = line.find_first_not_of(" \t")) != line.npos;) {
        line.remove_prefix(at);
        const size_t key_end = find_of(line, " \t=\"", 0);
        const bool paired = key_end < line.size() && line[key_end] == '=';
        const size_t start = key_end + paired;
        const bool quoted = paired && start < line.size() && line[start] == '"';
        const size_t end = quoted ? skip_quoted(line, start) : find_of(line, " \t\"", start);
        if (key_end == 0 || end == 0 || (end < line.size() && line[end] != ' ' && line[end] != '\t'))
            return std::nullopt;
        taker.take(line.substr(0, key_end), line.substr(start + quoted, end - start - 2UL * quoted), TCERR_JSON_STRING);
        reading.keys.push_back(line.substr(0, key_end));
        line.remove_prefix(end);
    }
    return reading;
}

static std::optional<Reading> read_text(std::string_view line, int field)
{
    Reading reading = {{}, {}, {}, {}, line.size()};
    std::vector<std::string_view> words;

    for (size_t at; (at = line.find_first_not_of(" \t")) != line.npos;) {
        line.remove_prefix(at);
        words.push_back(line.substr(0, find_of(line, " \t", 0)));
        line.remove_prefix(words.back().size());
        if (words.back().find('=') != line.npos)
            reading.keys.push_back(words.back().substr(0, words.back().find('=')));
    }
    const int count = static_cast<int>(words.size()), n = field > 0 ? field - 1 : count + field;
    if (n >= 0 && n < count)
        reading.code = words[static_cast<size_t>(n)];
    return reading;
}

static std::optional<Reading> read_line(const Settings &settings, std::string_view line, const Object &object)
{
    if (line.size() > settings.max_line)
        return std::nullopt;
    if (settings.format == TCERR_JSON)
        return read_json(object, settings.names);
    if (!line.empty() && line.back() == '\r')
        line.remove_suffix(1);
    return settings.format == TCERR_LOGFMT ? read_logfmt(line, settings.names.key) : read_text(line, settings.field);
}

/* ---- What did become of it ---- */

struct Counts {
    uint64_t lines, enriched, overlong, seen, known[TCERR_FIRST_NAME];
};

/* The index of the line's cause, or TCERR_COUNT; counts its code. What causes what is another target's. */
static size_t count_code(const Reading &reading, const tcerr_code &code, Counts &counts)
{
    int64_t number = 0;
    size_t cause;

    if (code.is_name) {
        cause = tcerr_find(&code, TCERR_MODULE_UNSAID);
        counts.seen += cause != TCERR_COUNT || memchr(code.name.data, '.', code.name.len);
        return cause;
    }
    const bool own = reading.module_code && tcerr_read_number(slice_of(*reading.module_code), &number);
    const bool module = own || (reading.message && tcerr_raw_module_code(slice_of(*reading.message), &number) > 0);
    cause = tcerr_find_cause(&code, module ? &number : nullptr, TCERR_MODULE_UNSAID);
    if (cause == TCERR_COUNT)
        counts.seen++;
    else
        counts.known[cause]++;
    return cause;
}

/* What a line with this reading gets; counts it. */
static std::string expect_added(const Settings &settings, const std::optional<Reading> &reading, Counts &counts)
{
    std::string added;
    tcerr_code code;

    if (!reading || !reading->code || !tcerr_read_code(slice_of(*reading->code), &code))
        return "";
    check(code.is_name || code_of(*reading->code) == code.number, "a number is spelled in the only way");
    if (!code.is_name && code.number == 0)
        return "";
    const size_t index = count_code(*reading, code, counts);
    if (index == TCERR_COUNT)
        return "";
    for (const std::string &field : settings.names.fields)
        if (std::find(reading->keys.begin(), reading->keys.end(), settings.names.prefix + field) == reading->keys.end())
            added += piece(settings, index, field);
    for (size_t at; (at = added.find('\0')) != added.npos;)
        added.replace(at, 1, code.name.data, code.name.len);
    counts.enriched += !added.empty();
    return added;
}

static bool operator==(const Member &a, const Member &b)
{
    return a.key == b.key && a.value == b.value && a.kind == b.kind;
}

/* Checks what a JSON line has become, with the same parser as before. */
static void check_members(const Object &before, std::string_view made, const std::string &added)
{
    const std::string alone = '{' + added.substr(1) + '}';
    const Object after = read_object(made), ours = read_object(alone);
    std::vector<Member> all = before.members;

    all.insert(all.end(), ours.members.begin(), ours.members.end());
    check(after.verdict == Verdict::WHOLE, "an enriched line parses");
    check(after.members == all, "it has the members that it had, and ours");
}

/* Checks what has become of a line at the head of `out`, and removes it there; false when that cannot be known. */
static bool check_line(const Settings &settings, std::string_view line, std::string_view &out, Counts &counts)
{
    const bool json = settings.format == TCERR_JSON;
    const Object object = json ? read_object(line) : Object{{}, Verdict::MALFORMED, 0};
    const std::optional<Reading> reading = read_line(settings, line, object);
    const std::string added = expect_added(settings, reading, counts);
    const size_t place = added.empty() ? 0 : reading->place, len = line.size() + added.size();

    if (object.verdict == Verdict::UNKNOWN)
        return false;
    counts.lines++;
    counts.overlong += line.size() > settings.max_line;
    check(out.size() >= len && out.substr(place, added.size()) == added, "a line gets what its first code means");
    check(out.substr(0, place) == line.substr(0, place) &&
              out.substr(place + added.size(), line.size() - place) == line.substr(place),
          "without that it is what it was");
    if (json && !added.empty())
        check_members(object, out.substr(0, len), added);
    out.remove_prefix(len);
    return true;
}

static void check_log(const Settings &settings, std::string_view log, const tcerr_enricher &e)
{
    std::string_view out = e.out.len > 0 ? std::string_view(e.out.data, e.out.len) : "";
    Counts counts = {};
    uint64_t seen = e.other;

    while (!log.empty()) {
        const size_t len = std::min(log.find('\n'), log.size());
        if (!check_line(settings, log.substr(0, len), out, counts))
            return;
        if (len < log.size()) {
            check(!out.empty() && out[0] == '\n', "a line ends where it did");
            out.remove_prefix(1);
        }
        log.remove_prefix(std::min(len + 1, log.size()));
    }
    for (const tcerr_seen &slot : e.seen)
        seen += slot.count;
    check(out.empty(), "there is no line more");
    check(e.lines == counts.lines && e.enriched == counts.enriched && e.overlong == counts.overlong &&
              seen == counts.seen && memcmp(e.known, counts.known, sizeof e.known) == 0,
          "the counts are right");
}

/* ---- Enrichers ---- */

/* A new enricher with its settings. Making one costs more than most logs do, so there is one of each to copy. */
static const tcerr_enricher &prototype(const Core &core, const Settings &settings)
{
    using Key = std::tuple<const Core *, tcerr_format, const Names *>;
    static auto &made = *new std::map<Key, tcerr_enricher>; /* never freed */
    const auto [place, missing] = made.try_emplace({&core, settings.format, &settings.names});
    tcerr_enricher &e = place->second;

    if (!missing)
        return e;
    core.start(&e, settings.format, 0, 0, TCERR_MODULE_UNSAID);
    for (const std::string &step : settings.names.path)
        if (settings.format == TCERR_JSON)
            core.add_step(&e, slice_of(step));
    if (settings.format != TCERR_TEXT)
        core.add_step(&e, slice_of(settings.names.key));
    for (const std::string &field : settings.names.fields)
        core.add_name(&e, slice_of(settings.names.prefix + field));
    for (size_t i = 0; i < TCERR_COUNT; i++)
        for (unsigned n = 0; n < settings.names.fields.size(); n++)
            core.set_piece(&e, i, n, slice_of(piece(settings, i, settings.names.fields[n])));
    core.settle(&e);
    return e;
}

/* An enricher of one of the cores. */
struct Enricher {
    const Core &core;
    tcerr_enricher e;

    Enricher(const Core &its_core, const Settings &settings) : core(its_core), e(prototype(its_core, settings))
    {
        e.max_line = settings.max_line;
        e.field = settings.field;
    }

    Enricher(const Enricher &) = delete;

    ~Enricher()
    {
        e.texts.data = nullptr; /* the prototype's */
        core.free(&e);
    }

    void feed_chunks(std::string_view log, unsigned seed)
    {
        in_chunks(log, seed, [&](tcerr_slice chunk) { return core.feed(&e, chunk); });
        core.finish(&e);
    }

    void check_same(const tcerr_enricher &other) const
    {
        check(e.out.len == other.out.len && (e.out.len == 0 || memcmp(e.out.data, other.out.data, e.out.len) == 0),
              "any chunks give the same bytes");
        check(e.lines == other.lines && e.enriched == other.enriched && e.overlong == other.overlong &&
                  e.other == other.other && memcmp(e.known, other.known, sizeof e.known) == 0 &&
                  memcmp(e.seen, other.seen, sizeof e.seen) == 0,
              "any chunks give the same counts");
    }
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const tcerr_format formats[] = {TCERR_LOGFMT, TCERR_JSON, TCERR_TEXT}; /* l, j, t */

    if (len < 5)
        return 0;
    const Settings settings = {formats[data[0] % 3], all_names[data[1] % std::size(all_names)],
                               all_max_lines[data[2] % std::size(all_max_lines)],
                               all_numbers[data[3] % std::size(all_numbers)]};
    const std::string_view log(reinterpret_cast<const char *>(data) + 5, len - 5);
    Enricher whole(fast, settings), cut(fast, settings), plain(portable, settings);

    whole.core.feed(&whole.e, slice_of(log));
    whole.core.finish(&whole.e);
    check_log(settings, log, whole.e);
    cut.feed_chunks(log, 1);
    cut.check_same(whole.e);
    for (int speed = TCERR_BASE; speed < whole.e.speed; speed++) {
        Enricher slower(fast, settings);
        slower.e.speed = static_cast<tcerr_speed>(speed);
        slower.feed_chunks(log, 2);
        slower.check_same(whole.e);
    }
    plain.feed_chunks(log, 3);
    plain.check_same(whole.e);
    return 0;
}
