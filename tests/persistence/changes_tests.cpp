#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/persistence/people_items.hpp"

namespace parley::testing {
namespace {

using status = append_result::status;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class changes_test : public people_test {
protected:
  void SetUp() override {
    people_test::SetUp();
    put(group(50, 1, "made", "Friends", {{1}, {2}, {3}}));
  }
  status what(const append_item& wanted) { return append({wanted}).at(0).what; }
};

TEST_F(changes_test, AnEditedMessageShowsItsNewestTextAndNoOlderOneIsKeptAnywhere) {
  const auto target = put(message(50, 2, "m", "first text"));
  const auto first = put(edit(50, 2, "e1", target, "second text"));
  EXPECT_EQ(history(1, 50)[2].content.text, "second text");
  EXPECT_FALSE(history(1, 50)[2].edited);
  const auto second = put(edit(50, 2, "e2", target, "third text"));
  for (const auto& seen :
       {history(1, 50), view(1, 50).entries, queries_.entries_after({1}, {50}, 0).value().entries}) {
    ASSERT_EQ(seen.size(), 4U);
    EXPECT_EQ(seen[1].content.text, "third text");
    EXPECT_TRUE(seen[1].edited);
    EXPECT_EQ(seen[2].seq, first);
    EXPECT_EQ(seen[2].content.kind, entry_kind::edit);
    EXPECT_EQ(seen[2].content.target, target);
    EXPECT_EQ(seen[2].content.text, "third text");
    EXPECT_TRUE(seen[2].edited);
    EXPECT_EQ(seen[3].seq, second);
    EXPECT_EQ(seen[3].content.text, "third text");
    EXPECT_FALSE(seen[3].edited);
  }
  EXPECT_EQ(ask<int>("select count(*) from entries where body like '%first%' or body like '%second%'"), 0);
}

TEST_F(changes_test, ADeletedMessageHasNoTextAnyMoreAndNeitherHaveItsEdits) {
  const auto target = put(message(50, 2, "m", "secret one"));
  put(edit(50, 2, "e", target, "secret two"));
  put(erase(50, 1, "d", target));
  for (const auto& seen : {history(3, 50), view(3, 50).entries}) {
    ASSERT_EQ(seen.size(), 4U);
    for (const auto place : {1U, 2U}) {
      EXPECT_TRUE(seen[place].deleted);
      EXPECT_FALSE(seen[place].edited);
      EXPECT_EQ(seen[place].content.text, "");
    }
    EXPECT_EQ(seen[3].content.kind, entry_kind::erase);
    EXPECT_EQ(seen[3].content.target, target);
    EXPECT_FALSE(seen[3].deleted);
  }
  EXPECT_EQ(ask<int>("select count(*) from entries where body like '%secret%'"), 0);
  const auto facts = queries_.find_message({50}, target).value();
  ASSERT_TRUE(facts);
  EXPECT_TRUE(facts->deleted);
  EXPECT_EQ(facts->sender, user_id{2});
}

TEST_F(changes_test, OnlyMessagesAreFoundAsMessages) {
  const auto target = put(message(50, 2, "m", "x"));
  const auto other = put(edit(50, 2, "e", target, "y"));
  EXPECT_FALSE(queries_.find_message({50}, target).value()->deleted);
  EXPECT_FALSE(queries_.find_message({50}, other).value());
  EXPECT_FALSE(queries_.find_message({50}, 1).value());
  EXPECT_FALSE(queries_.find_message({50}, 99).value());
  EXPECT_FALSE(queries_.find_message({51}, target).value());
}

TEST_F(changes_test, WhatMakesNoSenseIsRefusedAndLeavesNoTrace) {
  const auto target = put(message(50, 2, "m", "x"));
  const auto gone = put(message(50, 2, "n", "y"));
  const auto deleted = put(erase(50, 2, "d", gone));
  EXPECT_EQ(what(edit(50, 2, "a", gone, "z")), status::refused);
  EXPECT_EQ(what(erase(50, 2, "b", gone)), status::refused);
  EXPECT_EQ(what(edit(50, 2, "c", deleted, "z")), status::refused);
  EXPECT_EQ(what(erase(50, 2, "c", 1)), status::refused);
  EXPECT_EQ(what(edit(50, 2, "c", 99, "z")), status::refused);
  EXPECT_EQ(what(rename(51, 2, "c", "nowhere")), status::refused);
  EXPECT_EQ(history(1, 50).size(), 4U);
  // A refused key is as good as new.
  EXPECT_EQ(what(edit(50, 2, "a", target, "z")), status::written);
}

TEST_F(changes_test, ARepeatedChangeIsAnsweredWithItsFirstPlaceHoweverMuchHappenedSince) {
  const auto target = put(message(50, 1, "m", "x"));
  const std::vector<append_item> all{edit(50, 1, "e", target, "y"),
                                     rename(50, 1, "n", "Others"),
                                     join(50, 1, "j", 4),
                                     set_role(50, 1, "r", 4, member_role::admin),
                                     leave(50, 1, "k", 4),
                                     erase(50, 1, "d", target),
                                     leave(50, 2, "l")};
  std::vector<append_result> first;
  for (const auto& each : all) first.push_back(append({each}).at(0));
  const auto size = history(1, 50).size();
  const auto again = append(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(first[i].what, status::written) << i;
    EXPECT_EQ(again[i].what, status::repeated) << i;
    EXPECT_EQ(again[i].seq, first[i].seq) << i;
    EXPECT_EQ(again[i].at, first[i].at) << i;
    const auto found = queries_.find_repeat({50}, all[i].sender, *all[i].draft).value();
    ASSERT_TRUE(found) << i;
    EXPECT_EQ(found->what, status::repeated) << i;
    EXPECT_EQ(found->seq, first[i].seq) << i;
  }
  EXPECT_EQ(history(1, 50).size(), size);
}

TEST_F(changes_test, AKeyWithAnythingElseIsAConflict) {
  const auto target = put(message(50, 1, "m", "x"));
  const auto other = put(message(50, 1, "o", "x"));
  put(edit(50, 1, "e", target, "y"));
  put(set_role(50, 1, "r", 2, member_role::admin));
  put(rename(50, 1, "n", "Others"));
  for (const auto& contradiction :
       {edit(50, 1, "e", target, "z"), edit(50, 1, "e", other, "y"), erase(50, 1, "e", target),
        set_role(50, 1, "r", 2, member_role::member), set_role(50, 1, "r", 3, member_role::admin),
        rename(50, 1, "n", "Friends"), edit(50, 1, "m", target, "x"), leave(50, 1, "m"),
        message(50, 1, "n", "Others")}) {
    EXPECT_EQ(what(contradiction), status::conflicting);
    const auto found = queries_.find_repeat({50}, {1}, *contradiction.draft).value();
    EXPECT_TRUE(found && found->what == status::conflicting);
  }
  EXPECT_EQ(history(1, 50)[1].content.text, "y");
  // Somebody else's key is another one.
  EXPECT_EQ(what(edit(50, 2, "e", other, "z")), status::written);
}

TEST_F(changes_test, TheKeyThatMadeAGroupIsOfASpaceOfItsOwn) {
  EXPECT_FALSE(queries_.find_repeat({50}, {1}, *message(50, 1, "made", "x").draft).value());
  EXPECT_EQ(what(message(50, 1, "made", "x")), status::written);
  EXPECT_EQ(history(1, 50)[0].content.key, "made");
  EXPECT_EQ(history(1, 50)[1].content.key, "made");
  EXPECT_EQ(what(group(51, 1, "made", "Friends", {{1}, {2}, {3}})), status::repeated);
}

TEST_F(changes_test, WhoJoinsSeesTheWholePastAndHasReadIt) {
  put(message(50, 1, "a", "x"));
  put(message(50, 1, "b", "y"));
  const auto place = put(join(50, 1, "j", 4));
  put(message(50, 1, "c", "z"));
  const auto seen = view(4, 50);
  EXPECT_EQ(seen.joined, place);
  EXPECT_EQ(seen.read, place);
  EXPECT_EQ(seen.unread, 1);
  EXPECT_EQ(seen.member_count, 4U);
  EXPECT_EQ(history(4, 50).size(), 5U);
  EXPECT_EQ(history(4, 50)[3].content.user, user_id{4});
  EXPECT_EQ(roles(50), "1:owner 2:member 3:member 4:member ");
  EXPECT_EQ(queries_.conversations_of({4}).value().size(), 1U);
}

TEST_F(changes_test, WhoLeftSeesEverythingUpToTheOwnLeaveWhenHealingAndNothingOtherwise) {
  put(message(50, 1, "a", "x"));
  const auto place = put(leave(50, 2, "l"));
  put(message(50, 1, "b", "y"));
  const auto healed = queries_.entries_after({2}, {50}, 0).value();
  EXPECT_EQ(healed.entries.size(), 3U);
  EXPECT_EQ(healed.entries.back().seq, place);
  EXPECT_EQ(healed.entries.back().content.user, user_id{2});
  EXPECT_FALSE(healed.more);
  EXPECT_EQ(queries_.history({2}, {50}, {}, {}, 10).error(), no_such_conversation());
  EXPECT_EQ(queries_.members({2}, {50}, {}).error(), no_such_conversation());
  EXPECT_FALSE(queries_.is_member({2}, {50}).value());
  EXPECT_THAT(queries_.conversations_of({2}).value(), IsEmpty());
  EXPECT_EQ(view(2, 50).id, conversation_id{});
  EXPECT_EQ(view(1, 50).member_count, 2U);
}

TEST_F(changes_test, WhoComesBackIsAPlainMemberFromTheNewJoinOn) {
  put(set_role(50, 1, "r", 2, member_role::admin));
  put(leave(50, 1, "k", 2));
  put(message(50, 1, "a", "x"));
  const auto place = put(join(50, 1, "j", 2));
  EXPECT_EQ(roles(50), "1:owner 2:member 3:member ");
  EXPECT_EQ(view(2, 50).joined, place);
  EXPECT_EQ(view(2, 50).unread, 0);
  EXPECT_EQ(history(2, 50).size(), 5U);
}

TEST_F(changes_test, ASuccessorIsMadeOwnerByAnEntryJustBeforeTheLeave) {
  const auto left = append({leave(50, 1, "l", 0, 3), message(50, 2, "m", "x")});
  EXPECT_EQ(left[0].seq, 3);
  EXPECT_EQ(left[1].seq, 4);
  const auto seen = history(2, 50);
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[1].content.kind, entry_kind::role);
  EXPECT_EQ(seen[1].content.user, user_id{3});
  EXPECT_EQ(seen[1].content.role, member_role::owner);
  EXPECT_EQ(seen[1].content.key, "");
  EXPECT_EQ(seen[1].sender, user_id{1});
  EXPECT_EQ(seen[2].content.kind, entry_kind::leave);
  EXPECT_EQ(seen[2].content.key, "l");
  EXPECT_EQ(roles(50), "2:member 3:owner ");
  const auto again = append({leave(50, 1, "l")});
  EXPECT_EQ(again[0].what, status::repeated);
  EXPECT_EQ(again[0].seq, 3);
}

TEST_F(changes_test, ARenamedGroupIsCalledSoEverywhere) {
  int number = 0;
  for (const auto& name : hostile_texts()) {
    put(rename(50, 2, "n" + std::to_string(++number), name));
    EXPECT_EQ(view(1, 50).name, name);
    EXPECT_EQ(queries_.load_conversation({50}).value().name, name);
    EXPECT_EQ(history(1, 50).back().content.name, name);
  }
}

TEST_F(changes_test, HostileTextsComeBackByteByByte) {
  const auto target = put(message(50, 1, "m", "x"));
  int number = 0;
  for (const auto& text : hostile_texts()) {
    put(edit(50, 1, "e" + std::to_string(++number), target, text));
    const auto seen = history(1, 50);
    EXPECT_EQ(seen[1].content.text, text);
    EXPECT_EQ(seen.back().content.text, text);
  }
}

TEST_F(changes_test, UnreadCountsMessagesOnlyAndStopsAtAHundred) {
  put(message(50, 1, "m", "x"));
  put(edit(50, 1, "e", 2, "y"));
  put(rename(50, 1, "n", "z"));
  put(erase(50, 1, "d", 2));
  EXPECT_EQ(view(2, 50).unread, 1);
  std::vector<append_item> many;
  for (int i = 0; i < 120; ++i) many.push_back(message(50, 1, "k" + std::to_string(i), "x"));
  append(many);
  EXPECT_EQ(view(2, 50).unread, 100);
  EXPECT_EQ(view(1, 50).unread, 0);
}

TEST_F(changes_test, TheEntriesOfAConversationKeepTheirOrderWhateverTheirKinds) {
  const auto results =
      append({rename(50, 1, "n1", "One"), message(50, 1, "a", "x"), message(52, 9, "o", "x"),
              edit(50, 1, "e1", 3, "y"), group(60, 1, "g", "New", {{1}}), message(50, 1, "b", "z"),
              edit(50, 1, "e2", 5, "w"), rename(50, 1, "n2", "Two"), message(60, 1, "first", "x"),
              rename(60, 1, "n3", "Three")});
  std::vector<sequence> places;
  for (const auto& result : results) {
    EXPECT_EQ(result.what, status::written);
    places.push_back(result.seq);
  }
  EXPECT_THAT(places, ElementsAre(2, 3, 1, 4, 1, 5, 6, 7, 2, 3));
  EXPECT_EQ(history(1, 50)[2].content.text, "y");
  EXPECT_EQ(history(1, 50)[4].content.text, "w");
  EXPECT_EQ(view(1, 60).name, "Three");
}

TEST_F(changes_test, AChangeThatCannotBeStoredIsRefusedAlone) {
  const auto results =
      append({rename(50, 1, "a", "good"), rename(50, 1, "b", "\xff"),
              rename(50, 1, "c", std::string{"a\0b", 3}), join(50, 1, "d", 4), message(50, 1, "e", "x")});
  std::vector<status> found;
  for (const auto& result : results) found.push_back(result.what);
  EXPECT_THAT(found, ElementsAre(status::written, status::refused, status::refused, status::written,
                                 status::written));
  EXPECT_EQ(view(1, 50).name, "good");
  EXPECT_EQ(results[4].seq, 4);
}

TEST_F(changes_test, WithoutTheLockNothingIsChanged) {
  postgres_entry_log rival{url, "node-2", {8}};
  for (const auto& wanted : {rename(50, 1, "n", "stolen"), leave(50, 1, "l", 2), join(50, 1, "j", 4)}) {
    ASSERT_TRUE(hold(rival, {}).has_value());
    EXPECT_EQ(rival.append(std::vector{wanted}).error(), log_failure::fenced);
  }
  ASSERT_TRUE(hold(rival, {}).has_value());
  EXPECT_EQ(rival.mark_read(std::vector<read_item>{{{50}, {1}, 1}}).error(), log_failure::fenced);
  EXPECT_EQ(rival.mark_read(std::vector<read_item>{{{50}, {1}, 1}}).error(), log_failure::disconnected);
  EXPECT_EQ(history(1, 50).size(), 1U);
  EXPECT_EQ(view(1, 50).name, "Friends");
  EXPECT_EQ(view(1, 50).read, 0);
  EXPECT_EQ(roles(50), "1:owner 2:member 3:member ");
}

class read_test : public changes_test {
protected:
  using reached = std::pair<sequence, bool>;
  std::vector<reached> mark(const std::vector<read_item>& items) {
    const auto answered = log_.mark_read(items);
    EXPECT_TRUE(answered.has_value());
    std::vector<reached> results;
    if (answered.has_value())
      for (const auto& result : answered.value()) results.emplace_back(result.seq, result.moved);
    return results;
  }
};

TEST_F(read_test, AReadMarkOnlyMovesForward) {
  EXPECT_THAT(mark({{{50}, {2}, 3}}), ElementsAre(reached{3, true}));
  EXPECT_THAT(mark({{{50}, {2}, 3}}), ElementsAre(reached{3, false}));
  EXPECT_THAT(mark({{{50}, {2}, 1}}), ElementsAre(reached{3, false}));
  EXPECT_EQ(view(1, 50).members.at(1).read, 3);
  EXPECT_EQ(view(2, 50).read, 3);
  EXPECT_THAT(mark({}), IsEmpty());
}

TEST_F(read_test, TheMarksOfABatchCountAsIfTheyCameOneByOne) {
  put(group(51, 1, "other", "Others", {{1}, {2}}));
  EXPECT_THAT(
      mark({{{50}, {2}, 4}, {{50}, {3}, 1}, {{50}, {2}, 2}, {{51}, {2}, 1}, {{50}, {2}, 6}, {{50}, {2}, 6}}),
      ElementsAre(reached{4, true}, reached{1, true}, reached{4, false}, reached{1, true}, reached{6, true},
                  reached{6, false}));
  EXPECT_EQ(view(2, 50).read, 6);
  EXPECT_EQ(view(3, 50).read, 1);
  EXPECT_EQ(view(2, 51).read, 1);
}

TEST_F(read_test, OnlyPresentMembersRead) {
  mark({{{50}, {2}, 1}});
  put(leave(50, 2, "l"));
  EXPECT_THAT(mark({{{50}, {2}, 2}, {{50}, {9}, 1}, {{77}, {1}, 1}}),
              ElementsAre(reached{1, false}, reached{0, false}, reached{0, false}));
  EXPECT_EQ(ask<int>("select count(*) from inbox where user_id = 9 or conversation_id = 77"), 0);
}

TEST_F(changes_test, TheEpochIsKnownOnceTheLocksAreHeld) {
  EXPECT_EQ(log_.epoch(), queries_.epoch().value());
  EXPECT_NE(log_.epoch(), "");
  run("update cluster set epoch = 'restored'");
  ASSERT_TRUE(hold(log_, all_shards()).has_value());
  EXPECT_EQ(log_.epoch(), queries_.epoch().value());
  EXPECT_TRUE(log_.epoch().starts_with("restored"));
}

TEST_F(changes_test, ALogThatLacksTheLastCommittedEntryHasAnotherEpoch) {
  put(group(60, 1, "lost", "Lost", {{1}, {2}}));
  const auto before = log_.epoch();
  ASSERT_TRUE(hold(log_, all_shards()).has_value());
  EXPECT_EQ(log_.epoch(), before);
  run("delete from entries where conversation_id = 60");
  ASSERT_TRUE(hold(log_, all_shards()).has_value());
  EXPECT_NE(log_.epoch(), before);
  EXPECT_EQ(log_.epoch(), queries_.epoch().value());
}

}  // namespace
}  // namespace parley::testing
