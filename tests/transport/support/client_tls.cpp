#include "tests/transport/support/client_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace parley::testing {

namespace {

/// OpenSSL's list of ALPN names: each behind its length.
std::string wire_form(const std::vector<std::string>& protocols) {
  std::string all;
  for (const auto& each : protocols) all += static_cast<char>(each.size()) + each;
  return all;
}

const unsigned char* bytes_of(const std::string& text) {
  return static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
}

}  // namespace

client_tls::client_tls(int socket, const tls_manner& how)
    : socket_(socket), context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {
  auto* context = context_.get();
  // What a server must refuse, somebody has to be able to say.
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, how.lowest_version);
  SSL_CTX_set_max_proto_version(context, how.highest_version);
  SSL_CTX_set_options(context, SSL_OP_ALLOW_CLIENT_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT);
  if (!how.ciphers_of_tls_1_2.empty()) SSL_CTX_set_cipher_list(context, how.ciphers_of_tls_1_2.c_str());
  ssl_ = {SSL_new(context), &SSL_free};
  in_ = BIO_new(BIO_s_mem());
  ciphertext_ = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_.get(), in_, ciphertext_);
  SSL_set_connect_state(ssl_.get());
  const auto protocols = wire_form(how.protocols);
  if (!protocols.empty())
    SSL_set_alpn_protos(ssl_.get(), bytes_of(protocols), static_cast<unsigned>(protocols.size()));
  if (how.resume) SSL_set_session(ssl_.get(), how.resume.get());
  SSL_set_msg_callback_arg(ssl_.get(), this);
  SSL_set_msg_callback(
      ssl_.get(), [](int is_sent, int, int type, const void* bytes, std::size_t size, SSL*, void* arg) {
        auto& self = *static_cast<client_tls*>(arg);
        const auto* octets = static_cast<const unsigned char*>(bytes);
        if (is_sent == 0 && type == SSL3_RT_INNER_CONTENT_TYPE && octets[0] == SSL3_RT_APPLICATION_DATA)
          ++self.data_records_;
        if (is_sent == 0 && type == SSL3_RT_ALERT && size == 2 && octets[0] == SSL3_AL_FATAL)
          self.alert_ = SSL_alert_desc_string_long(octets[1]);
      });
}

client_tls::~client_tls() = default;

void client_tls::flush() {
  std::array<char, 16'384> some{};
  for (int got = 0; (got = BIO_read(ciphertext_, some.data(), static_cast<int>(some.size()))) > 0;)
    out_.append(some.data(), static_cast<std::size_t>(got));
  while (!out_.empty()) {
    const auto sent = ::send(socket_, out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) {
      if (sent < 0 && errno != EAGAIN) out_.clear();  // the server has ended: reading tells
      return;
    }
    out_.erase(0, static_cast<std::size_t>(sent));
  }
}

void client_tls::take_what_came(std::size_t bytes_max) {
  std::array<char, 65'536> some{};
  const auto got = ::recv(socket_, some.data(), std::min(bytes_max, some.size()), MSG_DONTWAIT);
  if (got > 0) BIO_write(in_, some.data(), static_cast<int>(got));
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) ended_ = true;
}

std::string client_tls::shake_hands(std::chrono::milliseconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  for (;;) {
    ERR_clear_error();
    const int returned = SSL_do_handshake(ssl_.get());
    flush();
    if (returned == 1) return {};
    if (SSL_get_error(ssl_.get(), returned) != SSL_ERROR_WANT_READ) {
      const char* reason = ERR_reason_error_string(ERR_peek_error());
      return reason == nullptr ? "broken" : reason;
    }
    if (ended_) return "the server ended the connection";
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd what{socket_, POLLIN, 0};
    if (::poll(&what, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) == 0)
      return "the server said nothing in time";
    take_what_came(65'536);
  }
}

ssize_t client_tls::send(const char* bytes, std::size_t size) {
  flush();
  if (!out_.empty()) {
    errno = EAGAIN;
    return -1;
  }
  const auto part = std::min<std::size_t>(size, 16'384);
  ERR_clear_error();
  std::size_t written = 0;
  if (SSL_write_ex(ssl_.get(), bytes, part, &written) != 1) {
    errno = EPIPE;
    return -1;
  }
  flush();
  return static_cast<ssize_t>(written);
}

ssize_t client_tls::receive(char* to, std::size_t size) {
  for (bool has_tried = false;;) {
    ERR_clear_error();
    std::size_t got = 0;
    const int returned = SSL_read_ex(ssl_.get(), to, size, &got);
    flush();
    if (returned == 1) return static_cast<ssize_t>(got);
    if (SSL_get_error(ssl_.get(), returned) != SSL_ERROR_WANT_READ || ended_) return 0;
    if (has_tried) break;
    take_what_came(size);
    has_tried = !ended_;
  }
  errno = EAGAIN;
  return -1;
}

bool client_tls::has_pending() const { return SSL_pending(ssl_.get()) > 0 || BIO_ctrl_pending(in_) > 0; }

void client_tls::finish_sending() {
  SSL_shutdown(ssl_.get());
  flush();
}

bool client_tls::heard_goodbye() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }

}  // namespace parley::testing
