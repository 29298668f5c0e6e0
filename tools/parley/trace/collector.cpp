#include "tools/parley/trace/collector.hpp"

#include <algorithm>

namespace parley::trace {

namespace {

/// As many ids of traces that were let go are remembered, so that what comes late is known as that.
constexpr std::size_t remembered_max = 10'000;

}  // namespace

void collector::take(const collection& answer, time now) {
  lost_ += answer.lost;
  taken_at_ms_ = answer.taken_at_ms;
  missing_.clear();
  for (const auto& each : answer.missing) missing_[each.node] = each.why;
  for (const auto& each : answer.spans) {
    if (gone_.contains(each.trace)) {
      ++late_;
      continue;
    }
    if (!spans_.add(each)) continue;
    const auto [found, is_new] = traces_.try_emplace(each.trace);
    auto& its = found->second;
    if (is_new) its.first = now;
    its.last = now;
    if (its.is_complete) ++late_;
    if (each.parent.empty()) its.has_request = true;
    if (each.name == "write_reply") its.has_reply = true;
    if (each.name == "shared") its.continues.insert(each.text("continues_trace"));
  }
}

bool collector::is_quiet(const progress& its, time now) const {
  if (now - its.last < quiet) return false;
  return std::ranges::all_of(its.continues, [&](const std::string& other) {
    const auto found = traces_.find(other);
    return found == traces_.end() || now - found->second.last >= quiet;
  });
}

std::vector<std::string> collector::complete(time now) {
  std::vector<std::pair<std::int64_t, std::string>> found;
  for (auto& [trace, its] : traces_) {
    if (its.is_complete || !its.has_request) continue;
    const bool has_waited = now - its.first >= patience;
    // Somebody who reads slowly keeps a trace open; it is shown all the same.
    if (!has_waited && (!its.has_reply || !is_quiet(its, now))) continue;
    its.is_complete = true;
    found.emplace_back(std::ranges::min(spans_.of(trace), {}, &span::at_ns).at_ns, trace);
  }
  std::ranges::sort(found);
  std::vector<std::string> out;
  for (auto& [began, trace] : found) out.push_back(std::move(trace));
  return out;
}

void collector::done_with(const std::string& trace) {
  shown_.push_back(trace);
  while (shown_.size() > kept_max) {
    spans_.forget(shown_.front());
    traces_.erase(shown_.front());
    gone_.insert(shown_.front());
    gone_order_.push_back(std::move(shown_.front()));
    shown_.pop_front();
    if (gone_order_.size() <= remembered_max) continue;
    gone_.erase(gone_order_.front());
    gone_order_.pop_front();
  }
}

std::vector<missing_node> collector::missing() const {
  std::vector<missing_node> out;
  for (const auto& [node, why] : missing_) out.push_back({node, why});
  return out;
}

std::size_t collector::without_request(time now) const {
  return static_cast<std::size_t>(std::ranges::count_if(traces_, [now](const auto& each) {
    return !each.second.has_request && now - each.second.first >= patience;
  }));
}

collection collector::everything() const {
  collection out;
  out.taken_at_ms = taken_at_ms_;
  out.lost = lost_;
  out.missing = missing();
  for (const auto& trace : spans_.traces())
    out.spans.insert(out.spans.end(), spans_.of(trace).begin(), spans_.of(trace).end());
  return out;
}

}  // namespace parley::trace
