#include "tools/parley/view/conversation_view.hpp"

#include <algorithm>
#include <utility>

namespace parley::view {

namespace {

/// Behind a hole entries only wait to save a read; what does not fit is read again.
constexpr std::size_t waiting_max = 200;

std::size_t weight_of(const log_entry& entry) { return sizeof(log_entry) + entry.text.size(); }

}  // namespace

void conversation_view::anchor(const std::vector<log_entry>& newest) {
  entries_.clear();
  bytes_ = 0;
  have_ = newest.empty() ? 0 : newest.front().seq - 1;
  shown_ = have_;
  head_ = std::max(head_, have_);
  is_anchored_ = true;
  for (const auto& each : newest) take(each);
  // What waited may follow at once, or lie below.
  auto waited = std::exchange(waiting_, {});
  for (auto& [seq, entry] : waited) take(std::move(entry));
}

void conversation_view::take(log_entry entry) {
  if (entry.seq == 0) return;
  head_ = std::max(head_, entry.seq);
  if (!is_anchored_ && entry.seq == 1) is_anchored_ = true;
  if (is_anchored_ && entry.seq <= have_) return;
  if (!is_anchored_ || entry.seq > have_ + 1) {
    if (waiting_.size() < waiting_max) waiting_.emplace(entry.seq, std::move(entry));
    return;
  }
  append(std::move(entry));
  for (auto next = waiting_.begin(); next != waiting_.end() && next->first <= have_ + 1;) {
    if (next->first == have_ + 1) append(std::move(next->second));
    next = waiting_.erase(next);
  }
}

void conversation_view::expect(std::uint64_t head) { head_ = std::max(head_, head); }

std::optional<std::uint64_t> conversation_view::missing_after() const {
  return is_anchored_ && have_ < head_ ? std::optional{have_} : std::nullopt;
}

void conversation_view::expect_no_more() {
  head_ = have_;
  waiting_.clear();
}

const log_entry* conversation_view::next() const {
  if (entries_.empty() || shown_ >= have_) return nullptr;
  const auto first = entries_.front().seq;
  return &entries_[shown_ < first ? 0 : static_cast<std::size_t>(shown_ + 1 - first)];
}

void conversation_view::was_shown() {
  if (const auto* entry = next()) shown_ = entry->seq;
  shrink();
}

void conversation_view::rewind(std::size_t count) {
  shown_ = have_ - std::min<std::uint64_t>(have_, std::min(count, entries_.size()));
}

std::uint64_t conversation_view::lost_to_capacity() const {
  return entries_.empty() || entries_.front().seq <= shown_ + 1 ? 0 : entries_.front().seq - shown_ - 1;
}

void conversation_view::resize(view_capacity capacity) {
  capacity_ = capacity;
  shrink();
}

void conversation_view::append(log_entry entry) {
  have_ = entry.seq;
  apply(entry);
  bytes_ += weight_of(entry);
  entries_.push_back(std::move(entry));
  shrink();
}

void conversation_view::apply(const log_entry& change) {
  if ((change.kind != "edit" && change.kind != "delete") || entries_.empty()) return;
  const auto first = entries_.front().seq;
  if (change.target < first || change.target > entries_.back().seq) return;
  auto& target = entries_[static_cast<std::size_t>(change.target - first)];
  bytes_ -= weight_of(target);
  target.text = change.text;
  (change.kind == "edit" ? target.is_edited : target.is_deleted) = true;
  bytes_ += weight_of(target);
}

void conversation_view::shrink() {
  // The newest stays, however large it is: it may not have been shown.
  while (entries_.size() > 1 && (entries_.size() > capacity_.entries_max || bytes_ > capacity_.bytes_max)) {
    bytes_ -= weight_of(entries_.front());
    entries_.pop_front();
  }
}

}  // namespace parley::view
