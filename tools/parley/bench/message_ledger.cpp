#include "tools/parley/bench/message_ledger.hpp"

namespace parley::bench {

namespace {

bool is_done(const message_under_way& message) { return message.acknowledged && message.missing == 0; }

}  // namespace

std::uint64_t message_ledger::begin(nanoseconds intended, std::uint32_t sender) {
  kept_.push_back({intended, 0, members_, sender, false});
  ++in_flight_;
  return sent();
}

const message_under_way* message_ledger::find(std::uint64_t number) const {
  if (number < first_ || number - first_ >= kept_.size()) return nullptr;
  const auto& message = kept_[number - first_];
  return is_done(message) ? nullptr : &message;
}

bool message_ledger::is_finished(std::uint64_t number) const {
  return number != 0 && number <= sent() && find(number) == nullptr;
}

message_ledger::verdict message_ledger::place(std::uint64_t number, std::uint64_t seq,
                                              message_under_way*& found) {
  if (find(number) == nullptr) return verdict::unknown;
  found = &kept_[number - first_];
  if (found->seq == 0) found->seq = seq;
  return found->seq == seq ? verdict::good : verdict::other_seq;
}

message_ledger::verdict message_ledger::acknowledged(std::uint64_t number, std::uint64_t seq) {
  message_under_way* message = nullptr;
  if (const auto placed = place(number, seq, message); placed != verdict::good) return placed;
  if (message->acknowledged) return verdict::said_before;
  message->acknowledged = true;
  if (is_done(*message)) finish();
  return verdict::good;
}

message_ledger::verdict message_ledger::delivered(std::uint64_t number, std::uint64_t seq) {
  message_under_way* message = nullptr;
  if (const auto placed = place(number, seq, message); placed != verdict::good) return placed;
  if (message->missing == 0) return verdict::unknown;
  --message->missing;
  if (is_done(*message)) finish();
  return verdict::good;
}

void message_ledger::finish() {
  --in_flight_;
  while (!kept_.empty() && is_done(kept_.front())) {
    kept_.pop_front();
    ++first_;
  }
}

}  // namespace parley::bench
