#pragma once

#include <atomic>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include "actors/contract/values/counter.hpp"

namespace parley {

/// What all actors of one kind did together. Counters only grow; the difference of two is "now".
struct kind_meter {
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

/// The one base of all actors: counts what comes in, what is handled and, now and then, how long that takes.
/// The actor itself outlives the handling of a message, its state may not.
template <class Base>
class metered : public Base {
public:
  template <class... Ts>
  explicit metered(caf::actor_config& config, Ts&&... arguments)
      : Base(config, std::forward<Ts>(arguments)...) {}
  ~metered() override {
    if (meter_ != nullptr) meter_->discarded.add(enqueued_.load(std::memory_order_relaxed) - handled_);
  }

  /// Called once by the state when it is made, since only the state knows its kind.
  void count_as(kind_meter& meter) {
    meter_ = &meter;
    meter.spawned.add();
  }
  void count_stopped() {
    if (meter_ != nullptr) meter_->stopped.add();
  }

  using Base::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override {
    if (meter_ != nullptr) {
      meter_->enqueued.add();
      enqueued_.fetch_add(1, std::memory_order_relaxed);
    }
    Base::enqueue(std::move(element), unit);
  }

  caf::invoke_message_result consume(caf::mailbox_element& element) override {
    if (meter_ == nullptr) return Base::consume(element);
    static constinit thread_local std::uint32_t turn = 0;
    if (++turn % handled_a_sample != 0) return counted(Base::consume(element));
    const auto began = std::chrono::steady_clock::now();
    const auto result = Base::consume(element);
    meter_->handling.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    return counted(result);
  }

private:
  /// What is put back is handled later.
  caf::invoke_message_result counted(caf::invoke_message_result result) {
    if (result == caf::invoke_message_result::skipped) return result;
    ++handled_;
    meter_->handled.add();
    return result;
  }

  kind_meter* meter_ = nullptr;
  std::atomic<std::uint64_t> enqueued_{0};
  std::uint64_t handled_ = 0;
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
