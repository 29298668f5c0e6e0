#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace parley {

/// What one client, text or group may use. The defaults are the product's; configuration changes them.
struct limits {
  std::size_t text_characters = 100'000;         // Unicode code points in a text
  std::size_t name_characters = 64;              // code points in a name of a user or group
  std::size_t group_members = 100;               // 0: no limit
  std::size_t frame_bytes = 1'310'720;           // one WebSocket message from a client
  std::size_t identify_bytes = 8'192;            // the first frame, from someone not yet known
  std::size_t unanswered_requests = 32;          // per connection; then the server stops reading
  std::size_t unanswered_bytes = 2 * 1'048'576;  // the same in bytes of requests
  std::size_t devices = 10;                      // per user; 0: no limit
  std::uint32_t sends_per_second = 20;           // writing requests per connection; 0: no limit
  std::uint32_t sends_burst = 60;
  std::uint32_t accounts_per_minute = 60;  // per address; 0: no limit
  std::uint32_t sign_ins_per_minute = 30;  // per address; 0: no limit
  std::size_t outbox_bytes =
      1'048'576;  // bytes waiting for a slow reader; above, events are dropped and healed
  std::chrono::milliseconds request_timeout{10'000};
  std::chrono::milliseconds identify_timeout{10'000};
  std::chrono::milliseconds ping_interval{25'000};
  std::chrono::milliseconds ping_timeout{10'000};
  std::uint32_t admissions_per_second = 500;  // 0: no limit
};

}  // namespace parley
