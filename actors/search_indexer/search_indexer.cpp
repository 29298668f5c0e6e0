#include "actors/search_indexer/search_indexer.hpp"

#include <caf/all.hpp>
#include <utility>
#include <vector>

namespace parley {

namespace {
// `search` may trail the log by 2 s; most of that is left to the database.
constexpr std::chrono::milliseconds rest_interval{300};
constexpr std::chrono::milliseconds retry_interval{1'000};
constexpr std::chrono::seconds look_interval{60};
constexpr std::size_t conversations_at_once = 100;
}  // namespace

search_indexer_state::behavior_type search_indexer_state::make_behavior(std::shared_ptr<search_index> index) {
  index_ = std::move(index);
  caf::anon_send(search_indexer_actor{self()}, index_tick{});
  return {
      [this](const conversation_written& news) { take(news.conversation); },
      [this](const index_tick&) { work(); },
      [this](const stop_actor&) { self()->quit(); },
  };
}

void search_indexer_state::take(conversation_id written) {
  if (written_.size() < hints_max) {
    written_.insert(written);
  } else {
    looked_at_.reset();
  }
}

void search_indexer_state::work() {
  const auto now = self()->clock().now();
  bool well = true;
  if (!written_.empty()) {
    well = catch_up();
  } else if (!looked_at_ || now - *looked_at_ >= look_interval) {
    well = look_into_log();
  }
  const auto pause = !well ? retry_interval : written_.empty() ? rest_interval : std::chrono::milliseconds{0};
  self()->delayed_send(search_indexer_actor{self()}, pause, index_tick{});
}

bool search_indexer_state::look_into_log() {
  const auto behind = index_->behind(conversations_at_once);
  if (behind.has_error()) return false;
  for (const auto id : behind.value()) written_.insert(id);
  if (behind.value().empty()) looked_at_ = self()->clock().now();
  return true;
}

bool search_indexer_state::catch_up() {
  std::vector<conversation_id> some;
  for (const auto id : written_) {
    if (some.size() == conversations_at_once) break;
    some.push_back(id);
  }
  if (index_->catch_up(some).has_error()) return false;
  for (const auto id : some) written_.erase(id);
  return true;
}

search_indexer_actor::behavior_type search_indexer(search_indexer_state::self_pointer self,
                                                   std::shared_ptr<search_index> index) {
  return self->state.make_behavior(std::move(index));
}

}  // namespace parley
