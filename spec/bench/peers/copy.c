/* The limit: reads FILE in 1 MiB blocks and writes each to standard output, nothing else. */
#include <fcntl.h>
#include <unistd.h>

static char block[1 << 20];

int main(int argc, char **argv) {
  int input = argc > 1 ? open(argv[1], O_RDONLY) : 0;
  ssize_t size;
  if (input < 0) return 1;
  while ((size = read(input, block, sizeof block)) > 0) {
    for (ssize_t at = 0; at < size;) {
      ssize_t written = write(1, block + at, (size_t)(size - at));
      if (written < 0) return 1;
      at += written;
    }
  }
  return size < 0;
}
