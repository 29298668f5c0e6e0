#include "actors/inspection/inspector.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "actors/contract/values/tracing.hpp"
#include "actors/inspection/level.hpp"
#include "actors/inspection/live_actors.hpp"
#include "actors/inspection/pseudonyms.hpp"
#include "actors/inspection/snapshot.hpp"
#include "actors/inspection/trace_keeper.hpp"

namespace parley {

namespace {
constexpr std::chrono::milliseconds come_back_after{1'000};

failure too_many(const char* what) { return {errc::overloaded, what, come_back_after}; }
}  // namespace

class inspector::implementation : public std::enable_shared_from_this<implementation> {
public:
  using clock = std::chrono::steady_clock;

  implementation(inspector_setup setup, inspector_bounds bounds)
      : setup_(std::move(setup)),
        bounds_(bounds),
        names_(setup_.secret),
        keeper_(setup_.level),
        traces_(setup_.node) {}

  void start() {
    thread_ = std::thread([this] { work(); });
  }

  void stop() {
    {
      const std::scoped_lock lock{mutex_};
      stopped_ = true;
    }
    changed_.notify_one();
    thread_.join();
    for (auto& each : waiting_) each.done(failure{errc::unavailable, "the node stops", {}});
  }

  [[nodiscard]] const inspector_setup& setup() const { return setup_; }

  bool run(std::function<void()> job) {
    {
      const std::scoped_lock lock{mutex_};
      if (stopped_ || jobs_.size() >= bounds_.questions_max) return false;
      jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
    return true;
  }

  void look(const topology_question& what, const callback<topology_part>& done) const {
    topology_part part;
    part.node = setup_.node;
    part.incarnation = setup_.incarnation;
    part.version = setup_.version;
    part.started_at = started_at_;
    part.with_names = what.with_names;
    take_snapshot(
        what, [&](const entity_name& entity) { return text_of(entity, what.with_names); }, part);
    done(std::move(part));
  }

  void wait_for_changes(std::uint64_t after, std::chrono::milliseconds wait, bool with_names,
                        callback<topology_changes> done) {
    if (waiting_.size() >= bounds_.waiting_for_changes_max)
      return done(too_many("too many wait for changes of this node's actors already"));
    waiting_.push_back({after, clock::now() + wait, with_names, std::move(done)});
    // The loop answers at once what can be.
  }

  void tell_newest(const callback<topology_changes>& done) const {
    done(topology_changes{setup_.node, setup_.incarnation, live_actors::all().last_event(), 0, {}});
  }

  level_lease raise_level(inspection_level level, std::chrono::seconds lasts) {
    const auto now = wall_clock_ms();
    const auto on =
        keeper_.raise(level, now + std::chrono::duration_cast<std::chrono::milliseconds>(lasts).count(), now);
    // The thread is to know when it ends.
    look_again();
    return on;
  }

  trace_lease sample(const trace_sampling& what, std::chrono::seconds lasts) {
    const auto now = wall_clock_ms();
    const auto on =
        traces_.sample(what, now + std::chrono::duration_cast<std::chrono::milliseconds>(lasts).count(), now);
    look_again();
    return on;
  }

  void read_spans(std::optional<std::uint64_t> from, std::size_t most, bool with_names,
                  const std::function<void(outcome<trace_part>)>& done) const {
    trace_part part;
    part.node = setup_.node;
    part.incarnation = setup_.incarnation;
    if (from) {
      auto read = recorded_spans.from(*from, most);
      part.next = read.next;
      part.lost = read.lost;
      part.spans = std::move(read.spans);
    } else {
      part.next = recorded_spans.next();
    }
    part.entities.reserve(part.spans.size());
    for (auto& each : part.spans) {
      part.entities.push_back(text_of(each.entity, with_names));
      if (!with_names) hide_conversation(each.details);
    }
    done(std::move(part));
  }

private:
  struct waiting_call {
    std::uint64_t after = 0;
    clock::time_point until;
    bool with_names = false;
    callback<topology_changes> done;
  };

  [[nodiscard]] std::string text_of(const entity_name& entity, bool with_names) const {
    // Each node counts its sessions from 1, in each of its lives.
    const bool is_own = entity.kind == entity_kind::session;
    if (with_names) return plain_name(entity, is_own ? setup_.node : "");
    return names_.of(entity, is_own ? life_ : "");
  }

  /// Its id is the only one that a detail says.
  void hide_conversation(std::vector<span_detail>& details) const {
    for (auto& [name, value] : details) {
      if (name != "conversation") continue;
      const auto id = parse_id<conversation_id>(std::get<std::string>(value));
      value = id ? text_of(name_of(*id), false) : std::string{};
    }
  }

  void work() {
    std::unique_lock lock{mutex_};
    while (!stopped_) {
      looks_again_ = false;
      auto jobs = std::exchange(jobs_, {});
      lock.unlock();
      for (auto& job : jobs) job();
      jobs.clear();
      answer_waiting();
      const auto until = next_deadline();
      lock.lock();
      const auto is_due = [&] { return stopped_ || looks_again_ || !jobs_.empty(); };
      if (until)
        changed_.wait_until(lock, *until, is_due);
      else
        changed_.wait(lock, is_due);
    }
    // Whoever was let in is answered.
    auto jobs = std::exchange(jobs_, {});
    lock.unlock();
    for (auto& job : jobs) job();
  }

  /// When something is to be done though nobody asks.
  std::optional<clock::time_point> next_deadline() {
    std::optional<clock::time_point> until;
    const auto now = wall_clock_ms();
    if (const auto ends = keeper_.look(now)) until = clock::now() + std::chrono::milliseconds{*ends - now};
    if (const auto ends = traces_.look(now)) {
      const auto at = clock::now() + std::chrono::milliseconds{*ends - now};
      until = until ? std::min(*until, at) : at;
    }
    for (const auto& each : waiting_) until = until ? std::min(*until, each.until) : each.until;
    if (waiting_.empty()) return until;
    const auto oldest = std::ranges::min_element(waiting_, {}, &waiting_call::after)->after;
    const auto wake = [self = weak_from_this()] {
      if (const auto still = self.lock()) still->look_again();
    };
    // Something came in between.
    if (!live_actors::all().call_after(oldest, wake)) until = clock::now();
    return until;
  }

  void look_again() {
    {
      const std::scoped_lock lock{mutex_};
      looks_again_ = true;
    }
    changed_.notify_one();
  }

  void answer_waiting() {
    if (waiting_.empty()) return;
    const auto last = live_actors::all().last_event();
    const auto now = clock::now();
    std::vector<waiting_call> due;
    std::erase_if(waiting_, [&](auto& each) {
      if (each.after >= last && each.until > now) return false;
      due.push_back(std::move(each));
      return true;
    });
    for (const auto& each : due) answer(each);
  }

  void answer(const waiting_call& call) const {
    auto read = live_actors::all().events_after(call.after);
    topology_changes told{setup_.node, setup_.incarnation, read.last, read.lost, {}};
    told.changes.reserve(read.events.size());
    for (const auto& each : read.events)
      told.changes.push_back({each.number, each.at, each.has_started, each.actor, each.kind,
                              text_of(each.entity, call.with_names),
                              each.shard < 0 ? std::nullopt : std::optional(each.shard), each.parent,
                              each.reason});
    call.done(std::move(told));
  }

  const inspector_setup setup_;
  const inspector_bounds bounds_;
  const pseudonyms names_;
  const std::string life_ = to_text(setup_.incarnation);
  const timestamp_ms started_at_ = wall_clock_ms();
  level_keeper keeper_;
  trace_keeper traces_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool looks_again_ = false;
  bool stopped_ = false;
  // The thread's own.
  std::vector<waiting_call> waiting_;
  std::thread thread_;
};

inspector::inspector(inspector_setup setup, inspector_bounds bounds)
    : implementation_(std::make_shared<implementation>(std::move(setup), bounds)) {
  implementation_->start();
}

inspector::~inspector() { implementation_->stop(); }

std::string inspector::node() const { return implementation_->setup().node; }
incarnation_id inspector::incarnation() const { return implementation_->setup().incarnation; }
std::vector<std::string> inspector::kinds() const { return kinds_of_actors(); }

void inspector::look(topology_question what, callback<topology_part> done) {
  const auto work = [self = implementation_.get(), what = std::move(what), done] { self->look(what, done); };
  if (!implementation_->run(work)) done(too_many("too many questions about this node's actors wait already"));
}

void inspector::changes(std::optional<std::uint64_t> after, std::chrono::milliseconds wait, bool with_names,
                        callback<topology_changes> done) {
  const auto work = [self = implementation_.get(), after, wait, with_names, done] {
    if (!after) return self->tell_newest(done);
    self->wait_for_changes(*after, wait, with_names, done);
  };
  if (!implementation_->run(work)) done(too_many("too many questions about this node's actors wait already"));
}

level_lease inspector::raise_level(inspection_level level, std::chrono::seconds lasts) {
  return implementation_->raise_level(level, lasts);
}

trace_lease inspector::sample(const trace_sampling& what, std::chrono::seconds lasts) {
  return implementation_->sample(what, lasts);
}

void inspector::spans(std::optional<std::uint64_t> from, std::size_t most, bool with_names,
                      std::function<void(outcome<trace_part>)> done) {
  const auto work = [self = implementation_.get(), from, most, with_names, done] {
    self->read_spans(from, most, with_names, done);
  };
  if (!implementation_->run(work)) done(too_many("too many questions about this node wait already"));
}

bool inspector::run(std::function<void()> work) { return implementation_->run(std::move(work)); }

}  // namespace parley
