/*
 * What the fuzz targets share: what RapidJSON makes of an object, a code as it has to be written, and chunks.
 *
 * RapidJSON's view is exact, status and all, but for numbers that do not fit a double. tcerr compares keys as they are
 * spelled, so everything here is the raw text, cut out of the input where RapidJSON stands.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

extern "C" {
#include "tcerr.h"
}

inline void check(bool ok, const char *claim)
{
    if (!ok) {
        (void)fprintf(stderr, "FINDING: this does not hold: %s\n", claim);
        abort();
    }
}

inline tcerr_slice slice_of(std::string_view text)
{
    return {text.data(), text.size()};
}

/* The integer that the text is, if it is spelled in the only way that tcerr takes. */
inline std::optional<int64_t> code_of(std::string_view text)
{
    std::string copy(text.substr(0, 17));
    int64_t code = strtoll(copy.c_str(), nullptr, 10);

    if (code <= -1000000000000000 || code >= 1000000000000000 || std::to_string(code) != text)
        return std::nullopt;
    return code;
}

/* ---- RapidJSON ---- */

struct Member {
    std::string_view key, value; /* raw, strings without their quotes; no value for other kinds */
    tcerr_json_kind kind;
    bool open, object;           /* it may not be closed yet; it is an object */
    std::vector<Member> members; /* of an object that stands in objects alone */
};

enum class Verdict { WHOLE, TRUNCATED, MALFORMED, TOO_DEEP, UNKNOWN };

struct Object {
    std::vector<Member> members; /* as far as the text was read */
    Verdict verdict;             /* of the whole text */
    bool closed;                 /* the object itself, whatever follows it */
    size_t brace;                /* the place of the closing one, if it was reached */
};

/* Takes RapidJSON's events. Nothing but structure stands between two of them. */
class Collector : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Collector>
{
  public:
    Collector(std::string_view input, const rapidjson::MemoryStream &source, Object &result)
        : text(input), stream(source), object(result)
    {
    }

    bool Null()
    {
        return value(TCERR_JSON_NULL, {});
    }

    /* true and false */
    bool Default()
    {
        return value(TCERR_JSON_OTHER, {});
    }

    bool String(const char *, rapidjson::SizeType, bool)
    {
        return value(TCERR_JSON_STRING, quoted());
    }

    bool StartObject()
    {
        return open(true);
    }

    bool StartArray()
    {
        return open(false);
    }

    bool EndObject(rapidjson::SizeType)
    {
        object.brace = stream.Tell();
        return close();
    }

    bool EndArray(rapidjson::SizeType)
    {
        return close();
    }

    bool Key(const char *, rapidjson::SizeType, bool)
    {
        levels.back().key = quoted();
        return note_place();
    }

    /* A number is one only when its delimiter has been seen. */
    bool RawNumber(const char *, rapidjson::SizeType len, bool)
    {
        size_t end = stream.Tell();
        if (end < text.size() && std::string_view(" \t\r\n,}]").find(text[end]) != std::string_view::npos)
            return value(TCERR_JSON_NUMBER, text.substr(end - len, len));
        return note_place();
    }

  private:
    struct Level {
        std::vector<Member> *members; /* of an object in objects alone; else NULL */
        std::string_view key;
    };

    std::string_view text;
    const rapidjson::MemoryStream &stream;
    Object &object;
    size_t last = 0; /* where the last event was */
    std::vector<Level> levels;

    bool note_place()
    {
        last = stream.Tell();
        return true;
    }

    std::string_view quoted() const
    {
        size_t start = text.find('"', last) + 1;
        return text.substr(start, stream.Tell() - 1 - start);
    }

    bool value(tcerr_json_kind kind, std::string_view raw)
    {
        if (levels.back().members)
            levels.back().members->push_back({levels.back().key, raw, kind, false, false, {}});
        return note_place();
    }

    /* It is there as soon as it is open; any other value only when it is complete. */
    bool open(bool is_object)
    {
        std::vector<Member> *inside = levels.empty() ? &object.members : nullptr;
        if (levels.size() == TCERR_JSON_MAX_DEPTH) {
            object.verdict = Verdict::TOO_DEEP;
            return false;
        }
        if (!levels.empty() && levels.back().members) {
            std::vector<Member> &members = *levels.back().members;
            members.push_back(
                {levels.back().key, {}, is_object ? TCERR_JSON_OBJECT : TCERR_JSON_OTHER, true, is_object, {}});
            inside = is_object ? &members.back().members : nullptr;
        }
        levels.push_back({inside, {}});
        return note_place();
    }

    bool close()
    {
        levels.pop_back();
        object.closed = levels.empty();
        if (!object.closed && levels.back().members)
            levels.back().members->back().open = false;
        return note_place();
    }
};

/* A copy in which every byte keeps its place: without the byte order mark, and without surrogates, lone ones of which
 * RapidJSON refuses. */
inline std::string for_rapidjson(std::string_view text)
{
    std::string copy(text);

    if (copy.compare(0, 3, "\xEF\xBB\xBF") == 0)
        copy.replace(0, 3, "   ");
    for (size_t i = 0; i + 2 < copy.size(); i++)
        if (copy[i] == '\\' && copy[++i] == 'u' && (copy[i + 1] | 0x20) == 'd')
            copy[i + 1] = '0';
    return copy;
}

inline Object read_object(std::string_view text)
{
    const std::string copy = for_rapidjson(text);
    const size_t first = copy.find_first_not_of(" \t\r\n");
    rapidjson::MemoryStream stream(copy.data(), copy.size());
    rapidjson::Reader reader;
    Object object = {{}, Verdict::MALFORMED, false, 0};
    Collector collector(text, stream, object);

    if (first == std::string::npos || text == "\xEF" || text == "\xEF\xBB")
        object.verdict = Verdict::TRUNCATED;
    else if (copy[first] == '{') {
        reader.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag>(stream, collector);
        /* It takes a NUL byte for the end, and reads no further than to the first byte that is wrong. */
        if (reader.GetParseErrorCode() == rapidjson::kParseErrorNumberTooBig)
            object.verdict = Verdict::UNKNOWN;
        else if (stream.Tell() == copy.size())
            object.verdict = reader.HasParseError() ? Verdict::TRUNCATED : Verdict::WHOLE;
    }
    return object;
}

/* UTF-8 as RapidJSON writes it, but for lone low surrogates, which it lets pass. */
struct Replacing : rapidjson::UTF8<> {
    template <typename Stream> static void Encode(Stream &out, unsigned point)
    {
        rapidjson::UTF8<>::Encode(out, point >= 0xDC00 && point < 0xE000 ? 0xFFFD : point);
    }
};

/* A raw string with its escapes decoded; nothing for one that RapidJSON refuses: cut, or a lone high surrogate. */
inline std::optional<std::string> decode(std::string_view raw)
{
    struct Text : rapidjson::BaseReaderHandler<Replacing, Text> {
        std::string text;
        bool String(const char *data, rapidjson::SizeType len, bool)
        {
            text.assign(data, len);
            return true;
        }
    } handler;
    const std::string quoted = '"' + std::string(raw) + '"';
    rapidjson::MemoryStream stream(quoted.data(), quoted.size());
    rapidjson::GenericReader<Replacing, Replacing> reader;

    if (reader.Parse(stream, handler).IsError())
        return std::nullopt;
    return handler.text;
}

/* The first member of that key, or NULL. */
inline const Member *first(const std::vector<Member> &members, std::string_view key)
{
    for (const Member &member : members)
        if (member.key == key)
            return &member;
    return nullptr;
}

/* ---- Chunks ---- */

/* Gives `take` the text in chunks of random sizes, until it returns false. Each has memory of its own, so that reading
 * past it is noticed. The sizes depend on the text and on nothing else. */
template <typename Take> void in_chunks(std::string_view text, unsigned seed, Take take)
{
    std::minstd_rand random(static_cast<unsigned>(std::hash<std::string_view>()(text)) + seed);
    const size_t most = size_t(1) << random() % 9;
    bool more = true;

    while (more && !text.empty()) {
        size_t len = std::min<size_t>(random() % (most + 1), text.size());
        std::unique_ptr<char[]> chunk(new char[len]);
        memcpy(chunk.get(), text.data(), len);
        more = take(tcerr_slice{chunk.get(), len});
        text.remove_prefix(len);
    }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#endif
