#include "tools/parley/client/token_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace parley::client {
namespace {

namespace fs = std::filesystem;

class TokenStore : public testing::Test {
protected:
  ~TokenStore() override { fs::remove_all(folder_); }

  fs::path only_file() const {
    const fs::directory_iterator files{folder_};
    return files == fs::directory_iterator{} ? fs::path{} : files->path();
  }

  fs::path folder_ = fs::path{testing::TempDir()} / ("tokens-" + std::to_string(::getpid())) / "parley";
  token_store store_{folder_};
  endpoint node_{"127.0.0.1", 8080};
};

TEST_F(TokenStore, GivesBackWhatItKept) {
  EXPECT_FALSE(store_.load(node_, "alice").has_value());
  ASSERT_TRUE(store_.save(node_, "alice", {"5", "Alice", "secret"}).has_value());
  const auto kept = store_.load(node_, "alice");
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->id, "5");
  EXPECT_EQ(kept->token, "secret");
}

TEST_F(TokenStore, KeepsNodesAndPeopleApart) {
  ASSERT_TRUE(store_.save(node_, "alice", {"5", "alice", "secret"}).has_value());
  EXPECT_FALSE(store_.load(node_, "bob").has_value());
  EXPECT_FALSE(store_.load({"127.0.0.1", 8081}, "alice").has_value());
}

TEST_F(TokenStore, LetsNobodyElseReadTheFile) {
  ASSERT_TRUE(store_.save(node_, "alice", {"5", "alice", "secret"}).has_value());
  using fs::perms;
  EXPECT_EQ(fs::status(only_file()).permissions(), perms::owner_read | perms::owner_write);
  EXPECT_EQ(fs::status(folder_).permissions(), perms::owner_all);
}

TEST_F(TokenStore, DoesNotTrustAFileThatOthersCouldHaveTouched) {
  ASSERT_TRUE(store_.save(node_, "alice", {"5", "alice", "secret"}).has_value());
  fs::permissions(only_file(), fs::perms::group_write, fs::perm_options::add);
  EXPECT_FALSE(store_.load(node_, "alice").has_value());
}

TEST_F(TokenStore, ReplacesAndForgets) {
  ASSERT_TRUE(store_.save(node_, "alice", {"5", "alice", "old"}).has_value());
  ASSERT_TRUE(store_.save(node_, "alice", {"5", "alice", "new"}).has_value());
  EXPECT_EQ(store_.load(node_, "alice")->token, "new");
  store_.forget(node_, "alice");
  EXPECT_TRUE(only_file().empty());
}

TEST_F(TokenStore, SaysWhereItCouldNotWrite) {
  const auto saved = token_store{"/proc/no-such-folder"}.save(node_, "alice", {"5", "alice", "secret"});
  ASSERT_TRUE(saved.has_error());
  EXPECT_NE(saved.error().message.find("/proc/no-such-folder"), std::string::npos);
  EXPECT_EQ(saved.error().message.find("secret"), std::string::npos);
}

TEST(TokenFolder, FollowsTheSpecificationOfStateFolders) {
  const auto folder = [](std::optional<std::string> state, std::optional<std::string> home) {
    return token_folder([=](const std::string& name) { return name == "HOME" ? home : state; });
  };
  EXPECT_EQ(folder("/state", "/of/alice"), "/state/parley");
  EXPECT_EQ(folder("relative", "/of/alice"), "/of/alice/.local/state/parley");
  EXPECT_EQ(folder({}, "/of/alice"), "/of/alice/.local/state/parley");
  EXPECT_TRUE(folder({}, {}).empty());
}

}  // namespace
}  // namespace parley::client
