#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/persistence/people_items.hpp"

namespace parley::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// 1, 2 and 3 share a group; 1 and 4 a direct conversation; 5 left the group; 6 and 7 are strangers.
class presence_test : public people_test {
protected:
  void SetUp() override {
    people_test::SetUp();
    put(group(50, 1, "made", "Friends", {{1}, {2}, {3}, {5}}));
    put(direct(51, 1, 1, 4));
    put(group(52, 6, "made", "Others", {{6}, {7}}));
    put(leave(50, 5, "l"));
  }
  std::vector<std::int64_t> visible(std::int64_t viewer, const std::vector<user_id>& users = everybody()) {
    const auto records = queries_.visible_presence({viewer}, users);
    EXPECT_TRUE(records.has_value());
    std::vector<std::int64_t> ids;
    if (records.has_value())
      for (const auto& record : records.value()) ids.push_back(record.user.value);
    return ids;
  }
  static std::vector<user_id> everybody() {
    std::vector<user_id> users;
    for (std::int64_t i = 0; i < 12; ++i) users.push_back({i});
    return users;
  }
};

TEST_F(presence_test, IsShownToWhoSharesAConversationAndToNobodyElse) {
  EXPECT_THAT(visible(1), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(visible(2), ElementsAre(1, 2, 3));
  EXPECT_THAT(visible(4), ElementsAre(1, 4));
  EXPECT_THAT(visible(5), ElementsAre(5));
  EXPECT_THAT(visible(6), ElementsAre(6, 7));
  EXPECT_THAT(visible(99), IsEmpty());
  EXPECT_THAT(visible(1, {{3}, {6}, {3}}), ElementsAre(3));
  EXPECT_THAT(visible(1, {}), IsEmpty());
}

TEST_F(presence_test, IsNotShownToWhomTheyBlocked) {
  ASSERT_TRUE(queries_.block({2}, {1}).has_value());
  EXPECT_THAT(visible(1), ElementsAre(1, 3, 4));
  EXPECT_THAT(visible(2), ElementsAre(1, 2, 3));
  ASSERT_TRUE(queries_.unblock({2}, {1}).has_value());
  EXPECT_THAT(visible(1), ElementsAre(1, 2, 3, 4));
}

TEST_F(presence_test, WhoNeverCameHasNoLastSeen) {
  const std::vector<user_id> wanted{{2}};
  const auto record = queries_.visible_presence({1}, wanted).value().at(0);
  EXPECT_FALSE(record.was_online);
  EXPECT_FALSE(record.last_seen);
}

TEST_F(presence_test, WhoWentWasLastSeenThenByTheDatabasesClock) {
  using std::chrono::milliseconds;
  const std::vector<user_id> wanted{{2}};
  ASSERT_TRUE(queries_.store_presence({2}, true, milliseconds{0}).has_value());
  EXPECT_TRUE(queries_.visible_presence({1}, wanted).value().at(0).was_online);
  EXPECT_FALSE(queries_.visible_presence({1}, wanted).value().at(0).last_seen);
  const auto before = queries_.now().value();
  const auto went = queries_.store_presence({2}, false, milliseconds{10'000}).value();
  const auto after = queries_.now().value();
  EXPECT_GE(went, before - 10'001);  // `now` is rounded to the next millisecond
  EXPECT_LE(went, after - 10'000);
  auto record = queries_.visible_presence({1}, wanted).value().at(0);
  EXPECT_FALSE(record.was_online);
  EXPECT_EQ(record.last_seen, went);
  // Coming again does not forget when one was last seen: who asks for the past of a crash needs it.
  ASSERT_TRUE(queries_.store_presence({2}, true, milliseconds{0}).has_value());
  record = queries_.visible_presence({1}, wanted).value().at(0);
  EXPECT_TRUE(record.was_online);
  EXPECT_EQ(record.last_seen, went);
}

TEST_F(presence_test, OfAUserWhoDoesNotExistIsNotStored) {
  EXPECT_EQ(queries_.store_presence({99}, true, std::chrono::milliseconds{0}).error(), no_such_user());
}

class block_test : public presence_test {};

TEST_F(block_test, IsAnsweredWithTheDirectConversationIfThereIsOne) {
  EXPECT_EQ(queries_.block({4}, {1}).value(), conversation_id{51});
  EXPECT_EQ(queries_.block({4}, {1}).value(), conversation_id{51});
  EXPECT_EQ(queries_.block({4}, {2}).value(), conversation_id{});
  EXPECT_THAT(queries_.blocked_by({4}).value(), ElementsAre(user_id{1}, user_id{2}));
  EXPECT_THAT(queries_.blocked_by({1}).value(), IsEmpty());
  EXPECT_TRUE(queries_.has_blocked({4}, {1}).value());
  EXPECT_FALSE(queries_.has_blocked({1}, {4}).value());
  EXPECT_EQ(queries_.unblock({4}, {1}).value(), conversation_id{51});
  EXPECT_EQ(queries_.unblock({4}, {1}).value(), conversation_id{51});
  EXPECT_THAT(queries_.blocked_by({4}).value(), ElementsAre(user_id{2}));
}

TEST_F(block_test, NeedsSomebodyElseWhoExists) {
  EXPECT_EQ(queries_.block({4}, {99}).error(), no_such_user());
  EXPECT_EQ(queries_.block({4}, {4}).error().code, errc::bad_request);
  EXPECT_THAT(queries_.blocked_by({4}).value(), IsEmpty());
}

TEST_F(block_test, EndsAtAThousand) {
  run("insert into blocks select 4, n from generate_series(100, 1098) n");
  EXPECT_TRUE(queries_.block({4}, {1}).has_value());
  EXPECT_EQ(queries_.block({4}, {2}).error().code, errc::too_large);
  // Who is blocked already can be blocked again.
  EXPECT_TRUE(queries_.block({4}, {1}).has_value());
  EXPECT_FALSE(queries_.has_blocked({4}, {2}).value());
  EXPECT_TRUE(queries_.unblock({4}, {1}).has_value());
  EXPECT_TRUE(queries_.block({4}, {2}).has_value());
}

TEST_F(block_test, TheDirectConversationKnowsWhomTheOtherOneHasBlockedAndAGroupDoesNot) {
  EXPECT_THAT(queries_.load_conversation({51}).value().blocked, IsEmpty());
  queries_.block({4}, {1});
  queries_.block({2}, {1});
  EXPECT_THAT(queries_.load_conversation({51}).value().blocked, ElementsAre(user_id{1}));
  EXPECT_THAT(queries_.load_conversation({50}).value().blocked, IsEmpty());
  queries_.block({1}, {4});
  EXPECT_THAT(queries_.load_conversation({51}).value().blocked, ElementsAre(user_id{1}, user_id{4}));
}

TEST_F(block_test, SignalsReachWhoSharesAConversationAndHasNotBlocked) {
  EXPECT_TRUE(queries_.may_signal({1}, {2}).has_value());
  EXPECT_TRUE(queries_.may_signal({4}, {1}).has_value());
  EXPECT_TRUE(queries_.may_signal({4}, {4}).has_value());
  EXPECT_EQ(queries_.may_signal({4}, {2}).error(), no_such_user());
  EXPECT_EQ(queries_.may_signal({5}, {1}).error(), no_such_user());
  EXPECT_EQ(queries_.may_signal({1}, {5}).error(), no_such_user());
  EXPECT_EQ(queries_.may_signal({1}, {99}).error(), no_such_user());
  queries_.block({2}, {1});
  EXPECT_EQ(queries_.may_signal({1}, {2}).error().code, errc::forbidden);
  EXPECT_TRUE(queries_.may_signal({2}, {1}).has_value());
  // A stranger does not learn that they are blocked.
  queries_.block({7}, {1});
  EXPECT_EQ(queries_.may_signal({1}, {7}).error(), no_such_user());
}

}  // namespace
}  // namespace parley::testing
