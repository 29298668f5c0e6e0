#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace parley::demo {

/// Whom a program runs as.
struct owner {
  uid_t user = 0;
  gid_t group = 0;
};

struct child_options {
  std::vector<std::string> command;
  std::filesystem::path log;     // gets what it says; appended to
  std::filesystem::path folder;  // where it works
  std::optional<owner> as = std::nullopt;
  int signal_when_we_end = 9;
};

/// A program that was started from here, and ends when this one does, however it ends.
class child {
public:
  /// Nothing runs yet.
  child() = default;
  explicit child(const child_options& options);
  ~child();
  child(child&& other) noexcept;
  child& operator=(child&& other) noexcept;

  [[nodiscard]] pid_t process() const { return process_; }  // 0: it has ended, or none was started
  /// How it has ended, once; nothing while it runs.
  std::optional<int> ended();
  void send(int signal) const;
  /// Waits until it ends; after so long it is killed.
  void wait(std::chrono::milliseconds patience);

private:
  pid_t process_ = 0;
};

/// `ended with code 1`, `was killed by signal 9`.
std::string how_it_ended(int status);
/// The last lines of a log, for an error message.
std::string end_of(const std::filesystem::path& log);
/// Between two looks at what announces itself in no other way.
void pause();

}  // namespace parley::demo
