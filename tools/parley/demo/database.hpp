#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "tools/parley/client/problem.hpp"
#include "tools/parley/demo/child.hpp"

namespace parley::demo {

/// A PostgreSQL of the demo's own: no node's, so that any of them may die. Over a Unix socket only.
class database {
public:
  /// In `folder`/postgres; made there when there is none. Returns when it takes connections.
  static client::outcome<database> start(const std::filesystem::path& folder, std::size_t nodes);
  database(database&&) = default;
  database& operator=(database&&) = default;
  ~database();

  /// What nodes are given as storage.url.
  [[nodiscard]] std::string url() const;
  /// How it has ended, if it has.
  std::optional<int> ended() { return server_.ended(); }
  [[nodiscard]] const std::filesystem::path& log() const { return log_; }
  /// The folder with PostgreSQL's own programs.
  [[nodiscard]] const std::filesystem::path& programs() const { return programs_; }
  /// Ends it, connections and all (`fast`), and starts it anew; `is_restarted` looks after that.
  void restart();
  /// Now and then after `restart`: whether it takes connections again. A problem when it does not start.
  client::outcome<bool> is_restarted();
  /// In order, with everything on disk; or at once, if nobody needs it any more.
  void stop(bool is_kept);

private:
  database() = default;
  client::outcome<void> choose_places(const std::filesystem::path& folder);
  client::outcome<void> choose_programs();
  client::outcome<void> make();
  client::outcome<void> wait_until_it_is_ready();
  [[nodiscard]] bool is_ready() const;
  [[nodiscard]] client::outcome<void> own_folder(const std::filesystem::path& folder) const;

  std::optional<owner> as_;
  std::filesystem::path programs_;
  std::filesystem::path folder_;
  std::filesystem::path sockets_;
  std::filesystem::path log_;
  bool sockets_are_elsewhere_ = false;
  bool is_restarting_ = false;  // and has not ended yet
  child_options how_;
  child server_;
};

}  // namespace parley::demo
