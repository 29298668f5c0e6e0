#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/persistence/support/reader_test.hpp"

namespace parley::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class history_test : public reader_test {
protected:
  entries_page page(user_id user, conversation_id conversation, std::optional<sequence> before,
                    std::optional<sequence> after, std::size_t limit) {
    const auto read = log.history(user, conversation, before, after, limit);
    EXPECT_TRUE(read.has_value());
    return read.has_value() ? read.value() : entries_page{};
  }
};

TEST_F(history_test, APageIsAscendingAndSaysWhetherThereIsMoreInItsDirection) {
  const auto chat = make_group(1, {{1}, {2}});
  write_messages(chat, 1, 9);  // with the create: 10 entries
  const auto newest = page({2}, chat, {}, {}, 4);
  EXPECT_EQ(seqs(newest.entries), range(7, 10));
  EXPECT_TRUE(newest.more);
  const auto before = page({2}, chat, 4, {}, 10);
  EXPECT_EQ(seqs(before.entries), range(1, 3));
  EXPECT_FALSE(before.more);
  const auto after = page({2}, chat, {}, 3, 3);
  EXPECT_EQ(seqs(after.entries), range(4, 6));
  EXPECT_TRUE(after.more);
  const auto last = page({2}, chat, {}, 7, 3);
  EXPECT_EQ(seqs(last.entries), range(8, 10));
  EXPECT_FALSE(last.more);
  EXPECT_THAT(page({2}, chat, {}, 10, 3).entries, IsEmpty());
  EXPECT_THAT(page({2}, chat, 1, {}, 3).entries, IsEmpty());
}

TEST_F(history_test, AnEntryComesBackAsItWasSent) {
  const auto chat = make_group(1, {{1}, {2}, {3}});
  const auto sent = write(message(chat.value, 2, "my key", "Grüße \xf0\x9f\x98\x80 \"\\"));
  const auto entries = page({3}, chat, {}, {}, 10).entries;
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].content.kind, entry_kind::create);
  EXPECT_EQ(entries[0].sender, user_id{1});
  EXPECT_EQ(entries[0].content.name, "Group");
  EXPECT_EQ(entries[0].content.key, "group 1");
  EXPECT_THAT(entries[0].content.members, ElementsAre(user_id{1}, user_id{2}, user_id{3}));
  EXPECT_EQ(entries[1].content.kind, entry_kind::message);
  EXPECT_EQ(entries[1].content.text, "Grüße \xf0\x9f\x98\x80 \"\\");
  EXPECT_EQ(entries[1].content.key, "my key");
  EXPECT_EQ(entries[1].sender, user_id{2});
  EXPECT_EQ(entries[1].at, sent.at);
}

TEST_F(history_test, APageHoldsAtMostAMebibyteOfTextButAtLeastOneEntry) {
  const auto chat = make_group(1, {{1}, {2}});
  write_messages(chat, 1, 4, std::string(400'000, 'x'));
  const auto newest = page({1}, chat, {}, {}, 100);
  EXPECT_EQ(seqs(newest.entries), range(4, 5));
  EXPECT_TRUE(newest.more);
  const auto after = page({1}, chat, {}, 0, 100);
  EXPECT_EQ(seqs(after.entries), range(1, 3));
  EXPECT_TRUE(after.more);
  write_messages(chat, 1, 1, std::string(3'000'000, 'x'));
  EXPECT_EQ(seqs(page({1}, chat, {}, {}, 100).entries), range(6, 6));
  EXPECT_EQ(seqs(page({1}, chat, {}, 5, 100).entries), range(6, 6));
  EXPECT_EQ(seqs(log.entries_after({1}, chat, 5).value().entries), range(6, 6));
}

TEST_F(history_test, WhatHoldsNoTextIsReadEvenThoughThePageIsFull) {
  const auto chat = make_group(1, {{1}, {2}});
  write_messages(chat, 1, 150);
  EXPECT_EQ(seqs(page({1}, chat, {}, 0, 100).entries), range(1, 100));
  const auto healed = log.entries_after({1}, chat, 20).value();
  EXPECT_EQ(seqs(healed.entries), range(21, 120));
  EXPECT_TRUE(healed.more);
}

TEST_F(history_test, StrangersReadNothingAndLearnNothing) {
  const auto chat = make_group(1, {{1}, {2}});
  write_messages(chat, 1, 3);
  const auto stranger = log.history({3}, chat, {}, {}, 10);
  const auto nowhere = log.history({3}, {999}, {}, {}, 10);
  ASSERT_TRUE(stranger.has_error());
  ASSERT_TRUE(nowhere.has_error());
  EXPECT_EQ(stranger.error(), nowhere.error());
  EXPECT_EQ(stranger.error(), no_such_conversation());
  EXPECT_EQ(log.entries_after({3}, chat, 0).error(), no_such_conversation());
  EXPECT_EQ(log.members({3}, chat, {}).error(), no_such_conversation());
  EXPECT_EQ(log.members({3}, chat, "no cursor").error(), no_such_conversation());
  EXPECT_FALSE(log.is_member({3}, chat).value());
  EXPECT_TRUE(log.is_member({2}, chat).value());
  EXPECT_EQ(log.load_conversation({999}).error(), no_such_conversation());
}

TEST_F(history_test, WhoLeftIsShownEverythingUpToTheOwnLeaveAndMayAskForNothing) {
  const auto chat = make_group(1, {{1}, {2}});
  write_messages(chat, 1, 2);
  auto leave = std::make_shared<entry_draft>();
  leave->kind = entry_kind::leave;
  leave->key = "bye";
  ASSERT_EQ(write(item(chat.value, 2, leave)).seq, 4);
  write_messages(chat, 1, 3);
  const auto shown = log.entries_after({2}, chat, 1).value();
  EXPECT_EQ(seqs(shown.entries), range(2, 4));
  EXPECT_FALSE(shown.more);
  EXPECT_EQ(shown.entries.back().content.kind, entry_kind::leave);
  EXPECT_EQ(shown.entries.back().content.user, user_id{2});
  EXPECT_EQ(log.history({2}, chat, {}, {}, 10).error(), no_such_conversation());
  EXPECT_EQ(log.members({2}, chat, {}).error(), no_such_conversation());
  EXPECT_THAT(log.conversations_of({2}).value(), IsEmpty());
  EXPECT_THAT(log.views({2}, std::vector<sync_item>{{chat, 0}}, 20).value(), IsEmpty());
}

TEST_F(history_test, AConversationsActorFindsWhatItStartsFrom) {
  const auto chat = make_group(1, {{3}, {1}, {2}});
  write_messages(chat, 1, 2);
  const auto record = log.load_conversation(chat).value();
  EXPECT_EQ(record.kind, conversation_kind::group);
  EXPECT_EQ(record.name, "Group");
  EXPECT_EQ(record.head, 3);
  ASSERT_EQ(record.members.size(), 3U);
  EXPECT_EQ(record.members[2].user, user_id{3});
  EXPECT_EQ(record.members[2].role, member_role::owner);
  EXPECT_EQ(record.members[0].role, member_role::member);
}

TEST_F(history_test, AKeyThatWasUsedIsFoundAsRepeatOrConflict) {
  const auto chat = make_group(1, {{1}, {2}});
  const auto first = write(message(chat.value, 1, "k", "x"));
  EXPECT_EQ(log.find_repeat(chat, {1}, *message(1, 1, "k", "x").draft).value()->what,
            append_result::status::repeated);
  EXPECT_EQ(log.find_repeat(chat, {1}, *message(1, 1, "k", "x").draft).value()->seq, first.seq);
  EXPECT_EQ(log.find_repeat(chat, {1}, *message(1, 1, "k", "y").draft).value()->what,
            append_result::status::conflicting);
  EXPECT_FALSE(log.find_repeat(chat, {2}, *message(1, 2, "k", "x").draft).value());
  EXPECT_EQ(log.find_created({1}, *group(5, 1, "group 1", "Group", {{2}, {1}}).draft).value()->conversation,
            chat);
  EXPECT_FALSE(log.find_created({2}, *group(5, 2, "group 1", "Group", {{1}, {2}}).draft).value());
  EXPECT_FALSE(log.find_created({1}, *direct(5, 1, 1, 2).draft).value());
  const auto pair = write(direct(6, 2, 1, 2)).conversation;
  EXPECT_EQ(log.find_created({1}, *direct(5, 1, 1, 2).draft).value()->conversation, pair);
  EXPECT_EQ(log.find_created({1}, *direct(5, 1, 1, 2).draft).value()->what, append_result::status::repeated);
}

}  // namespace
}  // namespace parley::testing
