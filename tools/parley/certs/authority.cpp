#include "tools/parley/certs/authority.hpp"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <set>
#include <system_error>
#include <utility>

#include "tools/parley/certs/pem_files.hpp"

namespace parley::certs {

using client::outcome;
using client::problem;
using client::trouble;

namespace {

constexpr long day_s = 24L * 60 * 60;
constexpr long clocks_differ_s = 60L * 60;
constexpr long version_3 = 2;  // as X.509 counts
constexpr std::size_t name_max = 20;
constexpr std::string_view name_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

problem refused_by_openssl(std::string_view what) {
  const auto code = ERR_peek_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return {trouble::failed,
          fmt::format("OpenSSL cannot make {}: {}", what, reason == nullptr ? "no reason given" : reason)};
}

std::string last_day_of(const X509* certificate) {
  std::tm day{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &day) != 1) return "?";
  return fmt::format("{:04}-{:02}-{:02}", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

/// 63 random bits, never 0.
bool set_serial(X509* certificate) {
  std::array<unsigned char, 8> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  std::uint64_t number = 0;
  for (const auto byte : bytes) number = (number << 8U) | byte;
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), (number >> 1U) | 1U) == 1;
}

bool extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  auto* made = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
  if (made == nullptr) return false;
  const bool added = X509_add_ext(certificate, made, -1) == 1;
  X509_EXTENSION_free(made);
  return added;
}

bool set_common_name(X509_NAME* name, const std::string& value) {
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                    static_cast<const unsigned char*>(static_cast<const void*>(value.data())),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

/// Everything but extensions and signature.
certificate_pointer draft(EVP_PKEY* key, const std::string& common_name, int days) {
  certificate_pointer made{X509_new()};
  auto* of = made.get();
  if (of == nullptr || X509_set_version(of, version_3) != 1 || !set_serial(of) ||
      X509_gmtime_adj(X509_getm_notBefore(of), -clocks_differ_s) == nullptr ||
      X509_gmtime_adj(X509_getm_notAfter(of), days * day_s) == nullptr || X509_set_pubkey(of, key) != 1 ||
      !set_common_name(X509_get_subject_name(of), common_name))
    return nullptr;
  return made;
}

certificate_pointer certificate_of_authority(EVP_PKEY* key) {
  std::array<unsigned char, 4> mark{};
  if (RAND_bytes(mark.data(), static_cast<int>(mark.size())) != 1) return nullptr;
  // Two clusters' authorities can be told apart.
  auto made =
      draft(key, fmt::format("Parley cluster {:02x}{:02x}{:02x}{:02x}", mark[0], mark[1], mark[2], mark[3]),
            authority::days);
  auto* of = made.get();
  if (of == nullptr || X509_set_issuer_name(of, X509_get_subject_name(of)) != 1 ||
      !extend(of, of, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !extend(of, of, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !extend(of, of, NID_subject_key_identifier, "hash") || X509_sign(of, key, EVP_sha256()) == 0)
    return nullptr;
  return made;
}

certificate_pointer certificate_of_node(EVP_PKEY* key, const std::string& name, int days, X509* issuer,
                                        EVP_PKEY* signer) {
  auto made = draft(key, name, days);
  auto* of = made.get();
  if (of == nullptr || X509_set_issuer_name(of, X509_get_subject_name(issuer)) != 1 ||
      !extend(of, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
      !extend(of, issuer, NID_key_usage, "critical,digitalSignature") ||
      !extend(of, issuer, NID_ext_key_usage, "serverAuth,clientAuth") ||
      !extend(of, issuer, NID_subject_alt_name, "DNS:" + name) ||
      !extend(of, issuer, NID_subject_key_identifier, "hash") ||
      !extend(of, issuer, NID_authority_key_identifier, "keyid:always") ||
      X509_sign(of, signer, EVP_sha256()) == 0)
    return nullptr;
  return made;
}

files files_in(const std::filesystem::path& folder, const std::string& name, const X509* certificate) {
  const auto base = name.empty() ? std::string("ca") : name;
  return {name, folder / (base + ".crt"), folder / (base + ".key"), last_day_of(certificate)};
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

}  // namespace

void free_certificate::operator()(X509* what) const { X509_free(what); }
void free_key::operator()(EVP_PKEY* what) const { EVP_PKEY_free(what); }

authority::authority(std::filesystem::path folder, certificate_pointer certificate, key_pointer key,
                     bool is_new)
    : folder_(std::move(folder)),
      certificate_(std::move(certificate)),
      key_(std::move(key)),
      is_new_(is_new),
      where_(files_in(folder_, "", certificate_.get())) {}

outcome<authority> authority::open_or_make(const std::filesystem::path& folder) {
  const auto certificate = folder / "ca.crt";
  const auto key = folder / "ca.key";
  if (is_there(certificate) && is_there(key)) return open(folder);
  if (is_there(certificate) || is_there(key))
    return problem{
        trouble::failed,
        fmt::format("of the authority's two files only '{}' is there; put the other one beside it, "
                    "or give a folder of its own to a new authority",
                    (is_there(key) ? key : certificate).string())};
  return make(folder);
}

outcome<authority> authority::make(const std::filesystem::path& folder) {
  std::error_code trouble_with_it;
  std::filesystem::create_directories(folder, trouble_with_it);
  if (trouble_with_it)
    return problem{trouble::failed, fmt::format("the folder '{}' cannot be made: {}", folder.string(),
                                                trouble_with_it.message())};
  key_pointer key{EVP_EC_gen("P-256")};
  auto certificate = key ? certificate_of_authority(key.get()) : nullptr;
  if (!certificate) return refused_by_openssl("an authority");
  authority made(folder, std::move(certificate), std::move(key), true);
  new_files written;
  if (auto done = written.write(made.where_.key, made.key_.get()); done.has_error()) return done.error();
  if (auto done = written.write(made.where_.certificate, made.certificate_.get()); done.has_error())
    return done.error();
  written.keep();
  return made;
}

outcome<authority> authority::open(const std::filesystem::path& folder) {
  auto certificate = read_certificate(folder / "ca.crt");
  if (certificate.has_error()) return certificate.error();
  auto key = read_key(folder / "ca.key");
  if (key.has_error()) return key.error();
  if (X509_check_private_key(certificate->get(), key->get()) != 1) {
    ERR_clear_error();
    return problem{trouble::failed,
                   fmt::format("'ca.key' does not belong to 'ca.crt' in '{}'; put the two together that were "
                               "made together",
                               folder.string())};
  }
  if (X509_check_ca(certificate->get()) == 0)
    return problem{trouble::failed,
                   fmt::format("'ca.crt' in '{}' is no authority's certificate", folder.string())};
  return authority(folder, std::move(*certificate), std::move(*key), false);
}

outcome<void> authority::check_names(const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (const auto& name : names) {
    if (name.empty() || name.size() > name_max || name.find_first_not_of(name_letters) != std::string::npos)
      return problem{trouble::usage,
                     fmt::format("'{}' cannot be a node's name: 1 to {} letters, digits, '-', '_' or '.'",
                                 name, name_max)};
    if (name == "ca")
      return problem{trouble::usage, "'ca' is what the authority's own files are called; give another name"};
    if (!seen.insert(name).second) return problem{trouble::usage, fmt::format("'{}' is named twice", name)};
  }
  return {};
}

outcome<void> authority::check(const std::vector<std::string>& names, int wanted_days) const {
  if (auto fine = check_names(names); fine.has_error()) return fine.error();
  for (const auto& name : names) {
    const auto to = files_in(folder_, name, certificate_.get());
    for (const auto& path : {to.certificate, to.key})
      if (is_there(path))
        return problem{trouble::failed,
                       fmt::format("'{}' is there already and is never written over; move it away first",
                                   path.string())};
  }
  int days_left = 0;
  int seconds_left = 0;
  if (ASN1_TIME_diff(&days_left, &seconds_left, nullptr, X509_get0_notAfter(certificate_.get())) != 1 ||
      wanted_days > days_left)
    return problem{
        trouble::usage,
        fmt::format("the authority itself ends on {}; give at most --days {}, or begin a new authority "
                    "in another folder",
                    where_.until, std::max(days_left, 0))};
  return {};
}

outcome<std::vector<files>> authority::sign(const std::vector<std::string>& names, int wanted_days) const {
  if (auto fine = check(names, wanted_days); fine.has_error()) return fine.error();
  std::vector<files> made;
  new_files written;
  for (const auto& name : names) {
    const key_pointer key{EVP_EC_gen("P-256")};
    const auto certificate =
        key ? certificate_of_node(key.get(), name, wanted_days, certificate_.get(), key_.get()) : nullptr;
    if (!certificate) return refused_by_openssl("a certificate");
    made.push_back(files_in(folder_, name, certificate.get()));
    if (auto done = written.write(made.back().key, key.get()); done.has_error()) return done.error();
    if (auto done = written.write(made.back().certificate, certificate.get()); done.has_error())
      return done.error();
  }
  written.keep();
  return made;
}

}  // namespace parley::certs
