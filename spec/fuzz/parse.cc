/*
 * A fuzz target: the input is the body of an answer. What the core reads in it, whole and cut, to the end and only as
 * far as it must, is what RapidJSON's view of the body says, also where the body goes wrong. What it
 * takes for the cause is what a slow reading of the rules says. The input is taken for a code, too.
 */
#include <array>

#include "codes.h"

/* The core without its fast searches is linked too, by other names. */
extern "C" decltype(tcerr_fastest) portable_tcerr_fastest;
extern "C" decltype(tcerr_answer_read) portable_tcerr_answer_read;
extern "C" decltype(tcerr_answer_api) portable_tcerr_answer_api;
extern "C" decltype(tcerr_answer_cause) portable_tcerr_answer_cause;

struct Core {
    decltype(&tcerr_fastest) fastest;
    decltype(&tcerr_answer_read) read;
    decltype(&tcerr_answer_api) api;
    decltype(&tcerr_answer_cause) cause;
};

static const Core fast = {tcerr_fastest, tcerr_answer_read, tcerr_answer_api, tcerr_answer_cause};
static const Core portable = {portable_tcerr_fastest, portable_tcerr_answer_read, portable_tcerr_answer_api,
                              portable_tcerr_answer_cause};

/* ---- What the answer has to be ---- */

using Texts = std::array<std::optional<std::string_view>, TCERR_MEMBERS>;

struct Expected {
    std::optional<tcerr_json_status> status; /* nothing: it cannot be known */
    std::optional<int64_t> code;
    Head head;
    bool failed, no_error, succeeded;
    unsigned seen;
    Texts texts;
};

/* Notes the first member of the key, or of the other key, and its text if it has one. */
static const Member *take(Expected &expected, tcerr_member name, const std::vector<Member> &members,
                          std::string_view key, std::string_view other = {})
{
    const bool code = name == TCERR_CODE_MEMBER || name == TCERR_CODE_DESC || name == TCERR_ERROR_CODE;

    for (const Member &member : members) {
        if (member.key != key && (other.empty() || member.key != other))
            continue;
        expected.seen |= 1U << name;
        if (member.kind == TCERR_JSON_STRING || (code && member.kind == TCERR_JSON_NUMBER))
            expected.texts[name] = member.value;
        return &member;
    }
    return nullptr;
}

static void expect_error(Expected &expected, const Member &error)
{
    expected.no_error = error.kind == TCERR_JSON_NULL;
    if (!error.object)
        return;
    take(expected, TCERR_ERROR_CODE, error.members, "Code");
    take(expected, TCERR_ERROR_MESSAGE, error.members, "Message");
    if (const auto &code = expected.texts[TCERR_ERROR_CODE]) {
        expected.no_error = code->empty() || *code == "0";
        expected.failed = !expected.no_error;
    }
}

static void expect_response(Expected &expected, const Member &response)
{
    if (!response.object)
        return;
    const Member *error = take(expected, TCERR_ERROR, response.members, "Error");
    take(expected, TCERR_REQUEST_ID, response.members, "RequestId");
    if (error)
        expect_error(expected, *error);
    expected.succeeded = !response.open && (!error || expected.no_error);
}

static std::optional<tcerr_json_status> expect_status(const Object &object)
{
    if (object.closed)
        return TCERR_JSON_WHOLE;
    switch (object.verdict) {
    case Verdict::TRUNCATED:
        return TCERR_JSON_CUT;
    case Verdict::TOO_DEEP:
        return TCERR_JSON_TOO_DEEP;
    case Verdict::MALFORMED:
        return TCERR_JSON_MALFORMED;
    default:
        return std::nullopt;
    }
}

static Expected expect(const Object &object, bool early)
{
    Expected expected = {expect_status(object), {}, {{}, 0}, false, false, false, 0, {}};
    const Member *message = take(expected, TCERR_MESSAGE, object.members, "message");
    const Member *response = take(expected, TCERR_RESPONSE, object.members, "Response");

    take(expected, TCERR_CODE_MEMBER, object.members, "code");
    take(expected, TCERR_CODE_DESC, object.members, "codeDesc", "codedesc");
    if (expected.texts[TCERR_CODE_MEMBER])
        expected.code = code_of(*expected.texts[TCERR_CODE_MEMBER]);
    if (expected.texts[TCERR_MESSAGE])
        expected.head = head_of(*expected.texts[TCERR_MESSAGE]);
    if (response)
        expect_response(expected, *response);
    if (early && expected.code && message)
        expected.status = TCERR_JSON_STOPPED;
    return expected;
}

static size_t expect_cause(const Expected &expected, int module)
{
    const auto &code = expected.texts[TCERR_ERROR_CODE];
    std::optional<std::string> text;

    if (expected.code)
        return find_cause(*expected.code, expected.head.code, module);
    if (code && code->size() <= TCERR_NAME_LENGTH)
        text = decode(*code);
    const auto name = text ? name_of(*text) : std::nullopt;
    return name ? find_name(std::string(*name)) : size_t(TCERR_COUNT);
}

/* ---- What it is ---- */

static void compare_text(std::optional<std::string_view> expected, tcerr_slice raw)
{
    check((raw.data != nullptr) == expected.has_value(), "there is a text where the first of the key is one");
    if (!expected)
        return;
    std::unique_ptr<char[]> room(new char[raw.len]);
    size_t len = tcerr_json_decode(raw, raw.len, room.get());
    std::optional<std::string> text = decode(*expected);

    check(std::string_view(raw.data, raw.len) == *expected, "the text is the first one");
    check(!text || std::string_view(room.get(), len) == *text, "its escapes are decoded as RapidJSON does");
}

static void compare_name(std::optional<std::string_view> expected, const tcerr_answer &a, tcerr_member member)
{
    char room[TCERR_NAME_LENGTH];
    const tcerr_slice name = tcerr_answer_name(&a, member, room);
    std::optional<std::string> text;

    if (expected && expected->size() <= TCERR_NAME_LENGTH)
        text = decode(*expected);
    check(name.len == 0 || (expected && expected->size() <= TCERR_NAME_LENGTH), "a name was there");
    check(!text || std::string_view(name.data, name.len) == *text, "it is decoded");
}

static void compare(const Core &core, const Expected &expected, const tcerr_answer &a)
{
    const bool done = expected.status == TCERR_JSON_STOPPED;

    check(a.status == *expected.status, "the body is whole, truncated or malformed as RapidJSON says");
    check(a.has_code == expected.code.has_value(), "there is a code where the first \"code\" is one");
    check(!a.has_code || a.code == *expected.code, "the first code is taken");
    check((a.module_len > 0) == expected.head.code.has_value(), "there is a module code where one begins the message");
    check(a.module_len == 0 || (a.module_code == *expected.head.code && a.module_len == expected.head.len),
          "it is that module code");
    for (int module : all_modules())
        check(core.cause(&a, module) == expect_cause(expected, module), "the cause is what the rules say");
    check(core.api(&a) == (a.has_code                              ? TCERR_API_2
                           : expected.failed || expected.succeeded ? TCERR_API_3
                                                                   : TCERR_API_NEITHER),
          "the answer is of the API whose members it has");
    if (done)
        return;
    check(a.failed == expected.failed && a.succeeded == expected.succeeded,
          "Response says that the call failed or not");
    check(a.seen == expected.seen, "the members that are there have been seen");
    compare_name(expected.texts[TCERR_ERROR_CODE], a, TCERR_ERROR_CODE);
    compare_name(expected.texts[TCERR_REQUEST_ID], a, TCERR_REQUEST_ID);
}

/* Reads a body in memory of its own, with a NUL behind it, so that reading past it is noticed. */
static void check_read(const Core &core, const Object &object, std::string_view body, bool early)
{
    const std::unique_ptr<char[]> room(new char[body.size() + 1]());
    const Expected expected = expect(object, early);
    tcerr_answer answer;

    memcpy(room.get(), body.data(), body.size());
    core.read(&answer, core.fastest(), {room.get(), body.size()}, early);
    if (!expected.status)
        return;
    compare(core, expected, answer);
    if (expected.status != TCERR_JSON_STOPPED)
        for (size_t i = 0; i < TCERR_MEMBERS; i++)
            compare_text(expected.texts[i], answer.text[i]);
}

static void check_body(std::string_view body)
{
    const Object object = read_object(body);

    for (bool early : {false, true}) {
        check_read(fast, object, body, early);
        check_read(portable, object, body, early);
    }
}

/* ---- The input as a code ---- */

static void check_code(std::string_view text)
{
    const std::optional<int64_t> number = code_of(text);
    const std::optional<std::string_view> name = name_of(text);
    tcerr_code code;

    check(tcerr_read_code(slice_of(text), &code) == (number || name), "a text is a code or is none");
    if (number) {
        check(!code.is_name && code.number == *number, "it is that number");
    } else if (name) {
        check(code.is_name && std::string_view(code.name.data, code.name.len) == *name, "it is that name");
        check(tcerr_find(&code, TCERR_MODULE_UNSAID) == find_name(std::string(*name)), "its row is the rule's");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const std::string_view body(reinterpret_cast<const char *>(data), len);
    check_body(body);
    check_body(body.substr(0, std::hash<std::string_view>()(body) % (len + 1)));
    check_code(body);
    return 0;
}
