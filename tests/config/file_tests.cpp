#include <gmock/gmock.h>

#include <chrono>

#include "config/yaml_file.hpp"
#include "tests/config/configuration.hpp"

namespace parley::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct refused_file {
  const char* name;
  std::string text;
  std::string start;  // of the one line: the place and the key
  std::string part;   // of the rest
};

/// How a failing case is shown.
void PrintTo(const refused_file& file, std::ostream* out) { *out << file.name; }

class Refuses : public ::testing::TestWithParam<refused_file> {};

TEST_P(Refuses, WithOneLineThatNamesThePlace) {
  const auto result = load_text(GetParam().text);
  EXPECT_FALSE(result.loaded);
  ASSERT_EQ(result.errors.size(), 1U) << joined(result.errors);
  EXPECT_THAT(result.errors[0], StartsWith(GetParam().start));
  EXPECT_THAT(result.errors[0], HasSubstr(GetParam().part));
  EXPECT_THAT(result.errors[0], Not(HasSubstr("\n")));
}

std::string alias_bomb() {
  std::string text = "a: &a [x, x]\n";
  for (char name = 'b'; name <= 'z'; ++name) {
    const std::string before(1, static_cast<char>(name - 1));
    text += std::string(1, name) + ": &" + name + " [*" + before + ", *" + before + ", *" + before + "]\n";
  }
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Values, Refuses,
    ::testing::Values(
        refused_file{"UnknownKey", "limits:\n  devics: 2\n", "node.yaml:2:11: limits.devics: unknown key",
                     "did you mean limits.devices?"},
        refused_file{"UnknownSection", "limit:\n  devices: 2\n", "node.yaml:2:12: limit.devices: unknown key",
                     "did you mean limits.devices?"},
        refused_file{"NonsenseKey", "limits: {zzzzzzzzzzzzzzzzzzzzzzzz: 2}\n", "node.yaml:1:36: limits.zzzz",
                     "lists all"},
        refused_file{"RepeatedKey", "limits:\n  devices: 2\n  devices: 3\n",
                     "node.yaml:3:3: limits.devices: stands twice", "keep one"},
        refused_file{"RepeatedKeyInOneLine", "node: {name: a, name: b}\n",
                     "node.yaml:1:17: node.name: stands twice", "keep one"},
        refused_file{"DottedKey", "limits.devices: 3\n", "node.yaml:1:1: ", "nested keys"},
        refused_file{"Word", "limits:\n  devices: many\n", "node.yaml:2:12: limits.devices: 'many'",
                     "not a whole number; right is a whole number from 0 to 10000"},
        refused_file{"Fraction", "limits: {devices: 1.5}\n", "node.yaml:1:19: limits.devices: '1.5'",
                     "not a whole number"},
        refused_file{"List", "limits: {devices: [1, 2]}\n", "node.yaml:1:19: limits.devices: ", "is a list"},
        refused_file{"Section", "limits: {devices: {a: 1}}\n",
                     "node.yaml:1:23: limits.devices: ", "is a section"},
        refused_file{"NoValue", "limits:\n  devices:\n", "node.yaml:2:3: limits.devices: has no value",
                     "right is"},
        refused_file{"Null", "limits: {devices: ~}\n", "node.yaml:1:10: limits.devices: has no value",
                     "right is"},
        refused_file{"TooMany", "listen:\n  port: 65536\n", "node.yaml:2:9: listen.port: '65536'",
                     "out of range; right is a whole number from 0 to 65535"},
        refused_file{"Negative", "limits: {devices: -1}\n", "node.yaml:1:19: limits.devices: '-1'",
                     "out of range"},
        refused_file{"Overflow", "limits: {devices: 99999999999999999999}\n",
                     "node.yaml:1:19: limits.devices: '99999999999999999999'", "right is"},
        refused_file{"ZeroWhereItMeansNothing", "storage: {writers: 0}\n",
                     "node.yaml:1:20: storage.writers: '0'", "out of range"},
        refused_file{"DurationWithoutUnit", "presence: {grace: 10}\n", "node.yaml:1:19: presence.grace: '10'",
                     "is not a duration"},
        refused_file{"DurationOutOfRange", "limits: {request_timeout: 2h}\n",
                     "node.yaml:1:27: limits.request_timeout: '2h'", "out of range"},
        refused_file{"Choice", "log: {level: loud}\n", "node.yaml:1:14: log.level: 'loud'",
                     "one of: debug, info, warn, error"},
        refused_file{"ValueForASection", "limits: 3\n", "node.yaml:1:9: limits: is a section", "right is"},
        refused_file{"ControlCharacter", "node: {data: \"a\\nb\"}\n", "node.yaml:1:14: node.data: 'a\\x0ab'",
                     "control character"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Files, Refuses,
    ::testing::Values(
        refused_file{"AliasBomb", alias_bomb(), "node.yaml:1:4: ", "anchors"},
        refused_file{"AliasCycle", "node: &a {name: *a}\n", "node.yaml:1:7: ", "anchors"},
        refused_file{"UnknownAlias", "node: {name: *nobody}\n", "node.yaml:1:14: ", "aliases"},
        refused_file{"BinaryTag", "node: {name: !!binary aGVsbG8=}\n", "node.yaml:1:14: node.name: ", "tags"},
        refused_file{"Nul", std::string("node:\n  na\0me: x\n", 16), "node.yaml:2:5: ", "text file (UTF-8)"},
        refused_file{"BadUtf8", "node: {name: \xff}\n", "node.yaml:1:14: ", "text file (UTF-8)"},
        refused_file{"CutUtf8", "node: {name: \xf0\x9f\x98", "node.yaml:1:14: ", "text file (UTF-8)"},
        refused_file{"Surrogate", "node: {name: \xed\xa0\x80}\n", "node.yaml:1:14: ", "text file (UTF-8)"},
        refused_file{"Overlong", "node: {name: \xe0\x80\x80}\n", "node.yaml:1:14: ", "text file (UTF-8)"},
        refused_file{"TooLarge", std::string(1'048'577, '#'), "node.yaml:1:1: ", "larger than 1 MiB"},
        refused_file{"TooDeep", std::string(500'000, '['), "node.yaml:1:1: ", "a list cannot stand here"},
        refused_file{"TooDeepMappings",
                     [] {
                       std::string text;
                       for (int i = 0; i < 100'000; ++i) text += "{a: ";
                       return text;
                     }(),
                     "node.yaml:1:", "nested too deep"},
        refused_file{"SecondDocument", "node: {name: a}\n---\nnode: {name: b}\n",
                     "node.yaml:2:1: ", "second document"},
        refused_file{"ListOnTop", "- a\n", "node.yaml:1:1: ", "key: value"},
        refused_file{"TextOnTop", "hello\n", "node.yaml:1:1: ", "key: value"},
        refused_file{"ListAsKey", "? [a]\n: b\n", "node.yaml:1:3: ", "list cannot stand here"},
        refused_file{"KeyWithoutName", ": x\n", "node.yaml:1:1: ", "is no key"},
        refused_file{"Tab", "listen:\n\tport: 1\n", "node.yaml:2:", ""},
        refused_file{"OpenBracket", "node: {name: a\n", "node.yaml:2:1: ", "not YAML"},
        refused_file{"OpenQuote", "node: {name: \"a\n", "node.yaml:2:1: ", "not YAML"}),
    [](const auto& each) { return each.param.name; });

TEST(ConfigFile, ThatIsMissingIsNamed) {
  const auto result = load({"--config=/nowhere/node.yaml"});
  EXPECT_THAT(result.errors,
              ElementsAre(AllOf(StartsWith("/nowhere/node.yaml:"), HasSubstr("no such file"))));
}

TEST(ConfigFile, ThatIsADirectoryIsNamed) {
  const scratch_folder folder;
  const auto result = load({"--config", folder.path()});
  EXPECT_THAT(result.errors, ElementsAre(AllOf(StartsWith(folder.path()), HasSubstr("is not a file"))));
}

TEST(ConfigFile, ThatCannotBeReadIsNamed) {
  // Opening works also for root, reading never does.
  const auto result = load({"--config=/proc/self/mem"});
  EXPECT_THAT(result.errors, ElementsAre(HasSubstr("cannot be read")));
}

TEST(ConfigFile, WithANewlineInItsNameStaysOneLine) {
  const auto result = load({"--config=/nowhere/a\nb.yaml"});
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_THAT(result.errors[0], StartsWith("/nowhere/a\\x0ab.yaml"));
}

TEST(ConfigFile, ReportsEveryErrorAndNotOnlyTheFirst) {
  const auto result = load_text("limits: {devices: -1, devics: 2}\nnode: {name: \"a b\"}\nlog: {level: x}\n");
  EXPECT_THAT(result.errors, ElementsAre(HasSubstr("limits.devices"), HasSubstr("limits.devics"),
                                         HasSubstr("log.level"), HasSubstr("node.name")));
}

TEST(ConfigFile, CountsTheErrorsItLeavesOut) {
  std::string text = "limits:\n";
  for (int i = 0; i < 60; ++i) text += "  wrong" + std::to_string(i) + ": 1\n";
  const auto result = load_text(text);
  ASSERT_EQ(result.errors.size(), 41U);
  EXPECT_EQ(result.errors.back(), "and 20 more; correct these first");
}

TEST(ConfigFile, MayBeEmptyOrHoldEmptySections) {
  for (const auto* text :
       {"", "# nothing\n", "---\n", "limits:\nnode: ~\n", "\xef\xbb\xbfnode:\r\n  name: a\r\n"})
    EXPECT_THAT(load_text(text).errors, ElementsAre()) << text;
}

TEST(ConfigFile, TakesListsAsSequenceAndAsText) {
  const std::vector<std::string> both{"https://a.example", "http://b.example:8080"};
  for (const auto* text : {"listen:\n  origins:\n    - https://a.example\n    - http://b.example:8080\n",
                           "listen: {origins: 'https://a.example, http://b.example:8080'}\n"}) {
    const auto result = load_text(text);
    ASSERT_TRUE(result.loaded) << joined(result.errors);
    EXPECT_EQ(result.loaded->values.listen.origins, both);
  }
}

TEST(ConfigFile, KeepsTheFilesOfOneMebibyteQuick) {
  std::string text = "listen:\n  origins: [";
  while (text.size() < 1'048'000) text += "https://a.example, ";
  text += "]\n";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(load_text(text).errors.size(), 0U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace parley::testing
