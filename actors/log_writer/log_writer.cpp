#include "actors/log_writer/log_writer.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "actors/contract/values/tracing.hpp"

namespace parley {

namespace {
constexpr std::chrono::milliseconds poll_interval{100};
constexpr std::chrono::milliseconds retry_min{50};
constexpr std::chrono::milliseconds retry_max{1'000};
}  // namespace

log_writer_state::behavior_type log_writer_state::make_behavior(std::shared_ptr<entry_log> log,
                                                                std::size_t index,
                                                                placement_actor placement) {
  log_ = std::move(log);
  index_ = index;
  placement_ = std::move(placement);
  self()->set_down_handler([this](const caf::down_msg& down) { starting_anew_.erase(down.source); });
  return {
      [this](const append_entries& requests) { take(requests); },
      [this](const store_read& request) { take_read(request); },
      [this](const flush_batch&) { flush(); },
      [this](const take_shards& wanted) { take_locks(wanted); },
      [this](const give_shards& unwanted) { give_locks(unwanted); },
      [this](const writer_tick&) { look_after_connection(); },
      [this](const history_replaced&) { begin_anew(); },
      [this](const stop_actor&) {
        while (open_ && !(waiting_.empty() && waiting_reads_.empty())) flush();
        open_ = false;
        log_->release();
        self()->quit();
      },
  };
}

void log_writer_state::take(const append_entries& requests) {
  const auto& first = requests.entries.front();
  if (is_stale(first)) {
    caf::anon_send(first.from, append_failed{log_failure::disconnected});
    return;
  }
  waiting_.insert(waiting_.end(), requests.entries.begin(), requests.entries.end());
  flush_soon();
}

void log_writer_state::take_read(const store_read& request) {
  if (is_stale(request)) {
    caf::anon_send(request.from, append_failed{log_failure::disconnected});
    return;
  }
  waiting_reads_.push_back(request);
  flush_soon();
}

template <class Message>
bool log_writer_state::is_stale(const Message& request) const {
  const auto held_as = held_as_[static_cast<std::size_t>(shard_of(request.item.conversation).value)];
  return held_as == 0 || request.incarnation != held_as || starting_anew_.contains(request.from.address());
}

void log_writer_state::flush_soon() {
  if (std::exchange(flushing_, true)) return;
  caf::anon_send(log_writer_actor{self()}, flush_batch{});
}

std::size_t log_writer_state::next_batch(std::vector<append_item>& items) const {
  std::size_t bytes = 0;
  for (const auto& request : waiting_) {
    bytes += request.bytes;
    if (!items.empty() &&
        (bytes > entry_log::batch_bytes_max || items.size() >= entry_log::batch_entries_max))
      break;
    items.push_back(request.item);
  }
  return items.size();
}

void log_writer_state::flush() {
  flushing_ = false;
  if (open_ && !waiting_.empty()) {
    std::vector<append_item> items;
    const auto size = next_batch(items);
    const auto began_ns = is_tracing() ? trace_clock_ns() : 0;
    auto results = commit(items);
    if (results.has_value()) {
      wrote_ = true;
      if (began_ns != 0) record_commit(size, began_ns);
      report_results(results.value());
    } else {
      fail_batch(size, results.error());
    }
  }
  if (open_ && !waiting_reads_.empty() && !flush_reads()) {
    put_off_retry();
    lose_connection("read marks could not be stored");
  }
  if (!waiting_.empty() || !waiting_reads_.empty()) flush_soon();
}

log_outcome<std::vector<append_result>> log_writer_state::commit(std::span<const append_item> items) {
  const auto began = std::chrono::steady_clock::now();
  auto results = log_->append(items);
  counters.commit_seconds.observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  counters.batch_entries.observe(static_cast<double>(items.size()));
  if (results.has_error()) {
    counters.batches_failed.add();
    return results;
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto what = results.value()[i].what;
    // The successor of an owner who leaves is an entry of its own.
    if (what == append_result::status::written) counters.entries_committed.add(items[i].successor ? 2 : 1);
    if (what == append_result::status::repeated) counters.entries_repeated.add();
  }
  return results;
}

bool log_writer_state::flush_reads() {
  const auto size = std::min(waiting_reads_.size(), entry_log::batch_entries_max);
  std::vector<read_item> items;
  for (std::size_t i = 0; i < size; ++i) items.push_back(waiting_reads_[i].item);
  const auto results = log_->mark_read(items);
  if (results.has_error()) return false;
  wrote_ = true;
  for (const auto& result : results.value()) {
    const auto& request = waiting_reads_.front();
    caf::anon_send(request.from, read_stored{request.ticket, result});
    waiting_reads_.pop_front();
  }
  return true;
}

void log_writer_state::record_commit(std::size_t size, std::int64_t began_ns) {
  const auto ended_ns = trace_clock_ns();
  for (std::size_t i = 0; i < size; ++i) {
    auto& request = waiting_[i];
    auto& trace = request.header.trace;
    if (trace)
      trace = record_span(
          trace, as_span_actor(), "commit", began_ns, ended_ns,
          {{"batch", static_cast<std::int64_t>(size)}, {"bytes", static_cast<std::int64_t>(request.bytes)}});
  }
}

void log_writer_state::report_results(const std::vector<append_result>& results) {
  // One message a conversation, in the order of their first entries.
  std::vector<std::pair<conversation_actor, batch_finished>> of_each;
  std::unordered_map<caf::actor_id, std::size_t> places;
  for (const auto& result : results) {
    auto& request = waiting_.front();
    const auto [place, fresh] = places.try_emplace(request.from.id(), of_each.size());
    if (fresh) of_each.emplace_back(std::move(request.from), batch_finished{});
    of_each[place->second].second.appends.push_back({request.ticket, result, request.header.trace});
    waiting_.pop_front();
  }
  for (auto& [conversation, news] : of_each) caf::anon_send(conversation, std::move(news));
}

void log_writer_state::fail_batch(std::size_t batch_size, log_failure why) {
  if (why != log_failure::contradicted) {
    put_off_retry();
    return lose_connection(why == log_failure::fenced ? "somebody else holds a lock of them"
                                                      : "the connection broke, hung or refused to write");
  }
  // Only the conversations of this batch start anew; what they sent after it must not be written
  // any more, since they will not be there to publish it.
  std::set<conversation_actor> concerned;
  for (std::size_t i = 0; i < batch_size; ++i) concerned.insert(waiting_[i].from);
  const auto is_concerned = [&](const auto& request) { return concerned.contains(request.from); };
  std::erase_if(waiting_, is_concerned);
  std::erase_if(waiting_reads_, is_concerned);
  for (const auto& conversation : concerned) {
    starting_anew_.insert(conversation.address());
    self()->monitor(conversation);
    caf::anon_send(conversation, append_failed{why});
  }
}

template <class Condition>
void log_writer_state::drop_waiting(Condition is_concerned) {
  std::set<conversation_actor> concerned;
  const auto drop = [&](const auto& request) {
    const bool drops = is_concerned(shard_of(request.item.conversation));
    if (drops) concerned.insert(request.from);
    return drops;
  };
  std::erase_if(waiting_, drop);
  std::erase_if(waiting_reads_, drop);
  for (const auto& conversation : concerned)
    caf::anon_send(conversation, append_failed{log_failure::disconnected});
}

std::uint64_t& log_writer_state::incarnation_of(shard_index shard) {
  return held_as_[static_cast<std::size_t>(shard.value)];
}

std::vector<shard_index> log_writer_state::held() const {
  std::vector<shard_index> shards;
  for (std::int32_t i = 0; i < shard_count; ++i)
    if (held_as_[static_cast<std::size_t>(i)] != 0) shards.push_back({i});
  return shards;
}

void log_writer_state::look_after_connection() {
  if (open_ && !log_->alive()) {
    retry_in_ = retry_min;
    lose_connection("the idle connection ended");
  }
  if (!open_ && self()->clock().now() >= retry_at_) open();
  self()->delayed_send(log_writer_actor{self()}, open_ ? poll_interval : retry_in_, writer_tick{});
}

void log_writer_state::open() {
  if (const auto opened = log_->open(); opened.has_error()) {
    retry_in_ = std::clamp(retry_in_ * 2, retry_min, retry_max);
    caf::anon_send(placement_, writer_waiting{index_, opened.error()});
    return;
  }
  open_ = true;
  wrote_ = false;
  caf::anon_send(placement_, writer_ready{index_, log_->epoch()});
}

void log_writer_state::begin_anew() {
  // One that has no connection finds the new history when it gets one.
  if (!open_) return;
  lose_connection("the database was restored");
  open();
}

void log_writer_state::take_locks(const take_shards& wanted) {
  auto missing = wanted.shards;
  std::erase_if(missing, [this](const auto& shard) { return incarnation_of(shard) != 0; });
  if (missing.empty()) return;
  if (!open_) {
    const failure why{errc::unavailable, "the connection to the database is away", {}};
    caf::anon_send(placement_, shards_refused{index_, std::move(missing), why});
    return;
  }
  auto answer = log_->take(missing);
  if (answer.has_error()) {
    put_off_retry();
    caf::anon_send(placement_, shards_refused{index_, std::move(missing), answer.error()});
    return lose_connection("the connection broke when locks were taken");
  }
  auto& [taken, why_not_all] = answer.value();
  if (!taken.empty()) {
    ++incarnation_;
    for (const auto& shard : taken) incarnation_of(shard) = incarnation_;
    caf::anon_send(placement_, shards_acquired{index_, std::move(taken), log_->epoch(), incarnation_});
  }
  std::erase_if(missing, [this](const auto& shard) { return incarnation_of(shard) != 0; });
  if (!missing.empty() && why_not_all)
    caf::anon_send(placement_, shards_refused{index_, std::move(missing), std::move(*why_not_all)});
}

void log_writer_state::give_locks(const give_shards& unwanted) {
  auto given = unwanted.shards;
  std::erase_if(given, [this](const auto& shard) { return incarnation_of(shard) == 0; });
  if (given.empty()) return;
  // Nobody was told anything of what waits: sessions send it again, to whoever holds the shards then.
  const std::set<shard_index> going(given.begin(), given.end());
  drop_waiting([&](shard_index shard) { return going.contains(shard); });
  if (log_->give_back(given).has_error()) {
    put_off_retry();
    return lose_connection("the connection broke when locks were given back");
  }
  for (const auto& shard : given) incarnation_of(shard) = 0;
  caf::anon_send(placement_, shards_released{index_, std::move(given)});
}

void log_writer_state::lose_connection(const char* why) {
  open_ = false;
  auto lost = held();
  held_as_.fill(0);
  drop_waiting([](shard_index) { return true; });
  if (lost.empty()) return;
  counters.shards_lost.add(lost.size());
  log(severity::warning, "shards_lost", "shards were lost; they are being taken again",
      {{"shards", std::to_string(lost.size())}, {"why", why}});
  caf::anon_send(placement_, shards_lost{index_, std::move(lost)});
}

void log_writer_state::put_off_retry() {
  // A server that gives locks and takes no entries (its disk is full) is asked less and less often.
  retry_in_ = wrote_ ? retry_min : std::clamp(retry_in_ * 2, retry_min, retry_max);
  retry_at_ = self()->clock().now() + retry_in_;
}

log_writer_actor::behavior_type log_writer(log_writer_state::self_pointer self,
                                           std::shared_ptr<entry_log> log, std::size_t index,
                                           placement_actor placement) {
  return self->state.make_behavior(std::move(log), index, std::move(placement));
}

}  // namespace parley
