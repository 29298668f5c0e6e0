#pragma once

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/persistence/support/database.hpp"

namespace parley::testing {

/// Runs a program of this folder and talks with it in lines; killed at the end.
class helper_process {
public:
  explicit helper_process(std::vector<std::string> command) {
    int to_child[2];
    int from_child[2];
    if (::pipe(to_child) != 0 || ::pipe(from_child) != 0) throw std::runtime_error("no pipe");
    std::vector<char*> arguments;
    for (auto& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(to_child[0], 0);
      ::dup2(from_child[1], 1);
      ::close_range(3, ~0U, 0);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(to_child[0]);
    ::close(from_child[1]);
    in_ = to_child[1];
    out_ = ::fdopen(from_child[0], "r");
  }
  ~helper_process() {
    kill();
    if (in_ >= 0) ::close(in_);
    ::fclose(out_);
  }
  helper_process(const helper_process&) = delete;
  helper_process& operator=(const helper_process&) = delete;

  void send(int signal) const { ::kill(pid_, signal); }
  /// Ends it at once and waits for that.
  void kill() {
    if (pid_ == 0) return;
    send(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  /// Freezes the process and waits until it stands still.
  void freeze() const {
    send(SIGSTOP);
    int status = 0;
    ::waitpid(pid_, &status, WUNTRACED);
  }
  /// Lets it end by itself, as it does when its input ends, and waits for that.
  void finish() {
    ::close(in_);
    ::waitpid(pid_, nullptr, 0);
    in_ = -1;
    pid_ = 0;
  }
  void say(std::string line) const {
    line += '\n';
    if (::write(in_, line.data(), line.size()) < 0) throw std::runtime_error("the helper is gone");
  }
  /// Whether a line comes within the time.
  bool speaks_within(std::chrono::milliseconds time) const {
    pollfd readable{::fileno(out_), POLLIN, 0};
    return ::poll(&readable, 1, static_cast<int>(time.count())) > 0;
  }
  /// The next line; empty at its end, or when none comes for 30 s.
  std::string hear() {
    if (!speaks_within(std::chrono::seconds{30})) return {};
    std::string line;
    for (int c = ::fgetc(out_); c != EOF && c != '\n'; c = ::fgetc(out_)) line += static_cast<char>(c);
    return line;
  }

private:
  pid_t pid_ = 0;
  int in_ = -1;
  FILE* out_ = nullptr;
};

}  // namespace parley::testing
