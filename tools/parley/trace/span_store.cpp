#include "tools/parley/trace/span_store.hpp"

#include <algorithm>
#include <limits>

namespace parley::trace {

bool span_store::add(span what) {
  auto& its = traces_[what.trace];
  if (!its.ids.insert(what.id).second) return false;
  its.spans.push_back(std::move(what));
  ++size_;
  return true;
}

void span_store::forget(const std::string& trace) {
  const auto found = traces_.find(trace);
  if (found == traces_.end()) return;
  size_ -= found->second.spans.size();
  traces_.erase(found);
}

const std::vector<span>& span_store::of(const std::string& trace) const {
  static const std::vector<span> none;
  const auto found = traces_.find(trace);
  return found == traces_.end() ? none : found->second.spans;
}

std::vector<std::string> span_store::traces() const {
  std::vector<std::pair<std::int64_t, std::string>> by_beginning;
  for (const auto& [trace, its] : traces_) {
    auto first = std::numeric_limits<std::int64_t>::max();
    for (const auto& each : its.spans) first = std::min(first, each.at_ns);
    by_beginning.emplace_back(first, trace);
  }
  std::ranges::sort(by_beginning);
  std::vector<std::string> out;
  for (auto& [first, trace] : by_beginning) out.push_back(std::move(trace));
  return out;
}

}  // namespace parley::trace
