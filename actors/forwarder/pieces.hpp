#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "actors/contract/interfaces/cluster_messages.hpp"

namespace parley {

using call_piece = std::variant<call_forwarded, call_answered>;

/// What a piece counts for, at both ends: about what it takes in the link's memory.
std::size_t cost_of(const call_forwarded& piece);
std::size_t cost_of(const call_answered& piece);

struct piece_bounds {
  // As a frame of a link, so that nothing waits long behind a piece.
  std::size_t piece_bytes = 65'536;
  // Sent and not taken yet. A link's ring holds 16 times as much, and everything else goes over it, too.
  std::size_t window_bytes = 1'048'576;
};

/// The calls and answers for one peer, cut into pieces that leave as the peer takes them. Knows no actors.
class outgoing_pieces {
public:
  explicit outgoing_pieces(piece_bounds bounds = {}) : bounds_(bounds) {}

  void add(std::uint64_t number, call_head head, std::string body);
  void add(std::uint64_t number, outcome<answer_head> head, std::string body);
  /// Nobody waits for this call's answer any more: what has not left stays here.
  void drop_call(std::uint64_t number);
  /// What may leave now, without `from`; nothing when all has left or the peer has not taken enough.
  std::optional<call_piece> next();
  /// The peer has taken so much of it.
  void taken(std::size_t bytes) { in_flight_bytes_ -= std::min(bytes, in_flight_bytes_); }
  /// How much waits here.
  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_bytes_; }

private:
  struct transfer {
    std::uint64_t number = 0;
    std::variant<call_head, outcome<answer_head>> head;
    std::string body;
    std::size_t sent_bytes = 0;
    bool has_begun = false;
  };
  void add(transfer what);
  static call_piece piece_of(transfer& of, std::size_t bytes);

  piece_bounds bounds_;
  std::deque<transfer> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::size_t in_flight_bytes_ = 0;
};

/// How much of what came from a peer it has not been told of.
class incoming_pieces {
public:
  explicit incoming_pieces(piece_bounds bounds = {}) : bounds_(bounds) {}
  /// A piece of this cost was taken; what the peer is to be told now, 0: nothing yet.
  std::size_t take(std::size_t cost) {
    untold_bytes_ += cost;
    // Early enough that the peer never waits for what is not coming.
    return untold_bytes_ >= bounds_.window_bytes / 4 ? std::exchange(untold_bytes_, 0) : 0;
  }

private:
  piece_bounds bounds_;
  std::size_t untold_bytes_ = 0;
};

}  // namespace parley
