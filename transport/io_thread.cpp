#include "transport/io_thread.hpp"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

/// Often enough that no time-out is late by more than a fifth of itself.
std::chrono::milliseconds interval_for(const limits& rules) {
  const auto shortest = std::min(rules.ping_interval, rules.ping_timeout);
  return std::clamp(shortest / 5, std::chrono::milliseconds{10}, std::chrono::milliseconds{1'000});
}

}  // namespace

io_thread::io_thread(const limits& rules)
    : decoder_(rules),
      work_(boost::asio::make_work_guard(context_)),
      timer_(context_),
      inbox_(std::make_shared<hand_over>(context_)),
      interval_(interval_for(rules)) {
  inbox_->wakes([this] { deliver(); });
}

io_thread::~io_thread() { stop(); }

void io_thread::start() {
  tick();
  thread_ = std::thread{[this] { run(); }};
}

void io_thread::stop() {
  inbox_->close();
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

void io_thread::run() {
  while (context_.run_one() > 0) {
    for (std::size_t handled = 1; handled < handlers_a_flush_max && context_.poll_one() > 0; ++handled) {
    }
    end_round();
    dirty_.flush();
    gone_.clear();
  }
}

void io_thread::end_round() {
  for (std::size_t i = 0; i < round_.size(); ++i)
    if (auto* whom = find(round_[i])) whom->end_of_round();
  round_.clear();
}

void io_thread::deliver() {
  inbox_->take(pieces_, calls_);
  for (auto& piece : pieces_)
    if (auto* whom = find(piece.to)) whom->deliver(std::move(piece));
  for (auto& call : calls_)
    if (auto* whom = find(call.whom)) call.what(*whom);
  pieces_.clear();
  calls_.clear();
}

place io_thread::keep(std::shared_ptr<connection> fresh) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const auto index = free_slots_.back();
  free_slots_.pop_back();
  slots_[index].held = std::move(fresh);
  ++kept_;
  return {index, slots_[index].generation};
}

void io_thread::forget(place where) {
  auto& at = slots_[where.index];
  if (at.generation != where.generation || !at.held) return;
  gone_.push_back(std::move(at.held));
  at.held.reset();
  ++at.generation;
  free_slots_.push_back(where.index);
  --kept_;
  tell_if_empty();
}

void io_thread::when_empty(std::function<void()> call) {
  when_empty_ = std::move(call);
  tell_if_empty();
}

void io_thread::tell_if_empty() {
  if (kept_ == 0 && when_empty_) std::exchange(when_empty_, nullptr)();
}

template <class Call>
void io_thread::for_all(Call call) {
  // Whoever is called may end, or begin another: slots move then, and a copy keeps what is called.
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (const auto held = slots_[i].held) call(*held);
}

void io_thread::tick() {
  timer_.expires_after(interval_);
  timer_.async_wait([this](const boost::system::error_code& problem) {
    if (problem) return;
    for_all([now = connection::clock::now()](connection& each) { each.look(now); });
    tick();
  });
}

void io_thread::drain_connections() {
  for_all([](connection& each) { each.drain(); });
}
void io_thread::shut_down_connections() {
  for_all([](connection& each) { each.shut_down(); });
}
void io_thread::abandon_connections() {
  for_all([](connection& each) { each.abandon(); });
}

}  // namespace parley
