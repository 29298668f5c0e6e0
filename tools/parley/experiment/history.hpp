#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace parley::experiment {

using std::chrono::microseconds;

/// Not known, or not so.
inline constexpr std::uint32_t nobody = 0xffff'ffffU;
inline constexpr microseconds never{-1};

/// A moment in a table; nothing for what never happened.
inline std::string moment_cell(microseconds at) {
  return at == never ? std::string{} : std::to_string(at.count());
}

/// What became of a message. Times are since the load began.
struct sent_message {
  std::uint32_t person = 0;
  std::uint32_t group = 0;
  microseconds planned{0};
  microseconds sent = never;          // first handed to a session
  microseconds acknowledged = never;  // answered for good
  std::uint64_t seq = 0;              // its place, as the answer said; 0: none
  std::uint32_t attempts = 0;         // connections that it was handed to
  std::uint32_t characters = 0;
  std::string error;  // the code of a refusal for good
};

/// How an entry came to somebody.
enum class came_by : std::uint8_t { push, sync, history };

/// An entry that somebody was shown.
struct delivery {
  microseconds at{0};
  std::uint32_t person = 0;
  std::uint32_t connection = 0;  // the person's how manieth, from 1
  std::uint32_t group = 0;
  std::uint32_t seq = 0;
  std::uint32_t message = nobody;  // which of the sent ones; nobody: no message
  came_by how = came_by::push;
};

/// All that clients saw: in the order in which it happened.
struct history {
  std::vector<std::vector<std::uint32_t>> groups;  // members of each
  std::vector<sent_message> sent;
  std::vector<delivery> deliveries;
};

}  // namespace parley::experiment
