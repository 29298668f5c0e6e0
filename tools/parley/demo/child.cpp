#include "tools/parley/demo/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <deque>
#include <fstream>
#include <string_view>
#include <utility>

namespace parley::demo {

namespace {

constexpr int look_again_ms = 10;
constexpr std::size_t log_lines_shown = 12;

/// Ours, but for what Parley reads in it: the token or the address of somebody's own node is not for these.
std::vector<char*> environment_of_child() {
  std::vector<char*> kept;
  for (char** each = environ; *each != nullptr; ++each)
    if (!std::string_view{*each}.starts_with("PARLEY_")) kept.push_back(*each);
  kept.push_back(nullptr);
  return kept;
}

[[noreturn]] void become(const child_options& options, char** arguments, char** environment, pid_t parent) {
  if (options.as) {
    const gid_t group = options.as->group;
    if (::setgroups(1, &group) != 0 || ::setgid(group) != 0 || ::setuid(options.as->user) != 0) ::_exit(126);
  }
  // After the change of user, which clears it; the parent may have ended meanwhile.
  ::prctl(PR_SET_PDEATHSIG, options.signal_when_we_end);
  if (::getppid() != parent) ::_exit(125);
  // A group of its own: Ctrl-C is for us, who end it in order.
  ::setpgid(0, 0);
  if (::chdir(options.folder.c_str()) != 0) ::_exit(124);
  ::signal(SIGPIPE, SIG_DFL);
  const int in = ::open("/dev/null", O_RDONLY);
  ::dup2(in, 0);
  ::close_range(3, ~0U, 0);
  ::execve(arguments[0], arguments, environment);
  ::_exit(127);
}

}  // namespace

child::child(const child_options& options) {
  std::vector<char*> arguments;
  for (const auto& word : options.command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  auto environment = environment_of_child();
  const int log = ::open(options.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const auto parent = ::getpid();
  const auto started = ::fork();
  if (started == 0) {
    if (log >= 0) {
      ::dup2(log, 1);
      ::dup2(log, 2);
    }
    become(options, arguments.data(), environment.data(), parent);
  }
  if (log >= 0) ::close(log);
  process_ = std::max(started, 0);
}

child::~child() {
  if (process_ == 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

child::child(child&& other) noexcept : process_(std::exchange(other.process_, 0)) {}

child& child::operator=(child&& other) noexcept {
  std::swap(process_, other.process_);
  return *this;
}

std::optional<int> child::ended() {
  int status = 0;
  if (process_ == 0 || ::waitpid(process_, &status, WNOHANG) != process_) return std::nullopt;
  process_ = 0;
  return status;
}

void child::send(int signal) const {
  if (process_ != 0) ::kill(process_, signal);
}

void child::wait(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (process_ != 0 && !ended()) {
    if (std::chrono::steady_clock::now() > deadline) send(SIGKILL);
    pause();
  }
}

std::string how_it_ended(int status) {
  return WIFSIGNALED(status) ? fmt::format("was killed by signal {}", WTERMSIG(status))
                             : fmt::format("ended with code {}", WEXITSTATUS(status));
}

std::string end_of(const std::filesystem::path& log) {
  std::ifstream in{log};
  std::deque<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back("  " + line + "\n");
    if (lines.size() > log_lines_shown) lines.pop_front();
  }
  std::string text;
  for (const auto& line : lines) text += line;
  return text;
}

void pause() { ::poll(nullptr, 0, look_again_ms); }

}  // namespace parley::demo
