#include "actors/link/network/link_identity.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

namespace parley {

namespace {

constexpr std::string_view certificate_name = "cluster.tls.certificate";
constexpr std::string_view key_name = "cluster.tls.key";
constexpr std::string_view ca_name = "cluster.tls.ca";
// A peer's chain is a certificate or two; a stranger is not given room for more.
constexpr long chain_bytes_max = 16'384;

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using bio_pointer = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using key_pointer = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using check_pointer = std::unique_ptr<X509_STORE_CTX, freed_by<X509_STORE_CTX_free>>;

failure wrong(std::string_view key, const std::string& what) {
  return {errc::internal, std::string(key) + ": " + what, {}};
}

outcome<void> check_file(std::string_view key, const std::string& path) {
  std::error_code problem;
  const auto status = std::filesystem::status(path, problem);
  if (!std::filesystem::exists(status))
    return wrong(key, "there is no file '" + path + "'; a relative path begins where the node was started");
  if (!std::filesystem::is_regular_file(status)) return wrong(key, "'" + path + "' is not a file");
  errno = 0;
  if (!std::ifstream{path})
    return wrong(key, "'" + path + "' cannot be read: " + std::strerror(errno) +
                          "; the node's own user must be able to");
  return {};
}

/// Nobody sits at a node to type a passphrase.
int no_passphrase(char* /*to*/, int /*size*/, int /*writing*/, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

outcome<void> use_key(SSL_CTX* context, const link_tls_files& files) {
  const bio_pointer in{BIO_new_file(files.key.c_str(), "r")};
  bool was_asked = false;
  const key_pointer key{in ? PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, &was_asked) : nullptr};
  if (was_asked)
    return wrong(key_name,
                 "'" + files.key + "' is protected by a passphrase, and nobody is there to type it");
  if (!key) return wrong(key_name, "'" + files.key + "' holds no private key; right is PEM");
  if (X509_check_private_key(SSL_CTX_get0_certificate(context), key.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return wrong(key_name, "the key in '" + files.key + "' does not belong to the certificate in '" +
                               files.certificate + "'; give the two that were made together");
  return {};
}

/// Whether peers with the same authority would take the certificate, as client and as server.
outcome<void> check_own_certificate(SSL_CTX* context, const link_tls_files& files) {
  for (const int purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT}) {
    const check_pointer check{X509_STORE_CTX_new()};
    STACK_OF(X509)* between = nullptr;
    SSL_CTX_get0_chain_certs(context, &between);
    if (!check || X509_STORE_CTX_init(check.get(), SSL_CTX_get_cert_store(context),
                                      SSL_CTX_get0_certificate(context), between) != 1)
      return wrong(certificate_name, "OpenSSL cannot look at it");
    X509_STORE_CTX_set_purpose(check.get(), purpose);
    if (X509_verify_cert(check.get()) == 1) continue;
    const auto why = X509_STORE_CTX_get_error(check.get());
    return wrong(certificate_name,
                 "no other node would accept the certificate in '" + files.certificate +
                     "' under the authority in '" + files.ca + "' (" + std::string(ca_name) +
                     "): " + X509_verify_cert_error_string(why) +
                     (why == X509_V_ERR_INVALID_PURPOSE
                          ? "; it must be for servers and for clients, as `parley certs` makes them"
                          : ""));
  }
  return {};
}

}  // namespace

void ssl_context_free::operator()(SSL_CTX* what) const { SSL_CTX_free(what); }
void ssl_free::operator()(SSL* what) const { SSL_free(what); }

link_identity::link_identity(link_tls_files files, context_pointer context)
    : files_(std::move(files)), context_(std::move(context)) {}

outcome<link_identity::context_pointer> link_identity::context_of(const link_tls_files& files) {
  for (const auto& [key, path] : {std::pair(certificate_name, &files.certificate),
                                  std::pair(key_name, &files.key), std::pair(ca_name, &files.ca)})
    if (auto found = check_file(key, *path); found.has_error()) return found.error();
  context_pointer made{SSL_CTX_new(TLS_method())};
  auto* context = made.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256") != 1)
    return wrong(certificate_name, "OpenSSL cannot be set up for TLS 1.3");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_max_cert_list(context, chain_bytes_max);
  // Nothing of a connection is taken up by another one.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return wrong(certificate_name, "'" + files.certificate + "' holds no certificate; right is PEM");
  if (SSL_CTX_load_verify_locations(context, files.ca.c_str(), nullptr) != 1)
    return wrong(ca_name, "'" + files.ca + "' holds no certificate of an authority; right is PEM");
  if (auto used = use_key(context, files); used.has_error()) return used.error();
  if (auto good = check_own_certificate(context, files); good.has_error()) return good.error();
  return made;
}

outcome<std::shared_ptr<link_identity>> link_identity::load(link_tls_files files) {
  auto context = context_of(files);
  // Errors of OpenSSL lie in a queue of the thread, where others would find them.
  ERR_clear_error();
  if (context.has_error()) return context.error();
  return std::shared_ptr<link_identity>{new link_identity{std::move(files), std::move(context.value())}};
}

outcome<void> link_identity::reload() {
  auto fresh = context_of(files_);
  ERR_clear_error();
  if (fresh.has_error()) return fresh.error();
  const std::scoped_lock lock{mutex_};
  context_ = std::move(fresh.value());
  return {};
}

std::unique_ptr<SSL, ssl_free> link_identity::begin(role as) const {
  const std::scoped_lock lock{mutex_};
  std::unique_ptr<SSL, ssl_free> made{SSL_new(context_.get())};
  if (made && as == role::opened_by_us) SSL_set_connect_state(made.get());
  if (made && as == role::opened_by_peer) SSL_set_accept_state(made.get());
  return made;
}

}  // namespace parley
