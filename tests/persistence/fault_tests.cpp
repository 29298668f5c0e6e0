#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "persistence/postgres_entry_log.hpp"
#include "tests/persistence/support/database.hpp"
#include "tests/persistence/support/items.hpp"

// PostgreSQL's faults as a writer sees them: what was acknowledged is there, what was not is there once
// or not at all, and sending again by key settles it.

namespace parley::testing {
namespace {

using namespace std::chrono_literals;
using status = append_result::status;

class fault_test : public database_test {
protected:
  static std::vector<append_item> one(const std::string& key) { return {message(1, 1, key, "text")}; }

  bool acquire_in_time() {
    return eventually([&] { return hold(log_, all_shards()).has_value(); }, 60s);
  }
  /// Appends until it is answered, as sessions do; 0 when it is not in time.
  sequence append_until_answered(const std::string& key) {
    sequence seq = 0;
    EXPECT_TRUE(eventually(
        [&] {
          const auto answer = log_.append(one(key));
          if (answer.has_value()) seq = answer.value()[0].seq;
          return answer.has_value() || (hold(log_, all_shards()), false);
        },
        60s));
    return seq;
  }
  int rows() { return ask<int>("select count(*) from entries"); }

  postgres_entry_log log_{url, "node-1", {11}, 500ms};
};

TEST_F(fault_test, ABackendEndedDuringACommitLeavesTheRowOnceOrNotAtAll) {
  ASSERT_TRUE(acquire_in_time());
  std::mt19937 dice{1};
  int lost = 0;
  for (int round = 1; round <= 40; ++round) {
    const auto key = std::to_string(round);
    pqxx::connection killer{url};
    std::thread hit{[&, delay = std::chrono::microseconds{dice() % 1'500}, backend = log_.backend_pid()] {
      const auto until = std::chrono::steady_clock::now() + delay;
      while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
      pqxx::nontransaction{killer}.exec("select pg_terminate_backend(" + std::to_string(backend) + ")");
    }};
    const auto answer = log_.append(one(key));
    hit.join();
    ASSERT_TRUE(answer.has_value() || answer.error() == log_failure::disconnected);
    lost += answer.has_error() ? 1 : 0;
    ASSERT_TRUE(acquire_in_time());
    const auto found = rows();
    ASSERT_TRUE(found == round || (found == round - 1 && answer.has_error())) << found;
    const auto again = log_.append(one(key));
    ASSERT_TRUE(again.has_value());
    ASSERT_EQ(again.value()[0].what, found == round ? status::repeated : status::written);
    ASSERT_EQ(again.value()[0].seq, round);
    ASSERT_EQ(rows(), round);
  }
  EXPECT_GT(lost, 0) << "no backend was hit: the test shows nothing";
}

TEST_F(fault_test, AnImmediateStopIsNoticedInMillisecondsAndLosesNothing) {
  ASSERT_TRUE(acquire_in_time());
  for (int round = 1; round <= 3; ++round) {
    ASSERT_EQ(append_until_answered(std::to_string(round)), round);
    const auto server = shared_server().pid();
    const auto began = std::chrono::steady_clock::now();
    ::kill(server, SIGQUIT);
    ASSERT_TRUE(eventually([&] { return !log_.alive(); }, 5s));
    RecordProperty("noticed_after_ms", static_cast<int>((std::chrono::steady_clock::now() - began) / 1ms));
    EXPECT_EQ(log_.append(one("unknown")).error(), log_failure::disconnected);
    ASSERT_TRUE(acquire_in_time());
    EXPECT_EQ(rows(), round);
    EXPECT_EQ(append_until_answered(std::to_string(round)), round);
  }
}

TEST_F(fault_test, AKilledBackendAndItsCrashRecoveryLoseNothing) {
  ASSERT_TRUE(acquire_in_time());
  ASSERT_EQ(append_until_answered("a"), 1);
  ::kill(log_.backend_pid(), SIGKILL);
  EXPECT_EQ(append_until_answered("b"), 2);
  EXPECT_EQ(append_until_answered("a"), 1);
  ASSERT_TRUE(eventually([&] {
    try {
      return rows() == 2;
    } catch (const pqxx::failure&) {
      return false;
    }
  }));
}

TEST_F(fault_test, AFrozenBackendIsGivenUpAndWhatItWasGivenIsWrittenOnceAtMost) {
  ASSERT_TRUE(acquire_in_time());
  const auto frozen = log_.backend_pid();
  ::kill(frozen, SIGSTOP);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(log_.append(one("a")).error(), log_failure::disconnected);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  // It holds the locks as long as it is frozen; nobody writes meanwhile.
  const auto refused = hold(log_, all_shards());
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, errc::unavailable) << refused.error().message;
  EXPECT_EQ(log_.append(one("a")).error(), log_failure::disconnected);
  ::kill(frozen, SIGCONT);
  ASSERT_TRUE(acquire_in_time());
  EXPECT_EQ(append_until_answered("a"), 1);
  EXPECT_EQ(rows(), 1);
}

TEST_F(fault_test, ABackendThatIsStillBusyIsEndedBeforeItsShardsAreTakenAgain) {
  run("create function dawdle() returns trigger language plpgsql as $$ begin if new.body = 'slow' then "
      "perform "
      "pg_sleep(4); end if; return new; end $$; create trigger dawdle before insert on entries for each row "
      "execute function dawdle()");
  ASSERT_TRUE(acquire_in_time());
  EXPECT_EQ(log_.append(std::vector<append_item>{message(1, 1, "a", "slow")}).error(),
            log_failure::disconnected);
  const auto taken = hold(log_, all_shards());
  EXPECT_TRUE(taken.has_value()) << taken.error().message;
  EXPECT_EQ(rows(), 0);
  EXPECT_EQ(log_.append(one("a")).value()[0].what, status::written);
}

TEST_F(fault_test, AFullServerIsUnavailableAndServesAgainWhenThereIsRoom) {
  run("create role narrow login superuser connection limit 1");
  postgres_entry_log narrow{url + " user=narrow", "node-2", {22}};
  run("alter role narrow nosuperuser; grant all on all tables in schema public to narrow");
  auto occupied = std::make_unique<pqxx::connection>(url + " user=narrow");
  const auto refused = hold(narrow, all_shards());
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, errc::unavailable);
  occupied.reset();
  EXPECT_TRUE(eventually([&] { return hold(narrow, all_shards()).has_value(); }));
  EXPECT_TRUE(narrow.append(one("a")).has_value());
  narrow.release();
  EXPECT_TRUE(eventually([&] {
    try {
      run("drop owned by narrow; drop role narrow");
      return true;
    } catch (const pqxx::failure&) {
      return false;
    }
  }));
}

}  // namespace
}  // namespace parley::testing
