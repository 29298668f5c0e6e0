#pragma once

#include <sched.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace parley::bench {

/// Processor time that a process has used so far, in microseconds; the kernel tells it in steps of a
/// clock tick (10 ms). Nothing when there is no such process.
std::optional<double> cpu_us(pid_t process);
/// The same with what its ended children have used.
std::optional<double> cpu_with_ended_children_us(pid_t process);

/// Its resident memory in bytes (shared pages count whole).
std::optional<std::uint64_t> resident_bytes(pid_t process);

/// Its living children.
std::vector<pid_t> children_of(pid_t process);
/// The name of its program, at most 15 characters; empty when it is gone.
std::string program_name(pid_t process);
bool is_alive(pid_t process);

/// Reads a list of processors such as `0`, `0,2` or `0-3`; `all` and an empty one mean no list.
/// Throws bench_failure (usage) when it is none, or names a processor that is not there.
std::vector<std::size_t> parse_cores(const std::string& text);
/// The same for the kernel; none: all there can be.
cpu_set_t core_set(const std::vector<std::size_t>& cores);
/// Lets a process, all threads it has, run on these only; none: on all. What cannot be moved stays.
void run_on(pid_t process, const std::vector<std::size_t>& cores);

/// The processor time of the parts of a run, in microseconds.
struct cpu_times {
  std::optional<double> node;
  std::optional<double> postgres;  // the postmaster and all its children, ended ones too
  double generator = 0;
  std::optional<double> machine;  // everything that runs on it, time stolen by a hypervisor too
};

/// The processes of a node: read from its data folder, or found by its number.
class node_processes {
public:
  node_processes() = default;
  /// The node; its private PostgreSQL is the child that is one.
  explicit node_processes(pid_t node);
  /// Of the node whose data folder this is. Throws bench_failure when none serves there.
  static node_processes in_data_folder(const std::string& folder);
  /// Counts another node of the same cluster in.
  void add_node(pid_t another) { more_.push_back(another); }

  [[nodiscard]] cpu_times sample() const;
  [[nodiscard]] pid_t node() const { return node_; }
  [[nodiscard]] pid_t postmaster() const { return postmaster_; }

private:
  pid_t node_ = 0;        // 0: unknown
  pid_t postmaster_ = 0;  // 0: none of its own
  std::vector<pid_t> more_;
};

}  // namespace parley::bench
