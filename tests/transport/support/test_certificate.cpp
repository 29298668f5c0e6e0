#include "tests/transport/support/test_certificate.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string_view>

namespace parley::testing {

namespace {

constexpr long seconds_a_day = 86'400;

void add_extension(X509* to, int which, const char* value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, to, to, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, which, value);
  ASSERT_NE(extension, nullptr);
  X509_add_ext(to, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

test_certificate::test_certificate(const std::string& names, int days) {
  auto pattern = (std::filesystem::temp_directory_path() / "parley-tls-XXXXXX").string();
  const char* made = ::mkdtemp(pattern.data());
  EXPECT_NE(made, nullptr);
  folder_ = pattern;
  replace(names, days);
}

test_certificate::~test_certificate() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void test_certificate::replace(const std::string& names, int days) const {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  const std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), &X509_free};
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -30 * seconds_a_day);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * seconds_a_day);
  X509_set_pubkey(certificate.get(), key.get());
  constexpr std::string_view subject = "a test of Parley";
  auto* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             static_cast<const unsigned char*>(static_cast<const void*>(subject.data())),
                             static_cast<int>(subject.size()), -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  if (!names.empty()) add_extension(certificate.get(), NID_subject_alt_name, names.c_str());
  X509_sign(certificate.get(), key.get(), EVP_sha256());

  const std::unique_ptr<BIO, decltype(&BIO_free_all)> to_certificate{
      BIO_new_file(files().certificate.c_str(), "w"), &BIO_free_all};
  PEM_write_bio_X509(to_certificate.get(), certificate.get());
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> to_key{BIO_new_file(files().key.c_str(), "w"),
                                                             &BIO_free_all};
  PEM_write_bio_PrivateKey(to_key.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

std::string test_certificate::write(const std::string& name, const std::string& text) const {
  std::ofstream{path(name)} << text;
  return path(name);
}

const test_certificate& shared_certificate() {
  static const test_certificate one;
  return one;
}

bool tests_run_over_tls() {
  static const char* const asked = std::getenv("PARLEY_TEST_TLS");
  return asked != nullptr && std::string_view{asked} == "1";
}

}  // namespace parley::testing
