#include "transport/polling/event_log.hpp"

#include <algorithm>

namespace parley {

bool event_log::push(frame event) {
  const auto more = cost(event);
  if (!waiting_.empty() && bytes_ + more > bytes_max_) {
    refused_ = true;
    return false;
  }
  bytes_ += more;
  waiting_.push_back(std::move(event));
  return true;
}

bool event_log::acknowledge(std::uint64_t up_to) {
  while (!waiting_.empty() && first_ <= up_to) {
    bytes_ -= cost(waiting_.front());
    waiting_.pop_front();
    ++first_;
  }
  return bytes_ <= bytes_max_ / 2 && std::exchange(refused_, false);
}

std::string event_log::give(std::uint64_t after) {
  std::string body = "{\"events\":[";
  auto next = after;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const auto text = waiting_[i]->payload();
    if (i > 0 && body.size() + text.size() > answer_bytes_max) break;
    if (i > 0) body += ',';
    next = first_ + i;
    // {"ev":… becomes {"n":7,"ev":…
    body.append("{\"n\":").append(std::to_string(next)).append(",").append(text.substr(1));
  }
  given_ = std::max(given_, waiting_.empty() ? given_ : next);
  return body.append("],\"next\":").append(std::to_string(next)).append("}");
}

}  // namespace parley
