#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/contract/values/trace.hpp"

/// Recording the steps of a trace. Nobody but what is traced pays for it: everywhere else it is one look at
/// a number that is zero.
namespace parley {

/// Whether anything may be traced at this moment: only then are clocks read and steps kept.
inline constinit std::atomic<bool> tracing_now{false};

inline bool is_tracing() { return tracing_now.load(std::memory_order_relaxed); }

inline std::int64_t trace_clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// A random number that is not 0, for a trace or a span; alike by chance for two of a billion spans about
/// once in forty tries.
inline std::uint64_t new_trace_id() {
  // SplitMix64 (Steele, Lea and Flood 2014), begun anew by each thread.
  static thread_local std::uint64_t state = [] {
    std::random_device device;
    return std::uint64_t{device()} << 32U | device();
  }();
  auto mixed = state += 0x9e3779b97f4a7c15ULL;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
  mixed ^= mixed >> 31U;
  return mixed == 0 ? 1 : mixed;
}

/// As it is shown: 16 hexadecimal digits.
inline std::string to_trace_text(std::uint64_t id) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = digits[id >> (60U - 4U * i) & 0xfU];
  return text;
}

/// The newest steps that this process recorded, numbered from 0.
class trace_ring {
public:
  static constexpr std::size_t capacity = 65'536;

  void add(trace_span span) {
    const std::scoped_lock lock{mutex_};
    if (spans_.size() < capacity)
      spans_.push_back(std::move(span));
    else
      spans_[next_ % capacity] = std::move(span);
    ++next_;
  }
  struct reading {
    std::uint64_t next = 0;
    std::uint64_t lost = 0;
    std::vector<trace_span> spans;
  };
  /// From this number on, the oldest first, at most so many. Piece by piece: whoever records a step meanwhile
  /// waits for one piece at most.
  [[nodiscard]] reading from(std::uint64_t number, std::size_t most) const {
    reading read;
    read.next = number;
    while (read.spans.size() < most && read_piece(read, std::min(piece, most - read.spans.size()))) {
    }
    return read;
  }
  [[nodiscard]] std::uint64_t next() const {
    const std::scoped_lock lock{mutex_};
    return next_;
  }

private:
  static constexpr std::size_t piece = 128;

  /// False: that was all there is.
  bool read_piece(reading& read, std::size_t most) const {
    const std::scoped_lock lock{mutex_};
    const auto oldest = next_ - spans_.size();
    // A number that nobody was given begins with what there is.
    if (read.next > next_) read.next = oldest;
    if (read.next < oldest) read.lost += oldest - std::exchange(read.next, oldest);
    const auto end = std::min<std::uint64_t>(next_, read.next + most);
    for (; read.next < end; ++read.next) read.spans.push_back(spans_[read.next % capacity]);
    return read.next < next_;
  }

  mutable std::mutex mutex_;
  std::deque<trace_span> spans_;  // grows up to the capacity, then the oldest make room
  std::uint64_t next_ = 0;
};

inline trace_ring recorded_spans;

/// The step that this thread is at; zeros: none.
inline constinit thread_local trace_context trace_step_now{};

/// What a message that is sent now has to carry, if what caused it had `cause`.
inline trace_context trace_from_here(const trace_context& cause) {
  if (!cause || !is_tracing()) return cause;
  const bool is_of_this_step = trace_step_now.trace == cause.trace;
  return {cause.trace, is_of_this_step ? trace_step_now.span : cause.span, trace_clock_ns()};
}

/// Who does a step.
struct span_actor {
  std::uint64_t number = 0;  // 0: no actor
  std::string_view kind;
  entity_name entity;
};

/// A step of a trace from when it is made until it goes; whatever this thread sends meanwhile is caused by
/// it. Of a cause that is not traced it is nothing.
class span_under_way {
public:
  span_under_way(const trace_context& cause, const span_actor& who, std::string_view name)
      : is_recorded_(cause && is_tracing()) {
    if (!is_recorded_) return;
    began_ns_ = trace_clock_ns();
    span_ = {cause.trace,
             new_trace_id(),
             cause.span,
             cause.at_ns,
             std::max<std::int64_t>(began_ns_ - cause.at_ns, 0),
             0,
             who.number,
             who.kind,
             who.entity,
             name,
             {}};
    before_ = std::exchange(trace_step_now, {span_.trace, span_.span, began_ns_});
  }
  ~span_under_way() {
    if (!is_recorded_) return;
    span_.took_ns = std::max<std::int64_t>(trace_clock_ns() - began_ns_, 0);
    trace_step_now = before_;
    recorded_spans.add(std::move(span_));
  }
  span_under_way(const span_under_way&) = delete;
  span_under_way& operator=(const span_under_way&) = delete;

  /// Whether it is one.
  explicit operator bool() const { return is_recorded_; }
  /// All the time until now was what it took, and not waiting for it.
  void took_since_sent() {
    if (!is_recorded_) return;
    began_ns_ -= std::exchange(span_.waited_ns, 0);
  }
  void add(std::string_view name, std::int64_t value) {
    if (is_recorded_) span_.details.push_back({name, value});
  }
  void add_text(std::string_view name, std::string value) {
    if (is_recorded_) span_.details.push_back({name, std::move(value)});
  }

private:
  bool is_recorded_;
  std::int64_t began_ns_ = 0;
  trace_context before_;
  trace_span span_;
};

/// Records a step that is over: it waited from when it was sent until `began_ns`, and took until `ended_ns`.
/// What comes of it carries what is returned.
inline trace_context record_span(const trace_context& cause, const span_actor& who, std::string_view name,
                                 std::int64_t began_ns, std::int64_t ended_ns,
                                 std::vector<span_detail> details = {}) {
  if (!cause || !is_tracing()) return cause;
  const auto span = new_trace_id();
  recorded_spans.add({cause.trace, span, cause.span, cause.at_ns,
                      std::max<std::int64_t>(began_ns - cause.at_ns, 0),
                      std::max<std::int64_t>(ended_ns - began_ns, 0), who.number, who.kind, who.entity, name,
                      std::move(details)});
  return {cause.trace, span, ended_ns};
}

}  // namespace parley
