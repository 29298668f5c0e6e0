#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/contract/values/cluster.hpp"
#include "actors/contract/values/ports/entry_log.hpp"
#include "actors/contract/values/reply.hpp"
#include "actors/link/stream.hpp"
#include "tests/simulation/history.hpp"
#include "tests/simulation/memory_log.hpp"

namespace parley::simulation {

/// Deliberate defects, put around the nodes' ports: the checker must see each of them.
struct planted {
  using shared_store = std::shared_ptr<memory_store>;
  std::function<std::shared_ptr<entry_log>(shared_store, const node_record&)> writer =
      [](shared_store store, const node_record& self) {
        return std::make_shared<memory_entry_log>(std::move(store), self.name, self.incarnation);
      };
  std::function<std::shared_ptr<log_queries>(shared_store, memory_log_queries::page_sizes)> reader =
      [](shared_store store, memory_log_queries::page_sizes pages) {
        return std::make_shared<memory_log_queries>(std::move(store), pages);
      };
  /// Events that never reach their connection although the outbox said so.
  std::function<bool(const client_event&)> swallows = [](const client_event&) { return false; };
  /// Events that reach it twice.
  std::function<bool(const client_event&)> doubles = [](const client_event&) { return false; };
  /// Whether the outbox knows how many requests have been read, so that a refusal can cover them.
  bool counts_requests = true;
  /// What becomes of a frame between two nodes; none: it stays as it is.
  std::function<std::vector<std::string>(std::string)> tampers;
  /// How links decide.
  stream_rules link_rules;
};

/// How many nodes, and whether they stay.
struct setting {
  std::size_t nodes = 1;
  bool nodes_fail = false;  // they die, freeze, are cut off, come back
  bool nodes_roll = false;  // nothing goes wrong, but one after the other is stopped and started again
};

/// Nodes and their clients in one thread, with virtual time: everything that happens follows from the
/// seed. Faults of the log, stalls, slow and vanishing clients, and what else the setting says, for a while;
/// then calm, in which all connect and everything has to come to rest.
history simulate(std::uint64_t seed, const planted& defects = {}, const setting& where = {});

/// One to four nodes that fail, as the seed says.
setting several_nodes(std::uint64_t seed);

/// Two to four nodes of which one after the other is stopped and started again.
setting rolling_restart(std::uint64_t seed);

}  // namespace parley::simulation
