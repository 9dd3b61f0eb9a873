/*
 * A fuzz target: the input is the body of an answer. What the core reads in it, whole and in chunks, to the end and
 * only as far as it must, is what RapidJSON's view of the body says.
 */
#include <regex>

#include "fuzz.h"

/* The core without its fast searches is linked too, by other names. */
extern "C" decltype(tcerr_response_start) portable_tcerr_response_start;
extern "C" decltype(tcerr_response_read) portable_tcerr_response_read;

struct Core {
    decltype(&tcerr_response_start) start;
    decltype(&tcerr_response_read) read;
};

static const Core fast = {tcerr_response_start, tcerr_response_read};
static const Core portable = {portable_tcerr_response_start, portable_tcerr_response_read};

/* What the response has to be. */
struct Expected {
    std::optional<tcerr_response_status> status; /* nothing: it cannot be known */
    std::optional<int64_t> code, module_code;
    const Member *message, *code_desc;
    size_t module_len;
};

/* The first member of that key. */
static const Member *first(const Object &object, std::string_view key)
{
    for (const Member &member : object.members)
        if (member.key == key)
            return &member;
    return nullptr;
}

static const Member *first_code_desc(const Object &object)
{
    for (const Member &member : object.members)
        if ((member.key == "codeDesc" || member.key == "codedesc") && member.kind != TCERR_JSON_OTHER)
            return &member;
    return nullptr;
}

/* The module's code is looked for in the raw text's first bytes; an escape that they cut is not there. */
static void expect_module_code(std::string_view raw, Expected &expected)
{
    static const std::regex form("(?:\\(|（) *(?:(-) *)?(0|[1-9][0-9]{0,14}) *(?:\\)|）)"
                                 "|(?:(-) *)?(0|[1-9][0-9]{0,14})(?::|：)");
    std::optional<std::string> head;
    std::smatch found;

    for (size_t len = TCERR_JSON_KEPT; !(head = decode(raw.substr(0, len)));)
        len--;
    if (!std::regex_search(*head, found, form, std::regex_constants::match_continuous))
        return;
    expected.module_code = std::stoll(found[1].str() + found[2].str() + found[3].str() + found[4].str());
    expected.module_len = static_cast<size_t>(found.length());
}

static std::optional<tcerr_response_status> expect_status(const Object &object, bool decided)
{
    switch (object.verdict) {
    case Verdict::WHOLE:
        return TCERR_RESPONSE_ENDED;
    case Verdict::TRUNCATED:
        return TCERR_RESPONSE_MORE;
    case Verdict::MALFORMED:
        return decided ? TCERR_RESPONSE_DONE : TCERR_RESPONSE_MALFORMED;
    case Verdict::TOO_DEEP:
        return decided ? TCERR_RESPONSE_DONE : TCERR_RESPONSE_TOO_DEEP;
    default:
        return std::nullopt;
    }
}

static Expected expect(const Object &object, bool early)
{
    const Member *code = first(object, "code"), *message = first(object, "message");
    Expected expected = {expect_status(object, code && message), {}, {}, nullptr, first_code_desc(object), 0};

    if (code && code->kind != TCERR_JSON_OTHER)
        expected.code = code_of(code->value);
    if (message && message->kind == TCERR_JSON_STRING) {
        expected.message = message;
        expect_module_code(message->value, expected);
    }
    if (early && code && (message || !expected.code))
        expected.status = TCERR_RESPONSE_DONE;
    return expected;
}

/* `early` reads no further than to a code that is none, so nothing else is known then. */
static void compare(const Expected &expected, const tcerr_response &r, tcerr_response_status status, bool early)
{
    if (!expected.status)
        return;
    check(status == *expected.status, "the body is whole, truncated or malformed as RapidJSON says");
    check(r.has_code == expected.code.has_value(), "there is a code where the first \"code\" is one");
    if (r.has_code)
        check(r.code == *expected.code, "the first code is taken");
    if (early && !r.has_code)
        return;
    check(r.has_message == (expected.message != nullptr), "there is a message where the first \"message\" is text");
    check(r.has_module_code == expected.module_code.has_value(), "there is a module code where one begins the message");
    if (r.has_module_code)
        check(r.module_code == *expected.module_code && r.module_len == expected.module_len, "it is that module code");
    if (!early)
        check(r.has_code_desc == (expected.code_desc != nullptr), "there is a codeDesc where the object has one");
}

static void compare_text(const Member *expected, tcerr_slice raw)
{
    std::unique_ptr<char[]> room(new char[raw.len]);
    size_t len = tcerr_json_decode(raw, room.get());
    std::optional<std::string> text = decode(expected->value);

    check(std::string_view(raw.data, raw.len) == expected->value, "the text is the first one");
    check(!text || std::string_view(room.get(), len) == *text, "its escapes are decoded as RapidJSON does");
}

static void read_whole(const Core &core, std::string_view body, const Expected &expected, bool early)
{
    tcerr_response response;

    core.start(&response);
    compare(expected, response, core.read(&response, slice_of(body), early), early);
    if (early || !expected.status)
        return;
    if (response.has_message)
        compare_text(expected.message, response.message);
    if (response.has_code_desc)
        compare_text(expected.code_desc, response.code_desc);
}

static void read_chunks(const Core &core, std::string_view body, const Expected &expected, bool early, unsigned seed)
{
    tcerr_response response;
    tcerr_response_status status = TCERR_RESPONSE_MORE;

    core.start(&response);
    in_chunks(body, seed, [&](tcerr_slice chunk) {
        status = core.read(&response, chunk, early);
        return status <= TCERR_RESPONSE_ENDED;
    });
    compare(expected, response, status, early);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const std::string_view body(reinterpret_cast<const char *>(data), len);
    const Object object = read_object(body);

    for (bool early : {false, true}) {
        Expected expected = expect(object, early);
        read_whole(fast, body, expected, early);
        read_whole(portable, body, expected, early);
        read_chunks(fast, body, expected, early, 1);
        read_chunks(portable, body, expected, early, 2);
    }
    return 0;
}
