#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "actors/contract/interfaces/messages.hpp"

namespace parley {

/// What is to be told to other nodes of presence, until the next message to each may leave: the newest of
/// each user. So a node's death, with thousands of users who go, come back and go, is a few messages to a
/// node.
class presence_batches {
public:
  /// Of one message: some 20 kB.
  static constexpr std::size_t news_max = 1'000;

  void add(incarnation_id node, const presence_changed& news) {
    nodes_[node].insert_or_assign(news.state.user, news);
  }
  [[nodiscard]] bool empty() const { return nodes_.empty(); }
  /// The next message for each node that there is something for; the rest waits for the one after.
  std::vector<std::pair<incarnation_id, std::vector<presence_changed>>> take() {
    std::vector<std::pair<incarnation_id, std::vector<presence_changed>>> all;
    for (auto of = nodes_.begin(); of != nodes_.end();) {
      auto& [node, waiting] = *of;
      auto& news = all.emplace_back(node, std::vector<presence_changed>{}).second;
      while (!waiting.empty() && news.size() < news_max)
        news.push_back(waiting.extract(waiting.begin()).mapped());
      of = waiting.empty() ? nodes_.erase(of) : std::next(of);
    }
    return all;
  }

private:
  // Bounded by the users whom somebody on the node watches.
  std::map<incarnation_id, std::map<user_id, presence_changed>> nodes_;
};

}  // namespace parley
