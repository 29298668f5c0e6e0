#pragma once

#include <atomic>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "actors/contract/values/counter.hpp"
#include "actors/contract/values/shard.hpp"
#include "actors/contract/values/tracing.hpp"
#include "actors/inspection/level.hpp"
#include "actors/inspection/live_actor.hpp"
#include "actors/inspection/watching.hpp"

namespace parley {

/// What all actors of one kind did together. Counters only grow; the difference of two is "now".
struct kind_meter {
  std::string_view kind;
  counter spawned;
  counter stopped;
  counter enqueued;
  counter handled;
  counter discarded;  // in the mailbox of an actor that is gone
  /// Seconds that one message took, of every `handled_a_sample`th that a thread handles.
  histogram<9> handling{{1e-6, 4e-6, 16e-6, 64e-6, 256e-6, 1e-3, 4e-3, 16e-3, 64e-3}};
};

/// Two looks at a clock cost about as much as handling a small message, so most go without.
inline constexpr std::uint32_t handled_a_sample = 64;

/// The meter of a kind; the same object for the life of the process. At most 32 kinds.
kind_meter& meter_of(std::string_view kind);
/// Calls for every kind there is so far.
void for_all_kinds(const std::function<void(std::string_view kind, const kind_meter& meter)>& call);

/// The one base of all actors: counts what comes in, what is handled and, now and then, how long that takes;
/// lists the actor among those that live; and shows each message to whoever watches (`watched_now`).
/// The actor itself outlives the handling of a message, its state may not.
template <class Base>
class metered : public Base {
public:
  template <class... Ts>
  explicit metered(caf::actor_config& config, Ts&&... arguments)
      : Base(config, std::forward<Ts>(arguments)...) {
    shown_.number = this->id();
    if (config.parent != nullptr) shown_.parent = config.parent->id();
  }
  ~metered() override {
    if (meter_ == nullptr) return;
    live_actors_stopped(shown_, {});
    count_discarded();
  }

  /// Called once by the state when it is made, since only the state knows its kind.
  void count_as(kind_meter& meter) {
    meter_ = &meter;
    meter.spawned.add();
    shown_.kind = meter.kind;
  }
  void count_stopped() {
    if (meter_ != nullptr) meter_->stopped.add();
  }
  /// What the inspection shows of this actor; to be filled in by the state's `make_behavior`.
  live_actor& shown() { return shown_; }

  /// When the behaviour is there, the actor stands in the list with what its state has said of it.
  void initialize() override {
    Base::initialize();
    if (meter_ != nullptr) live_actors_started(shown_);
  }
  bool cleanup(caf::error&& reason, caf::execution_unit* host) override {
    if (meter_ != nullptr) live_actors_stopped(shown_, reason);
    const auto cleaned = Base::cleanup(std::move(reason), host);
    // What waited is gone now; the actor itself may stay for as long as a timer holds it.
    if (meter_ != nullptr) count_discarded();
    return cleaned;
  }

  using Base::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override {
    if (meter_ != nullptr) {
      meter_->enqueued.add();
      const auto place = shown_.enqueued.fetch_add(1, std::memory_order_relaxed) + 1;
      if (const auto watched = watched_now.load(std::memory_order_relaxed); watched != 0) [[unlikely]]
        watch_arrival(shown_, watched, place, *element);
    }
    Base::enqueue(std::move(element), unit);
  }

  caf::invoke_message_result consume(caf::mailbox_element& element) override {
    if (meter_ == nullptr) return Base::consume(element);
    if (const auto watched = watched_now.load(std::memory_order_relaxed); watched != 0) [[unlikely]]
      return consume_watched(element, watched);
    return consume_timed(element).first;
  }

private:
  /// What came and will not be handled, as far as that has not been counted yet. Called when nobody runs the
  /// actor any more.
  void count_discarded() {
    const auto came = shown_.enqueued.load(std::memory_order_relaxed);
    const auto gone = shown_.handled.load(std::memory_order_relaxed) + discarded_;
    if (came <= gone) return;
    discarded_ += came - gone;
    meter_->discarded.add(came - gone);
  }

  /// The result, and how long it took in nanoseconds; -1: it was not timed.
  std::pair<caf::invoke_message_result, std::int64_t> consume_timed(caf::mailbox_element& element) {
    static constinit thread_local std::uint32_t turn = 0;
    if (++turn % handled_a_sample != 0) return {counted(Base::consume(element)), -1};
    const auto began = steady_ns();
    const auto result = Base::consume(element);
    const auto took = steady_ns() - began;
    meter_->handling.observe(static_cast<double>(took) / 1e9);
    return {counted(result), took};
  }

  caf::invoke_message_result consume_watched(caf::mailbox_element& element, std::uint8_t watched) {
    message_watch watch{shown_, watched, element};
    const auto [result, took] = consume_timed(element);
    if (result != caf::invoke_message_result::skipped) watch.handled(took);
    return result;
  }

  /// What is put back is handled later.
  caf::invoke_message_result counted(caf::invoke_message_result result) {
    if (result == caf::invoke_message_result::skipped) return result;
    // Nobody else writes it.
    shown_.handled.store(shown_.handled.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    meter_->handled.add();
    return result;
  }

  kind_meter* meter_ = nullptr;
  std::uint64_t discarded_ = 0;
  live_actor shown_;
};

/// The implementation type of an actor with this interface and state.
template <class Interface, class State>
using metered_actor = caf::stateful_actor<State, metered<typename Interface::base>>;

/// Base of every actor's state: names its kind to the meter for as long as it lives.
template <class Interface, class State>
class metered_state {
public:
  using self_pointer = metered_actor<Interface, State>*;
  using behavior_type = typename Interface::behavior_type;

  explicit metered_state(self_pointer self) : self_(self) { self->count_as(meter_of(State::name)); }
  metered_state(const metered_state&) = delete;
  metered_state& operator=(const metered_state&) = delete;

protected:
  ~metered_state() { self_->count_stopped(); }
  self_pointer self() const { return self_; }
  /// As who it does the steps of a trace.
  [[nodiscard]] span_actor as_span_actor() const {
    const auto& shown = self_->shown();
    return {shown.number, shown.kind, shown.entity};
  }
  /// Says, while the behaviour is made, what the actor stands for and in which shard that lies.
  template <class Id>
  void stands_for(Id id) {
    self_->shown().entity = name_of(id);
  }
  void lies_in(shard_index shard) { self_->shown().shard = shard.value; }
  /// What people call what it stands for.
  void is_called(const std::string& name) const { self_->shown().name.set(name); }
  /// The message that is being handled is answered with a refusal, to a client or to another actor.
  void note_refusal() const { self_->shown().has_refused = true; }

private:
  self_pointer self_;
};

}  // namespace parley
