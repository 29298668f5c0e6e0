#include <gtest/gtest.h>

#include "tools/parley/commands/conversations.hpp"

namespace parley::commands {
namespace {

client::json::array people(std::initializer_list<std::pair<const char*, const char*>> all) {
  client::json::array made;
  for (const auto& [id, name] : all) made.push_back({{"id", id}, {"name", name}});
  return made;
}

listed_conversation group(const char* id, const char* name) {
  listed_conversation made;
  made.id = id;
  made.is_group = true;
  made.name = name;
  return made;
}

TEST(ChoosePerson, TakesTheExactNameBeforeAnotherCase) {
  const auto found = people({{"1", "Bob"}, {"2", "bob"}, {"3", "bobby"}});
  EXPECT_EQ(choose_person("bob", found)->id, "2");
  EXPECT_EQ(choose_person("BOBBY", found)->id, "3");
  EXPECT_TRUE(choose_person("BOB", found).has_error()) << "two differ only in case";
}

TEST(ChoosePerson, TakesAnIdWhenNobodyIsCalledSo) {
  EXPECT_EQ(choose_person("4611", {})->id, "4611");
  EXPECT_EQ(choose_person("4611", people({{"7", "4611"}}))->id, "7");
  const auto nobody = choose_person("carol", people({{"1", "caroline"}}));
  ASSERT_TRUE(nobody.has_error());
  EXPECT_NE(nobody.error().message.find("parley people"), std::string::npos);
}

TEST(ChooseGroup, TakesANameOrAnIdAndAsksWhenTwoAreCalledSo) {
  const std::vector<listed_conversation> all{group("1", "Friends"), group("2", "Team"), group("3", "Team")};
  EXPECT_EQ(*choose_group("Friends", all), "1");
  EXPECT_EQ(*choose_group("3", all), "3");
  const auto two = choose_group("Team", all);
  ASSERT_TRUE(two.has_error());
  EXPECT_NE(two.error().message.find("2, 3"), std::string::npos) << two.error().message;
  EXPECT_TRUE(choose_group("Foes", all).has_error());
}

TEST(RandomKey, IsValidAndNeverTheSame) {
  EXPECT_EQ(random_key().size(), 32U);
  EXPECT_NE(random_key(), random_key());
}

}  // namespace
}  // namespace parley::commands
