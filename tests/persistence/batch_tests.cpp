#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "persistence/postgres_entry_log.hpp"
#include "tests/persistence/support/database.hpp"
#include "tests/persistence/support/items.hpp"

namespace parley::testing {
namespace {

using status = append_result::status;

class batch_test : public database_test {
protected:
  void SetUp() override { ASSERT_TRUE(hold(log_, all_shards()).has_value()); }

  std::vector<append_result> append(const std::vector<append_item>& items) {
    const auto answered = log_.append(items);
    EXPECT_TRUE(answered.has_value());
    return answered.has_value() ? answered.value() : std::vector<append_result>(items.size());
  }

  postgres_entry_log log_{url, "node-1", {7}};
};

TEST_F(batch_test, AnEmptyBatchIsAnsweredEmpty) { EXPECT_TRUE(append({}).empty()); }

TEST_F(batch_test, ATextThatPostgresRefusesIsRefusedAloneAndTheRestIsWritten) {
  for (const auto& culprit : {std::string{"\xff\xfe not UTF-8"}, std::string{"a\0b", 3}}) {
    std::vector<append_item> items;
    const auto conversation = 10 + static_cast<std::int64_t>(culprit.size());
    for (int i = 0; i < 33; ++i)
      items.push_back(message(conversation, 1, "k" + std::to_string(i), i == 20 ? culprit : "good"));
    const auto results = append(items);
    sequence next = 1;
    for (std::size_t i = 0; i < results.size(); ++i) {
      EXPECT_EQ(results[i].what, i == 20 ? status::refused : status::written) << i;
      if (i == 20) continue;
      EXPECT_EQ(results[i].seq, next++);
    }
    EXPECT_EQ(
        ask<int>("select count(*) from entries where conversation_id = " + std::to_string(conversation)), 32);
  }
}

TEST_F(batch_test, AKeyTooLongForItsIndexIsRefusedAndTheConnectionStands) {
  // 54000: a limit of the program, not an exception about data; still nobody's fault but the item's.
  // Random letters, since a compressible key would fit.
  std::string key;
  for (unsigned i = 0, x = 1; i < 9'000; ++i)
    key += static_cast<char>('!' + (x = x * 1'103'515'245U + 12'345U) / 65'536U % 90);
  const auto results = append({message(1, 1, "a", "x"), message(1, 1, key, "x"), message(1, 1, "b", "x")});
  EXPECT_EQ(results[0].what, status::written);
  EXPECT_EQ(results[1].what, status::refused);
  EXPECT_EQ(results[2].what, status::written);
  EXPECT_EQ(results[2].seq, 2);
  EXPECT_TRUE(log_.alive());
}

TEST_F(batch_test, OnlyCulpritsAreRefusedHoweverManyThereAre) {
  const auto results = append({message(1, 1, "a", "\xff"), message(1, 1, "b", "\xff")});
  EXPECT_EQ(results[0].what, status::refused);
  EXPECT_EQ(results[1].what, status::refused);
  EXPECT_EQ(ask<int>("select count(*) from entries"), 0);
}

TEST_F(batch_test, ABatchThatContradictsTheLogWritesNothing) {
  // A trigger that plays the writer whose view was stale: it takes the number that the batch computed.
  run("create function rival() returns trigger language plpgsql as $$ begin "
      "if new.body = 'late' then insert into entries values "
      "(new.conversation_id, new.seq, 1, 2, 0, 9, 'rival', new.digest, null, 'first', new.at); end if; "
      "return new; end $$; create trigger rival before insert on entries for each row execute function "
      "rival()");
  const std::vector<append_item> batch{message(2, 1, "a", "x"), message(1, 1, "b", "late")};
  const auto answered = log_.append(batch);
  ASSERT_TRUE(answered.has_error());
  EXPECT_EQ(answered.error(), log_failure::contradicted);
  EXPECT_EQ(ask<int>("select count(*) from entries"), 0);
  EXPECT_TRUE(log_.alive());
  run("drop trigger rival on entries");
  EXPECT_THAT(append(batch), ::testing::Each(::testing::Field(&append_result::what, status::written)));
}

TEST_F(batch_test, ABatchAboveItsUsualSizeIsWrittenInOrder) {
  std::vector<append_item> items;
  for (int i = 0; i < 5'000; ++i)
    items.push_back(message(1 + i % 7, i % 11, "k" + std::to_string(i), "text"));
  const auto results = append(items);
  std::map<std::int64_t, sequence> heads;
  for (std::size_t i = 0; i < items.size(); ++i) {
    ASSERT_EQ(results[i].what, status::written);
    ASSERT_EQ(results[i].seq, ++heads[items[i].conversation.value]);
  }
  EXPECT_EQ(ask<int>("select count(*) from entries"), 5'000);
}

TEST_F(batch_test, FourMebibytesOfFourByteCharactersComeBackByteByByte) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "\xf0\x9f\x98\x80";
  std::vector<append_item> items;
  for (int i = 0; i < 10; ++i) items.push_back(message(1, 1, "k" + std::to_string(i), text));
  EXPECT_THAT(append(items), ::testing::Each(::testing::Field(&append_result::what, status::written)));
  EXPECT_EQ(ask<std::string>("select body from entries where seq = 10"), text);
}

TEST_F(batch_test, TheNumberCountsMessagesOnly) {
  ASSERT_EQ(append({direct(5, 1, 1, 2)})[0].what, status::written);
  append({message(5, 1, "a", "x"), message(5, 2, "b", "y")});
  EXPECT_EQ(ask<std::string>("select string_agg(number::text, ',' order by seq) from entries"), "0,1,2");
}

TEST_F(batch_test, ARepeatLongAfterwardsIsAnsweredWithTheFirstPlaceAndTime) {
  const auto first = append({message(1, 1, "a", "x"), message(1, 1, "b", "y")});
  run("update entries set body = 'edited', shown = 1, at = at - interval '1 year' where seq = 1");
  const auto again = append({message(1, 1, "c", "z"), message(1, 1, "a", "x")});
  EXPECT_EQ(again[1].what, status::repeated);
  EXPECT_EQ(again[1].seq, 1);
  EXPECT_EQ(again[1].at,
            ask<timestamp_ms>("select (extract(epoch from at) * 1000)::bigint from entries where seq = 1"));
  EXPECT_EQ(append({message(1, 1, "a", "edited")})[0].what, status::conflicting);
  EXPECT_EQ(again[0].seq, 3);
}

TEST_F(batch_test, TheReadMarkOfASenderNeverMovesBack) {
  append({message(1, 1, "a", "x"), message(1, 1, "b", "y")});
  run("update inbox set read_seq = 9");
  append({message(1, 1, "c", "z")});
  EXPECT_EQ(ask<int>("select read_seq from inbox"), 9);
}

}  // namespace
}  // namespace parley::testing
