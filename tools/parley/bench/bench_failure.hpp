#pragma once

#include <stdexcept>
#include <string>

namespace parley::bench {

/// What `parley bench` ends with; the numbers are the exit codes of all commands.
enum class exit_status : int { done = 0, failed = 1, usage = 2, unreachable = 3 };

/// Why a run cannot go on. Whatever fails here ends the whole run, through many layers and past
/// processes that have to be taken down: hence thrown, and caught only in bench_command.cpp.
class bench_failure : public std::runtime_error {
public:
  explicit bench_failure(const std::string& what, exit_status status = exit_status::failed)
      : std::runtime_error(what), status_(status) {}
  [[nodiscard]] exit_status status() const { return status_; }

private:
  exit_status status_;
};

}  // namespace parley::bench
