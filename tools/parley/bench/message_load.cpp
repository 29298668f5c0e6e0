#include "tools/parley/bench/message_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tools/parley/bench/bench_failure.hpp"
#include "tools/parley/bench/stop_request.hpp"

namespace parley::bench {

namespace {

// How long nothing may come after everything has: a second copy would.
constexpr nanoseconds silence = 300 * millisecond_ns;
// With a rate: what may be under way, in seconds of it, before the node has lost.
constexpr double backlog_seconds_max = 5;
constexpr std::uint64_t backlog_min = 1'000;

}  // namespace

message_load::message_load(sessions& through, load_plan plan)
    : sessions_(through), plan_(std::move(plan)), text_(plan_.text_bytes) {
  members_.resize(sessions_.loop().size());
  for (const auto& each : plan_.talks) {
    const auto index = static_cast<std::uint32_t>(talks_.size());
    talks_.emplace_back(each);
    for (const auto session : each.members) {
      members_[session].talk = index;
      members_[session].next_seq = sessions_.head(session) + 1;
      talks_.back().first_seq = members_[session].next_seq;
    }
    for (const auto session : each.senders) members_[session].is_sender = true;
  }
  sessions_.observe_with(this);
}

message_load::~message_load() { sessions_.observe_with(nullptr); }

load_result message_load::run() {
  start(now_ns());
  while (!stop_request::came()) {
    const auto now = now_ns();
    if (!result_.measured && now >= window_begin_) {
      result_.measured = true;
      result_.window_begin = counts(now);
      if (on_window_begin) on_window_begin();
    }
    if (now >= window_end_) break;
    if (plan_.rate > 0) send_what_is_due(now);
    if (now >= next_report_) report_progress(now);
    auto wake = std::min(next_report_, result_.measured ? window_end_ : window_begin_);
    if (plan_.rate > 0) wake = std::min(wake, started_ + to_ns(due_count_ / plan_.rate));
    sessions_.loop().run_once(wake);
  }
  sending_ = false;
  result_.interrupted = stop_request::came();
  result_.window_end = counts(now_ns());
  if (result_.measured && on_window_end) on_window_end();
  wait_for_tail();
  check_the_end();
  result_.total = counts(now_ns());
  return std::move(result_);
}

void message_load::start(nanoseconds now) {
  started_ = now;
  window_begin_ = now + plan_.warm_up;
  window_end_ = window_begin_ + plan_.measured;
  next_report_ = now + second_ns;
  reported_ = counts(now);
  sending_ = true;
  if (plan_.rate > 0) return;
  for (std::uint32_t i = 0; i < talks_.size(); ++i)
    for (std::size_t n = 0; n < plan_.outstanding; ++n) launch(i, now);
}

void message_load::send_what_is_due(nanoseconds now) {
  for (auto due = started_ + to_ns(due_count_ / plan_.rate); due <= now;
       due = started_ + to_ns(due_count_ / plan_.rate)) {
    launch(static_cast<std::uint32_t>(static_cast<std::uint64_t>(due_count_) % talks_.size()), due);
    due_count_ += 1;
  }
  const auto most = std::max(backlog_min, static_cast<std::uint64_t>(plan_.rate * backlog_seconds_max));
  if (in_flight() > most)
    throw bench_failure{
        fmt::format("the node does not keep up with {} messages/s: {} are under way; ask for a "
                    "lower --rate, or measure what it can do with --rate 0",
                    plan_.rate, in_flight())};
}

void message_load::launch(std::uint32_t index, nanoseconds intended) {
  auto& in = talks_[index];
  const auto sender = in.next_sender;
  in.next_sender = (sender + 1) % static_cast<std::uint32_t>(in.plan.senders.size());
  const auto number = in.ledger.begin(intended, sender);
  frame_.clear();
  fmt::format_to(std::back_inserter(frame_), R"({{"conversation":"{}","key":"m{}","text":"{}"}})",
                 in.plan.conversation, number, text_.of(number));
  sessions_.post(in.plan.senders[sender], sessions::own_ids + number, "send", frame_);
  ++sent_;
}

void message_load::on_entry(std::size_t session, simdjson::dom::object from, nanoseconds read_at) {
  shown_entry entry;
  bool good = true;
  for (const auto field : from) {
    auto into = [&](std::string_view& text) {
      good = good && field.value.get_string().get(text) == simdjson::SUCCESS;
    };
    if (field.key == "conversation")
      into(entry.conversation);
    else if (field.key == "seq")
      good = good && field.value.get_uint64().get(entry.seq) == simdjson::SUCCESS;
    else if (field.key == "kind")
      into(entry.kind);
    else if (field.key == "sender")
      into(entry.sender);
    else if (field.key == "key")
      into(entry.key);
    else if (field.key == "text")
      into(entry.text);
  }
  auto& state = members_[session];
  auto& in = talks_[state.talk];
  if (!good || entry.conversation != in.plan.conversation)
    return result_.wrong.add(fmt::format("session {} was shown an entry that is none of this run's: {}",
                                         session + 1, simdjson::minify(from)));
  if (!check_order(session, entry, in)) return;
  const auto number = check_content(session, entry, in);
  if (number == 0) return;
  const auto intended = in.ledger.find(number) == nullptr ? 0 : in.ledger.find(number)->intended;
  const auto verdict = in.ledger.delivered(number, entry.seq);
  if (verdict != message_ledger::verdict::good) return misplaced(verdict, session, number, entry.seq);
  ++deliveries_;
  if (in_window(intended) && (plan_.latency == latency_of::all_members || !state.is_sender))
    result_.delivery.record(read_at - intended);
  after_progress(state.talk, number, read_at);
}

bool message_load::check_order(std::size_t session, const shown_entry& entry, const talk& in) {
  auto& next = members_[session].next_seq;
  if (entry.seq == next) {
    ++next;
    return true;
  }
  result_.wrong.add(fmt::format("session {} was shown entry {} of conversation {} {}, next was {}",
                                session + 1, entry.seq, in.plan.conversation,
                                entry.seq < next ? "again" : "over a hole", next));
  // What follows the hole is still counted; what comes again is not.
  if (entry.seq < next) return false;
  next = entry.seq + 1;
  return true;
}

std::uint64_t message_load::check_content(std::size_t session, const shown_entry& entry, const talk& in) {
  const auto number = number_in_key(entry.key);
  const auto* message = in.ledger.find(number);
  const char* wrong = nullptr;
  if (entry.kind != "message")
    wrong = "is no message";
  else if (message == nullptr)
    wrong = in.ledger.is_finished(number) ? "was stored twice" : "was never sent";
  else if (entry.sender != in.plan.senders_users[message->sender])
    wrong = "names the wrong sender";
  else if (!text_.is(number, entry.text))
    wrong = "has another text than was sent";
  if (wrong == nullptr) return number;
  result_.wrong.add(fmt::format("session {} was shown entry {} of conversation {} with the key {}, which {}",
                                session + 1, entry.seq, in.plan.conversation, entry.key, wrong));
  return 0;
}

void message_load::on_reply(std::size_t session, std::uint64_t id, simdjson::dom::object reply,
                            nanoseconds read_at) {
  const auto number = id - sessions::own_ids;
  auto& in = talks_[members_[session].talk];
  simdjson::dom::object d;
  std::uint64_t seq = 0;
  bool duplicate = true;
  if (reply["d"].get_object().get(d) != simdjson::SUCCESS ||
      d["seq"].get_uint64().get(seq) != simdjson::SUCCESS ||
      d["duplicate"].get_bool().get(duplicate) != simdjson::SUCCESS || duplicate)
    result_.wrong.add(
        fmt::format("session {} got a strange acknowledgement: {}", session + 1, simdjson::minify(reply)));
  const auto* message = in.ledger.find(number);
  const auto intended = message == nullptr ? 0 : message->intended;
  const auto verdict = in.ledger.acknowledged(number, seq);
  if (verdict != message_ledger::verdict::good) return misplaced(verdict, session, number, seq);
  ++acknowledged_;
  if (in_window(intended)) result_.acknowledgement.record(read_at - intended);
  after_progress(members_[session].talk, number, read_at);
}

void message_load::after_progress(std::uint32_t index, std::uint64_t number, nanoseconds now) {
  if (!talks_[index].ledger.is_finished(number)) return;
  ++finished_;
  if (sending_ && plan_.rate <= 0) launch(index, now);
}

void message_load::misplaced(message_ledger::verdict verdict, std::size_t session, std::uint64_t number,
                             std::uint64_t seq) {
  using enum message_ledger::verdict;
  const char* what = "is none that is under way";
  if (verdict == other_seq) what = "has another place for somebody else";
  if (verdict == said_before) what = "was acknowledged before";
  result_.wrong.add(fmt::format("session {} was told that message {} is entry {}, but it {}", session + 1,
                                number, seq, what));
}

void message_load::wait_for_tail() {
  // A run that has failed already needs no patience.
  const auto deadline =
      now_ns() + (result_.wrong.count() == 0 ? plan_.tail : std::min(plan_.tail, second_ns));
  while (in_flight() != 0 && now_ns() < deadline) sessions_.loop().run_once(deadline);
  if (in_flight() != 0)
    result_.wrong.add(
        fmt::format("{} of {} messages were not acknowledged and shown to everybody within {} s "
                    "after the last was sent",
                    in_flight(), sent_, plan_.tail / second_ns));
  const auto until = now_ns() + silence;
  while (now_ns() < until) sessions_.loop().run_once(until);
}

void message_load::check_the_end() {
  for (const auto& in : talks_)
    for (const auto session : in.plan.members) {
      const auto expected = in.first_seq + in.ledger.sent();
      if (members_[session].next_seq != expected)
        result_.wrong.add(fmt::format("session {} was shown conversation {} up to entry {}, not {}",
                                      session + 1, in.plan.conversation, members_[session].next_seq - 1,
                                      expected - 1));
    }
}

bool message_load::in_window(nanoseconds intended) const {
  return intended >= window_begin_ && intended < window_end_;
}

load_counts message_load::counts(nanoseconds now) const {
  return {now, sent_, acknowledged_, deliveries_, sessions_.loop().reads()};
}

void message_load::report_progress(nanoseconds now) {
  const auto current = counts(now);
  const auto seconds = static_cast<double>(now - reported_.at) / 1e9;
  fmt::print(stderr, "{:5.1f} s{}: {:.0f} messages/s, {:.0f} deliveries/s, {} under way\n",
             static_cast<double>(now - started_) / 1e9, now < window_begin_ ? " (warming up)" : "",
             static_cast<double>(current.acknowledged - reported_.acknowledged) / seconds,
             static_cast<double>(current.deliveries - reported_.deliveries) / seconds, in_flight());
  reported_ = current;
  next_report_ += second_ns;
}

}  // namespace parley::bench
