#pragma once

#include <atomic>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <cstdint>
#include <string_view>

namespace parley {

/// What all actors of one kind did together. Counters only grow; the difference of two is "now".
struct kind_meter {
  std::atomic<std::uint64_t> spawned{0};
  std::atomic<std::uint64_t> stopped{0};
  std::atomic<std::uint64_t> enqueued{0};
  std::atomic<std::uint64_t> handled{0};
};

/// The meter of a kind; the same object for the life of the process. At most 32 kinds.
kind_meter& meter_of(std::string_view kind);

/// The one base of all actors: counts what comes in and what is handled. Nothing is touched after a
/// message has been handled, since the actor may be gone by then.
template <class Base>
class metered : public Base {
public:
  template <class... Ts>
  explicit metered(caf::actor_config& config, Ts&&... arguments)
      : Base(config, std::forward<Ts>(arguments)...) {}

  /// Called once by the state when it is made, since only the state knows its kind.
  void count_as(kind_meter& meter) {
    meter_ = &meter;
    meter.spawned.fetch_add(1, std::memory_order_relaxed);
  }
  void count_stopped() {
    if (meter_ != nullptr) meter_->stopped.fetch_add(1, std::memory_order_relaxed);
  }

  using Base::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override {
    if (meter_ != nullptr) meter_->enqueued.fetch_add(1, std::memory_order_relaxed);
    Base::enqueue(std::move(element), unit);
  }

  caf::invoke_message_result consume(caf::mailbox_element& element) override {
    if (meter_ != nullptr) meter_->handled.fetch_add(1, std::memory_order_relaxed);
    return Base::consume(element);
  }

private:
  kind_meter* meter_ = nullptr;
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

private:
  self_pointer self_;
};

}  // namespace parley
