#include "actors/session/request_order.hpp"

#include <algorithm>
#include <utility>

namespace parley {

bool request_order::enter(conversation_id conversation, lane kind, const client_request& request) {
  auto& order = conversations_[conversation];
  if (order.running_requests.empty() && order.waiting_requests.empty()) order.current = kind;
  if (order.current == kind && order.waiting_requests.empty()) {
    order.running_requests.push_back({request.ordinal, request.id});
    return true;
  }
  order.waiting_requests.push_back({kind, request});
  return false;
}

std::vector<client_request> request_order::leave(conversation_id conversation, std::uint64_t ordinal) {
  std::vector<client_request> next;
  const auto found = conversations_.find(conversation);
  if (found == conversations_.end()) return next;
  auto& order = found->second;
  std::erase_if(order.running_requests, [ordinal](const auto& r) { return r.ordinal == ordinal; });
  if (!order.running_requests.empty()) return next;
  if (order.waiting_requests.empty()) {
    conversations_.erase(found);
    return next;
  }
  order.current = order.waiting_requests.front().kind;
  while (!order.waiting_requests.empty() && order.waiting_requests.front().kind == order.current) {
    auto& first = order.waiting_requests.front().request;
    order.running_requests.push_back({first.ordinal, first.id});
    next.push_back(std::move(first));
    order.waiting_requests.pop_front();
  }
  return next;
}

bool request_order::is_running(conversation_id conversation, std::uint64_t ordinal) const {
  const auto found = conversations_.find(conversation);
  return found != conversations_.end() &&
         std::ranges::any_of(found->second.running_requests,
                             [ordinal](const auto& r) { return r.ordinal == ordinal; });
}

std::vector<request_id> request_order::take_waiting(conversation_id conversation) {
  std::vector<request_id> all;
  const auto found = conversations_.find(conversation);
  if (found == conversations_.end()) return all;
  for (const auto& kept : found->second.waiting_requests) all.push_back(kept.request.id);
  found->second.waiting_requests.clear();
  return all;
}

std::vector<request_id> request_order::take_running_after(conversation_id conversation,
                                                          std::uint64_t ordinal) {
  std::vector<request_id> later;
  const auto found = conversations_.find(conversation);
  if (found == conversations_.end()) return later;
  auto& running = found->second.running_requests;
  for (const auto& r : running)
    if (r.ordinal > ordinal) later.push_back(r.id);
  std::erase_if(running, [ordinal](const auto& r) { return r.ordinal > ordinal; });
  return later;
}

}  // namespace parley
