#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "actors/contract/values/tracing.hpp"
#include "transport/hand_over.hpp"

namespace parley {

/// What of a connection's stream is followed: the last step of a trace ends when the socket has taken it.
/// Used on the connection's thread; while nothing is traced it is one pointer.
class traced_writes {
public:
  /// So much of a frame is about to be written, behind `queued` bytes of the stream so far.
  void add(const trace_context& cause, hand_over::kind what, std::uint64_t queued, std::size_t bytes) {
    if (!waiting_) waiting_ = std::make_unique<std::vector<write>>();
    // A reader that stands still is not followed without end.
    if (waiting_->size() >= waiting_max) return;
    waiting_->push_back({cause, what, queued + bytes, bytes, trace_clock_ns()});
  }
  /// So many bytes of the stream have left.
  void left(std::uint64_t sent, entity_name whose) {
    if (!waiting_) [[likely]]
      return;
    std::size_t done = 0;
    for (const auto now_ns = trace_clock_ns(); done < waiting_->size() && (*waiting_)[done].ends <= sent;
         ++done) {
      const auto& each = (*waiting_)[done];
      record_span(each.cause, {0, "connection", whose},
                  each.what == hand_over::kind::reply ? "write_reply" : "write_event", each.began_ns, now_ns,
                  {{"bytes", static_cast<std::int64_t>(each.bytes)}});
    }
    waiting_->erase(waiting_->begin(), waiting_->begin() + static_cast<std::ptrdiff_t>(done));
    if (waiting_->empty()) waiting_.reset();
  }

private:
  struct write {
    trace_context cause;
    hand_over::kind what = hand_over::kind::event;
    std::uint64_t ends = 0;  // of the stream's bytes, the first behind it
    std::size_t bytes = 0;
    std::int64_t began_ns = 0;  // when the connection's thread had it
  };
  static constexpr std::size_t waiting_max = 1'024;

  std::unique_ptr<std::vector<write>> waiting_;
};

}  // namespace parley
