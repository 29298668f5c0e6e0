#include "actors/session/request_order.hpp"

#include <utility>

namespace parley {

bool request_order::enter(conversation_id conversation, lane kind, const client_request& request) {
  auto& order = conversations_[conversation];
  if (order.running == 0) order.current = kind;
  if (order.current == kind && order.waiting_requests.empty()) {
    ++order.running;
    return true;
  }
  order.waiting_requests.push_back({kind, request});
  return false;
}

std::vector<client_request> request_order::leave(conversation_id conversation) {
  std::vector<client_request> next;
  const auto found = conversations_.find(conversation);
  if (found == conversations_.end()) return next;
  auto& order = found->second;
  if (order.running > 0) --order.running;
  if (order.running > 0) return next;
  if (order.waiting_requests.empty()) {
    conversations_.erase(found);
    return next;
  }
  order.current = order.waiting_requests.front().kind;
  while (!order.waiting_requests.empty() && order.waiting_requests.front().kind == order.current) {
    next.push_back(std::move(order.waiting_requests.front().request));
    order.waiting_requests.pop_front();
    ++order.running;
  }
  return next;
}

std::vector<client_request> request_order::take_waiting(conversation_id conversation) {
  std::vector<client_request> all;
  const auto found = conversations_.find(conversation);
  if (found == conversations_.end()) return all;
  for (auto& kept : found->second.waiting_requests) all.push_back(std::move(kept.request));
  found->second.waiting_requests.clear();
  return all;
}

}  // namespace parley
