#pragma once

#include <array>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/contract/values/cluster.hpp"
#include "actors/contract/values/shard.hpp"

namespace parley::simulation {

/// Names the server's end of a connection; 0 names none.
using backend_number = int;

/// The server's ends of connections to a `memory_store`, with the advisory locks that they hold: tried, never
/// waited for; a session's, so that they are free when it ends. For one thread.
class memory_backends {
public:
  using lock_listener =
      std::function<void(backend_number holder, std::span<const shard_index> shards, bool taken)>;

  [[nodiscard]] backend_number begin(std::string name);
  /// Its locks are free then. Of one that has ended already: nothing happens.
  void end(backend_number which);
  void end_all_named(const std::function<bool(std::string_view name)>& condition);
  [[nodiscard]] bool stands(backend_number which) const { return names_.contains(which); }
  /// The names of the connections of all that stand.
  [[nodiscard]] const std::map<backend_number, std::string>& all() const { return names_; }
  /// The name of its connection; empty when it has ended.
  [[nodiscard]] std::string name_of(backend_number which) const;

  /// Takes those that nobody else holds, and says which it holds now.
  std::vector<shard_index> try_locks(backend_number who, std::span<const shard_index> shards);
  void give_back(backend_number who, std::span<const shard_index> shards);
  [[nodiscard]] backend_number holder_of(shard_index shard) const {
    return shards_[static_cast<std::size_t>(shard.value)];
  }
  /// Tries the lock of a node's name; who holds it now.
  backend_number try_name(backend_number who, const std::string& node) {
    return nodes_.try_emplace(node, who).first->second;
  }
  /// Called whenever locks of shards are taken or become free.
  void on_lock(lock_listener listener) { listener_ = std::move(listener); }

private:
  std::map<backend_number, std::string> names_;
  std::array<backend_number, shard_count> shards_{};
  std::map<std::string, backend_number> nodes_;
  backend_number last_ = 0;
  lock_listener listener_ = [](backend_number, std::span<const shard_index>, bool) {};
};

/// What the database keeps of the nodes.
struct memory_cluster {
  struct note {
    incarnation_id owner;
    timestamp_ms since = 0;
  };
  std::map<incarnation_id, node_record> nodes;
  std::array<note, shard_count> notes{};
};

}  // namespace parley::simulation
