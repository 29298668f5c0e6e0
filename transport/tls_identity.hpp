#pragma once

#include <openssl/types.h>

#include <memory>
#include <mutex>
#include <string>

#include "actors/contract/values/failure.hpp"

namespace parley {

/// Where a server's certificate (the chain, its own first) and its private key lie, as PEM.
struct tls_files {
  std::string certificate;
  std::string key;
};

struct ssl_deleter {
  void operator()(SSL* what) const;
};
struct ssl_context_deleter {
  void operator()(SSL_CTX* what) const;
};
using ssl_pointer = std::unique_ptr<SSL, ssl_deleter>;
using ssl_context_pointer = std::unique_ptr<SSL_CTX, ssl_context_deleter>;

/// What a server shows itself as, and how it speaks TLS: 1.2 or 1.3, with forward secrecy and authenticated
/// ciphers only, without compression and renegotiation, HTTP/1.1 by ALPN.
///
/// The files may be replaced while it serves: connections that have begun go on with what they began with.
class tls_identity {
public:
  /// Reads both files. A failure begins with the key of the configuration that it is about.
  static outcome<std::shared_ptr<tls_identity>> load(tls_files files);

  /// Reads the files again, for connections that begin from now on. What cannot be used changes nothing.
  outcome<void> reload();
  /// A server's side of one connection, not yet begun; none when memory is exhausted.
  [[nodiscard]] ssl_pointer begin() const;

  /// "chat.example.org, until 2026-10-19": the name and the last day of the certificate.
  [[nodiscard]] std::string describe() const;
  /// Whether the certificate's time is over: clients will refuse it.
  [[nodiscard]] bool has_expired() const;
  /// The address itself if the certificate names it, else a name of the certificate by which this server
  /// may be reached; the address when there is none.
  [[nodiscard]] std::string host_for(const std::string& address) const;

private:
  tls_identity(tls_files files, ssl_context_pointer context);

  const tls_files files_;
  mutable std::mutex mutex_;
  ssl_context_pointer context_;  // counts its users: a connection keeps the one it began with
};

}  // namespace parley
