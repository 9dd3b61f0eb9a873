/* The catalogue as a constant table, and codes as text. */
#include "tcerr.h"

#define TCERR_ACCESS(code, name, category, message, detail, message_en, detail_en)                                     \
    {code, "access", name, category, message, detail, message_en, detail_en},
#define TCERR_VIDEO(code, name, category, message, message_en)                                                         \
    {code, "video", name, category, message, NULL, message_en, NULL},
const struct tcerr_entry tcerr_entries[TCERR_COUNT] = {
#include "tcerr_codes.inc"
};
#undef TCERR_ACCESS
#undef TCERR_VIDEO

/*
 * A perfect hash: no two codes have the same slot, or the slot would be initialized twice, which does not compile; nor
 * does a code that is written down twice. Should a new code collide, look for another odd multiplier.
 */
#define SLOT_BITS 7
#define SLOT(code) ((uint32_t)(code)*0x81946143U >> (32 - SLOT_BITS))

#define TCERR_ACCESS(code, ...) [SLOT(code)] = TCERR_INDEX_##code,
#define TCERR_VIDEO TCERR_ACCESS
static const unsigned char slots[1 << SLOT_BITS] = {
#include "tcerr_codes.inc"
};
#undef TCERR_ACCESS
#undef TCERR_VIDEO

enum tcerr_index tcerr_find(int64_t code)
{
    enum tcerr_index index = (enum tcerr_index)slots[SLOT(code)];

    return tcerr_entries[index].code == code ? index : TCERR_COUNT;
}

bool tcerr_read_code(struct tcerr_slice text, int64_t *code)
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
    *code = negative ? -value : value;
    return true;
}
