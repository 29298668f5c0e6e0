#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "actors/contract/values/cluster_report.hpp"
#include "actors/contract/values/ports/call_forwarding.hpp"
#include "transport/http_answers.hpp"

/// Asking the other nodes of the cluster what this one was asked.
namespace parley {

/// The way to them.
struct peer_ways {
  std::shared_ptr<call_forwarding> forwarding;    // none: a node alone
  std::chrono::milliseconds peers_within{2'000};  // who does not answer by then is missing
};

/// A node that should have been asked, and why there is nothing of it.
struct missing_part {
  node_record node;
  std::string why;
};

/// The other nodes of the cluster, and those of them that cannot be asked any more.
struct known_peers {
  std::vector<node_record> nodes;
  std::vector<missing_part> gone;
};

/// As the registry has them, without this node.
known_peers peers_in(const cluster_view& seen, incarnation_id self, const std::string& own_name);

/// Waits for the answers of several nodes, and goes on with the last of them.
class gathered_answers {
public:
  using bodies = std::vector<outcome<std::string>>;  // bodies, in the order of the nodes
  gathered_answers(std::size_t count, std::function<void(bodies)> done)
      : answers_(count, failure{}), left_(count), done_(std::move(done)) {}

  void take(std::size_t place, outcome<std::string> body) {
    {
      const std::scoped_lock lock{mutex_};
      answers_[place] = std::move(body);
      if (--left_ != 0) return;
    }
    done_(std::move(answers_));
  }

private:
  std::mutex mutex_;
  bodies answers_;
  std::size_t left_;
  std::function<void(bodies)> done_;
};

/// Asks all of them the same, as whoever asked this node.
void ask_peers(const peer_ways& ways, const std::vector<node_record>& peers, const forwarded_call& call,
               const std::shared_ptr<gathered_answers>& all);

/// The call as it is put to another node.
forwarded_call call_to_peer(const http_request& request, std::string target);

}  // namespace parley
