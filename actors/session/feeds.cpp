#include "actors/session/feeds.hpp"

#include <algorithm>

namespace parley {

void feeds::begin(std::span<const conversation_head> heads) {
  begun_ = true;
  for (const auto& known : heads) {
    auto& of = feeds_[known.conversation];
    // What arrived while the heads were read may lie above them.
    of.shown = known.head;
    of.head = std::max(of.head, known.head);
  }
  for (auto& [id, of] : feeds_)
    if (of.shown < of.head) enqueue(id, of);
}

void feeds::described(conversation_id conversation, sequence joined) {
  const auto found = feeds_.find(conversation);
  if (found == feeds_.end() || found->second.described) return;
  announced(conversation, joined - 1, joined);
  if (is_behind(found->second)) enqueue(conversation, found->second);
}

void feeds::joined(conversation_id conversation) {
  auto& of = feeds_[conversation];
  if (const auto before = left_.find(conversation); before != left_.end()) {
    of.shown = before->second;
    of.joined_again = true;
    left_.erase(before);
  }
  of.head = std::max<sequence>(of.head, of.shown + 1);
  if (begun_) enqueue(conversation, of);
}

feeds::decision feeds::arrived(conversation_id conversation, sequence seq) {
  const auto found = feeds_.find(conversation);
  if (found == feeds_.end()) return decision::ignore;
  auto& of = found->second;
  const bool next = begun_ && of.described && seq == of.shown + 1 && !of.queued && mending_ != conversation;
  if (next) {
    of.head = std::max(of.head, seq);
    return decision::show;
  }
  return head_is(conversation, seq);
}

feeds::decision feeds::head_is(conversation_id conversation, sequence head) {
  const auto found = feeds_.find(conversation);
  if (found == feeds_.end()) return decision::ignore;
  auto& of = found->second;
  of.head = std::max(of.head, head);
  if (!begun_ || of.shown >= of.head) return decision::ignore;
  enqueue(conversation, of);
  return decision::mend;
}

void feeds::shown(conversation_id conversation, sequence seq) {
  const auto found = feeds_.find(conversation);
  if (found != feeds_.end()) found->second.shown = std::max(found->second.shown, seq);
}

std::optional<conversation_id> feeds::start_mending() {
  if (mending_) return std::nullopt;
  while (!queue_.empty()) {
    const auto next = queue_.front();
    queue_.pop_front();
    const auto found = feeds_.find(next);
    if (found == feeds_.end()) continue;
    found->second.queued = false;
    if (!is_behind(found->second)) continue;
    mending_ = next;
    break;
  }
  count_behind();
  return mending_;
}

bool feeds::needs_description(conversation_id conversation) const {
  const auto found = feeds_.find(conversation);
  return found != feeds_.end() && !found->second.described;
}

sequence feeds::last_shown(conversation_id conversation) const {
  const auto found = feeds_.find(conversation);
  return found == feeds_.end() ? 0 : found->second.shown;
}

void feeds::announced(conversation_id conversation, sequence shown, sequence head) {
  const auto found = feeds_.find(conversation);
  if (found == feeds_.end()) return;
  auto& of = found->second;
  of.described = true;
  if (!of.joined_again) of.shown = std::max(of.shown, shown);
  of.head = std::max(of.head, head);
}

void feeds::left(conversation_id conversation) {
  const auto found = feeds_.find(conversation);
  if (found == feeds_.end()) return;
  if (left_.size() >= left_max) left_.erase(left_.begin());
  left_[conversation] = found->second.shown;
  forget(conversation);
}

sequence feeds::head(conversation_id conversation) const {
  const auto found = feeds_.find(conversation);
  return found == feeds_.end() ? 0 : found->second.head;
}

void feeds::complete(conversation_id conversation) {
  const auto found = feeds_.find(conversation);
  if (found != feeds_.end()) found->second.head = found->second.shown;
}

void feeds::stop_mending(conversation_id conversation) {
  if (mending_ == conversation) mending_.reset();
  const auto found = feeds_.find(conversation);
  if (found != feeds_.end() && is_behind(found->second)) enqueue(conversation, found->second);
  count_behind();
}

void feeds::forget(conversation_id conversation) {
  if (mending_ == conversation) mending_.reset();
  feeds_.erase(conversation);
  count_behind();
}

void feeds::enqueue(conversation_id conversation, feed& of) {
  if (of.queued || mending_ == conversation) return;
  of.queued = true;
  queue_.push_back(conversation);
  count_behind();
}

}  // namespace parley
