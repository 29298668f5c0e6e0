#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/contract/values/cluster_report.hpp"
#include "actors/contract/values/ports/call_forwarding.hpp"
#include "actors/contract/values/ports/operator_desk.hpp"
#include "transport/http_answers.hpp"
#include "transport/protocol/json_writer.hpp"

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

/// Names of nodes of which there is nothing, and why.
using missing_nodes = std::vector<std::pair<std::string, std::string>>;

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

/// Those that are gone or gave no answer; the answers are in the order of the nodes.
missing_nodes missing_of(const known_peers& peers, const gathered_answers::bodies& answers);
/// As the member `missing`.
void write_missing(json_writer& to, const missing_nodes& missing);

/// Changes something here, and returns what is said of it once it is known which nodes did not do the same.
using node_change = std::function<std::function<std::string(const missing_nodes&)>()>;
/// The change that a body asks for.
using change_reader = std::function<outcome<node_change>(std::string_view body)>;
/// Who this node is.
struct own_node {
  incarnation_id incarnation;
  std::string name;
};
/// Answers a POST of JSON that all nodes do, this one first: they are sent the same with `local=true`, with
/// which a node does it alone. Before anything is changed, the call has been found good.
void change_all_nodes(const peer_ways& ways, const own_node& self, operator_desk& desk,
                      const http_request& request, std::string_view query, const change_reader& read,
                      const http_responder& respond);

/// By the system's clock.
timestamp_ms wall_now_ms();

/// The call as it is put to another node.
forwarded_call call_to_peer(const http_request& request, std::string target);

}  // namespace parley
