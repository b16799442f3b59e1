/* Writes the registers of all threads of a process, vector registers too: REGISTERS PID. A thread that waits keeps what it computed last in them. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* NT_X86_XSTATE and NT_PRSTATUS of <elf.h>: all that the processor saves, or the integer registers where there is no such set. */
static const long sets[] = { 0x202, 1 };

int main(int count, char **arguments)
{
  char path[64];
  static char bytes[65536];
  int written = 0;
  if (count != 2) return 2;
  snprintf(path, sizeof path, "/proc/%s/task", arguments[1]);
  DIR *tasks = opendir(path);
  if (tasks == NULL) return 1;
  for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
    int thread = atoi(entry->d_name);
    if (thread == 0 || ptrace(PTRACE_ATTACH, thread, 0, 0) != 0) continue;
    waitpid(thread, NULL, __WALL);
    for (unsigned n = 0; n < sizeof sets / sizeof *sets; n++) {
      struct iovec into = { bytes, sizeof bytes };
      if (ptrace(PTRACE_GETREGSET, thread, sets[n], &into) != 0) continue;
      fwrite(bytes, 1, into.iov_len, stdout);
      written++;
      break;
    }
    ptrace(PTRACE_DETACH, thread, 0, 0);
  }
  return written > 0 ? 0 : 1;
}
