#pragma once

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "tests/persistence/support/database.hpp"

namespace parley::testing {

/// Runs `writer_process.cpp` and talks with it in lines; killed at the end.
class writer_process {
public:
  writer_process(const std::string& url, std::int64_t incarnation) {
    int to_child[2];
    int from_child[2];
    if (::pipe(to_child) != 0 || ::pipe(from_child) != 0) throw std::runtime_error("no pipe");
    const auto number = std::to_string(incarnation);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(to_child[0], 0);
      ::dup2(from_child[1], 1);
      ::close_range(3, ~0U, 0);
      ::execl(PARLEY_WRITER_PROCESS, PARLEY_WRITER_PROCESS, url.c_str(), number.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(to_child[0]);
    ::close(from_child[1]);
    in_ = to_child[1];
    out_ = ::fdopen(from_child[0], "r");
  }
  ~writer_process() {
    send(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(in_);
    ::fclose(out_);
  }
  writer_process(const writer_process&) = delete;
  writer_process& operator=(const writer_process&) = delete;

  void send(int signal) const { ::kill(pid_, signal); }
  /// Freezes the process and waits until it stands still.
  void freeze() const {
    send(SIGSTOP);
    int status = 0;
    ::waitpid(pid_, &status, WUNTRACED);
  }
  void say(std::string line) const {
    line += '\n';
    if (::write(in_, line.data(), line.size()) < 0) throw std::runtime_error("the writer is gone");
  }
  /// The next line; empty at its end, or when none comes for 30 s.
  std::string hear() {
    pollfd readable{::fileno(out_), POLLIN, 0};
    if (::poll(&readable, 1, 30'000) <= 0) return {};
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
