/*
 * What codes mean, said once more and slowly: numbers, the names of API 3.0 and what stands at the head of a message.
 * Of the core only the rows are used.
 */
#ifndef CODES_H
#define CODES_H

#include <algorithm>
#include <regex>
#include <unordered_map>

#include "fuzz.h"

/* ---- Names ---- */

/* Nothing for what is no name. */
inline std::optional<std::string_view> name_of(std::string_view text)
{
    static const std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    if (text.size() > 128)
        return std::nullopt;
    text = text.substr(0, text.find_last_not_of(' ') + 1);
    if (!text.empty() && text.back() == '.')
        text.remove_suffix(1);
    if (text.empty() || letters.find(text[0]) == letters.npos)
        return std::nullopt;
    for (std::string_view rest = text;;) {
        const std::string_view word = rest.substr(0, rest.find('.'));
        if (word.empty() || word.find_first_not_of(letters + "0123456789_") != word.npos)
            return std::nullopt;
        if (word.size() == rest.size())
            return text;
        rest.remove_prefix(word.size() + 1);
    }
}

/* The row of that name; of an ending the name begins with an asterisk. */
inline size_t row_of(const std::string &name)
{
    static const auto &rows = *[] {
        auto *made = new std::unordered_map<std::string, size_t>;
        for (size_t i = TCERR_FIRST_NAME; i < TCERR_COUNT; i++)
            made->emplace(std::string(tcerr_entries[i].name.data, tcerr_entries[i].name.len), i);
        return made;
    }();
    const auto found = rows.find(name);

    return found == rows.end() ? size_t(TCERR_COUNT) : found->second;
}

/* Whether an ending counts behind a name, as tcerr_names.inc says. */
inline bool is_in_scope(tcerr_endings ending, tcerr_endings of_name)
{
    switch (of_name) {
    case TCERR_ENDINGS_ANY:
        return ending == TCERR_ENDINGS_ANY;
    case TCERR_ENDINGS_PARAM:
        return ending == TCERR_ENDINGS_ANY || ending == TCERR_ENDINGS_PARAM;
    case TCERR_ENDINGS_REASON:
        return ending == TCERR_ENDINGS_ANY || ending == TCERR_ENDINGS_PARAM || ending == TCERR_ENDINGS_REASON;
    default:
        return of_name == TCERR_ENDINGS_FAILED;
    }
}

/* The longest ending that is in scope and, as asked, a word of failure or none. */
inline size_t ending_of(std::string_view word, tcerr_endings scope, bool failure)
{
    for (; !word.empty(); word.remove_prefix(1)) {
        const size_t row = row_of('*' + std::string(word));
        if (row != TCERR_COUNT && is_in_scope(tcerr_entries[row].endings, scope) &&
            (std::string_view(tcerr_entries[row].category) == "operation") == failure)
            return row;
    }
    return TCERR_COUNT;
}

inline size_t ending_of(std::string_view word, tcerr_endings scope)
{
    size_t row = ending_of(word, scope, false);

    for (std::string_view idle : {"Error", "Err", "Code"})
        if (row == TCERR_COUNT && word.size() >= idle.size() && word.substr(word.size() - idle.size()) == idle)
            row = ending_of(word.substr(0, word.size() - idle.size()), scope, false);
    if (row == TCERR_COUNT)
        row = ending_of(word, scope, true);
    return row == TCERR_COUNT && scope == TCERR_ENDINGS_FAILED ? row_of("*") : row;
}

/* The row that decides about a name. */
inline size_t find_name(const std::string &name)
{
    size_t row = TCERR_COUNT, len = name.size() + 1;

    while (row == TCERR_COUNT && len != 0 && len != name.npos) {
        len = len > name.size() ? name.size() : name.rfind('.', len - 1);
        if (len != name.npos)
            row = row_of(name.substr(0, len));
    }
    if (row != TCERR_COUNT && (len == name.size() || name.substr(0, len).find('.') != name.npos))
        return row;
    const size_t ending = ending_of(std::string_view(name).substr(name.rfind('.') + 1),
                                    row == TCERR_COUNT ? TCERR_ENDINGS_REASON : tcerr_entries[row].endings);
    return ending == TCERR_COUNT ? row : ending;
}

/* ---- Numbers ---- */

inline size_t find_number(int64_t number)
{
    size_t i = 0;

    while (i < TCERR_FIRST_NAME && tcerr_entries[i].code != number)
        i++;
    return i < TCERR_FIRST_NAME ? i : size_t(TCERR_COUNT);
}

/* What a number at the head of a message means, if it is the module's. */
inline size_t find_behind(int64_t number, int module)
{
    const size_t i = find_number(number);

    if (i == TCERR_COUNT || tcerr_entries[i].owner == TCERR_OWNER_API)
        return TCERR_COUNT;
    if (module == TCERR_MODULE_UNSAID)
        return tcerr_entries[i].owner == TCERR_OWNER_OWN ? i : size_t(TCERR_COUNT);
    return module == tcerr_entries[i].layer ? i : size_t(TCERR_COUNT);
}

inline size_t find_cause(int64_t number, std::optional<int64_t> behind, int module)
{
    const size_t i = find_number(number), j = behind ? find_behind(*behind, module) : size_t(TCERR_COUNT);

    if (number == 0)
        return TCERR_COUNT;
    if (j != TCERR_COUNT)
        return j;
    return i != TCERR_COUNT && module == TCERR_MODULE_OTHER && tcerr_entries[i].owner != TCERR_OWNER_API
               ? size_t(TCERR_COUNT)
               : i;
}

/* A number at the head of a message. */
struct Head {
    std::optional<int64_t> code;
    size_t len; /* with its delimiters */
};

/* It is looked for in the raw text's first bytes; an escape that they cut is not there. */
inline Head head_of(std::string_view raw)
{
    static const std::regex form("(?:\\(|（) *(?:(-) *)?(0|[1-9][0-9]{0,14}) *(?:\\)|）)"
                                 "|(?:(-) *)?(0|[1-9][0-9]{0,14})(?::|：)");
    std::optional<std::string> head;
    std::smatch found;

    for (size_t len = 132; !(head = decode(raw.substr(0, len)));)
        len--;
    head->resize(std::min(head->size(), size_t{22}));
    if (!std::regex_search(*head, found, form, std::regex_constants::match_continuous))
        return {{}, 0};
    return {std::stoll(found[1].str() + found[2].str() + found[3].str() + found[4].str()),
            static_cast<size_t>(found.length())};
}

/* The settings of a module: nobody said, another product, and each that is known. */
inline std::vector<int> all_modules()
{
    std::vector<int> modules = {TCERR_MODULE_OTHER, TCERR_MODULE_UNSAID};

    for (int i = 0; i < TCERR_LAYERS; i++)
        if (std::string_view(tcerr_layers[i].numbers) == "module")
            modules.push_back(i);
    return modules;
}

#endif
