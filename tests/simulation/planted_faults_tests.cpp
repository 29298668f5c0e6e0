#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/planting.hpp"

// A checker that finds nothing proves nothing: here are deliberate defects around the node's ports, and
// each of them must be seen, in the words of the promise it breaks.
namespace parley::simulation {

namespace {

using results = log_outcome<std::vector<append_result>>;

bool is_message(const append_item& item) { return item.draft->kind == entry_kind::message; }

/// Answers some batches at once, as if they stood in the log already, and commits them only with a later
/// batch; or never, when the commit is made to fail.
class hasty_log : public memory_entry_log {
public:
  enum class commit : std::uint8_t { fails, comes_later };
  hasty_log(std::shared_ptr<memory_store> store, commit what)
      : memory_entry_log(store), store_(store), what_(what) {}

  results append(std::span<const append_item> batch) override {
    for (auto late = std::exchange(owed_, {}); const auto& item : late)
      static_cast<void>(store_->append(item));
    if (++batches_ % 4 != 0 || !std::ranges::all_of(batch, is_message))
      return memory_entry_log::append(batch);
    std::vector<append_result> promised;
    std::map<conversation_id, sequence> heads;
    for (const auto& item : batch) {
      auto& head =
          heads.try_emplace(item.conversation, store_->find(item.conversation)->head()).first->second;
      promised.push_back({append_result::status::written, item.conversation, ++head, store_->now()});
    }
    if (what_ == commit::comes_later) owed_.assign(batch.begin(), batch.end());
    return promised;
  }

private:
  std::shared_ptr<memory_store> store_;
  commit what_;
  int batches_ = 0;
  std::vector<append_item> owed_;
};

/// Writes messages without looking for their keys.
class forgetful_log : public memory_entry_log {
public:
  explicit forgetful_log(std::shared_ptr<memory_store> store) : memory_entry_log(store), store_(store) {}
  results append(std::span<const append_item> batch) override {
    std::vector<append_result> all;
    for (const auto& item : batch)
      all.push_back(is_message(item) && store_->find(item.conversation) != nullptr ? store_->write(item)
                                                                                   : store_->append(item));
    return all;
  }

private:
  std::shared_ptr<memory_store> store_;
};

/// A repeat uses up a number, as `INSERT … ON CONFLICT DO NOTHING` after numbering would.
class wasteful_log : public memory_entry_log {
public:
  explicit wasteful_log(std::shared_ptr<memory_store> store) : memory_entry_log(store), store_(store) {}
  results append(std::span<const append_item> batch) override {
    auto all = memory_entry_log::append(batch);
    if (all.has_value())
      for (const auto& result : all.value())
        if (result.what == append_result::status::repeated) store_->waste_number(result.conversation);
    return all;
  }

private:
  std::shared_ptr<memory_store> store_;
};

/// Writes a batch from its end.
class backward_log : public memory_entry_log {
public:
  using memory_entry_log::memory_entry_log;
  results append(std::span<const append_item> batch) override {
    std::vector<append_item> backwards(batch.rbegin(), batch.rend());
    auto all = memory_entry_log::append(backwards);
    if (all.has_value()) std::ranges::reverse(all.value());
    return all;
  }
};

/// Says that nothing is missing whenever a session heals.
class complacent_queries : public memory_log_queries {
public:
  using memory_log_queries::memory_log_queries;
  outcome<entries_page> entries_after(user_id user, conversation_id conversation, sequence after) override {
    auto page = memory_log_queries::entries_after(user, conversation, after);
    if (page.has_value()) page.value().entries.clear();
    return page;
  }
};

/// Shows a log to whoever asks.
class indiscreet_queries : public memory_log_queries {
public:
  using memory_log_queries::memory_log_queries;
  outcome<entries_page> history(user_id user, conversation_id conversation, std::optional<sequence> before,
                                std::optional<sequence> after, std::size_t limit) override {
    const auto* where = store().find(conversation);
    const auto reader = where == nullptr || where->has(user) ? user : where->entries.front().sender;
    return memory_log_queries::history(reader, conversation, before, after, limit);
  }
};

/// Says yes to every fifth entry.
auto every_fifth_entry() {
  return [count = 0](const client_event& event) mutable {
    return std::holds_alternative<entry>(event) && ++count % 5 == 0;
  };
}

}  // namespace

TEST(PlantedFault, AnAcknowledgementWhoseCommitFailsIsCaught) {
  EXPECT_TRUE(is_caught(writer<hasty_log>(hasty_log::commit::fails), "acknowledged before it was committed"));
}

TEST(PlantedFault, APushBeforeItsCommitIsCaught) {
  EXPECT_TRUE(is_caught(writer<hasty_log>(hasty_log::commit::comes_later), "shown before it was committed"));
}

TEST(PlantedFault, AKeyWrittenTwiceIsCaught) {
  EXPECT_TRUE(is_caught(writer<forgetful_log>(), "the same key is in the log twice"));
}

TEST(PlantedFault, AHoleInTheLogIsCaught) {
  EXPECT_TRUE(is_caught(writer<wasteful_log>(), "the log is not dense"));
}

TEST(PlantedFault, ALostOrderIsCaught) {
  EXPECT_TRUE(is_caught(writer<backward_log>(), "overtook an earlier request"));
}

TEST(PlantedFault, ALostPushIsCaught) {
  planted defects;
  defects.swallows = every_fifth_entry();
  EXPECT_TRUE(is_caught(defects, "a hole before this entry"));
}

TEST(PlantedFault, AHoleThatIsNeverHealedIsCaught) {
  EXPECT_TRUE(is_caught(reader<complacent_queries>(), "never shown to connection"));
}

TEST(PlantedFault, APushGivenTwiceIsCaught) {
  planted defects;
  defects.doubles = every_fifth_entry();
  EXPECT_TRUE(is_caught(defects, "shown again"));
}

TEST(PlantedFault, ARefusalThatDoesNotRefuseTheLaterOnesIsCaught) {
  planted defects;
  defects.counts_requests = false;
  EXPECT_TRUE(is_caught(defects, "an earlier request was refused for the moment, this was not"));
}

TEST(PlantedFault, AStrangerWhoIsAnsweredIsCaught) {
  EXPECT_TRUE(is_caught(reader<indiscreet_queries>(), "a stranger reads the log"));
}

}  // namespace parley::simulation
