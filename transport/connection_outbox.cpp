#include "transport/connection_outbox.hpp"

#include <memory>

#include "actors/contract/values/tracing.hpp"

namespace parley {

namespace {

/// Of the step that whoever pushes is at, if that is traced.
std::unique_ptr<const trace_context> trace_of_this_step() {
  if (!trace_step_now) return nullptr;
  return std::make_unique<const trace_context>(trace_from_here(trace_step_now));
}

}  // namespace

outbox::admission connection_outbox::push_event(frame event) {
  const auto bytes = event->bytes.size();
  if (state_.load() != state::open) return admission::closed;
  while (!fits(bytes)) {
    refused_.store(true);
    // If room came in between, nobody else would tell: look again, and take the refusal back.
    if (fits(bytes) && refused_.exchange(false)) continue;
    counters.events_dropped.add();
    return admission::full;
  }
  bytes_added(bytes);
  thread_->push({std::move(event), connection_, hand_over::kind::event, trace_of_this_step()});
  return admission::accepted;
}

outbox::run_admission connection_outbox::push_events(const shared_run& run, std::size_t first,
                                                     std::size_t count) {
  const bool whole = run->joined && count == run->frames.size();
  // As one piece if it fits as one; at the bound, frame by frame.
  if (!whole || waiting_bytes_.load() + run->joined->bytes.size() > bytes_max_)
    return outbox::push_events(run, first, count);
  const auto answer = push_event(run->joined);
  return {answer == admission::accepted ? count : 0, answer};
}

void connection_outbox::push_reply(frame reply) {
  if (state_.load() != state::open) return;
  bytes_added(reply->bytes.size());
  thread_->push({std::move(reply), connection_, hand_over::kind::reply, trace_of_this_step()});
}

void connection_outbox::close(close_code code, std::string reason) {
  auto expected = state::open;
  if (!state_.compare_exchange_strong(expected, state::closing)) return;
  // The hand-over's lock makes both visible to the connection's thread.
  code_ = code;
  reason_ = std::move(reason);
  thread_->push({nullptr, connection_, hand_over::kind::ending, nullptr});
}

}  // namespace parley
