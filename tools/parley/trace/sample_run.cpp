#include "tools/parley/trace/sample_run.hpp"

#include <fmt/format.h>

#include <thread>

#include "tools/parley/bench/stop_request.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/trace/waterfall.hpp"

namespace parley::trace {

using client::outcome;
using client::trouble;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

constexpr auto asks_every = 250ms;
/// What is under way when it ends is waited for, this long.
constexpr auto last_words = 1'500ms;

}  // namespace

bool sample_run::is_enough(time now) const {
  if (settings_.count != 0 && shown_ >= settings_.count) return true;
  if (settings_.ends_after > 0ms && now - began_ >= settings_.ends_after) return true;
  return bench::stop_request::came() || gathered_.spans().size() >= spans_max;
}

outcome<void> sample_run::show(const std::string& trace) {
  if (settings_.count != 0 && shown_ >= settings_.count) return {};
  ++shown_;
  if (settings_.count != 0) chosen_.insert(trace);
  if (settings_.format != trace_format::waterfall) return {};
  const auto text = waterfall(make_tree(trace, gathered_.spans()), nullptr, look_of(settings_.out));
  gathered_.done_with(trace);
  if (!settings_.out.output.empty()) {
    text_ += (text_.empty() ? "" : "\n") + text;
    return {};
  }
  return write_out((shown_ == 1 ? "" : "\n") + text, settings_.out);
}

outcome<void> sample_run::ask() {
  if (auto done = traces_.keep_sampling(); done.has_error()) return done;
  const auto answer = traces_.next();
  if (answer.has_error()) return answer.error();
  const auto was_missing = gathered_.missing();
  gathered_.take(*answer, steady::now());
  if (gathered_.missing() != was_missing)
    for (const auto& each : remarks_about(*answer)) commands::say(each);
  return {};
}

outcome<void> sample_run::gather() {
  const auto asked = ask();
  const auto now = steady::now();
  if (!asked.has_error())
    answered_ = now;
  else if (asked.error().kind != trouble::unreachable || now - answered_ >= gives_up_after)
    return asked;
  for (const auto& trace : gathered_.complete(now))
    if (auto done = show(trace); done.has_error()) return done;
  return {};
}

outcome<void> sample_run::until_the_end() {
  while (!is_enough(steady::now())) {
    if (auto done = gather(); done.has_error()) return done;
    if (!is_enough(steady::now())) std::this_thread::sleep_for(asks_every);
  }
  if (gathered_.spans().size() >= spans_max)
    commands::say(fmt::format("ended: {} spans are the most that one file holds", gathered_.spans().size()));
  if (auto done = traces_.stop_sampling(); done.has_error()) return done;
  const auto last = steady::now() + last_words;
  while (steady::now() < last && (settings_.count == 0 || shown_ < settings_.count)) {
    if (auto done = gather(); done.has_error()) return done;
    std::this_thread::sleep_for(asks_every);
  }
  return {};
}

outcome<void> sample_run::end() {
  auto everything = gathered_.everything();
  if (settings_.count != 0) keep_only(everything, chosen_);
  auto said = fmt::format("{} trace{}", shown_, shown_ == 1 ? "" : "s");
  said += fmt::format("; {} span{} lost", gathered_.lost(), gathered_.lost() == 1 ? "" : "s");
  if (gathered_.late() != 0)
    said += fmt::format("; {} came after their trace was complete", gathered_.late());
  if (const auto without = gathered_.without_request(steady::now() + collector::patience); without != 0)
    said += fmt::format("; {} trace{} whose request did not come", without, without == 1 ? "" : "s");
  commands::say(said);
  for (const auto& each : gathered_.missing())
    commands::say(remarks_about(collection{0, 0, {each}, {}, {}, {}}).front());
  if (settings_.format != trace_format::waterfall)
    return write_out(rendered(everything, settings_.format, settings_.out), settings_.out);
  return settings_.out.output.empty() ? outcome<void>{} : write_out(text_, settings_.out);
}

outcome<void> sample_run::run() {
  if (auto done = can_write_out(settings_.out); done.has_error()) return done;
  began_ = answered_ = steady::now();
  if (auto done = traces_.skip_what_was(); done.has_error()) return done;
  if (auto done = traces_.sample(settings_.wish); done.has_error()) return done;
  const auto done = until_the_end();
  // What was gathered is worth showing, also when it ended by a problem.
  auto ended = end();
  return done.has_error() ? done : ended;
}

}  // namespace parley::trace
