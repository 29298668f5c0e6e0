#include "tools/parley/client/endpoint.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace parley::client {
namespace {

environment_lookup environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional{found->second};
  };
}

/// A data folder in which a node at this address has announced itself.
class data_of_a_node {
public:
  explicit data_of_a_node(const std::string& address)
      : path_(std::filesystem::path{testing::TempDir()} /
              ("data-" + address.substr(address.rfind(':') + 1))) {
    std::filesystem::create_directories(path_);
    std::ofstream{path_ / "address"} << address << '\n';
  }
  ~data_of_a_node() { std::filesystem::remove_all(path_); }
  data_of_a_node(const data_of_a_node&) = delete;
  data_of_a_node& operator=(const data_of_a_node&) = delete;

  std::string path() const { return path_.string(); }

private:
  std::filesystem::path path_;
};

TEST(Endpoint, ReadsTheFormsThatPeopleWrite) {
  EXPECT_EQ(*parse_endpoint("http://127.0.0.1:8080"), (endpoint{"127.0.0.1", 8080}));
  EXPECT_EQ(*parse_endpoint("http://chat.example.org/"), (endpoint{"chat.example.org", 80}));
  EXPECT_EQ(*parse_endpoint("localhost:9"), (endpoint{"localhost", 9}));
  EXPECT_EQ(*parse_endpoint("http://[::1]:8080"), (endpoint{"::1", 8080}));
  EXPECT_EQ(*parse_endpoint("http://[::1]"), (endpoint{"::1", 80}));
  EXPECT_EQ(*parse_endpoint("ws://localhost"), (endpoint{"localhost", 80}));
  EXPECT_EQ(*parse_endpoint("https://chat.example.org"), (endpoint{"chat.example.org", 443, true, {}}));
  EXPECT_EQ(*parse_endpoint("wss://[::1]:8443/"), (endpoint{"::1", 8443, true, {}}));
}

TEST(Endpoint, WritesWhatItReads) {
  for (const auto* url : {"http://127.0.0.1:8080", "http://[::1]:8080", "http://chat.example.org:80",
                          "https://chat.example.org:443", "https://[::1]:8080"})
    EXPECT_EQ(parse_endpoint(url)->url(), url);
}

TEST(Endpoint, RefusesWhatIsNoAddressAndSaysWhatIs) {
  for (const auto* url : {"", "http://", "http://:80", "http://host:", "http://host:0", "http://host:65536",
                          "http://host:80x", "ftp://host", "https://", "http://host/path", "http://user@host",
                          "http://[::1", "http://[::1]x", "ho st"}) {
    const auto parsed = parse_endpoint(url);
    ASSERT_TRUE(parsed.has_error()) << url;
    EXPECT_EQ(parsed.error().kind, trouble::usage) << url;
    EXPECT_NE(parsed.error().message.find("http://HOST:PORT"), std::string::npos) << url;
  }
}

TEST(Endpoint, IsToldWhomToTrustByTheFlagBeforeTheEnvironment) {
  const auto variables = environment({{"PARLEY_CA", "/nowhere/by-variable"}});
  const auto by_variable = find_endpoint({"https://localhost", {}, {}}, variables);
  ASSERT_TRUE(by_variable.has_error());
  EXPECT_EQ(by_variable.error().kind, trouble::usage);
  EXPECT_NE(by_variable.error().message.find("'/nowhere/by-variable'"), std::string::npos);
  const auto by_flag = find_endpoint({"https://localhost", {}, "/nowhere/by-flag"}, variables);
  ASSERT_TRUE(by_flag.has_error());
  EXPECT_NE(by_flag.error().message.find("'/nowhere/by-flag'"), std::string::npos);
  EXPECT_EQ(find_endpoint({"https://localhost", {}, {}}, environment({}))->ca, "");
  EXPECT_TRUE(find_endpoint({"http://localhost", {}, "/nowhere"}, variables).has_value())
      << "nothing to trust";
}

TEST(Endpoint, KnowsThisMachine) {
  for (const auto* url : {"localhost", "127.0.0.1:1", "127.1.2.3", "[::1]:1"})
    EXPECT_TRUE(parse_endpoint(url)->is_local()) << url;
  for (const auto* url : {"chat.example.org", "10.0.0.1", "localhost.example.org"})
    EXPECT_FALSE(parse_endpoint(url)->is_local()) << url;
}

TEST(Endpoint, IsFoundByTheFlagBeforeTheEnvironmentBeforeTheFolder) {
  const data_of_a_node one{"http://127.0.0.1:1001"};
  const data_of_a_node two{"http://127.0.0.1:1002"};
  const auto variables =
      environment({{"PARLEY_URL", "http://127.0.0.1:1003"}, {"PARLEY_NODE_DATA", one.path()}});
  EXPECT_EQ(find_endpoint({"http://127.0.0.1:1004", two.path()}, variables)->port, 1004);
  EXPECT_EQ(find_endpoint({{}, two.path()}, variables)->port, 1002);
  EXPECT_EQ(find_endpoint({}, variables)->port, 1003);
  EXPECT_EQ(find_endpoint({}, environment({{"PARLEY_NODE_DATA", one.path()}}))->port, 1001);
  EXPECT_EQ(find_endpoint({}, environment({{"PARLEY_URL", ""}, {"PARLEY_NODE_DATA", one.path()}}))->port,
            1001);
}

TEST(Endpoint, SaysWhereItLookedWhenNoNodeAnnouncedItself) {
  const auto found = find_endpoint({{}, "/nowhere/at-all"}, environment({}));
  ASSERT_TRUE(found.has_error());
  EXPECT_EQ(found.error().kind, trouble::unreachable);
  EXPECT_NE(found.error().message.find("/nowhere/at-all/address"), std::string::npos);
}

}  // namespace
}  // namespace parley::client
