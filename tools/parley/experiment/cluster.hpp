#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/parley/demo/database.hpp"
#include "tools/parley/demo/nodes.hpp"
#include "tools/parley/experiment/settings.hpp"

namespace parley::experiment {

/// Something that happened to a node or to PostgreSQL.
struct cluster_event {
  enum class kind { ended, serves, database_ready };
  kind what = kind::ended;
  std::size_t node = 0;  // from 0
  std::string detail;
};

/// The experiment's cluster, and what may be done to it. Nothing here waits, but for start and stop.
class cluster {
public:
  static client::outcome<std::unique_ptr<cluster>> start(const std::filesystem::path& folder,
                                                         const settings& from);

  [[nodiscard]] std::size_t size() const { return nodes_.all().size(); }
  [[nodiscard]] const client::endpoint& at(std::size_t node) const { return nodes_.all()[node].at; }
  [[nodiscard]] std::filesystem::path token_file() const { return nodes_.token_file(); }
  [[nodiscard]] std::string token() const;
  [[nodiscard]] std::filesystem::path database_programs() const { return database_->programs(); }
  [[nodiscard]] std::vector<std::string> command(std::size_t node) const {
    return nodes_.command(nodes_.all()[node]);
  }
  /// Whether a client that comes may find it serving: it runs, and does not leave. It may stand still.
  [[nodiscard]] bool takes_clients(std::size_t node) const {
    return nodes_.serves(node) && !is_leaving_[node];
  }
  [[nodiscard]] bool runs(std::size_t node) const { return nodes_.all()[node].process.process() != 0; }

  void kill(std::size_t node);
  void freeze(std::size_t node);
  void thaw(std::size_t node);
  /// As `parley drain`: it hands over and ends.
  void drain(std::size_t node);
  void start_again(std::size_t node) { nodes_.start_again(node); }
  void restart_database();

  /// What has happened since the last call. A problem when PostgreSQL has ended by itself.
  client::outcome<std::vector<cluster_event>> look_after();
  void stop();

private:
  explicit cluster(const settings& from)
      : nodes_(demo::after_the_end::stays_away, arguments_of(from)), is_leaving_(from.nodes, false) {}
  static std::vector<std::string> arguments_of(const settings& from);

  std::optional<demo::database> database_;
  demo::nodes nodes_;
  std::vector<bool> is_leaving_;
  bool database_restarts_ = false;
};

}  // namespace parley::experiment
