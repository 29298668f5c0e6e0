#include "actors/link/stream.hpp"

#include <algorithm>
#include <utility>

#include "actors/link/frames.hpp"

namespace parley {

namespace {

/// Whether `sender` still has, or has already got across, everything that `receiver` lacks.
bool can_go_on(const stream_hello& sender, const stream_hello& receiver) {
  return receiver.received + 1 >= sender.oldest && receiver.received <= sender.newest;
}

}  // namespace

stream_verdict judge_streams(const stream_hello& one, const stream_hello& other) {
  const bool same = one.stream && one.stream == other.stream;
  return same && can_go_on(one, other) && can_go_on(other, one) ? stream_verdict::resume
                                                                : stream_verdict::begin_anew;
}

stream_id begun_by(const stream_hello& one, const stream_hello& other) {
  const bool in_order = one.from < other.from;
  return {in_order ? one.connection : other.connection, in_order ? other.connection : one.connection};
}

arrival judge_arrival(std::uint64_t received, std::uint64_t number) {
  if (number <= received) return arrival::repeated;
  return number == received + 1 ? arrival::next : arrival::gap;
}

outgoing_stream::admission outgoing_stream::add(std::string message, time_point now) {
  const auto bytes = message.size();
  // One that is larger than the whole ring must not be one that can never pass.
  const bool fits =
      ring_.empty() || (ring_.size() < bounds_.ring_messages && kept_bytes_ + bytes <= bounds_.ring_bytes);
  if (!fits) return admission::overflow;
  ring_.push_back({std::move(message), now});
  kept_bytes_ += bytes;
  return admission::kept;
}

bool outgoing_stream::fits_window(std::size_t bytes) const {
  const auto in_flight = next_ - oldest_;
  return in_flight == 0 ||
         (in_flight < bounds_.window_messages && in_flight_bytes_ + bytes <= bounds_.window_bytes);
}

std::optional<outgoing_stream::batch> outgoing_stream::next_batch(std::size_t bytes_max) {
  batch made{next_, 0, {}};
  while (has_unsent()) {
    const auto& message = at(next_).message;
    if (!fits_window(message.size())) break;
    if (made.count > 0 && made.bytes.size() + message.size() > bytes_max) break;
    append_message(made.bytes, message);
    in_flight_bytes_ += message.size();
    ++made.count;
    ++next_;
  }
  if (made.count == 0) return std::nullopt;
  newest_sent_ = std::max(newest_sent_, next_ - 1);
  return made;
}

bool outgoing_stream::acknowledge(std::uint64_t number) {
  if (number > newest_sent_) return false;
  while (oldest_ <= number) {
    const auto bytes = ring_.front().message.size();
    kept_bytes_ -= bytes;
    // After a resume the peer may acknowledge what was sent before and not yet again.
    if (oldest_ < next_) in_flight_bytes_ -= bytes;
    ring_.pop_front();
    ++oldest_;
  }
  next_ = std::max(next_, oldest_);
  return true;
}

bool outgoing_stream::resume_after(std::uint64_t number) {
  if (!acknowledge(number)) return false;
  next_ = oldest_;
  in_flight_bytes_ = 0;
  return true;
}

arrival incoming_stream::take(std::uint64_t number, std::size_t bytes) {
  const auto what = rules_.judge_arrival(received_, number);
  if (what != arrival::next) return what;
  received_ = number;
  ++unacknowledged_messages_;
  unacknowledged_bytes_ += bytes;
  return what;
}

}  // namespace parley
