#include "transport/tls_identity.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>
#include <vector>

namespace parley {

namespace {

constexpr std::string_view certificate_key = "listen.tls.certificate";
constexpr std::string_view private_key_key = "listen.tls.key";
// With elliptic curves, which cost the server least; those first that processors do themselves.
constexpr const char* ciphers_of_tls_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* suites_of_tls_1_3 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* groups = "X25519:P-256:P-384";
// RFC 7301: each name behind its length.
constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using bio_pointer = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using private_key_pointer = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using names_pointer = std::unique_ptr<GENERAL_NAMES, freed_by<GENERAL_NAMES_free>>;

failure wrong(std::string_view key, const std::string& what) {
  return {errc::internal, fmt::format("{}: {}", key, what), {}};
}

/// Why OpenSSL refused, in its own words; the first of its errors is the one that led to the others.
std::string openssl_reason() {
  const auto code = ERR_peek_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "it cannot be used" : reason;
}

/// What is wrong with the file itself.
outcome<void> check_file(std::string_view key, const std::string& path) {
  std::error_code problem;
  const auto status = std::filesystem::status(path, problem);
  if (!std::filesystem::exists(status))
    return wrong(
        key, fmt::format("there is no file '{}'; a relative path begins where the node was started", path));
  if (!std::filesystem::is_regular_file(status)) return wrong(key, fmt::format("'{}' is not a file", path));
  errno = 0;
  if (!std::ifstream{path})
    return wrong(key, fmt::format("'{}' cannot be read: {}; the node's own user must be able to", path,
                                  std::strerror(errno)));
  return {};
}

/// Nobody sits at a node to type a passphrase.
int no_passphrase(char*, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  // OpenSSL's type of the result is older than const.
  auto* found = const_cast<unsigned char*>(*chosen);
  if (SSL_select_next_proto(&found, size, http_1_1.data(), http_1_1.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;  // clients that offer other names still speak HTTP/1.1 when they connect
                                  // here
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

ssl_context_pointer empty_context() {
  ssl_context_pointer made{SSL_CTX_new(TLS_server_method())};
  auto* context = made.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, ciphers_of_tls_1_2) != 1 ||
      SSL_CTX_set_ciphersuites(context, suites_of_tls_1_3) != 1 ||
      SSL_CTX_set1_groups_list(context, groups) != 1)
    return nullptr;
  // A client that ends TCP without the goodbye of TLS has ended all the same: frames and bodies know
  // their own lengths.
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Idle connections hold no buffers; a write may leave in part and come back from another place.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One system call a record rather than two.
  SSL_CTX_set_read_ahead(context, 1);
  // Sessions come back by tickets, which clients keep; nothing is remembered here.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  return made;
}

outcome<void> use_certificate(SSL_CTX* context, const std::string& path) {
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, path.c_str()) == 1) return {};
  const auto code = ERR_peek_error();
  if (ERR_GET_LIB(code) == ERR_LIB_PEM || ERR_GET_LIB(code) == ERR_LIB_BIO ||
      ERR_GET_LIB(code) == ERR_LIB_SYS)
    return wrong(certificate_key, fmt::format("'{}' holds no certificate; right is PEM, the node's own "
                                              "certificate first, then those between it and the authority",
                                              path));
  return wrong(certificate_key,
               fmt::format("the certificate in '{}' cannot be used: {}", path, openssl_reason()));
}

outcome<void> use_key(SSL_CTX* context, const tls_files& files) {
  ERR_clear_error();
  const bio_pointer in{BIO_new_file(files.key.c_str(), "r")};
  bool was_asked = false;
  const private_key_pointer key{in ? PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, &was_asked)
                                   : nullptr};
  if (was_asked)
    return wrong(private_key_key, fmt::format("'{0}' is protected by a passphrase, and nobody is there to "
                                              "type it; write it without: openssl pkey -in '{0}' -out FILE",
                                              files.key));
  if (!key) return wrong(private_key_key, fmt::format("'{}' holds no private key; right is PEM", files.key));
  if (X509_check_private_key(SSL_CTX_get0_certificate(context), key.get()) != 1)
    return wrong(private_key_key, fmt::format("the key in '{}' does not belong to the certificate in '{}'; "
                                              "give the two that were made together",
                                              files.key, files.certificate));
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return wrong(private_key_key,
                 fmt::format("the key in '{}' cannot be used: {}", files.key, openssl_reason()));
  return {};
}

outcome<ssl_context_pointer> context_of(const tls_files& files) {
  if (auto found = check_file(certificate_key, files.certificate); found.has_error()) return found.error();
  if (auto found = check_file(private_key_key, files.key); found.has_error()) return found.error();
  auto context = empty_context();
  if (!context) return wrong(certificate_key, "OpenSSL cannot be set up: " + openssl_reason());
  if (auto used = use_certificate(context.get(), files.certificate); used.has_error()) return used.error();
  if (auto used = use_key(context.get(), files); used.has_error()) return used.error();
  ERR_clear_error();
  return context;
}

bool is_over(const X509* certificate) { return X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0; }

std::string last_day(const X509* certificate) {
  std::tm day{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &day) != 1) return "?";
  return fmt::format("{:04}-{:02}-{:02}", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

/// The names of machines that the certificate is for.
std::vector<std::string> names_in(const X509* certificate) {
  std::vector<std::string> names;
  const names_pointer all{
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const auto* each = sk_GENERAL_NAME_value(all.get(), i);
    if (each->type != GEN_DNS) continue;
    const auto* text = each->d.dNSName;
    names.emplace_back(static_cast<const char*>(static_cast<const void*>(ASN1_STRING_get0_data(text))),
                       static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return names;
}

}  // namespace

void ssl_deleter::operator()(SSL* what) const { SSL_free(what); }
void ssl_context_deleter::operator()(SSL_CTX* what) const { SSL_CTX_free(what); }

tls_identity::tls_identity(tls_files files, ssl_context_pointer context)
    : files_(std::move(files)), context_(std::move(context)) {}

outcome<std::shared_ptr<tls_identity>> tls_identity::load(tls_files files) {
  auto context = context_of(files);
  if (context.has_error()) return context.error();
  return std::shared_ptr<tls_identity>{new tls_identity{std::move(files), std::move(context.value())}};
}

outcome<void> tls_identity::reload() {
  auto fresh = context_of(files_);
  if (fresh.has_error()) return fresh.error();
  const auto* certificate = SSL_CTX_get0_certificate(fresh.value().get());
  if (is_over(certificate) && !has_expired())
    return wrong(certificate_key, fmt::format("the certificate in '{}' has expired on {}", files_.certificate,
                                              last_day(certificate)));
  const std::scoped_lock lock{mutex_};
  context_.swap(fresh.value());
  return {};
}

ssl_pointer tls_identity::begin() const {
  const std::scoped_lock lock{mutex_};
  ssl_pointer begun{SSL_new(context_.get())};
  if (begun) SSL_set_accept_state(begun.get());
  return begun;
}

std::string tls_identity::describe() const {
  const std::scoped_lock lock{mutex_};
  const auto* certificate = SSL_CTX_get0_certificate(context_.get());
  const auto names = names_in(certificate);
  return fmt::format("{}, until {}", names.empty() ? "no name" : names.front(), last_day(certificate));
}

bool tls_identity::has_expired() const {
  const std::scoped_lock lock{mutex_};
  return is_over(SSL_CTX_get0_certificate(context_.get()));
}

std::string tls_identity::host_for(const std::string& address) const {
  const std::scoped_lock lock{mutex_};
  auto* certificate = SSL_CTX_get0_certificate(context_.get());
  if (X509_check_ip_asc(certificate, address.c_str(), 0) == 1) return address;
  const auto names = names_in(certificate);
  const bool is_near = address.starts_with("127.") || address == "::1";
  for (const auto& name : names)
    if (is_near && name == "localhost") return name;
  for (const auto& name : names)
    if (!name.empty() && name.find('*') == std::string::npos) return name;
  return address;
}

}  // namespace parley
