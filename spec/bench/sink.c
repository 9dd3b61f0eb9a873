/* The reader at the other end of a pipe: reads standard input to its end and prints how many bytes came. */
#include <stdio.h>
#include <unistd.h>

static char block[64 * 1024];

int main(void) {
  long long total = 0;
  ssize_t size;
  while ((size = read(0, block, sizeof block)) > 0) total += size;
  printf("%lld\n", total);
  return size < 0;
}
