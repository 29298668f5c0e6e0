#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>

#include "actors/contract/interfaces/envelope.hpp"

namespace parley {

/// Keeps requests of each session in the order sent, over losses on the way: a session numbers its
/// requests within a line from 1; only the next number of its newest line is taken.
///
/// Remembers the `sessions_max` sessions that spoke last. One that was forgotten is asked to send
/// again, on a new line, which costs a round trip and changes nothing.
class request_lines {
public:
  enum class verdict : std::uint8_t {
    take,    // the next of its line
    drop,    // of an older or ended line, or already taken
    resend,  // something before it is missing
  };

  explicit request_lines(std::size_t sessions_max = 1'024) : sessions_max_(sessions_max) {}

  verdict judge(const address& from, std::uint64_t line, std::uint64_t number);
  /// A temporary refusal: nothing more of this line is taken.
  void end(const address& from, std::uint64_t line);

private:
  struct session_line {
    address from;
    std::uint64_t line = 0;
    std::uint64_t next = 1;
    bool ended = false;
  };
  struct hash_address {
    std::size_t operator()(const address& a) const noexcept {
      return std::hash<session_id>{}(a.session) ^ (std::hash<incarnation_id>{}(a.node) * 31);
    }
  };
  session_line& line_of(const address& from);

  std::size_t sessions_max_;
  std::list<session_line> by_use_;  // the one that spoke last in front
  std::unordered_map<address, std::list<session_line>::iterator, hash_address> lines_;
};

}  // namespace parley
