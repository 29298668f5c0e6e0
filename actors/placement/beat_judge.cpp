#include "actors/placement/beat_judge.hpp"

namespace parley {

namespace {
constexpr timestamp_ms long_silent_ms = 30'000;
}  // namespace

void beat_judge::beat(const cluster_view& seen) {
  std::map<incarnation_id, pulse> now;
  for (const auto& node : seen.nodes) {
    const auto before = pulses_.find(node.incarnation);
    auto& of = now[node.incarnation];
    of.beat = node.beat;
    if (before != pulses_.end()) {
      of.stood_still = before->second.beat == node.beat ? before->second.stood_still + 1 : 0;
    } else if (seen.now - node.beat_at > long_silent_ms) {
      // It had gone before we came: only the locks matter, and they are looked at anyway.
      of.stood_still = beats_until_dead;
    }
  }
  pulses_ = std::move(now);
}

bool beat_judge::is_dead(incarnation_id node) const {
  const auto known = pulses_.find(node);
  return known != pulses_.end() && known->second.stood_still >= beats_until_dead;
}

int beat_judge::beats_without(incarnation_id node) const {
  const auto known = pulses_.find(node);
  return known == pulses_.end() ? 0 : known->second.stood_still;
}

}  // namespace parley
