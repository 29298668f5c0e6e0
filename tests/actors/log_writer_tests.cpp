#include "actors/log_writer/log_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/memory_log.hpp"

// A writer by itself: which shards it holds, and what becomes of entries when that changes.
namespace parley {

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A connection that breaks when told to.
class breaking_log : public simulation::memory_entry_log {
public:
  using memory_entry_log::memory_entry_log;
  outcome<void> open() override {
    if (is_away) return failure{errc::unavailable, "away", {}};
    return memory_entry_log::open();
  }
  outcome<void> give_back(std::span<const shard_index> shards) override {
    if (breaks_when_giving) release();
    return memory_entry_log::give_back(shards);
  }
  bool is_away = false;
  bool breaks_when_giving = false;
};

/// A conversation's end: what it was told.
struct told {
  std::vector<sequence> written;
  std::vector<log_failure> failed;
};

class LogWriter : public ::testing::Test {
protected:
  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  };

  void SetUp() override {
    for (const auto shard : {1, 2, 3}) {
      entry_draft draft;
      draft.kind = entry_kind::create;
      draft.key = "group";
      draft.members = {{1}, {2}};
      append_item made{in(shard), {shard}, std::make_shared<entry_draft>(draft), {}};
      ASSERT_EQ(store_->append(made).what, append_result::status::written);
    }
    caf::anon_send(writer_, writer_tick{});
    settle();
  }
  void TearDown() override {
    caf::anon_send(writer_, stop_actor{});
    settle();
    for (const auto& actor : ends_) caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    do settle();
    while (scheduler_.trigger_timeouts() > 0);
  }

  void settle() {
    while (scheduler_.try_run_once()) {
    }
  }
  void pass(std::chrono::milliseconds time) {
    for (auto left = time; left.count() > 0; left -= 50ms) {
      scheduler_.advance_time(50ms);
      settle();
    }
  }
  void take(std::vector<shard_index> shards) {
    caf::anon_send(writer_, take_shards{std::move(shards)});
    settle();
  }
  void give(std::vector<shard_index> shards) { caf::anon_send(writer_, give_shards{std::move(shards)}); }
  /// The first conversation of this shard.
  static conversation_id in(std::int32_t shard) {
    for (std::int64_t id = 1;; ++id)
      if (shard_of(conversation_id{id}) == shard_index{shard}) return {id};
  }
  /// Sends a message to the conversation of this shard.
  std::shared_ptr<told> write(std::int32_t shard, const std::string& key, std::uint64_t incarnation) {
    auto what = std::make_shared<told>();
    ends_.push_back(system_.spawn([what](caf::event_based_actor*) -> caf::behavior {
      return {[what](const batch_finished& news) {
                for (const auto& each : news.appends) what->written.push_back(each.result.seq);
              },
              [what](const append_failed& news) { what->failed.push_back(news.why); }};
    }));
    auto draft = std::make_shared<entry_draft>();
    draft->key = key;
    append_entry entry;
    entry.item = {in(shard), {shard}, std::move(draft), {}};
    entry.incarnation = incarnation;
    entry.from = caf::actor_cast<conversation_actor>(ends_.back());
    caf::anon_send(writer_, append_entries{{entry}});
    return what;
  }
  bool holds(std::int32_t shard) { return store_->backends().holder_of({shard}) == log_->backend(); }

  testing_config config_;
  caf::actor_system system_{config_};
  caf::scheduler::test_coordinator& scheduler_ =
      dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  std::shared_ptr<simulation::memory_store> store_ =
      std::make_shared<simulation::memory_store>([] { return timestamp_ms{1}; });
  std::shared_ptr<breaking_log> log_ = std::make_shared<breaking_log>(store_, "node-1", incarnation_id{11});
  // What placement is told.
  int ready_ = 0;
  int waiting_ = 0;
  std::vector<shards_acquired> acquired_;
  std::vector<shards_refused> refused_;
  std::vector<shards_released> released_;
  std::vector<shards_lost> lost_;
  caf::actor placement_ = system_.spawn([this](caf::event_based_actor*) -> caf::behavior {
    return {[this](const writer_ready&) { ++ready_; },
            [this](const writer_waiting&) { ++waiting_; },
            [this](const shards_acquired& news) { acquired_.push_back(news); },
            [this](const shards_refused& news) { refused_.push_back(news); },
            [this](const shards_released& news) { released_.push_back(news); },
            [this](const shards_lost& news) { lost_.push_back(news); }};
  });
  std::vector<caf::actor> ends_{placement_};
  log_writer_actor writer_ =
      system_.spawn(log_writer, log_, std::size_t{3}, caf::actor_cast<placement_actor>(placement_));
};

}  // namespace

TEST_F(LogWriter, ThatHasItsConnectionHoldsNothingAndWritesNothing) {
  EXPECT_EQ(ready_, 1);
  EXPECT_THAT(acquired_, IsEmpty());
  const auto end = write(1, "a", 1);
  settle();
  EXPECT_THAT(end->failed, ElementsAre(log_failure::disconnected));
  EXPECT_EQ(store_->find(in(1))->head(), 1);
}

TEST_F(LogWriter, TakesWhatIsFreeAndSaysWhyNotTheRest) {
  simulation::memory_entry_log rival{store_, "node-2", {22}};
  ASSERT_TRUE(rival.open().has_value());
  ASSERT_TRUE(rival.take(std::vector<shard_index>{{2}}).has_value());
  take({{1}, {2}, {3}});
  ASSERT_EQ(acquired_.size(), 1U);
  EXPECT_EQ(acquired_[0].writer, 3U);
  EXPECT_THAT(acquired_[0].shards, ElementsAre(shard_index{1}, shard_index{3}));
  ASSERT_EQ(refused_.size(), 1U);
  EXPECT_THAT(refused_[0].shards, ElementsAre(shard_index{2}));
  EXPECT_EQ(refused_[0].why.code, errc::conflict);
  const auto end = write(1, "a", acquired_[0].incarnation);
  const auto other = write(2, "a", acquired_[0].incarnation);
  settle();
  EXPECT_THAT(end->written, ElementsAre(2));
  EXPECT_THAT(other->failed, ElementsAre(log_failure::disconnected));
}

TEST_F(LogWriter, IsNotAskedTwiceForWhatItHolds) {
  take({{1}});
  take({{1}, {2}});
  take({{1}, {2}});
  ASSERT_EQ(acquired_.size(), 2U);
  EXPECT_THAT(acquired_[1].shards, ElementsAre(shard_index{2}));
  // The first taking still counts.
  const auto end = write(1, "a", acquired_[0].incarnation);
  settle();
  EXPECT_THAT(end->written, ElementsAre(2));
}

TEST_F(LogWriter, DropsWhatWaitsForAShardThatIsGivenAwayAndNothingElse) {
  take({{1}, {2}});
  const auto incarnation = acquired_[0].incarnation;
  const auto going = write(1, "a", incarnation);
  const auto staying = write(2, "a", incarnation);
  give({{1}, {3}});
  settle();
  EXPECT_THAT(going->failed, ElementsAre(log_failure::disconnected));
  EXPECT_THAT(going->written, IsEmpty());
  EXPECT_EQ(store_->find(in(1))->head(), 1);
  EXPECT_THAT(staying->written, ElementsAre(2));
  ASSERT_EQ(released_.size(), 1U);
  EXPECT_THAT(released_[0].shards, ElementsAre(shard_index{1}));
  EXPECT_FALSE(holds(1));
  EXPECT_TRUE(holds(2));
  EXPECT_THAT(lost_, IsEmpty());
}

TEST_F(LogWriter, CommitsWhatCameBeforeItsBatchBeforeAShardIsGivenAway) {
  take({{1}});
  const auto end = write(1, "a", acquired_[0].incarnation);
  settle();
  give({{1}});
  settle();
  EXPECT_THAT(end->written, ElementsAre(2));
  EXPECT_THAT(end->failed, IsEmpty());
}

TEST_F(LogWriter, RefusesWhatWasMeantForAnEarlierTaking) {
  take({{1}, {2}});
  give({{1}});
  settle();
  take({{1}});
  ASSERT_EQ(acquired_.size(), 2U);
  EXPECT_GT(acquired_[1].incarnation, acquired_[0].incarnation);
  const auto old = write(1, "a", acquired_[0].incarnation);
  const auto fresh = write(1, "b", acquired_[1].incarnation);
  const auto never_lost = write(2, "a", acquired_[0].incarnation);
  settle();
  EXPECT_THAT(old->failed, ElementsAre(log_failure::disconnected));
  EXPECT_THAT(fresh->written, ElementsAre(2));
  EXPECT_THAT(never_lost->written, ElementsAre(2));
}

TEST_F(LogWriter, WhoseBackendWasEndedTellsWhatItHeldAndConnectsAnew) {
  take({{1}, {3}});
  store_->backends().end(log_->backend());
  pass(200ms);
  ASSERT_EQ(lost_.size(), 1U);
  EXPECT_THAT(lost_[0].shards, ElementsAre(shard_index{1}, shard_index{3}));
  EXPECT_EQ(ready_, 2);
  const auto old = write(1, "a", acquired_[0].incarnation);
  settle();
  EXPECT_THAT(old->failed, ElementsAre(log_failure::disconnected));
  take({{1}});
  EXPECT_GT(acquired_.back().incarnation, acquired_[0].incarnation);
}

TEST_F(LogWriter, WhoseConnectionBreaksWhileGivingHasLostEverything) {
  take({{1}, {2}});
  const auto end = write(2, "a", acquired_[0].incarnation);
  log_->breaks_when_giving = true;
  give({{1}});
  settle();
  EXPECT_THAT(released_, IsEmpty());
  ASSERT_EQ(lost_.size(), 1U);
  EXPECT_THAT(lost_[0].shards, ElementsAre(shard_index{1}, shard_index{2}));
  EXPECT_THAT(end->failed, ElementsAre(log_failure::disconnected));
  pass(200ms);
  EXPECT_EQ(ready_, 2);
}

TEST_F(LogWriter, WithoutAConnectionRefusesUntilItHasOne) {
  log_->is_away = true;
  store_->backends().end(log_->backend());
  pass(3s);
  // Less and less often.
  EXPECT_GT(waiting_, 3);
  EXPECT_LT(waiting_, 10);
  EXPECT_THAT(lost_, IsEmpty());
  take({{1}});
  ASSERT_EQ(refused_.size(), 1U);
  EXPECT_EQ(refused_[0].why.code, errc::unavailable);
  log_->is_away = false;
  pass(2s);
  EXPECT_EQ(ready_, 2);
  take({{1}});
  EXPECT_EQ(acquired_.size(), 1U);
}

TEST_F(LogWriter, ThatStopsCommitsWhatItHasAndGivesItsLocksBack) {
  take({{1}});
  const auto end = write(1, "a", acquired_[0].incarnation);
  caf::anon_send(writer_, stop_actor{});
  settle();
  EXPECT_THAT(end->written, ElementsAre(2));
  EXPECT_EQ(store_->backends().holder_of({1}), 0);
}

}  // namespace parley
