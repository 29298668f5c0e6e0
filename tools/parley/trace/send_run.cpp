#include "tools/parley/trace/send_run.hpp"

#include <fmt/format.h>

#include <thread>

#include "tools/parley/bench/stop_request.hpp"
#include "tools/parley/commands/conversations.hpp"
#include "tools/parley/commands/output.hpp"

namespace parley::trace {

using client::outcome;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

/// Often enough that no node overwrites spans that were not asked for, seldom enough to disturb nobody.
constexpr auto gathers_every = 250ms;

}  // namespace

outcome<void> send_run::send_one(const std::string& text) {
  // Another one after the session came back.
  if (session_of_requests now{session_.node_name(), session_.session_id()}; now != traced_session_) {
    if (auto done = traces_.sample({1, "", now.id, now.node}); done.has_error()) return done;
    traced_session_ = std::move(now);
  }
  if (auto done = traces_.keep_sampling(); done.has_error()) return done;
  const json::object message{
      {"conversation", conversation_}, {"key", commands::random_key()}, {"text", text}};
  sent_message each;
  each.conversation = conversation_;
  each.began_at_ns = std::chrono::nanoseconds{std::chrono::system_clock::now().time_since_epoch()}.count();
  const auto began = steady::now();
  const auto answer = session_.call("send", message);
  each.latency_ns = std::chrono::nanoseconds{steady::now() - began}.count();
  if (answer.has_error()) return answer.error();
  each.seq = client::number_of(*answer, "seq");
  sent_.push_back(std::move(each));
  return {};
}

outcome<void> send_run::gather() {
  const auto answer = traces_.next();
  if (answer.has_error()) return answer.error();
  gathered_at_ = steady::now();
  gathered_.take(*answer, gathered_at_);
  for (const auto& trace : gathered_.complete(gathered_at_)) {
    measured_.push_back(measure(make_tree(trace, gathered_.spans())));
    if (keeping_ == keeping::last) gathered_.done_with(trace);
  }
  return {};
}

outcome<void> send_run::send(const std::string& text, unsigned times) {
  gathered_at_ = steady::now();
  for (unsigned i = 0; i < times && !bench::stop_request::came(); ++i) {
    if (auto done = send_one(text); done.has_error()) return done;
    if (steady::now() - gathered_at_ < gathers_every) continue;
    if (auto done = gather(); done.has_error()) return done;
    if (gathered_.spans().size() < spans_max) continue;
    commands::say(fmt::format("ended after {} messages: their {} spans are the most that one file holds",
                              sent_.size(), gathered_.spans().size()));
    break;
  }
  return {};
}

outcome<void> send_run::wait_for_traces() {
  const auto until = steady::now() + traces_within;
  do {
    std::this_thread::sleep_for(100ms);
    if (auto done = gather(); done.has_error()) return done;
  } while (measured_.size() < sent_.size() && steady::now() < until && !bench::stop_request::came());
  match(sent_, measured_, traced_session_);
  return traces_.stop_sampling();
}

collection send_run::everything() const {
  auto out = gathered_.everything();
  out.sent = sent_;
  return out;
}

}  // namespace parley::trace
