/* What a line of a log has told: which of its members, or pairs, matter, and what they say. */
#include "tcerr_bytes.h"

unsigned tcerr_take_key(void *context, unsigned level, struct tcerr_slice key)
{
    struct tcerr_found *found = context;
    const struct tcerr_wanted *wanted = found->wanted;
    const bool beside = level == wanted->step_count;

    for (unsigned i = 0; level == 1 && i < wanted->name_count; i++)
        if (is_same(wanted->names[i], key))
            found->present |= (uint32_t)1 << i;
    if (!(found->decided >> level & 1) && is_same(key, wanted->steps[level - 1])) {
        found->decided |= 1U << level;
        return beside ? TCERR_ROLE_CODE : TCERR_ROLE_STEP;
    }
    if (beside && !found->message.data && is_same(key, wanted->message))
        return TCERR_ROLE_MESSAGE;
    return beside && !found->module_code.data && is_same(key, TCERR_MODULE_CODE) ? TCERR_ROLE_MODULE_CODE
                                                                                 : TCERR_ROLE_NONE;
}

enum tcerr_json_next tcerr_take_value(void *context, unsigned role, struct tcerr_slice text, enum tcerr_json_kind kind)
{
    struct tcerr_found *found = context;
    const bool scalar = kind == TCERR_JSON_STRING || kind == TCERR_JSON_NUMBER;
    const struct tcerr_slice nothing = {"", 0};

    switch (role) {
    case TCERR_ROLE_STEP:
        return kind == TCERR_JSON_OBJECT ? TCERR_JSON_ENTER : TCERR_JSON_STOP;
    case TCERR_ROLE_CODE:
        found->coded = scalar && tcerr_read_code(text, &found->code);
        found->has_code = found->coded && (found->code.is_name || found->code.number != 0);
        return found->has_code ? TCERR_JSON_GO_ON : TCERR_JSON_STOP;
    case TCERR_ROLE_MESSAGE:
        found->message = kind == TCERR_JSON_STRING ? text : nothing;
        return TCERR_JSON_GO_ON;
    default:
        found->module_code = scalar ? text : nothing;
        return TCERR_JSON_GO_ON;
    }
}

/* An object that was to have the code is over. */
static bool leave(void *context, unsigned level)
{
    const struct tcerr_found *found = context;

    (void)level;
    return found->has_code;
}

bool tcerr_read_line(struct tcerr_found *found, enum tcerr_speed speed, struct tcerr_slice text,
                     struct tcerr_json_line *line)
{
    const struct tcerr_json_taker taker = {found, found->wanted->marks, tcerr_take_key, tcerr_take_value, leave};

    return tcerr_json_read(&taker, speed, text, line) == TCERR_JSON_WHOLE;
}
