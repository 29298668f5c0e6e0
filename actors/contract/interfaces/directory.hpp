#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "actors/contract/interfaces/forwarder_actor.hpp"
#include "actors/contract/interfaces/log_reader_actor.hpp"
#include "actors/contract/interfaces/log_writer_actor.hpp"
#include "actors/contract/interfaces/relay_actor.hpp"
#include "actors/contract/interfaces/routes.hpp"
#include "actors/contract/interfaces/search_indexer_actor.hpp"
#include "actors/contract/interfaces/shard_actor.hpp"

namespace parley {

/// How many bytes of entries may wait for the writers of a node; above, requests are `overloaded`.
class write_budget {
public:
  explicit write_budget(std::size_t bytes_max = 64U * 1'048'576U) : bytes_max_(bytes_max) {}
  bool take(std::size_t bytes) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= bytes_max_) return true;
    give_back(bytes);
    return false;
  }
  void give_back(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  [[nodiscard]] std::size_t used() const { return used_.load(std::memory_order_relaxed); }

private:
  const std::size_t bytes_max_;
  std::atomic<std::size_t> used_{0};
};

/// How many questions may wait for the readers of a node; above, they are `overloaded`. Taken by who
/// asks, given back by the reader when it gets to the question.
class read_budget {
public:
  explicit read_budget(int waiting_max = 20'000) : waiting_max_(waiting_max) {}
  bool take() {
    if (waiting_.fetch_add(1, std::memory_order_relaxed) < waiting_max_) return true;
    give_back();
    return false;
  }
  void give_back() { waiting_.fetch_sub(1, std::memory_order_relaxed); }

private:
  const int waiting_max_;
  std::atomic<int> waiting_{0};
};

/// Who is where. The actors of this node are filled in once before the first request and never changed
/// after; `ways` says which node owns what, and follows it. Actors address conversations and users by id and
/// send by `routing.hpp`.
struct directory {
  incarnation_id node;
  relay_actor relay;
  std::array<shard_actor, shard_count> shards;
  std::vector<log_writer_actor> writers;
  std::vector<log_reader_actor> readers;
  forwarder_actor forwarder;                         // none for a node alone
  search_indexer_actor indexer;                      // none where nothing is searched
  std::size_t devices_max = 10;                      // connections of one user; 0: no limit
  std::chrono::milliseconds answers_within{10'000};  // `limits.request_timeout`: how long a question may take
  mutable write_budget budget;
  mutable read_budget reads;
  mutable routes ways;

  [[nodiscard]] const shard_actor& shard(const topic& t) const {
    return shards[static_cast<std::size_t>(shard_of(t).value)];
  }
  /// A shard's one writer: whose connection holds the shard's lock.
  [[nodiscard]] const log_writer_actor& writer(shard_index shard) const {
    return writers[static_cast<std::size_t>(shard.value) % writers.size()];
  }
  /// The reader for questions about this id; always the same one, so that equal reads meet.
  template <class Tag>
  [[nodiscard]] const log_reader_actor& reader(strong_id<Tag> id) const {
    return readers[static_cast<std::size_t>(shard_of(id).value) % readers.size()];
  }
};

}  // namespace parley
