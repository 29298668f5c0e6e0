#include <gmock/gmock.h>

#include <cstdlib>
#include <iterator>
#include <set>

#include "tests/config/configuration.hpp"

namespace parley::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string value_of(const load_result& result, std::string_view path) {
  return value_text(*find_key(path), result.loaded->values);
}

TEST(Settings, AreTheDefaultsWhenNothingIsSaid) {
  const auto result = load({});
  ASSERT_TRUE(result.loaded);
  for (const auto& key : setting_keys()) {
    EXPECT_EQ(value_text(key, result.loaded->values), value_text(key, settings{})) << key.path;
    EXPECT_EQ(result.loaded->origins.at(key.path), "default") << key.path;
  }
  EXPECT_EQ(result.loaded->action, settings_action::run);
  EXPECT_EQ(result.loaded->values.limits.text_characters, 100'000U);
  EXPECT_EQ(result.loaded->values.cluster.drain_timeout, std::chrono::seconds(30));
}

TEST(Settings, ComeFromFlagOverEnvironmentOverFileOverDefault) {
  const scratch_folder folder;
  const auto file = folder.file("limits:\n  devices: 1\n  group_members: 2\n  sends_burst: 3\n");
  const auto result = load({"--config", file, "--limits.devices=11"},
                           {{"PARLEY_LIMITS_DEVICES", "21"}, {"PARLEY_LIMITS_GROUP_MEMBERS", "22"}});
  ASSERT_TRUE(result.loaded) << joined(result.errors);
  const auto& limits = result.loaded->values.limits;
  EXPECT_EQ(limits.devices, 11U);
  EXPECT_EQ(limits.group_members, 22U);
  EXPECT_EQ(limits.sends_burst, 3U);
  EXPECT_EQ(limits.sends_per_second, 20U);
  const auto& origins = result.loaded->origins;
  EXPECT_EQ(origins.at("limits.devices"), "--limits.devices");
  EXPECT_EQ(origins.at("limits.group_members"), "PARLEY_LIMITS_GROUP_MEMBERS");
  EXPECT_EQ(origins.at("limits.sends_burst"), file + ":4:16");
  EXPECT_EQ(origins.at("limits.sends_per_second"), "default");
}

/// A value that differs from the default and is right for the key.
std::string other_value(const setting_key& key) {
  static const std::map<std::string_view, std::string> special{{"node.name", "other"},
                                                               {"node.data", "elsewhere"},
                                                               {"listen.address", "0.0.0.0"},
                                                               {"listen.origins", "https://a.example, *"},
                                                               {"storage.url", "host=db"},
                                                               {"operator.token", "0123456789abcdef"},
                                                               {"inspection.level", "counts"},
                                                               {"log.level", "warn"},
                                                               {"log.format", "json"},
                                                               {"limits.text_characters", "99"},
                                                               {"limits.frame_bytes", "2000000"},
                                                               {"cluster.drain_timeout", "2m"},
                                                               {"presence.grace", "1500ms"},
                                                               {"limits.request_timeout", "3s"}};
  const auto found = special.find(key.path);
  return found == special.end() ? std::to_string(key.least + 7) : found->second;
}

/// Keys that this version or their partners refuse when given alone.
bool goes_alone(const setting_key& key) {
  return key.path.find(".tls.") == std::string_view::npos && key.path != "cluster.address";
}

TEST(Settings, CanAllBeGivenByFlagAndByVariable) {
  for (const auto& key : setting_keys()) {
    if (!goes_alone(key)) continue;
    const auto text = other_value(key);
    const std::string path(key.path);
    for (const auto& result : {load({"--" + path + "=" + text}), load({"--" + path, text}),
                               load({}, {{environment_name(key), text}})}) {
      ASSERT_TRUE(result.loaded) << joined(result.errors);
      EXPECT_NE(value_of(result, key.path), value_text(key, settings{})) << path;
      for (const auto& other : setting_keys()) {
        if (other.path == key.path) continue;
        EXPECT_EQ(value_of(result, other.path), value_text(other, settings{})) << path << " " << other.path;
      }
    }
  }
}

TEST(Settings, HaveVariablesThatCannotBeMistakenForEachOther) {
  std::set<std::string> names;
  for (const auto& key : setting_keys()) EXPECT_TRUE(names.insert(environment_name(key)).second) << key.path;
  EXPECT_TRUE(names.contains("PARLEY_CLUSTER_DRAIN_TIMEOUT"));
}

TEST(Settings, LetTheLastOfRepeatedFlagsCount) {
  EXPECT_EQ(load({"--limits.devices=1", "--limits.devices=2"}).loaded->values.limits.devices, 2U);
}

TEST(Environment, ErrorsNameTheVariableAndTheKey) {
  EXPECT_THAT(load({}, {{"PARLEY_LIMITS_DEVICES", "x"}}).errors,
              ElementsAre(StartsWith("PARLEY_LIMITS_DEVICES: limits.devices: 'x' is not a whole number")));
}

TEST(Environment, OfOthersIsLeftAlone) {
  EXPECT_TRUE(load({}, {{"PARLEY_URL", "http://x"}, {"PARLEY_PASSWORD", "x"}, {"HOME", "/"}}).loaded);
}

struct wrong_words {
  std::vector<std::string> words;
  std::string start;
  std::string part;
};

TEST(CommandLine, ErrorsNameTheFlagAndTheKey) {
  const wrong_words cases[] = {
      {{"--limits.devices=x"}, "--limits.devices: limits.devices: 'x'", "whole number"},
      {{"--limits.devics=2"}, "--limits.devics: limits.devics: unknown key", "did you mean limits.devices?"},
      {{"--limits.devicesx=2"}, "--limits.devicesx: limits.devicesx: unknown key", "limits.devices?"},
      {{"--nonsense"}, "--nonsense: nonsense: unknown key", "--help"},
      {{"--storage.writrs=2"}, "--storage.…: storage.…: unknown key", "did you mean storage.writers?"},
      {{"--operator.tokenx=2"}, "--operator.token…: operator.token…: unknown key", "operator.token?"},
      {{"--operator.tokn=2"}, "--operator.…: operator.…: unknown key", "did you mean operator.token?"},
      {{"--operater.token=2"}, "argument 1: unknown key", "did you mean operator.token?"},
      {{"--limits.devices"}, "--limits.devices: limits.devices: ", "needs a value"},
      {{"--limits.devices", "--check"}, "--limits.devices: limits.devices: ", "needs a value"},
      {{"--config", "--check"}, "--config: config: ", "needs a value"},
      {{"node.yaml"}, "argument 1: ", "--config=FILE"},
      {{"--check", "-x"}, "argument 2: ", "is not a flag"},
  };
  for (const auto& each : cases) {
    const auto result = load(each.words);
    EXPECT_FALSE(result.loaded);
    EXPECT_THAT(result.errors, ElementsAre(AllOf(StartsWith(each.start), HasSubstr(each.part))));
  }
}

TEST(CommandLine, SaysWhatIsToBeDone) {
  const std::map<std::string, settings_action> actions{{"--check", settings_action::check},
                                                       {"--print-config", settings_action::print},
                                                       {"--help", settings_action::help},
                                                       {"-h", settings_action::help},
                                                       {"--version", settings_action::version}};
  for (const auto& [word, action] : actions) EXPECT_EQ(load({word}).loaded->action, action) << word;
}

TEST(CommandLine, HelpsAlsoWhenSomethingIsWrong) {
  const auto result = load({"--limits.devices=x", "--help"});
  ASSERT_TRUE(result.loaded);
  EXPECT_EQ(result.loaded->action, settings_action::help);
}

TEST(Help, NamesEveryKeyWithDefaultRangeAndDescription) {
  const auto help = help_text();
  for (const auto& key : setting_keys()) {
    EXPECT_THAT(help, HasSubstr("--" + std::string(key.path) + "=" + value_text(key, settings{})));
    EXPECT_THAT(help, HasSubstr(std::string(key.description)));
    EXPECT_THAT(help, HasSubstr(allowed_text(key)));
  }
}

TEST(PrintedConfiguration, CanBeLoadedAgain) {
  std::vector<std::string> words;
  for (const auto& key : setting_keys())
    if (goes_alone(key) && !key.is_secret)
      words.push_back("--" + std::string(key.path) + "=" + other_value(key));
  words.emplace_back("--node.data=a \"b\" \\ #c: *d");
  const auto first = load(words);
  ASSERT_TRUE(first.loaded) << joined(first.errors);
  const auto second = load_text(print_text(*first.loaded));
  ASSERT_TRUE(second.loaded) << joined(second.errors) << print_text(*first.loaded);
  for (const auto& key : setting_keys())
    EXPECT_EQ(value_of(second, key.path), value_of(first, key.path)) << key.path;
}

TEST(PrintedConfiguration, SaysWhereEachValueCameFrom) {
  const auto text = print_text(*load({"--limits.devices=3"}, {{"PARLEY_LOG_LEVEL", "warn"}}).loaded);
  EXPECT_THAT(text, HasSubstr("  devices: 3  # --limits.devices\n"));
  EXPECT_THAT(text, HasSubstr("  level: warn  # PARLEY_LOG_LEVEL\n"));
  EXPECT_THAT(text, HasSubstr("  port: 8080  # default\n"));
}

std::string example_path() {
  const char* folder = std::getenv("PARLEY_SOURCE_DIR");
  return std::string(folder == nullptr ? "." : folder) + "/config/example.yaml";
}

TEST(ExampleFile, IsWhatTheTableSays) {
  if (std::getenv("PARLEY_WRITE_EXAMPLE") != nullptr) std::ofstream{example_path()} << example_text();
  std::ifstream in{example_path()};
  ASSERT_TRUE(in) << example_path() << " is missing; set PARLEY_SOURCE_DIR to the root of the project";
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(text, example_text()) << "the keys changed; run this test once with PARLEY_WRITE_EXAMPLE=1";
}

TEST(ExampleFile, HoldsEveryDefault) {
  const auto result = load({"--config", example_path()});
  ASSERT_TRUE(result.loaded) << joined(result.errors);
  for (const auto& key : setting_keys()) {
    EXPECT_EQ(value_of(result, key.path), value_text(key, settings{})) << key.path;
    EXPECT_THAT(result.loaded->origins.at(key.path), StartsWith(example_path() + ":")) << key.path;
  }
}

}  // namespace
}  // namespace parley::testing
