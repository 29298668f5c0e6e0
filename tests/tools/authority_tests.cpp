#include "tools/parley/certs/authority.hpp"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "tools/parley/certs/pem_files.hpp"

namespace parley::certs {
namespace {

class Authority : public testing::Test {
protected:
  Authority() {
    auto name = (std::filesystem::temp_directory_path() / "parley-certs-XXXXXX").string();
    folder = std::filesystem::path(mkdtemp(name.data())) / "certs";
  }
  ~Authority() override { std::filesystem::remove_all(folder.parent_path()); }

  authority open() {
    auto opened = authority::open_or_make(folder);
    EXPECT_TRUE(opened.has_value());
    return std::move(*opened);
  }
  static unsigned mode_of(const std::filesystem::path& path) {
    struct stat found {};
    EXPECT_EQ(stat(path.c_str(), &found), 0);
    return found.st_mode & 0777U;
  }
  static std::string content_of(const std::filesystem::path& path) {
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
  }
  /// Whether a peer that knows the authority takes the certificate for this purpose.
  bool is_good_for(const std::string& node, int purpose) const {
    const auto ca = read_certificate(folder / "ca.crt");
    const auto certificate = read_certificate(folder / (node + ".crt"));
    auto* store = X509_STORE_new();
    X509_STORE_add_cert(store, ca->get());
    auto* context = X509_STORE_CTX_new();
    X509_STORE_CTX_init(context, store, certificate->get(), nullptr);
    X509_STORE_CTX_set_purpose(context, purpose);
    const bool good = X509_verify_cert(context) == 1;
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return good;
  }

  std::filesystem::path folder;
};

TEST_F(Authority, IsMadeOnceAndFoundAgain) {
  EXPECT_TRUE(open().is_new());
  const auto certificate = content_of(folder / "ca.crt");
  EXPECT_FALSE(open().is_new());
  EXPECT_EQ(content_of(folder / "ca.crt"), certificate);
}

TEST_F(Authority, KeepsKeysToTheirOwner) {
  ASSERT_TRUE(open().sign({"node-1"}, 30).has_value());
  EXPECT_EQ(mode_of(folder / "ca.key"), 0600U);
  EXPECT_EQ(mode_of(folder / "node-1.key"), 0600U);
}

TEST_F(Authority, SignsForServersAndClientsByName) {
  ASSERT_TRUE(open().sign({"node-1", "a.b_c"}, 30).has_value());
  EXPECT_TRUE(is_good_for("node-1", X509_PURPOSE_SSL_SERVER));
  EXPECT_TRUE(is_good_for("node-1", X509_PURPOSE_SSL_CLIENT));
  const auto certificate = read_certificate(folder / "node-1.crt");
  EXPECT_EQ(X509_check_host(certificate->get(), "node-1", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate->get(), "node-2", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ca(certificate->get()), 0);
  const auto key = read_key(folder / "node-1.key");
  EXPECT_EQ(X509_check_private_key(certificate->get(), key->get()), 1);
}

TEST_F(Authority, IsNotTakenForAnotherOne) {
  ASSERT_TRUE(open().sign({"node-1"}, 30).has_value());
  const auto mine = folder;
  folder = folder.parent_path() / "other";
  ASSERT_TRUE(open().sign({"node-1"}, 30).has_value());
  std::filesystem::copy_file(mine / "node-1.crt", folder / "theirs.crt");
  EXPECT_FALSE(is_good_for("theirs", X509_PURPOSE_SSL_SERVER));
}

TEST_F(Authority, WritesNothingOver) {
  ASSERT_TRUE(open().sign({"node-1"}, 30).has_value());
  const auto before = content_of(folder / "node-1.crt");
  const auto again = open().sign({"node-2", "node-1"}, 30);
  ASSERT_TRUE(again.has_error());
  EXPECT_NE(again.error().message.find("is there already"), std::string::npos);
  EXPECT_EQ(content_of(folder / "node-1.crt"), before);
  EXPECT_FALSE(std::filesystem::exists(folder / "node-2.crt"));
}

TEST_F(Authority, FollowsNoLinkThatLeadsNowhere) {
  const auto by = open();
  std::filesystem::create_symlink(folder / "elsewhere", folder / "node-1.key");
  EXPECT_TRUE(by.sign({"node-1"}, 30).has_error());
  EXPECT_FALSE(std::filesystem::exists(folder / "elsewhere"));
}

TEST_F(Authority, SignsForNobodyLongerThanItLivesItself) {
  const auto by = open();
  EXPECT_TRUE(by.sign({"node-1"}, authority::days - 1).has_value());
  const auto longer = by.sign({"node-2"}, authority::days + 1);
  ASSERT_TRUE(longer.has_error());
  EXPECT_NE(longer.error().message.find("the authority itself ends on"), std::string::npos);
}

TEST_F(Authority, RefusesNamesThatNoNodeCanHave) {
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{""}, {"../x"}, {"a b"}, {std::string(21, 'a')}, {"ca"}, {"a", "a"}})
    EXPECT_TRUE(authority::check_names(names).has_error()) << names.front();
  EXPECT_TRUE(authority::check_names({"node-1", "Node.2_x"}).has_value());
}

TEST_F(Authority, SaysWhatIsWrongWithItsFiles) {
  open();
  std::filesystem::rename(folder / "ca.key", folder / "away");
  EXPECT_NE(authority::open_or_make(folder).error().message.find("only '" + (folder / "ca.crt").string()),
            std::string::npos);
  std::ofstream(folder / "ca.key") << "no key";
  EXPECT_NE(authority::open_or_make(folder).error().message.find("holds no private key"), std::string::npos);
  const auto other = authority::open_or_make(folder.parent_path() / "other");
  std::filesystem::copy_file(folder.parent_path() / "other" / "ca.key", folder / "ca.key",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_NE(authority::open_or_make(folder).error().message.find("does not belong to"), std::string::npos);
}

TEST_F(Authority, CannotBeMadeWhereNobodyMayWrite) {
  std::ofstream(folder.parent_path() / "file") << "";
  EXPECT_TRUE(authority::open_or_make(folder.parent_path() / "file" / "certs").has_error());
}

}  // namespace
}  // namespace parley::certs
