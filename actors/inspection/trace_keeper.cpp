#include "actors/inspection/trace_keeper.hpp"

#include <utility>

#include "actors/contract/values/tracing.hpp"
#include "actors/inspection/level.hpp"

namespace parley {

namespace {

struct wanted_traces {
  std::mutex mutex;
  trace_sampling what;
};

wanted_traces& wanted_now() {
  static wanted_traces wanted;
  return wanted;
}

void want(const trace_sampling& what) {
  auto& wanted = wanted_now();
  const std::scoped_lock lock{wanted.mutex};
  wanted.what = what;
}

void record(bool on) {
  tracing_now.store(on);
  watch_traces(on);
}

}  // namespace

bool is_to_be_traced(conversation_id conversation, session_id session) {
  auto& wanted = wanted_now();
  double share = 0;
  {
    const std::scoped_lock lock{wanted.mutex};
    const auto& what = wanted.what;
    if (what.conversation && what.conversation != conversation) return false;
    if (what.session && what.session != session) return false;
    share = what.share;
  }
  // 53 bits of a random number, as a fraction.
  return share >= 1 || static_cast<double>(new_trace_id() >> 11U) * 0x1p-53 < share;
}

trace_keeper::~trace_keeper() {
  want({});
  record(false);
}

trace_lease trace_keeper::sample(const trace_sampling& what, timestamp_ms until, timestamp_ms now) {
  const std::scoped_lock lock{mutex_};
  const bool is_on = what.share > 0;
  // Of another node's sessions nothing begins here, and what began there passes.
  const bool begins_here = is_on && (what.node.empty() || what.node == node_);
  want(begins_here ? what : trace_sampling{});
  begins_no_more_ = begins_here ? until : 0;
  if (is_on || records_until_ != 0) records_until_ = (is_on ? until : now) + ending_ms;
  if (is_on) record(true);
  return {what, is_on ? std::optional(until) : std::nullopt};
}

std::optional<timestamp_ms> trace_keeper::look(timestamp_ms now) {
  const std::scoped_lock lock{mutex_};
  if (begins_no_more_ != 0 && begins_no_more_ <= now) {
    begins_no_more_ = 0;
    want({});
  }
  if (records_until_ != 0 && records_until_ <= now) {
    records_until_ = 0;
    record(false);
  }
  if (begins_no_more_ != 0) return begins_no_more_;
  if (records_until_ != 0) return records_until_;
  return std::nullopt;
}

}  // namespace parley
