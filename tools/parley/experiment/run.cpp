#include "tools/parley/experiment/run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>

#include "tools/parley/bench/bench_failure.hpp"
#include "tools/parley/bench/machine.hpp"
#include "tools/parley/bench/people.hpp"
#include "tools/parley/bench/stop_request.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/demo/demo_folder.hpp"
#include "tools/parley/experiment/crowd.hpp"
#include "tools/parley/experiment/fault_runner.hpp"
#include "tools/parley/experiment/history_check.hpp"
#include "tools/parley/experiment/observers.hpp"
#include "tools/parley/experiment/result.hpp"
#include "tools/parley/experiment/run_folder.hpp"
#include "tools/parley/experiment/surroundings.hpp"
#include "tools/parley/topology/moment.hpp"

namespace parley::experiment {

using client::outcome;
using client::problem;
using client::trouble;
using commands::say;
namespace fs = std::filesystem;
namespace json = client::json;
using namespace std::chrono_literals;

namespace {

constexpr microseconds turn_max = 10ms;
constexpr microseconds told_every = 5s;
constexpr microseconds flushed_every = 1s;
/// Somebody who presses Ctrl-C does not want to wait for long.
constexpr microseconds settle_when_ended = 2s;

outcome<std::vector<client::signed_in_user>> make_accounts(const cluster& at, const settings& what) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < what.people; ++i) names.push_back(person_name(i));
  // Accounts may be made anywhere; one node is enough, several at a time.
  try {
    return bench::make_people(at.at(0), names);
  } catch (const bench::bench_failure& failed) {
    return problem{static_cast<trouble>(failed.status()), failed.what()};
  }
}

/// One run, from a cluster that serves to a folder that is whole.
class measured_run {
public:
  measured_run(const settings& what, run_folder& folder, cluster& on)
      : what_(what), folder_(folder), cluster_(on), plan_(schedule::of(what)) {}

  outcome<run_end> go() {
    if (auto done = history_.open(folder_.path()); done.has_error()) return done.error();
    if (auto done = events_.open(folder_.path() / "events.csv", "at_us,what,node,detail"); done.has_error())
      return done.error();
    say(fmt::format("making {} people and {} groups …", what_.people, what_.groups));
    auto people = make_accounts(cluster_, what_);
    if (people.has_error()) return people.error();
    crowd all{loop_, cluster_, what_, plan_, history_};
    if (auto done = all.make_groups(std::move(*people)); done.has_error()) return done.error();
    if (auto done = folder_.write_people(all.people(), all.groups(), plan_, cluster_.size());
        done.has_error())
      return done.error();
    if (auto done = all.gather(); done.has_error()) return done.error();
    if (auto done = observe(); done.has_error()) return done.error();
    fault_runner faults{cluster_, what_, all.groups()};
    auto done = load(all, faults);
    faults.end();
    end_observing();
    all.leave();
    history_.flush();
    if (done.has_error()) {
      notes_.push_back(done.error().message);
      ended_early_ = true;
      load_ended_ = std::min<microseconds>(history_.now(), what_.duration);
    }
    if (auto wrote = faults.write(folder_.path() / "faults.csv"); wrote.has_error()) return wrote.error();
    auto judged = finish();
    return done.has_error() ? outcome<run_end>{done.error()} : judged;
  }

private:
  outcome<void> observe() {
    observed by;
    for (std::size_t i = 0; i < cluster_.size(); ++i) by.nodes.push_back(cluster_.at(i));
    by.token_file = cluster_.token_file();
    by.token = cluster_.token();
    // It asks the nodes for traces, which takes a moment; all the others begin with the load.
    traces_ = std::make_unique<traces_observer>(by, folder_.path() / "spans.jsonl", what_.traces);
    if (!traces_->is_there()) say(fmt::format("no traces: {}", traces_->note()));
    history_.begin();
    time_zero_ = topology::moment_now();
    auto topology = topology_observer::start(by, folder_.path() / "topology.rec", what_.topology_every);
    if (topology.has_error()) return topology.error();
    topology_ = std::move(*topology);
    auto metrics = metrics_observer::start(by, folder_.path() / "metrics.csv", history_, what_.metrics_every);
    if (metrics.has_error()) return metrics.error();
    metrics_ = std::move(*metrics);
    return {};
  }

  void end_observing() {
    metrics_->end();
    traces_->end();
    if (auto wrong = topology_->end(); !wrong.empty()) notes_.push_back("topology.rec: " + wrong);
    if (auto note = traces_->note(); !note.empty()) notes_.push_back("traces: " + note);
  }

  outcome<void> load(crowd& all, fault_runner& faults) {
    say(fmt::format("{} messages in {}; Ctrl-C ends it early", plan_.sends.size(),
                    duration_text(what_.duration)));
    const microseconds end = what_.duration;
    auto over = end + what_.settle;
    for (;;) {
      const auto now = history_.now();
      if (bench::stop_request::came() && !ended_early_) {
        ended_early_ = now < end;
        over = std::min(over, now + settle_when_ended);
        load_ended_ = std::min(now, end);
      }
      const bool is_over = ended_early_ || now >= end;
      if (auto done = turn(all, faults, now, is_over); done.has_error()) return done;
      if (is_over && ((is_settled_ = all.is_settled()) || now >= over)) return {};
      loop_.restart();
      const auto until = std::min({all.next(), faults.next(), now + turn_max});
      const auto wait = std::max(until - history_.now(), microseconds{0});
      // Without sessions there is nothing to run, and it returns at once.
      if (loop_.run_for(wait) == 0 && loop_.stopped()) demo::pause();
      while (loop_.poll() != 0) {
      }
    }
  }

  outcome<void> turn(crowd& all, fault_runner& faults, microseconds now, bool is_over) {
    all.go_on(now, is_over);
    const auto news = cluster_.look_after();
    if (news.has_error()) return news.error();
    for (const auto& each : *news) {
      const bool is_node = each.what != cluster_event::kind::database_ready;
      const auto* what = each.what == cluster_event::kind::ended    ? "ended"
                         : each.what == cluster_event::kind::serves ? "serves"
                                                                    : "database_ready";
      events_.row(fmt::format("{},{},{},{}", now.count(), what, is_node ? node_name(each.node) : "",
                              csv_cell(each.detail)));
      tell(now, each.detail);
    }
    // Nothing new happens to a cluster whose load was ended.
    for (const auto& line : faults.go_on(ended_early_ ? std::min(now, load_ended_) : now, *news))
      tell(now, line);
    if (now >= next_flush_) {
      next_flush_ = now + flushed_every;
      history_.flush();
      events_.flush();
    }
    if (now >= next_told_) tell_progress(all, now);
    return {};
  }

  void tell(microseconds now, std::string_view what) const {
    say(fmt::format("{:6.1f} s  {}", static_cast<double>(now.count()) / 1e6, what));
  }

  void tell_progress(const crowd& all, microseconds now) {
    const auto counts = history_.take_counts();
    const auto seconds = static_cast<double>((now - last_told_).count()) / 1e6;
    last_told_ = now;
    next_told_ = now + told_every;
    if (seconds < 0.1) return;
    tell(now, fmt::format("{:.1f} acknowledged/s, {:.0f} delivered/s, {} wait for an answer, {} of {} online",
                          static_cast<double>(counts.acknowledged) / seconds,
                          static_cast<double>(counts.delivered) / seconds, all.waiting(), all.online(),
                          what_.people));
  }

  /// Checks what was recorded, and writes what came out.
  outcome<run_end> finish() {
    write_configurations(cluster_, folder_.path());
    if (auto done = folder_.write_manifest(what_, surroundings(cluster_, folder_.path()),
                                           topology::moment_text(time_zero_));
        done.has_error())
      return done.error();
    run_result out;
    out.judged =
        check_history(history_.seen(), is_settled_ ? recorded_until::the_end : recorded_until::cut_off);
    out.ended_early = ended_early_;
    out.is_settled = is_settled_;
    out.load_us = ended_early_ ? load_ended_ : microseconds{what_.duration};
    out.notes = notes_;
    out.has_traces = traces_->is_there();
    if (auto done = folder_.write_json("result.json", to_json(out, what_, history_.seen())); done.has_error())
      return done.error();
    for (const auto& line : readable(out, history_.seen())) say(line);
    if (out.judged.violations() != 0) return run_end::violations;
    return ended_early_ ? run_end::ended_early : run_end::done;
  }

  const settings& what_;
  run_folder& folder_;
  cluster& cluster_;
  schedule plan_;
  boost::asio::io_context loop_{1};
  history_log history_;
  csv_file events_;
  std::unique_ptr<metrics_observer> metrics_;
  std::unique_ptr<topology_observer> topology_;
  std::unique_ptr<traces_observer> traces_;
  std::vector<std::string> notes_;
  std::int64_t time_zero_ = 0;
  microseconds next_told_ = told_every;
  microseconds last_told_{0};
  microseconds next_flush_{0};
  microseconds load_ended_{0};
  bool ended_early_ = false;
  bool is_settled_ = false;
};

}  // namespace

outcome<run_end> run(const settings& what, const run_options& options) {
  const bench::stop_request stop;
  auto folder = run_folder::make(options.output);
  if (folder.has_error()) return folder.error();
  if (auto done = folder->write_settings(options.yaml, what); done.has_error()) return done.error();
  auto place = demo::demo_folder::open({});
  if (place.has_error()) return place.error();
  say(fmt::format("starting PostgreSQL and {} nodes in {} …", what.nodes, place->path().string()));
  auto on = cluster::start(place->path(), what);
  if (on.has_error()) {
    folder->keep_logs(place->path());
    return on.error();
  }
  bench::raise_file_limit();
  auto done = measured_run{what, *folder, **on}.go();
  (*on)->stop();
  folder->keep_logs(place->path());
  return done;
}

}  // namespace parley::experiment
