#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace parley::testing {

/// How a client speaks TLS. Versions are OpenSSL's numbers; 0: its defaults.
struct tls_manner {
  int lowest_version = 0;
  int highest_version = 0;
  std::string ciphers_of_tls_1_2;
  std::vector<std::string> protocols;   // offered by ALPN
  std::shared_ptr<SSL_SESSION> resume;  // of an earlier connection
};

/// The client's side of TLS over a connected socket. It believes any certificate: what it is shown is for
/// the test to look at. Calls like those of sockets, which never wait.
class client_tls {
public:
  explicit client_tls(int socket, const tls_manner& how = {});
  ~client_tls();
  client_tls(const client_tls&) = delete;
  client_tls& operator=(const client_tls&) = delete;

  /// Shakes hands, waiting for the server at most so long; what went wrong, or nothing.
  std::string shake_hands(std::chrono::milliseconds within);
  /// Takes all of the bytes, or none (EAGAIN) while earlier ones wait for room.
  ssize_t send(const char* bytes, std::size_t size);
  /// Gives what the server sent; takes at most `size` bytes off the socket.
  ssize_t receive(char* to, std::size_t size);
  /// Whether bytes wait that the socket does not show.
  [[nodiscard]] bool has_pending() const;
  /// Whether bytes wait for room in the socket.
  [[nodiscard]] bool has_unsent() const { return !out_.empty(); }
  /// Lets them leave as far as there is room.
  void flush();
  /// Says goodbye; reading goes on.
  void finish_sending();

  /// Whether the server said goodbye before it ended the connection.
  [[nodiscard]] bool heard_goodbye() const;
  /// Records with data received so far; of TLS 1.3.
  [[nodiscard]] std::size_t data_records() const { return data_records_; }
  /// The text of the server's alert that ended it; empty when there was none.
  [[nodiscard]] const std::string& alert() const { return alert_; }
  [[nodiscard]] SSL* ssl() { return ssl_.get(); }

private:
  void take_what_came(std::size_t bytes_max);

  int socket_;
  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL> ssl_;
  BIO* in_ = nullptr;
  BIO* ciphertext_ = nullptr;
  std::string out_;
  std::string alert_;
  std::size_t data_records_ = 0;
  bool ended_ = false;  // the server's TCP
};

}  // namespace parley::testing
