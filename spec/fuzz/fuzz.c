/*
 * A fuzz target for libFuzzer over the plain-C core, run by `make fuzz`. The first byte chooses the format and how the
 * rest is cut; whole and cut have to agree.
 */
#include <stdlib.h>
#include <string.h>

#include "tcerr.h"

static void set_up(struct tcerr_enricher *e, enum tcerr_format format)
{
    tcerr_enricher_start(e, format, -1, 200);
    tcerr_enricher_set_key(e, (struct tcerr_slice){"code", 4});
    tcerr_enricher_add_name(e, (struct tcerr_slice){"tc_a", 4});
    for (size_t i = 0; i < TCERR_COUNT; i++)
        tcerr_enricher_set_piece(e, i, 0, (struct tcerr_slice){",\"tc_a\":1", 9});
}

static void feed_in_pieces(struct tcerr_enricher *e, struct tcerr_slice input, size_t size)
{
    for (size_t at = 0; at < input.len; at += size) {
        size_t len = input.len - at < size ? input.len - at : size;
        char *copy = malloc(len); /* so that reading past the chunk is noticed */
        if (len > 0)
            memcpy(copy, input.data + at, len);
        tcerr_enricher_feed(e, (struct tcerr_slice){copy, len});
        free(copy);
    }
    tcerr_enricher_finish(e);
}

static void fuzz_enricher(struct tcerr_slice input, size_t size, enum tcerr_format format)
{
    static struct tcerr_enricher whole, cut;

    set_up(&whole, format);
    set_up(&cut, format);
    feed_in_pieces(&whole, input, input.len + 1);
    feed_in_pieces(&cut, input, size);
    if (whole.out.len != cut.out.len || whole.lines != cut.lines || whole.out.len < input.len)
        abort();
    if (whole.out.len > 0 && memcmp(whole.out.data, cut.out.data, whole.out.len) != 0)
        abort();
    tcerr_enricher_free(&whole);
    tcerr_enricher_free(&cut);
}

static void fuzz_response(struct tcerr_slice input, size_t size)
{
    struct tcerr_response whole, cut;
    enum tcerr_response_status status = TCERR_RESPONSE_MORE, cut_status = TCERR_RESPONSE_MORE;

    tcerr_response_start(&whole);
    tcerr_response_start(&cut);
    status = tcerr_response_read(&whole, input, true);
    for (size_t at = 0; at < input.len && cut_status <= TCERR_RESPONSE_ENDED; at += size) {
        size_t len = input.len - at < size ? input.len - at : size;
        char *copy = malloc(len);
        memcpy(copy, input.data + at, len);
        cut_status = tcerr_response_read(&cut, (struct tcerr_slice){copy, len}, true);
        free(copy);
    }
    if (status != cut_status || whole.has_code != cut.has_code || whole.has_module_code != cut.has_module_code)
        abort();
    if ((whole.has_code && whole.code != cut.code) || (whole.has_module_code && whole.module_code != cut.module_code))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tcerr_slice input = {(const char *)data + 1, len - 1};
    size_t size;

    if (len < 1)
        return 0;
    size = (size_t)(data[0] >> 2) + 1;
    fuzz_response(input, size);
    fuzz_enricher(input, size, (enum tcerr_format)(data[0] % 3));
    return 0;
}
