#pragma once

#include <array>
#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/forwarder/forwarder.hpp"

namespace parley {

/// The forwarders of two nodes, and links between them that carry what they are given at once, or hold it
/// back until they are told to let it through.
class two_forwarders {
public:
  /// What a call was answered: nothing yet, or an outcome.
  using result = std::shared_ptr<outcome<forwarded_answer>>;
  static constexpr std::size_t calls_max = 20;
  static constexpr std::size_t serving_max = 30;

  struct side {
    incarnation_id node;
    std::shared_ptr<directory> where = std::make_shared<directory>();
    std::shared_ptr<call_server> server = std::make_shared<call_server>();
    std::shared_ptr<call_desk> desk;
    side* peer = nullptr;
    bool holds_back = false;
    std::deque<message_to_forwarder> held;
  };

  two_forwarders() : scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())) {
    one.node = {1'000};
    other.node = {2'000};
    one.peer = &other;
    other.peer = &one;
    for (auto* each : {&one, &other}) {
      each->where->node = each->node;
      forwarder_options options;
      options.serving_max = serving_max;
      each->where->forwarder = system_.spawn(forwarder, forwarder_setup{each->where, each->server, options});
      each->desk = std::make_shared<call_desk>(each->where, each->server, call_desk_bounds{calls_max});
      const auto link = system_.spawn([each] { return link_from(each); });
      each->where->ways.set_peers({{each->peer->node, caf::actor_cast<link_actor>(link)}});
    }
    for (auto* each : {&one, &other}) tell(*each, peer_reached{each->peer->node});
  }
  ~two_forwarders() {
    for (auto* each : {&one, &other}) {
      caf::anon_send(each->where->forwarder, stop_actor{});
      each->where->forwarder = forwarder_actor{};
      each->where->ways.set_peers({});
    }
    settle();
  }
  two_forwarders(const two_forwarders&) = delete;
  two_forwarders& operator=(const two_forwarders&) = delete;

  /// A client of `one` calls for something of this node.
  result call(forwarded_call what, incarnation_id node = {2'000}, std::chrono::milliseconds within = still) {
    auto given = std::make_shared<outcome<forwarded_answer>>(unanswered);
    one.desk->forward(node, std::move(what), within,
                      [given](outcome<forwarded_answer> answer) { *given = std::move(answer); });
    settle();
    return given;
  }
  [[nodiscard]] static bool is_answered(const result& given) {
    return given->has_value() || given->error() != unanswered;
  }
  template <class Message>
  void tell(side& whom, Message message) {
    caf::anon_send(whom.where->forwarder, std::move(message));
    settle();
  }
  /// What this side's link has held back arrives.
  void let_through(side& from) {
    for (auto held = std::exchange(from.held, {}); !held.empty(); held.pop_front())
      pass_on(from, held.front());
    settle();
  }
  void settle() { scheduler_.run(); }
  void pass(std::chrono::milliseconds time) {
    constexpr std::chrono::milliseconds step{50};
    for (; time.count() > 0; time -= step) {
      scheduler_.advance_time(step);
      settle();
    }
  }
  static std::size_t bytes_in(const message_to_forwarder& message) {
    struct sizes {
      std::size_t operator()(const call_forwarded& each) const { return cost_of(each); }
      std::size_t operator()(const call_answered& each) const { return cost_of(each); }
      std::size_t operator()(const call_bytes_taken&) const { return 0; }
    };
    return std::visit(sizes{}, message);
  }

  side one;
  side other;

private:
  static constexpr std::chrono::milliseconds still{5'000};
  static inline const failure unanswered{errc::internal, "not answered yet", {}};

  static void pass_on(side& from, message_to_forwarder& message) {
    std::visit([&](auto& each) { caf::anon_send(from.peer->where->forwarder, std::move(each)); }, message);
  }
  static caf::behavior link_from(side* from) {
    return {[from](const send_to_peer& message) {
      auto what = std::get<message_to_forwarder>(message.what);
      if (from->holds_back)
        from->held.push_back(std::move(what));
      else
        pass_on(*from, what);
    }};
  }

  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  };
  testing_config configuration_;
  caf::actor_system system_{configuration_};
  caf::scheduler::test_coordinator& scheduler_;
};

}  // namespace parley
