#include "persistence/child_process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace parley {

namespace {

[[noreturn]] void become(const child_options& options, char** arguments, int output, pid_t parent) {
  if (options.owner) {
    const gid_t group = options.owner->group;
    if (setgroups(1, &group) != 0 || setgid(group) != 0 || setuid(options.owner->user) != 0) _exit(126);
  }
  // After the change of user, which clears it; the parent may have ended meanwhile.
  if (options.signal_when_parent_ends != 0) {
    prctl(PR_SET_PDEATHSIG, options.signal_when_parent_ends);
    if (getppid() != parent) _exit(125);
  }
  // A group of its own: Ctrl-C in the terminal is the node's business.
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  if (chdir(options.folder.c_str()) != 0) _exit(124);
  if (output >= 0) {
    dup2(output, 1);
    dup2(output, 2);
  }
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, 0);
  close_range(3, ~0U, 0);
  execv(arguments[0], arguments);
  _exit(127);
}

}  // namespace

pid_t start_child(const child_options& options) {
  std::vector<char*> arguments;
  for (const auto& word : options.command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int output = options.log_file.empty()
                         ? -1
                         : open(options.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) become(options, arguments.data(), output, parent);
  if (output >= 0) close(output);
  return child;
}

int run_child(const child_options& options) {
  const pid_t child = start_child(options);
  if (child < 0) return 126;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace parley
