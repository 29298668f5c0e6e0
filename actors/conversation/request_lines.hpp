#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

#include "actors/contract/interfaces/envelope.hpp"
#include "actors/contract/values/failure.hpp"

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

  /// `ordinal`: of the request within its connection; with the first of a line all before it are answered.
  verdict judge(const address& from, std::uint64_t line, std::uint64_t number, std::uint64_t ordinal = 0);
  /// A temporary refusal: nothing more of this line is taken.
  void end(const address& from, std::uint64_t line);
  /// A refusal for good. When the request is sent again, since its answer was not taken any more, it is
  /// refused again: by then a later one may have taken effect.
  void refuse(const address& from, std::uint64_t ordinal, const failure& why);
  [[nodiscard]] std::optional<failure> refusal_of(const address& from, std::uint64_t ordinal) const;

private:
  struct session_line {
    address from;
    std::uint64_t line = 0;
    std::uint64_t next = 1;
    bool ended = false;
    std::deque<std::pair<std::uint64_t, failure>> refused;  // by ordinal, the newest
  };
  struct hash_address {
    std::size_t operator()(const address& a) const noexcept {
      return std::hash<session_id>{}(a.session) ^ (std::hash<incarnation_id>{}(a.node) * 31);
    }
  };
  session_line& line_of(const address& from);
  /// More than a connection can have unanswered.
  static constexpr std::size_t refusals_max = 64;

  std::size_t sessions_max_;
  std::list<session_line> by_use_;  // the one that spoke last in front
  std::unordered_map<address, std::list<session_line>::iterator, hash_address> lines_;
};

}  // namespace parley
