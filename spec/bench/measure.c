/*
 * measure OUTPUT COMMAND...: runs the command with OUTPUT as its standard output and prints its wall time in seconds, its
 * peak memory in KiB, its exit status and how many bytes it wrote. What stands behind them in OUTPUT is from runs before:
 * it is not emptied, since new pages cost a virtual machine more than all the rest, and most the tool that happens to
 * write more than the one before it.
 * A program of its own because Linux counts the memory of the process that forks to the child's peak: behind Python
 * nothing would seem to need less than Python does.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  struct rusage usage;
  int status, output = argc > 2 ? open(argv[1], O_WRONLY | O_CREAT, 0600) : -1;
  if (output < 0) return 2;
  double start = now();
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, 1);
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  if (child < 0 || wait4(child, &status, 0, &usage) < 0) return 2;
  double seconds = now() - start;
  printf("%.6f %ld %d %lld\n", seconds, usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
         (long long)lseek(output, 0, SEEK_CUR));
  return 0;
}
