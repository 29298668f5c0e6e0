#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "persistence/query_statements.hpp"
#include "persistence/sql_array.hpp"
#include "tests/persistence/support/reader_test.hpp"

namespace parley::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class sync_test : public reader_test {
protected:
  std::vector<conversation_view> views(user_id user, const std::vector<sync_item>& items,
                                       std::size_t tail = 20) {
    const auto read = log.views(user, items, tail);
    EXPECT_TRUE(read.has_value());
    return read.has_value() ? read.value() : std::vector<conversation_view>{};
  }
  conversation_view view(user_id user, sync_item item, std::size_t tail = 20) {
    const auto all = views(user, {item}, tail);
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? conversation_view{} : all[0];
  }
};

TEST_F(sync_test, AViewHoldsTheNewestEntriesAboveWhatTheClientHas) {
  const auto chat = make_group(1, {{1}, {2}});
  write_messages(chat, 1, 29);  // head 30
  const auto all = view({2}, {chat, 0});
  EXPECT_EQ(all.head, 30);
  EXPECT_EQ(all.kind, conversation_kind::group);
  EXPECT_EQ(all.name, "Group");
  EXPECT_EQ(seqs(all.entries), range(11, 30));
  EXPECT_TRUE(all.gap);
  EXPECT_FALSE(all.reset);
  const auto some = view({2}, {chat, 25});
  EXPECT_EQ(seqs(some.entries), range(26, 30));
  EXPECT_FALSE(some.gap);
  const auto edge = view({2}, {chat, 10});
  EXPECT_EQ(seqs(edge.entries), range(11, 30));
  EXPECT_FALSE(edge.gap);
  const auto nothing_new = view({2}, {chat, 30});
  EXPECT_THAT(nothing_new.entries, IsEmpty());
  EXPECT_FALSE(nothing_new.gap);
  EXPECT_FALSE(nothing_new.reset);
}

TEST_F(sync_test, WhoAsksForNoEntriesIsToldOfTheGap) {
  const auto chat = make_group(1, {{1}, {2}});
  write_messages(chat, 1, 4);
  EXPECT_TRUE(view({1}, {chat, 3}, 0).gap);
  EXPECT_FALSE(view({1}, {chat, 5}, 0).gap);
  EXPECT_THAT(view({1}, {chat, 3}, 0).entries, IsEmpty());
}

TEST_F(sync_test, WhoHasMoreThanThereIsBeginsAnew) {
  const auto chat = make_group(1, {{1}, {2}});
  write_messages(chat, 1, 4);
  const auto restored = view({1}, {chat, 6}, 3);
  EXPECT_TRUE(restored.reset);
  EXPECT_EQ(seqs(restored.entries), range(3, 5));
  EXPECT_TRUE(restored.gap);
  EXPECT_FALSE(view({1}, {chat, 5}).reset);
}

TEST_F(sync_test, UnreadCountsMessagesAboveTheReadMarkToAHundred) {
  const auto chat = make_group(1, {{1}, {2}, {3}});
  EXPECT_EQ(view({2}, {chat, 0}).unread, 0);
  write_messages(chat, 1, 99);
  EXPECT_EQ(view({2}, {chat, 0}).unread, 99);
  write_messages(chat, 1, 2);
  EXPECT_EQ(view({2}, {chat, 0}).unread, 100);
  EXPECT_EQ(view({1}, {chat, 0}).unread, 0);
  EXPECT_EQ(view({1}, {chat, 0}).read, 102);
  const auto marked = writer.mark_read(std::vector<read_item>{{chat, {2}, 100}});
  ASSERT_TRUE(marked.has_value());
  EXPECT_EQ(view({2}, {chat, 0}).unread, 2);
  EXPECT_EQ(view({2}, {chat, 0}).read, 100);
}

TEST_F(sync_test, AViewShowsTheFirstTwoHundredMembersAndCountsAll) {
  run("insert into users (user_id, name, password_hash) select i, 'user ' || i, '' from generate_series(10, "
      "250) i");
  std::vector<user_id> everybody;
  for (std::int64_t i = 1; i <= 250; ++i) everybody.push_back({i});
  const auto chat = make_group(1, everybody);
  write_messages(chat, 7, 1);
  const auto seen = view({250}, {chat, 0});
  EXPECT_EQ(seen.member_count, 250U);
  ASSERT_EQ(seen.members.size(), 200U);
  EXPECT_EQ(seen.members[0].user, user_id{1});
  EXPECT_EQ(seen.members[0].role, member_role::owner);
  EXPECT_EQ(seen.members[6].read, 2);
  EXPECT_EQ(seen.members[6].name, "user 7");
  EXPECT_EQ(seen.members[199].user, user_id{200});
}

TEST_F(sync_test, MembersComeInPagesUntilTheLast) {
  run("insert into users (user_id, name, password_hash) select i, 'user ' || i, '' from generate_series(10, "
      "400) i");
  std::vector<user_id> everybody;
  for (std::int64_t i = 1; i <= 400; ++i) everybody.push_back({i});
  const auto chat = make_group(1, everybody);
  const auto first = log.members({1}, chat, {}).value();
  ASSERT_EQ(first.members.size(), 200U);
  ASSERT_TRUE(first.cursor);
  const auto second = log.members({1}, chat, first.cursor).value();
  ASSERT_EQ(second.members.size(), 200U);
  EXPECT_EQ(second.members.front().user, user_id{201});
  EXPECT_FALSE(second.cursor) << "400 members are two whole pages";
  EXPECT_EQ(log.members({1}, chat, "x").error().code, errc::bad_request);
}

TEST_F(sync_test, ConversationsComeWithTheNewestActivityFirst) {
  const auto first = make_group(1, {{1}, {2}});
  const auto second = make_group(2, {{1}, {2}});
  const auto third = make_group(3, {{2}});
  run("update entries set at = at - interval '1 hour' * (10 - conversation_id)");
  write_messages(first, 2, 1);
  std::vector<conversation_id> order;
  for (const auto& head : log.conversations_of({1}).value()) order.push_back(head.conversation);
  EXPECT_THAT(order, ElementsAre(first, second));
  EXPECT_EQ(log.conversations_of({1}).value()[0].head, 2);
  EXPECT_EQ(log.conversations_of({2}).value().size(), 3U);
  // In the order asked, whatever the activity, and without what is not one's own.
  std::vector<conversation_id> asked;
  for (const auto& seen : views({1}, {{second, 0}, {third, 0}, {first, 0}})) asked.push_back(seen.id);
  EXPECT_THAT(asked, ElementsAre(second, first));
}

TEST_F(sync_test, APageOfViewsEndsAtAMebibyteWithAtLeastOneConversation) {
  std::vector<sync_item> items;
  for (std::int64_t i = 1; i <= 5; ++i) {
    items.push_back({make_group(i, {{1}, {2}}), 0});
    write_messages(items.back().conversation, 1, 1, std::string(400'000, 'x'));
  }
  const auto page = views({1}, items);
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(seqs(page[1].entries), range(1, 2));
  EXPECT_EQ(page[1].members.size(), 2U);
  EXPECT_EQ(views({1}, {items.begin() + 2, items.end()}).size(), 2U);
  EXPECT_EQ(views({1}, {items.begin() + 4, items.end()}).size(), 1U);
}

TEST_F(sync_test, AConversationTooLargeForAPageIsShownWithAGap) {
  const auto chat = make_group(1, {{1}, {2}});
  write_messages(chat, 1, 5, std::string(400'000, 'x'));
  const auto next = make_group(2, {{1}, {2}});
  const auto page = views({1}, {{chat, 0}, {next, 0}});
  ASSERT_EQ(page.size(), 1U);
  EXPECT_EQ(seqs(page[0].entries), range(5, 6));
  EXPECT_TRUE(page[0].gap);
  write_messages(chat, 1, 1, std::string(3'000'000, 'x'));
  EXPECT_EQ(seqs(views({1}, {{chat, 0}})[0].entries), range(7, 7));
}

TEST_F(sync_test, WhatLiesBeyondAPageIsNotFetched) {
  // 40 conversations of 20 times 100 kB: 80 MB if it were.
  std::vector<sync_item> items;
  for (std::int64_t i = 1; i <= 40; ++i) items.push_back({make_group(i, {{1}, {2}}), 0});
  run("insert into entries (conversation_id, seq, number, kind, sender_id, key, digest, body, at) select c, "
      "s, "
      "s, 2, 1, s::text, gen_random_uuid(), repeat('x', 100000), now() from generate_series(1, 40) c, "
      "generate_series(2, 21) s");
  pqxx::connection reader{url};
  pqxx::nontransaction work{reader};
  sql_array ids;
  sql_array haves;
  for (const auto& item : items) ids.add(item.conversation.value), haves.add(std::int64_t{0});
  const auto rows = work.exec_params(query::views, 1, ids.finish(), haves.finish(), 20, 1'048'576);
  std::size_t bytes = 0;
  for (const auto& row : rows) bytes += row["body"].size();
  EXPECT_LT(bytes, 1'300'000U);
  EXPECT_EQ(views({1}, items).size(), 1U);
}

}  // namespace
}  // namespace parley::testing
