#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "actors/contract/values/failure.hpp"
#include "persistence/child_process.hpp"
#include "persistence/folder_lock.hpp"

namespace parley {

/// A PostgreSQL server of the node's own, for those who gave none: made once in the data folder, reached
/// only over a socket there, ended with the node. It is a real server with everything on that keeps
/// data (fsync included).
class private_postgres {
public:
  /// Takes the data folder (another node's is refused), makes the database when there is none, starts
  /// the server and waits until it answers.
  static outcome<std::unique_ptr<private_postgres>> start(const std::filesystem::path& data);
  ~private_postgres();
  private_postgres(const private_postgres&) = delete;
  private_postgres& operator=(const private_postgres&) = delete;

  /// How to connect.
  [[nodiscard]] const std::string& connection_url() const { return url_; }
  /// Where its data is.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// The server's process; 0 while it is being started again.
  [[nodiscard]] pid_t pid() const { return pid_.load(); }
  /// Ends the server cleanly; also from the destructor.
  void stop();

private:
  private_postgres() = default;
  static outcome<std::unique_ptr<private_postgres>> start_in(const std::filesystem::path& data);
  outcome<void> lock_folder(const std::filesystem::path& data);
  outcome<void> choose_places(const std::filesystem::path& data);
  /// Leads to where something is instead, if it is not where everybody looks for it.
  static void point_to(const std::filesystem::path& link, const std::filesystem::path& place);
  outcome<void> make_database();
  outcome<void> wait_for_left_over() const;
  outcome<void> wait_until_it_answers();
  void supervise();
  [[nodiscard]] child_options server_options() const;
  [[nodiscard]] bool pause(std::chrono::milliseconds time);

  std::filesystem::path programs_;  // where initdb and postgres are
  std::filesystem::path folder_;    // the server's data
  std::filesystem::path sockets_;
  bool sockets_are_temporary_ = false;
  std::filesystem::path log_file_;
  std::optional<process_owner> owner_;
  std::string url_;
  folder_lock lock_;

  std::thread supervisor_;
  std::atomic<pid_t> pid_{0};
  std::mutex mutex_;
  std::condition_variable stopping_changed_;
  bool stopping_ = false;
};

}  // namespace parley
