#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "actors/contract/values/ports/entry_log.hpp"
#include "actors/contract/values/reply.hpp"
#include "tests/simulation/history.hpp"
#include "tests/simulation/memory_log.hpp"

namespace parley::simulation {

/// Deliberate defects, put around the node's ports: the checker must see each of them.
struct planted {
  std::function<std::shared_ptr<entry_log>(std::shared_ptr<memory_store>)> writer =
      [](std::shared_ptr<memory_store> store) {
        return std::make_shared<memory_entry_log>(std::move(store));
      };
  std::function<std::shared_ptr<log_queries>(std::shared_ptr<memory_store>, memory_log_queries::page_sizes)>
      reader = [](std::shared_ptr<memory_store> store, memory_log_queries::page_sizes pages) {
        return std::make_shared<memory_log_queries>(std::move(store), pages);
      };
  /// Events that never reach their connection although the outbox said so.
  std::function<bool(const client_event&)> swallows = [](const client_event&) { return false; };
  /// Events that reach it twice.
  std::function<bool(const client_event&)> doubles = [](const client_event&) { return false; };
  /// Whether the outbox knows how many requests have been read, so that a refusal can cover them.
  bool counts_requests = true;
};

/// One node and its clients in one thread, with virtual time: everything that happens follows from the
/// seed. Faults of the log, stalls, slow and vanishing clients for a while; then calm, in which all
/// connect and everything has to come to rest.
history simulate(std::uint64_t seed, const planted& defects = {});

}  // namespace parley::simulation
