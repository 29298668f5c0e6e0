#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace parley {

/// Whose rights a child gets; nothing keeps ours.
struct process_owner {
  uid_t user = 0;
  gid_t group = 0;
};

struct child_options {
  std::vector<std::string> command;  // the program's whole path first
  std::optional<process_owner> owner;
  std::filesystem::path folder;     // its working folder
  std::filesystem::path log_file;   // where its output is appended
  int signal_when_parent_ends = 0;  // to the child when the *thread* that started it ends; 0: none
};

/// Starts a program. Only async-signal-safe calls lie between fork and exec, since the caller has threads.
/// -1 with errno when it cannot be started; a program that cannot be executed exits with 127.
pid_t start_child(const child_options& options);

/// Starts a program and waits for its end; its exit code, or 128 + the signal that ended it.
int run_child(const child_options& options);

}  // namespace parley
