#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "persistence/migrate.hpp"
#include "persistence/postgres_search_index.hpp"
#include "tests/persistence/people_items.hpp"

namespace parley::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class search_test : public people_test {
protected:
  void SetUp() override {
    people_test::SetUp();
    put(group(50, 1, "made", "Friends", {{1}, {2}, {3}}));
    put(group(51, 1, "other", "Others", {{1}, {4}}));
  }

  static request::search words(std::string text, std::size_t limit = 50) {
    request::search wanted;
    wanted.text = std::move(text);
    wanted.limit = limit;
    return wanted;
  }
  /// Until the index says that nothing is missing.
  void index_all(postgres_search_index& index) {
    for (int rounds = 0; rounds < 1'000; ++rounds) {
      const auto missing = index.behind(3);
      ASSERT_TRUE(missing.has_value());
      if (missing.value().empty()) return;
      ASSERT_TRUE(index.catch_up(missing.value()).has_value());
    }
    FAIL() << "the index never catches up";
  }
  std::vector<entry> find(std::int64_t user, const request::search& wanted) {
    auto found = queries_.search({user}, wanted);
    EXPECT_TRUE(found.has_value());
    return found.has_value() ? std::move(found.value().entries) : std::vector<entry>{};
  }
  /// "conversation:seq" of what is found once everything is indexed.
  std::vector<std::string> places(std::int64_t user, const request::search& wanted) {
    index_all(index_);
    std::vector<std::string> all;
    for (const auto& found : find(user, wanted))
      all.push_back(to_text(found.conversation) + ":" + std::to_string(found.seq));
    return all;
  }
  std::vector<std::string> places(std::int64_t user, const std::string& text) {
    return places(user, words(text));
  }

  postgres_search_index index_{url, "node-1"};
};

TEST_F(search_test, FindsAllWordsWholeInAnyOrderWithoutCase) {
  put(message(50, 1, "a", "The quick brown Fox"));
  put(message(50, 1, "b", "a FOX is quick"));
  put(message(50, 1, "c", "foxes are quicker"));
  EXPECT_THAT(places(1, "fox quick"), ElementsAre("50:3", "50:2"));
  EXPECT_THAT(places(1, "QUICK the"), ElementsAre("50:2"));
  EXPECT_THAT(places(1, "fo"), IsEmpty());
  EXPECT_THAT(places(1, ""), IsEmpty());
  EXPECT_THAT(places(1, " .,- "), IsEmpty());
}

TEST_F(search_test, WordsAreFoundInAddressesMarkupAndOtherScripts) {
  put(message(50, 1, "a", "see https://example.org/path-to/file_name.txt, <b>bold</b> and 3.14"));
  put(message(50, 1, "b",
              "Gr\xc3\xbc\xc3\x9f"
              "e \xc3\x84pfel"));
  put(message(50, 1, "c",
              "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"));
  for (const auto* word : {"example", "path", "name", "bold", "14", "path-to", "example.org"})
    EXPECT_THAT(places(1, word), ElementsAre("50:2")) << word;
  EXPECT_THAT(places(1, "\xc3\xa4pfel"), ElementsAre("50:3"));
  EXPECT_THAT(places(1, "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"), ElementsAre("50:4"));
  EXPECT_THAT(places(1, "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"), ElementsAre("50:4"));
}

TEST_F(search_test, PunctuationOfAnyKindEndsAWordAndDoesNothingElse) {
  // Against the same with every one of the 32 characters made a blank, on texts that mix them with letters,
  // digits and the beginnings of addresses.
  const auto different = ask<std::int64_t>(R"(
    with seed as materialized (select setseed(0.5)), texts as materialized (
      select string_agg(substr(a, 1 + floor(random() * length(a))::int, 1), '') given
      from seed, generate_series(1, 20000) text, generate_series(1, 5 + text % 60) place,
        (values ($q$!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~ab1e2A9xyzhtpwcom0123éß中👍   $q$)) of(a)
      group by text)
    select count(*) from texts where words_of(given) <> strip(to_tsvector('simple',
      translate(given, $q$!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~$q$, repeat(' ', 32)))))");
  EXPECT_EQ(different, 0);
}

TEST_F(search_test, HostileWordsAreOnlyWords) {
  int number = 0;
  for (const auto& text : hostile_texts()) put(message(50, 1, "k" + std::to_string(++number), text));
  index_all(index_);
  for (const auto& text : hostile_texts()) {
    for (const auto& found : find(1, words(text)))
      EXPECT_EQ(found.content.text, hostile_texts().at(static_cast<std::size_t>(found.seq - 2)));
  }
  EXPECT_THAT(places(1, "drop & | ! table:* entries"), ElementsAre("50:2"));
  EXPECT_THAT(places(1, "alert"), ElementsAre("50:8"));
  EXPECT_THAT(places(1, "%"), IsEmpty());
}

TEST_F(search_test, OnlyPresentMembersFindAnything) {
  put(message(50, 1, "a", "secret"));
  put(message(51, 1, "b", "secret"));
  put(leave(50, 3, "l"));
  EXPECT_THAT(places(1, "secret"), ElementsAre("51:2", "50:2"));
  EXPECT_THAT(places(2, "secret"), ElementsAre("50:2"));
  EXPECT_THAT(places(4, "secret"), ElementsAre("51:2"));
  EXPECT_THAT(places(3, "secret"), IsEmpty());
  EXPECT_THAT(places(5, "secret"), IsEmpty());
  put(join(50, 1, "j", 5));
  EXPECT_THAT(places(5, "secret"), ElementsAre("50:2"));
}

TEST_F(search_test, OneConversationCanBeAskedForByItsMembersOnly) {
  put(message(50, 1, "a", "word"));
  put(message(51, 1, "b", "word"));
  put(leave(50, 3, "l"));
  auto wanted = words("word");
  wanted.conversation = conversation_id{50};
  EXPECT_THAT(places(1, wanted), ElementsAre("50:2"));
  EXPECT_THAT(places(2, wanted), ElementsAre("50:2"));
  for (const std::int64_t stranger : {3, 4, 5, 99})
    EXPECT_EQ(queries_.search({stranger}, wanted).error(), no_such_conversation());
  wanted.conversation = conversation_id{77};
  wanted.cursor = "nonsense";
  EXPECT_EQ(queries_.search({1}, wanted).error(), no_such_conversation());
}

TEST_F(search_test, AnEditedMessageIsFoundByItsNewestWordsOnly) {
  put(message(50, 1, "a", "old words"));
  put(message(50, 1, "b", "other"));
  EXPECT_THAT(places(1, "old"), ElementsAre("50:2"));
  put(edit(50, 1, "e", 2, "new words"));
  EXPECT_THAT(places(1, "old"), IsEmpty());
  EXPECT_THAT(places(1, "new words"), ElementsAre("50:2"));
  const auto found = find(2, words("new")).at(0);
  EXPECT_EQ(found.content.kind, entry_kind::message);
  EXPECT_EQ(found.content.text, "new words");
  EXPECT_TRUE(found.edited);
}

TEST_F(search_test, ADeletedMessageIsNotFoundEvenBeforeTheIndexKnows) {
  put(message(50, 1, "a", "word"));
  put(message(50, 1, "b", "word"));
  index_all(index_);
  put(erase(50, 1, "d", 3));
  EXPECT_THAT(find(1, words("word")), SizeIs(1));
  EXPECT_THAT(places(1, "word"), ElementsAre("50:2"));
  EXPECT_EQ(ask<std::string>("select tsv::text from search where seq = 3"), "");
}

TEST_F(search_test, WhatIsEditedAndDeletedBeforeItIsIndexedIsIndexedAsItIs) {
  append({message(50, 1, "a", "one"), message(50, 1, "b", "two"), edit(50, 1, "e", 2, "three"),
          erase(50, 1, "d", 3), message(50, 1, "c", "one")});
  EXPECT_THAT(places(1, "one"), ElementsAre("50:6"));
  EXPECT_THAT(places(1, "two"), IsEmpty());
  EXPECT_THAT(places(1, "three"), ElementsAre("50:2"));
}

TEST_F(search_test, PagesChainNewestFirstWithoutRepeatOrHole) {
  std::vector<append_item> items;
  for (int i = 0; i < 60; ++i) items.push_back(message(50 + i % 2, 1, "k" + std::to_string(i), "word"));
  append(items);
  for (int i = 60; i < 90; ++i) put(message(50 + i % 2, 1, "k" + std::to_string(i), "word"));
  // A clock that stepped back is no reason to leave something out.
  run("update entries set at = at - interval '1 hour' where conversation_id = 50 and seq between 20 and 25");
  index_all(index_);
  auto wanted = words("word", 7);
  std::vector<std::string> all;
  std::map<std::int64_t, sequence> last;
  do {
    const auto page = queries_.search({1}, wanted).value();
    ASSERT_LE(page.entries.size(), 7U);
    for (const auto& found : page.entries) {
      auto& before = last.try_emplace(found.conversation.value, 1'000).first->second;
      EXPECT_LT(found.seq, before);
      before = found.seq;
      all.push_back(to_text(found.conversation) + ":" + std::to_string(found.seq));
    }
    wanted.cursor = page.cursor;
  } while (wanted.cursor);
  EXPECT_THAT(all, SizeIs(90));
  EXPECT_THAT(std::set<std::string>(all.begin(), all.end()), SizeIs(90));
}

TEST_F(search_test, PagesOfDeletedMessagesAreSkipped) {
  std::vector<append_item> items;
  for (int i = 0; i < 20; ++i) items.push_back(message(50, 1, "k" + std::to_string(i), "word"));
  append(items);
  index_all(index_);
  for (sequence seq = 5; seq <= 21; ++seq) put(erase(50, 1, "d" + std::to_string(seq), seq));
  const auto page = queries_.search({1}, words("word", 3)).value();
  EXPECT_THAT(page.entries, SizeIs(1));
  ASSERT_TRUE(page.cursor);
  auto next = words("word", 3);
  next.cursor = page.cursor;
  const auto rest = queries_.search({1}, next).value();
  EXPECT_THAT(rest.entries, SizeIs(2));
  EXPECT_FALSE(rest.cursor);
}

TEST_F(search_test, APageHoldsAMebibyteOfTextAtMostAndOneEntryAtLeast) {
  const std::string big(600'000, 'x');
  for (int i = 0; i < 3; ++i) put(message(50, 1, "k" + std::to_string(i), "word " + big));
  put(message(50, 1, "huge", "word " + big + big));
  index_all(index_);
  auto wanted = words("word");
  for (const sequence seq : {5, 4, 3, 2}) {
    const auto page = queries_.search({1}, wanted).value();
    ASSERT_THAT(page.entries, SizeIs(1));
    EXPECT_EQ(page.entries[0].seq, seq);
    EXPECT_EQ(page.cursor.has_value(), seq != 2);
    wanted.cursor = page.cursor;
  }
}

TEST_F(search_test, ACursorThatIsNoneIsABadRequest) {
  for (const auto* cursor : {"", "x", "1", "1.2", "1.2.3.4", "1.2.x", "-1.2.3", "1.2.3 ", " 1.2.3", "1..3",
                             "99999999999999999999.1.1", "9223372036854775807.1.1"}) {
    auto wanted = words("word");
    wanted.cursor = cursor;
    const auto found = queries_.search({1}, wanted);
    ASSERT_TRUE(found.has_error()) << cursor;
    EXPECT_EQ(found.error().code, errc::bad_request) << cursor;
  }
}

TEST_F(search_test, TheIndexKnowsWhatIsMissingAfterACrash) {
  index_all(index_);
  put(message(50, 1, "a", "one"));
  put(message(51, 1, "b", "two"));
  // The hints are lost with the process; another one looks for itself, and what it has not done yet it
  // is told again.
  postgres_search_index another{url, "node-2"};
  EXPECT_THAT(another.behind(10).value(), ElementsAre(conversation_id{50}, conversation_id{51}));
  EXPECT_THAT(another.behind(1).value(), ElementsAre(conversation_id{50}));
  ASSERT_TRUE(another.catch_up({{50}}).has_value());
  EXPECT_THAT(another.behind(10).value(), ElementsAre(conversation_id{51}));
  postgres_search_index third{url, "node-3"};
  index_all(third);
  EXPECT_THAT(find(1, words("one")), SizeIs(1));
  EXPECT_THAT(find(1, words("two")), SizeIs(1));
  EXPECT_THAT(third.behind(10).value(), IsEmpty());
}

TEST_F(search_test, ALateCommitWithAnEarlyTimeIsNotMissed) {
  index_all(index_);
  put(message(50, 1, "a", "late"));
  run("update entries set at = at - interval '50 seconds' where seq = 2");
  EXPECT_THAT(index_.behind(10).value(), ElementsAre(conversation_id{50}));
}

TEST_F(search_test, AnOldLogIsIndexedFromItsBeginning) {
  append({message(50, 1, "a", "old"), message(51, 1, "b", "older")});
  run("update entries set at = at - interval '5 years'");
  EXPECT_THAT(places(1, "old"), ElementsAre("50:2"));
  EXPECT_THAT(places(1, "older"), ElementsAre("51:2"));
}

TEST_F(search_test, ThousandsOfConversationsAndEntriesAreIndexedPartByPart) {
  run("insert into conversations select n, 1, 'n' from generate_series(1000, 3500) n");
  run("insert into entries select n, 1, 1, 2, 0, 1, 'k', gen_random_uuid(), null, 'rare word', now() - "
      "interval "
      "'1 day' "
      "from generate_series(1000, 3500) n");
  std::vector<append_item> items;
  for (int i = 0; i < 1'300; ++i) items.push_back(message(50, 1, "k" + std::to_string(i), "many"));
  append(items);
  ASSERT_TRUE(index_.catch_up({{50}}).has_value());
  EXPECT_EQ(ask<int>("select seq from search_cursor where conversation_id = 50"), 1'301);
  for (std::vector<conversation_id> missing; !(missing = index_.behind(500).value()).empty();) {
    EXPECT_LE(missing.size(), 500U);
    ASSERT_TRUE(index_.catch_up(missing).has_value());
  }
  EXPECT_EQ(ask<int>("select count(*) from search"), 2'501 + 1'300);
}

TEST_F(search_test, TwoWhoIndexTheSameAtOnceDoItOnce) {
  std::vector<append_item> items;
  for (int i = 0; i < 900; ++i) items.push_back(message(50 + i % 2, 1, "k" + std::to_string(i), "word"));
  append(items);
  postgres_search_index another{url, "node-2"};
  bool done[2] = {};
  std::thread first{[&] { done[0] = index_.catch_up({{50}, {51}}).has_value(); }};
  std::thread second{[&] { done[1] = another.catch_up({{51}, {50}}).has_value(); }};
  first.join();
  second.join();
  EXPECT_TRUE(done[0] && done[1]);
  EXPECT_EQ(ask<int>("select count(*) from search"), 900);
}

TEST_F(search_test, AConversationThatDoesNotExistNeedsNoIndex) {
  EXPECT_TRUE(index_.catch_up({{0}, {77}}).has_value());
  EXPECT_EQ(ask<int>("select count(*) from search_cursor"), 0);
}

TEST_F(search_test, AMessageOfTheLargestSizeOfDistinctWordsIsIndexed) {
  std::string text;
  // 100,000 characters, 33,333 words of two four-byte letters each: as much as a tsvector has to hold.
  for (int i = 0; i < 33'333; ++i) {
    for (const int letter : {i / 200, i % 200})
      for (const unsigned byte : {0xf0U, 0xa0U, 0x80U + static_cast<unsigned>(letter) / 64U,
                                  0x80U + static_cast<unsigned>(letter) % 64U})
        text += static_cast<char>(byte);
    text += ' ';
  }
  put(message(50, 1, "a", text + "x"));
  EXPECT_THAT(places(1, text.substr(90, 8)), ElementsAre("50:2"));
}

TEST_F(search_test, WhoMayNotPrepareTheDatabaseIsToldWhatToDo) {
  run("drop role if exists plain");
  run("create role plain login");
  const auto empty = empty_database();
  const auto as_plain = empty + " user=plain";
  auto migrated = migrate(as_plain);
  ASSERT_TRUE(migrated.has_error());
  EXPECT_EQ(migrated.error().code, errc::forbidden);
  EXPECT_THAT(migrated.error().message, ::testing::HasSubstr("make the role the owner"));
  pqxx::connection connection{empty};
  pqxx::nontransaction work{connection};
  work.exec("grant all on schema public to plain");
  migrated = migrate(as_plain);
  ASSERT_TRUE(migrated.has_error());
  EXPECT_EQ(migrated.error().code, errc::forbidden);
  EXPECT_THAT(migrated.error().message, ::testing::HasSubstr("\"create extension btree_gin\""));
  work.exec("create extension btree_gin");
  EXPECT_TRUE(migrate(as_plain).has_value());
  work.exec("drop owned by plain");
  connection.disconnect();
  run("drop role plain");
  drop_database(empty);
}

TEST_F(search_test, TheIndexerComesBackByItselfAfterItsConnectionBroke) {
  put(message(50, 1, "a", "word"));
  index_all(index_);
  run("select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%search%' and "
      "datname = current_database()");
  put(message(50, 1, "b", "word"));
  EXPECT_TRUE(eventually([&] { return index_.catch_up({{50}}).has_value(); }));
  EXPECT_THAT(places(1, "word"), ElementsAre("50:3", "50:2"));
}

}  // namespace
}  // namespace parley::testing
