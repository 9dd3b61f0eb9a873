/* The catalogue as a constant table, what is found in it, and codes as text. */
#include <stdlib.h>

#include "tcerr.h"

#define TCERR_LAYER(layer, numbers) {#layer, #numbers},
const struct tcerr_layer_row tcerr_layers[TCERR_LAYERS] = {
#include "tcerr_codes.inc"
};

/* The members of struct tcerr_entry in their order. */
#define ROW(code, layer, owner, endings, name, ...)                                                                    \
    {code, TCERR_LAYER_##layer, TCERR_OWNER_##owner, TCERR_ENDINGS_##endings, {name, sizeof(name) - 1}, __VA_ARGS__},
#define TCERR_CODE(code, layer, owner, name, ...) ROW(code, layer, owner, NONE, name, __VA_ARGS__)
#define TCERR_NAME(name, endings, category, message, message_en)                                                       \
    ROW(0, api3, API, endings, name, category, message, NULL, message_en, NULL)
#define TCERR_ENDING(ending, endings, category) TCERR_NAME("*" ending, endings, category, NULL, NULL)
const struct tcerr_entry tcerr_entries[TCERR_COUNT] = {
#include "tcerr_codes.inc"
#include "tcerr_names.inc"
};

/* The place of each number's row, from 1; a search would take a quarter of the time of a line. */
#define TCERR_CODE(number, ...) [number] = TCERR_INDEX_##number + 1,
static const unsigned char places[] = {
#include "tcerr_codes.inc"
};

static enum tcerr_index find_number(int64_t number)
{
    if (number < 0 || number >= (int64_t)sizeof places || places[number] == 0)
        return TCERR_COUNT;
    return (enum tcerr_index)(places[number] - 1);
}

enum tcerr_index tcerr_find_module(int64_t number, int module)
{
    enum tcerr_index index = find_number(number);

    if (index == TCERR_COUNT || tcerr_entries[index].owner == TCERR_OWNER_API)
        return TCERR_COUNT;
    if (module == TCERR_MODULE_UNSAID)
        return tcerr_entries[index].owner == TCERR_OWNER_OWN ? index : TCERR_COUNT;
    return (int)tcerr_entries[index].layer == module ? index : TCERR_COUNT;
}

static int compare(const void *text, const void *row)
{
    const struct tcerr_slice *a = text, *b = &((const struct tcerr_entry *)row)->name;
    const int order = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);

    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

/* The row that is the first `len` bytes. */
static enum tcerr_index find_row(const char *text, size_t len)
{
    const struct tcerr_slice name = {text, len};
    const struct tcerr_entry *row =
        bsearch(&name, tcerr_entries + TCERR_FIRST_NAME, TCERR_FIRST_ENDING - TCERR_FIRST_NAME, sizeof *row, compare);

    return row ? (enum tcerr_index)(row - tcerr_entries) : TCERR_COUNT;
}

/* The length of what stands before the last dot, or 0. */
static size_t before_dot(const char *text, size_t len)
{
    while (len > 0 && text[--len] != '.')
        ;
    return len;
}

/* Whether an ending only says that something failed: any other says more. The empty one is every word's. */
static bool says_little(const struct tcerr_entry *ending)
{
    return ending->name.len == 1 || strcmp(ending->category, "operation") == 0;
}

/* The longest ending of a word behind a name that takes `endings`, among those that say little or those that do not. */
static enum tcerr_index find_ending(struct tcerr_slice word, enum tcerr_endings endings, bool little)
{
    size_t longest = 0;
    int found = TCERR_COUNT;

    for (int i = TCERR_FIRST_ENDING; i < TCERR_COUNT; i++) {
        const struct tcerr_entry *row = &tcerr_entries[i];
        size_t len = row->name.len - 1; /* without the asterisk */
        if (row->endings > endings || len > word.len || len + 1 <= longest)
            continue;
        /* Most differ in their last letter already. */
        if (len > 0 && row->name.data[len] != word.data[word.len - 1])
            continue;
        if (memcmp(word.data + word.len - len, row->name.data + 1, len) != 0 || says_little(row) != little)
            continue;
        longest = len + 1;
        found = i;
    }
    return (enum tcerr_index)found;
}

/* What the endings say of the last word, with and then without what many a code has behind what it means. */
static enum tcerr_index find_by_ending(struct tcerr_slice word, enum tcerr_endings endings)
{
    static const char *const idle[] = {"Error", "Err", "Code"};
    enum tcerr_index found = find_ending(word, endings, false);

    for (size_t i = 0; found == TCERR_COUNT && i < sizeof idle / sizeof *idle; i++) {
        size_t len = strlen(idle[i]);
        if (word.len >= len && memcmp(word.data + word.len - len, idle[i], len) == 0)
            found = find_ending((struct tcerr_slice){word.data, word.len - len}, endings, false);
    }
    return found == TCERR_COUNT ? find_ending(word, endings, true) : found;
}

/* The longest known dotted beginning; if more is behind it, first the last word's ending, if the name lets it. */
static enum tcerr_index find_name(struct tcerr_slice name)
{
    size_t len = name.len, dot = before_dot(name.data, name.len);
    struct tcerr_slice word = {name.data + dot + (dot > 0), name.len - dot - (dot > 0)};
    enum tcerr_index row, ending;

    while ((row = find_row(name.data, len)) == TCERR_COUNT && len > 0)
        len = before_dot(name.data, len);
    if (row != TCERR_COUNT && len == name.len)
        return row;
    ending = find_by_ending(word, row == TCERR_COUNT ? TCERR_ENDINGS_REASON : tcerr_entries[row].endings);
    return ending == TCERR_COUNT ? row : ending;
}

enum tcerr_index tcerr_find(const struct tcerr_code *code, int module)
{
    enum tcerr_index index;

    if (code->is_name)
        return find_name(code->name);
    if (module == (int)tcerr_entries[TCERR_FIRST_NAME].layer) /* where codes are names, no number is known */
        return TCERR_COUNT;
    index = find_number(code->number);
    if (index != TCERR_COUNT && module == TCERR_MODULE_OTHER && tcerr_entries[index].owner != TCERR_OWNER_API)
        return TCERR_COUNT;
    return index;
}

enum tcerr_index tcerr_find_cause(int64_t number, const int64_t *module_code, int module)
{
    const struct tcerr_code code = {.number = number};
    enum tcerr_index index = TCERR_COUNT;

    if (number == 0)
        return TCERR_COUNT;
    if (module_code)
        index = tcerr_find_module(*module_code, module);
    return index == TCERR_COUNT ? tcerr_find(&code, module) : index;
}

bool tcerr_read_number(struct tcerr_slice text, int64_t *number)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    size_t digits = text.len - negative;
    const char *p = text.data + negative;
    int64_t value = 0;

    if (digits == 0 || digits > 15 || (p[0] == '0' && text.len > 1))
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        value = value * 10 + (p[i] - '0');
    }
    *number = negative ? -value : value;
    return true;
}

static bool is_of_word(char c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

bool tcerr_read_name(struct tcerr_slice text, struct tcerr_slice *name)
{
    const char *p = text.data;
    size_t len = text.len <= TCERR_NAME_LENGTH ? text.len : 0;

    while (len > 0 && p[len - 1] == ' ')
        len--;
    len -= len > 0 && p[len - 1] == '.';
    if (len == 0 || !is_letter(p[0]))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_of_word(p[i]) && (p[i] != '.' || i + 1 == len || p[i + 1] == '.'))
            return false;
    *name = (struct tcerr_slice){p, len};
    return true;
}

bool tcerr_read_code(struct tcerr_slice text, struct tcerr_code *code)
{
    code->is_name = !tcerr_read_number(text, &code->number);
    return !code->is_name || tcerr_read_name(text, &code->name);
}
