#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "actors/contract/interfaces/link_actor.hpp"
#include "actors/contract/values/shard.hpp"

namespace parley {

/// Which node owns which shard, as far as this node knows, and the links to the others. A hint: who is
/// asked in vain drops the message, and what is lost is sent again when the owner is known. Read by all
/// actors; placement writes the owners, the links' keeper writes the links.
class routes {
public:
  struct peer {
    incarnation_id incarnation;
    link_actor link;
  };

  /// Nothing: nobody is known to own it.
  [[nodiscard]] incarnation_id owner_of(shard_index shard) const {
    return {owners_[static_cast<std::size_t>(shard.value)].load(std::memory_order_acquire)};
  }
  void set_owner(shard_index shard, incarnation_id owner) {
    owners_[static_cast<std::size_t>(shard.value)].store(owner.value, std::memory_order_release);
  }

  /// The link to this peer; none when there is no such peer.
  [[nodiscard]] link_actor link_to(incarnation_id node) const {
    const auto all = peers_.load();
    if (all == nullptr) return {};
    const auto found = std::ranges::find(*all, node, &peer::incarnation);
    return found == all->end() ? link_actor{} : found->link;
  }
  /// All of them; none when there are no peers.
  [[nodiscard]] std::shared_ptr<const std::vector<peer>> peers() const { return peers_.load(); }
  void set_peers(std::vector<peer> all) {
    peers_.store(std::make_shared<const std::vector<peer>>(std::move(all)));
  }

private:
  std::array<std::atomic<std::int64_t>, shard_count> owners_{};
  std::atomic<std::shared_ptr<const std::vector<peer>>> peers_;
};

}  // namespace parley
