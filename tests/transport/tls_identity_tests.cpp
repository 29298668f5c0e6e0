#include "transport/tls_identity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "tests/transport/support/test_certificate.hpp"

namespace parley::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string why_not(const tls_files& files) {
  const auto loaded = tls_identity::load(files);
  return loaded.has_error() ? loaded.error().message : "it is good";
}

/// A private key of RSA; with a passphrase if one is given.
std::string rsa_key(const char* passphrase = nullptr) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_RSA_gen(2048), &EVP_PKEY_free};
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> out{BIO_new(BIO_s_mem()), &BIO_free_all};
  PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), passphrase == nullptr ? nullptr : EVP_aes_256_cbc(),
                                passphrase, passphrase == nullptr ? 0 : 4, nullptr, nullptr);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

TEST(TlsIdentity, SaysWhichFileIsMissing) {
  const test_certificate pair;
  EXPECT_THAT(why_not({"nowhere.pem", pair.files().key}),
              StartsWith("listen.tls.certificate: there is no file 'nowhere.pem'"));
  EXPECT_THAT(why_not({pair.files().certificate, "/nowhere/key.pem"}),
              StartsWith("listen.tls.key: there is no file '/nowhere/key.pem'"));
  EXPECT_THAT(why_not({"/", pair.files().key}), StartsWith("listen.tls.certificate: '/' is not a file"));
}

TEST(TlsIdentity, SaysWhatTheFilesLack) {
  const test_certificate pair;
  const auto [certificate, key] = pair.files();
  EXPECT_THAT(why_not({pair.write("empty", ""), key}), HasSubstr("holds no certificate; right is PEM"));
  EXPECT_THAT(why_not({key, key}), StartsWith("listen.tls.certificate: "));
  EXPECT_THAT(why_not({certificate, certificate}), StartsWith("listen.tls.key: "));
  EXPECT_THAT(why_not({certificate, pair.write("text", "no key\n")}), HasSubstr("holds no private key"));
  EXPECT_THAT(
      why_not({pair.write("torn", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), key}),
      StartsWith("listen.tls.certificate: "));
}

TEST(TlsIdentity, RefusesAKeyOfAnotherCertificate) {
  const test_certificate pair;
  const test_certificate other;
  EXPECT_THAT(why_not({pair.files().certificate, other.files().key}), HasSubstr("does not belong to"));
  EXPECT_THAT(why_not({pair.files().certificate, pair.write("rsa.pem", rsa_key())}),
              HasSubstr("does not belong to"));
}

TEST(TlsIdentity, AsksNobodyForAPassphrase) {
  const test_certificate pair;
  EXPECT_THAT(why_not({pair.files().certificate, pair.write("locked.pem", rsa_key("word"))}),
              HasSubstr("is protected by a passphrase"));
}

TEST(TlsIdentity, IsNamedAsTheCertificateSays) {
  const test_certificate here{"DNS:*.example.org,DNS:chat.example.org,DNS:localhost,IP:10.0.0.1,IP:::1"};
  const auto loaded = tls_identity::load(here.files());
  ASSERT_TRUE(loaded.has_value());
  const auto& identity = *loaded.value();
  EXPECT_EQ(identity.host_for("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(identity.host_for("::1"), "::1");
  EXPECT_EQ(identity.host_for("127.0.0.1"), "localhost");
  EXPECT_EQ(identity.host_for("10.0.0.2"), "chat.example.org");
  EXPECT_THAT(identity.describe(), StartsWith("*.example.org, until 20"));

  const test_certificate nameless{""};
  EXPECT_EQ(tls_identity::load(nameless.files()).value()->host_for("127.0.0.1"), "127.0.0.1");
}

TEST(TlsIdentity, StaysWhatItWasWhenTheNewFilesAreNoGood) {
  const test_certificate pair{"DNS:first.example.org"};
  const auto identity = tls_identity::load(pair.files()).value();
  const auto before = identity->describe();

  std::filesystem::rename(pair.files().key, pair.path("aside"));
  EXPECT_THAT(identity->reload().error().message, HasSubstr("listen.tls.key: there is no file"));
  pair.write("key.pem", rsa_key());
  EXPECT_THAT(identity->reload().error().message, HasSubstr("does not belong to"));
  pair.replace("DNS:second.example.org", -1);
  EXPECT_THAT(identity->reload().error().message, HasSubstr("has expired on"));
  EXPECT_EQ(identity->describe(), before);
  EXPECT_TRUE(identity->begin());

  pair.replace("DNS:second.example.org");
  EXPECT_TRUE(identity->reload().has_value());
  EXPECT_THAT(identity->describe(), StartsWith("second.example.org"));
}

TEST(TlsIdentity, BeginsWithAnExpiredCertificateAndKnowsIt) {
  const test_certificate old{"DNS:localhost", -1};
  const auto loaded = tls_identity::load(old.files());
  ASSERT_TRUE(loaded.has_value());
  EXPECT_TRUE(loaded.value()->has_expired());
  EXPECT_FALSE(tls_identity::load(shared_certificate().files()).value()->has_expired());
}

}  // namespace
}  // namespace parley::testing
