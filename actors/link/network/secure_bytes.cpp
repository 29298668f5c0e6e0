#include "actors/link/network/secure_bytes.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

namespace parley {

namespace {

constexpr std::size_t record_bytes_max = 16'384;

std::string why_not(const SSL* ssl) {
  // The first error is the one that led to the others.
  const auto code = ERR_peek_error();
  ERR_clear_error();
  if (const auto verified = SSL_get_verify_result(ssl); verified != X509_V_OK)
    return std::string("its certificate is not accepted (") + X509_verify_cert_error_string(verified) +
           "); do both nodes have the same cluster.tls.ca?";
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  if (reason == nullptr) return "it ended the handshake";
  if (ERR_GET_REASON(code) > SSL_AD_REASON_OFFSET)
    return std::string("it does not accept this node (") + reason +
           "); do both nodes have the same cluster.tls.ca, and TLS at all?";
  return std::string("it does not speak TLS as nodes do (") + reason + ")";
}

}  // namespace

secure_bytes::secure_bytes(const link_identity* identity, link_identity::role as)
    : is_plain_(identity == nullptr) {
  if (is_plain_) return;
  auto made = identity->begin(as);
  auto* in = BIO_new(BIO_s_mem());
  auto* out = BIO_new(BIO_s_mem());
  if (!made || in == nullptr || out == nullptr) {
    BIO_free(in);
    BIO_free(out);
    return;
  }
  SSL_set_bio(made.get(), in, out);
  ssl_ = std::move(made);
}

bool secure_bytes::is_established() const {
  return is_plain_ || (ssl_ && SSL_is_init_finished(ssl_.get()) == 1);
}

bool secure_bytes::begin(std::vector<char>& to_wire) {
  if (is_plain_) return true;
  if (!ssl_) return false;
  const bool fine = shake_hands();
  drain(to_wire);
  return fine;
}

bool secure_bytes::shake_hands() {
  ERR_clear_error();
  return judge(SSL_do_handshake(ssl_.get()));
}

bool secure_bytes::judge(int result) {
  const auto what = SSL_get_error(ssl_.get(), result);
  if (what == SSL_ERROR_NONE || what == SSL_ERROR_WANT_READ) return true;
  reason_ = why_not(ssl_.get());
  return false;
}

bool secure_bytes::take(std::span<const char> bytes, std::string& plain, std::vector<char>& to_wire) {
  if (is_plain_) {
    plain.append(bytes.data(), bytes.size());
    return true;
  }
  if (!ssl_ || BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size())) !=
                   static_cast<int>(bytes.size()))
    return false;
  bool fine = is_established() || shake_hands();
  std::array<char, record_bytes_max> part;
  while (fine && is_established()) {
    ERR_clear_error();
    const auto read = SSL_read(ssl_.get(), part.data(), static_cast<int>(part.size()));
    if (read <= 0) {
      fine = judge(read);
      break;
    }
    plain.append(part.data(), static_cast<std::size_t>(read));
  }
  // Also what tells the peer why it is refused.
  drain(to_wire);
  return fine;
}

bool secure_bytes::put(std::string_view plain, std::vector<char>& to_wire) {
  if (is_plain_) {
    to_wire.insert(to_wire.end(), plain.begin(), plain.end());
    return true;
  }
  if (!is_established()) return false;
  if (plain.empty()) return true;
  ERR_clear_error();
  const bool fine = judge(SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size())));
  drain(to_wire);
  return fine;
}

void secure_bytes::drain(std::vector<char>& to_wire) {
  auto* out = SSL_get_wbio(ssl_.get());
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out, &data);
  if (size <= 0) return;
  to_wire.insert(to_wire.end(), data, data + size);
  BIO_reset(out);
}

}  // namespace parley
