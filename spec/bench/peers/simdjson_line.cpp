// simdjson on-demand, a line at a time: simdjson_line CODES FILE
// Blocks are read into one padded buffer; each line's top-level "code" is looked up and the
// fields are spliced in before its last brace. Untouched lines are copied in one piece, and a
// block without a known code is written from where it was read.
// On-demand looks no further than the code: what follows it is not validated.
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <simdjson.h>

using namespace simdjson;

static const size_t BLOCK = 256 << 10;
static const size_t LONGEST_LINE = 16 << 20;
static const int64_t LARGEST_CODE = 32767;

static std::vector<std::string> read_suffixes(const char *path) {
  std::vector<std::string> suffixes(LARGEST_CODE + 1);
  std::ifstream file(path);
  std::string code, message, category, retry;
  while (std::getline(file, code, '\t') && std::getline(file, message, '\t') &&
         std::getline(file, category, '\t') && std::getline(file, retry)) {
    suffixes[std::stoul(code)] = ",\"tc_message\":\"" + message + "\",\"tc_category\":\"" + category +
                                 "\",\"tc_retry\":\"" + retry + "\"";
  }
  return suffixes;
}

static void write_all(const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t written = write(1, bytes, size);
    if (written < 0) std::exit(1);
    bytes += written;
    size -= size_t(written);
  }
}

// The code of the JSON object in a line, or 0.
static int64_t code_of(ondemand::parser &parser, const char *line, size_t size) {
  ondemand::document document;
  ondemand::value value;
  int64_t code;
  if (parser.iterate(padded_string_view(line, size, size + SIMDJSON_PADDING)).get(document)) return 0;
  if (document.find_field("code").get(value)) return 0;
  if (value.get_int64().get(code) && value.get_int64_in_string().get(code)) return 0;
  return code;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  const std::vector<std::string> suffixes = read_suffixes(argv[1]);
  const int input = open(argv[2], O_RDONLY);
  if (input < 0) return 1;
  ondemand::parser parser;
  if (parser.allocate(LONGEST_LINE)) return 1;
  std::unique_ptr<char[]> buffer(new char[LONGEST_LINE + BLOCK + SIMDJSON_PADDING]);
  std::string output;
  size_t kept = 0;  // bytes of an unfinished line at the start of the buffer
  for (;;) {
    const ssize_t got = read(input, buffer.get() + kept, BLOCK);
    if (got < 0 || kept > LONGEST_LINE) return 1;
    const char *line = buffer.get(), *copied = line, *end = line + kept + got;
    output.clear();
    while (line < end) {
      const char *newline = static_cast<const char *>(memchr(line, '\n', size_t(end - line)));
      if (newline == nullptr) {
        if (got > 0) break;
        newline = end;
      }
      const int64_t code = code_of(parser, line, size_t(newline - line));
      if (code > 0 && code <= LARGEST_CODE && !suffixes[size_t(code)].empty()) {
        const char *brace = newline - 1;
        while (brace > line && (*brace == ' ' || *brace == '\t' || *brace == '\r')) --brace;
        if (*brace == '}') {
          output.append(copied, brace);
          output.append(suffixes[size_t(code)]);
          copied = brace;
        }
      }
      line = newline < end ? newline + 1 : end;
    }
    if (output.empty()) {
      write_all(copied, size_t(line - copied));
    } else {
      output.append(copied, line);
      write_all(output.data(), output.size());
    }
    if (got == 0) return 0;
    kept = size_t(end - line);
    memmove(buffer.get(), line, kept);
  }
}
