#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/ids.hpp"

namespace parley {

/// A client's HTTP call without its body: as much of its head as the answer depends on.
struct call_head {
  std::string method;
  std::string target;
  std::string authorization;  // the header, empty when there was none
  std::string content_type;   // likewise
  bool is_alone = false;      // a large body waits until 100 has been answered
};

/// A client's call as the node that it reached hands it to the node that has what it is about.
struct forwarded_call {
  call_head head;
  std::string body;
};

/// What the client is to be answered, without the body. Status 100, to a head alone: send the body.
struct answer_head {
  std::uint16_t status = 0;
  std::vector<std::pair<std::string, std::string>> fields;  // names and values of headers
};

struct forwarded_answer {
  answer_head head;
  std::string body;
};

/// The way of clients' calls between the nodes of a cluster. Every function may be called from any thread
/// and returns at once.
class call_forwarding {
public:
  /// Called once, on any thread. `not_found`: there is no such node (any more); `unavailable`: it does not
  /// answer, and nobody knows whether it has done what it was asked; `overloaded`: too many calls are on
  /// their way, and this one was not begun.
  using answered = std::function<void(outcome<forwarded_answer>)>;
  /// Answers once, now or later, on any thread.
  using server = std::function<void(forwarded_call, std::function<void(forwarded_answer)>)>;

  static constexpr std::size_t mark_size = 16;

  virtual ~call_forwarding() = default;
  /// What names of things that live on this node, in this life of it, begin with; hexadecimal digits.
  /// Says nothing of the node to who does not know it.
  [[nodiscard]] virtual std::string mark() const = 0;
  /// The other node whose mark this is; nothing when there is none now.
  [[nodiscard]] virtual std::optional<incarnation_id> marked(std::string_view mark) const = 0;
  /// Hands a call to another node; it is answered within this time, one way or the other.
  virtual void forward(incarnation_id node, forwarded_call call, std::chrono::milliseconds within,
                       answered respond) = 0;
  /// Who answers the calls that other nodes hand over; nothing: nobody any more. When this returns, the one
  /// before is not called again.
  virtual void serve(server answers) = 0;
  /// The node stops serving clients: what is on its way is answered as `unavailable`.
  virtual void give_up() = 0;
};

}  // namespace parley
