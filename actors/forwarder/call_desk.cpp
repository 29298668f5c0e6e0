#include "actors/forwarder/call_desk.hpp"

#include <openssl/sha.h>

#include <array>
#include <caf/send.hpp>
#include <utility>

#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/values/node_counters.hpp"

namespace parley {

namespace {

constexpr std::chrono::milliseconds crowded_pause{1'000};

/// A hash, so that a client holds nothing that nodes know each other by.
std::string mark_of(incarnation_id node) {
  const auto text = "parley polling session " + std::to_string(node.value);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  constexpr std::string_view digits = "0123456789abcdef";
  std::string mark;
  for (std::size_t i = 0; i < call_forwarding::mark_size / 2; ++i) {
    mark += digits[digest[i] >> 4U];
    mark += digits[digest[i] & 15U];
  }
  return mark;
}

}  // namespace

std::string call_desk::mark() const { return mark_of(where_->node); }

std::optional<incarnation_id> call_desk::marked(std::string_view mark) const {
  const auto peers = where_->ways.peers();
  if (peers == nullptr) return std::nullopt;
  for (const auto& each : *peers)
    if (mark_of(each.incarnation) == mark) return each.incarnation;
  return std::nullopt;
}

void call_desk::forward(incarnation_id node, forwarded_call call, std::chrono::milliseconds within,
                        answered respond) {
  const auto bytes = call.body.size();
  const auto calls = load_->calls.fetch_add(1, std::memory_order_relaxed) + 1;
  const auto all_bytes = load_->bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  auto counted = [load = load_, bytes, respond = std::move(respond)](outcome<forwarded_answer> answer) {
    load->calls.fetch_sub(1, std::memory_order_relaxed);
    load->bytes.fetch_sub(bytes, std::memory_order_relaxed);
    counters.calls_forwarded.add(answer);
    respond(std::move(answer));
  };
  if (calls > bounds_.calls_max || all_bytes > bounds_.bytes_max)
    return counted(
        failure{errc::overloaded, "too many calls are on their way to other nodes", crowded_pause});
  caf::anon_send(where_->forwarder, forward_call{node, std::make_shared<forwarded_call>(std::move(call)),
                                                 within, std::move(counted)});
}

void call_desk::give_up() { caf::anon_send(where_->forwarder, give_up_calls{}); }

}  // namespace parley
