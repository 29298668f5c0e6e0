#include "tools/parleyd/graceful_stop.hpp"

#include <unistd.h>

#include <string>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/session/admissions.hpp"

namespace parley {

namespace {
using namespace std::chrono_literals;
constexpr long signal_wait_ms = 50;
constexpr auto look_again = 10ms;
constexpr auto relay_answers_within = 1s;
}  // namespace

second_signal::second_signal(const stop_signals& signals, bool stopping_by_signal)
    : waiting_([&signals, is_second = stopping_by_signal](const std::stop_token& over) mutable {
        while (!over.stop_requested()) {
          if (!signals.came_within(signal_wait_ms)) continue;
          if (!std::exchange(is_second, true)) {
            log(severity::info, "stopping_already", "a signal: the node stops already; another ends it at once");
            continue;
          }
          log(severity::warning, "stopped_at_once", "a second signal: the node ends at once");
          ::_exit(1);
        }
      }) {}

void hand_shards_over(node_actors& actors, std::chrono::steady_clock::time_point deadline) {
  actors.give_shards_away();
  if (!actors.status()->wait_until_drained(deadline))
    log(severity::warning, "not_handed_over",
        "not all shards were taken within cluster.drain_timeout; others take what is left");
}

void let_sessions_go(node_actors& actors, std::uint32_t admissions_per_second,
                     std::chrono::steady_clock::time_point deadline) {
  auto left = actors.count_sessions(relay_answers_within);
  const auto spread = admissions::spread_of(left.value_or(0), admissions_per_second);
  if (left.value_or(1) > 0)
    log(severity::info, "draining", "sessions are asked to come back, each at another moment",
        {{"sessions", std::to_string(left.value_or(0))},
         {"within_s", std::to_string(std::chrono::duration_cast<std::chrono::seconds>(spread).count())}});
  actors.drain(spread);
  while (left.value_or(1) > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(look_again);
    left = actors.count_sessions(relay_answers_within);
  }
  if (left.value_or(1) > 0)
    log(severity::warning, "cut_off", "sessions have not ended within cluster.drain_timeout and are cut off",
        {{"sessions", std::to_string(left.value_or(0))}});
}

}  // namespace parley
