/*
 * A fuzz target: the input is five characters of settings and a log. The settings are the format (j, l or t), the
 * names, max_line, the field of text and the module, each a digit or any other byte.
 *
 * What the enricher adds has to be what a plain reader of each line would add, RapidJSON for JSON; without it the line
 * is what it was, and with it a JSON line has the members that it had and ours. However the log is cut, and with each
 * of the core's searches, the bytes and the counts are the same.
 */
#include <deque>
#include <map>
#include <tuple>

#include "codes.h"

/* The core without its fast searches is linked too, by other names. */
extern "C" decltype(tcerr_enricher_start) portable_tcerr_enricher_start;
extern "C" decltype(tcerr_enricher_feed) portable_tcerr_enricher_feed;
extern "C" decltype(tcerr_enricher_finish) portable_tcerr_enricher_finish;
extern "C" decltype(tcerr_enricher_free) portable_tcerr_enricher_free;

struct Core {
    decltype(&tcerr_enricher_start) start;
    decltype(&tcerr_enricher_feed) feed;
    decltype(&tcerr_enricher_finish) finish;
    decltype(&tcerr_enricher_free) free;
};

static const Core fast = {tcerr_enricher_start, tcerr_enricher_feed, tcerr_enricher_finish, tcerr_enricher_free};
static const Core portable = {portable_tcerr_enricher_start, portable_tcerr_enricher_feed,
                              portable_tcerr_enricher_finish, portable_tcerr_enricher_free};

/* ---- Settings ---- */

struct Names {
    std::vector<std::string> steps; /* JSON alone has more than the last one */
    std::string prefix;
    std::vector<std::string> fields;
};

/* With a key that is added too, the shortest key and one longer than any block that is searched at once; paths; keys
 * that are also what stands beside the code. */
static const Names all_names[] = {
    {{"code"}, "tc_", {"message", "category", "name"}},
    {{"code"}, "", {"code", "message"}},
    {{"err"}, "x_", {"name"}},
    {{"c"}, "t", {"code", "category"}},
    {{"错误"}, "鉴_", {"detail", "message"}},
    {{"code"}, "tc_", {}},
    {{"tc_code"}, "tc_", {"code", "detail", "message"}},
    {{"a_key_longer_than_any_block_of_bytes_that_is_searched_at_once_with_512_bits"}, "a", {"name"}},
    {{"Response", "Error", "Code"}, "tc_", {"code", "category", "message"}},
    {{"upstream", "code"}, "tc_", {"category", "name"}},
    {{"tc_name", "code"}, "tc_", {"name", "message"}},
    {{"a", "a"}, "", {"category", "code", "name"}},
    {{"Code"}, "x_", {"name", "code"}},
    {{"module_code"}, "tc_", {"category", "code"}},
    {{"err", "message"}, "tc_", {"category", "code"}},
    {std::vector<std::string>(TCERR_MAX_STEPS, "a"), "t", {"name"}},
};
static const size_t all_max_lines[] = {1UL << 20, 1, 7, 20, 40, 64, 200, 4096};
static const int all_numbers[] = {-1, 1, 2, 3, -2, -3};

struct Settings {
    tcerr_format format;
    const Names &names;
    size_t max_line;
    int field, module;
};

/* What a field of an entry adds, or nothing when the entry lacks it. A NUL is the code's place. */
static std::string piece(const Settings &settings, size_t index, const std::string &field)
{
    const tcerr_entry &entry = tcerr_entries[index];
    const char *value = field == "name"       ? entry.name.data
                        : field == "category" ? entry.category
                        : field == "detail"   ? entry.detail
                                              : entry.message;
    std::string text = value ? '"' + std::string(value) + '"' : "";

    if (index >= TCERR_FIRST_NAME && (field == "code" || field == "name"))
        text = settings.format == TCERR_JSON ? std::string("\"\0\"", 3) : std::string(1, '\0');
    else if (field == "code")
        text = std::to_string(entry.code);
    if (text.empty())
        return "";
    return (settings.format == TCERR_JSON ? ",\"" + settings.names.prefix + field + "\":"
                                          : " " + settings.names.prefix + field + "=") +
           text;
}

/* ---- What has to become of a line ---- */

/* A code as a log has it. */
struct Code {
    std::optional<int64_t> number;
    std::string name;
};

static bool operator<(const Code &a, const Code &b)
{
    return std::tie(a.number, a.name) < std::tie(b.number, b.name);
}

/* What a line says. */
struct Reading {
    std::optional<Code> code;
    std::optional<int64_t> behind; /* the module's number */
    std::vector<std::string_view> keys;
    size_t place; /* where the fields go */
    bool odd;     /* there are escapes that JSON does not know, so that nobody says what the message is */
};

static std::optional<Code> read_code(std::string_view text)
{
    const std::optional<int64_t> number = code_of(text);
    const std::optional<std::string_view> name = name_of(text);

    if (!number && !name)
        return std::nullopt;
    return Code{number, std::string(name.value_or(""))};
}

static bool is_text(const Member &member)
{
    return member.kind == TCERR_JSON_STRING || member.kind == TCERR_JSON_NUMBER;
}

static bool is_odd(std::string_view raw)
{
    for (size_t at = 0; (at = raw.find('\\', at)) != raw.npos && at + 1 < raw.size(); at += 2)
        if (!strchr("\"\\/bfnrtu", raw[at + 1]) ||
            (raw[at + 1] == 'u' && raw.substr(at + 2, 4).find_first_not_of("0123456789abcdefABCDEF") != raw.npos))
            return true;
    return false;
}

/* Reads the code and the module's number, which stand side by side: as a member of its own, or in the message. */
static void read_members(const std::vector<Member> &members, const std::string &key, Reading &reading)
{
    const Member *code = first(members, key), *message = nullptr, *own = nullptr;
    const std::string beside = key[0] >= 'A' && key[0] <= 'Z' ? "Message" : "message";

    for (const Member &member : members) {
        if (member.key == key)
            continue;
        if (!message && member.key == beside)
            message = &member;
        if (!own && member.key == "module_code")
            own = &member;
    }
    if (!code || !is_text(*code))
        return;
    reading.code = read_code(code->value);
    reading.odd = message && is_odd(message->value);
    if (own && is_text(*own))
        reading.behind = code_of(own->value);
    if (!reading.behind && message && message->kind == TCERR_JSON_STRING)
        reading.behind = head_of(message->value).code;
}

static std::optional<Reading> read_json(const Object &object, const std::vector<std::string> &steps)
{
    Reading reading = {{}, {}, {}, object.brace, false};
    const std::vector<Member> *members = &object.members;

    if (object.verdict != Verdict::WHOLE)
        return std::nullopt;
    for (const Member &member : object.members)
        reading.keys.push_back(member.key);
    for (size_t i = 0; i + 1 < steps.size(); i++) {
        const Member *next = first(*members, steps[i]);
        if (!next || !next->object)
            return reading;
        members = &next->members;
    }
    read_members(*members, steps.back(), reading);
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
    Reading reading = {{}, {}, {}, line.size(), false};
    std::vector<Member> pairs;

    for (size_t at; (at = line.find_first_not_of(" \t")) != line.npos;) {
        line.remove_prefix(at);
        const size_t key_end = find_of(line, " \t=\"", 0);
        const bool paired = key_end < line.size() && line[key_end] == '=';
        const size_t start = key_end + paired;
        const bool quoted = paired && start < line.size() && line[start] == '"';
        const size_t end = quoted ? skip_quoted(line, start) : find_of(line, " \t\"", start);
        if (key_end == 0 || end == 0 || (end < line.size() && line[end] != ' ' && line[end] != '\t'))
            return std::nullopt;
        const std::string_view value = line.substr(start + quoted, end - start - 2UL * quoted);
        pairs.push_back({line.substr(0, key_end), value, TCERR_JSON_STRING, false, false, {}});
        reading.keys.push_back(line.substr(0, key_end));
        line.remove_prefix(end);
    }
    read_members(pairs, key, reading);
    return reading;
}

static std::optional<Reading> read_text(std::string_view line, int field)
{
    Reading reading = {{}, {}, {}, line.size(), false};
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
        reading.code = read_code(words[static_cast<size_t>(n)]);
    return reading;
}

static std::optional<Reading> read_line(const Settings &settings, std::string_view line, const Object &object)
{
    const std::vector<std::string> &steps = settings.names.steps;

    if (line.size() > settings.max_line)
        return std::nullopt;
    if (settings.format == TCERR_JSON)
        return read_json(object, steps);
    if (!line.empty() && line.back() == '\r')
        line.remove_suffix(1);
    return settings.format == TCERR_LOGFMT ? read_logfmt(line, steps.back()) : read_text(line, settings.field);
}

/* ---- What did become of it ---- */

struct Seen {
    uint64_t count;
    size_t cause;
};

struct Counts {
    uint64_t lines, enriched, overlong, other, known[TCERR_FIRST_NAME];
    std::map<Code, Seen> seen; /* codes that are no number of the catalogue */
    bool coded;                /* a line that was read had a code */
    bool unread;               /* a line was not read */
};

/* Counts a code that is no number of the catalogue. Returns its cause. */
static size_t count_seen(const Code &code, Counts &counts)
{
    const size_t cause = code.number ? size_t(TCERR_COUNT) : find_name(code.name);
    const auto found = counts.seen.find(code);

    if (found != counts.seen.end())
        found->second.count++;
    else if (!code.number && cause == TCERR_COUNT && code.name.find('.') == code.name.npos)
        return cause;
    else if (counts.seen.size() == TCERR_SEEN_SLOTS / 2)
        counts.other++;
    else
        counts.seen[code] = {1, cause};
    return cause;
}

/* Counts the code of a line. Returns its cause. */
static size_t count_code(const Settings &settings, const Reading &reading, Counts &counts)
{
    size_t cause = TCERR_COUNT;

    if (reading.code->number)
        cause = find_cause(*reading.code->number, reading.behind, settings.module);
    if (cause == TCERR_COUNT)
        return count_seen(*reading.code, counts);
    counts.known[cause]++;
    return cause;
}

/* What a line with this reading gets; counts it. */
static std::string expect_added(const Settings &settings, const std::optional<Reading> &reading, Counts &counts)
{
    std::string added;
    size_t cause, at;

    counts.unread |= !reading;
    if (!reading || !reading->code)
        return "";
    counts.coded = true;
    if (reading->code->number == 0)
        return "";
    cause = count_code(settings, *reading, counts);
    if (cause == TCERR_COUNT)
        return "";
    for (const std::string &field : settings.names.fields)
        if (std::find(reading->keys.begin(), reading->keys.end(), settings.names.prefix + field) == reading->keys.end())
            added += piece(settings, cause, field);
    while ((at = added.find('\0')) != added.npos)
        added.replace(at, 1, reading->code->name);
    counts.enriched += !added.empty();
    return added;
}

static bool operator==(const Member &a, const Member &b)
{
    return a.key == b.key && a.value == b.value && a.kind == b.kind && a.members == b.members;
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
    const Object object = json ? read_object(line) : Object{{}, Verdict::MALFORMED, false, 0};
    const std::optional<Reading> reading = read_line(settings, line, object);
    const std::string added = expect_added(settings, reading, counts);
    const size_t place = added.empty() ? 0 : reading->place, len = line.size() + added.size();

    if (object.verdict == Verdict::UNKNOWN || (reading && reading->odd))
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

static void check_seen(const tcerr_enricher &e, const Counts &counts)
{
    size_t slots = 0;

    for (const tcerr_seen &slot : e.seen) {
        if (slot.count == 0)
            continue;
        const char *name = e.seen_names.data + slot.start;
        const Code code = slot.len > 0 ? Code{{}, {name, slot.len}} : Code{slot.number, {}};
        const auto found = counts.seen.find(code);
        check(found != counts.seen.end() && found->second.count == slot.count && found->second.cause == slot.cause,
              "a code that was counted was seen so often, and means that");
        slots++;
    }
    check(slots == counts.seen.size() && slots == e.seen_taken, "each code that was seen is counted");
}

/* Returns whether it is certain that a line had a code or that none had: one that is malformed may have had one. */
static bool check_log(const Settings &settings, std::string_view log, const tcerr_enricher &e)
{
    std::string_view out = e.out.len > 0 ? std::string_view(e.out.data, e.out.len) : "";
    Counts counts = {};

    while (!log.empty()) {
        const size_t len = std::min(log.find('\n'), log.size());
        if (!check_line(settings, log.substr(0, len), out, counts))
            return false;
        if (len < log.size()) {
            check(!out.empty() && out[0] == '\n', "a line ends where it did");
            out.remove_prefix(1);
        }
        log.remove_prefix(std::min(len + 1, log.size()));
    }
    check(out.empty(), "there is no line more");
    check(e.lines == counts.lines && e.enriched == counts.enriched && e.overlong == counts.overlong &&
              e.other == counts.other && memcmp(e.known, counts.known, sizeof e.known) == 0,
          "the counts are right");
    check_seen(e, counts);
    check(e.coded == counts.coded || (e.coded && counts.unread), "it is known whether a line had a code");
    return counts.coded || !counts.unread;
}

/* ---- Enrichers ---- */

static tcerr_slice kept(const std::string &text)
{
    static auto &all = *new std::deque<std::string>; /* never freed */

    return slice_of(all.emplace_back(text));
}

static void set_pieces(tcerr_enricher &e, const Settings &settings, size_t index)
{
    std::vector<size_t> ends = {0};
    std::string row;

    for (const std::string &field : settings.names.fields) {
        row += piece(settings, index, field);
        ends.push_back(row.size());
    }
    const char *text = kept(row).data;
    for (size_t n = 0; n < ends.size(); n++)
        e.pieces[index][n] = text + ends[n];
}

/* A new enricher with its settings. Making one costs more than most logs do, so there is one of each to copy. */
static const tcerr_enricher &prototype(const Core &core, const Settings &settings)
{
    using Key = std::tuple<const Core *, tcerr_format, const Names *>;
    const bool json = settings.format == TCERR_JSON;
    const std::vector<std::string> &steps = settings.names.steps;
    static auto &made = *new std::map<Key, tcerr_enricher>; /* never freed */
    const auto [place, missing] = made.try_emplace({&core, settings.format, &settings.names});
    tcerr_enricher &e = place->second;

    if (!missing)
        return e;
    e.format = settings.format;
    const std::string needles[] = {'"' + steps.back() + '"', steps.back() + '=', settings.names.prefix};
    e.needle = kept(needles[settings.format]);
    for (size_t i = json ? 0 : steps.size() - 1; i < steps.size(); i++)
        e.wanted.steps[e.wanted.step_count++] = slice_of(steps[i]);
    for (const std::string &field : settings.names.fields)
        e.wanted.names[e.wanted.name_count++] = kept(settings.names.prefix + field);
    for (size_t i = 0; i < TCERR_COUNT; i++)
        set_pieces(e, settings, i);
    core.start(&e);
    return e;
}

static bool is_same_slot(const tcerr_seen &a, const tcerr_seen &b)
{
    return a.count == b.count &&
           (a.count == 0 || (a.number == b.number && a.cause == b.cause && a.start == b.start && a.len == b.len));
}

/* An enricher of one of the cores. */
struct Enricher {
    const Core &core;
    tcerr_enricher e;

    Enricher(const Core &its_core, const Settings &settings) : core(its_core), e(prototype(its_core, settings))
    {
        e.max_line = settings.max_line;
        e.field = settings.field;
        e.module = settings.module;
    }

    Enricher(const Enricher &) = delete;

    ~Enricher()
    {
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
                  e.other == other.other && e.torn == other.torn && memcmp(e.known, other.known, sizeof e.known) == 0 &&
                  std::equal(std::begin(e.seen), std::end(e.seen), std::begin(other.seen), is_same_slot) &&
                  e.seen_names.len == other.seen_names.len &&
                  (e.seen_names.len == 0 || memcmp(e.seen_names.data, other.seen_names.data, e.seen_names.len) == 0),
              "any chunks give the same counts");
    }
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const std::vector<int> &modules = *new std::vector<int>(all_modules()); /* never freed */
    static const tcerr_format formats[] = {TCERR_LOGFMT, TCERR_JSON, TCERR_TEXT};  /* l, j, t */

    if (len < 5)
        return 0;
    const Settings settings = {formats[data[0] % 3], all_names[data[1] % std::size(all_names)],
                               all_max_lines[data[2] % std::size(all_max_lines)],
                               all_numbers[data[3] % std::size(all_numbers)], modules[data[4] % modules.size()]};
    const std::string_view log(reinterpret_cast<const char *>(data) + 5, len - 5);
    Enricher whole(fast, settings), cut(fast, settings), narrow(fast, settings), plain(portable, settings);

    whole.core.feed(&whole.e, slice_of(log));
    whole.core.finish(&whole.e);
    const bool certain = check_log(settings, log, whole.e);
    cut.feed_chunks(log, 1);
    cut.check_same(whole.e);
    narrow.e.speed = data[3] & 0x80 ? TCERR_BASE : std::min(TCERR_AVX2, narrow.e.speed);
    narrow.feed_chunks(log, 2);
    narrow.check_same(whole.e);
    plain.feed_chunks(log, 3);
    plain.check_same(whole.e);
    check(!certain || (cut.e.coded == whole.e.coded && plain.e.coded == whole.e.coded), "a code is seen by all");
    return 0;
}
