#pragma once

#include <openssl/types.h>

#include <memory>
#include <mutex>
#include <string>

#include "actors/contract/values/failure.hpp"

namespace parley {

/// What a node shows its peers, and what it believes of them; PEM files.
struct link_tls_files {
  std::string certificate;  // the node's own first, then those between it and the authority
  std::string key;
  std::string ca;  // whoever it signed belongs to the cluster
};

struct ssl_context_free {
  void operator()(SSL_CTX* what) const;
};
struct ssl_free {
  void operator()(SSL* what) const;
};

/// Both sides of TLS between nodes: version 1.3 only, each shows a certificate and neither takes one that the
/// cluster's own authority did not sign.
class link_identity {
public:
  enum class role : std::uint8_t { opened_by_us, opened_by_peer };

  /// Reads the files. A failure begins with the key of the configuration that it is about; a certificate that
  /// the peers would refuse is one.
  static outcome<std::shared_ptr<link_identity>> load(link_tls_files files);
  /// Reads the files again, for connections that begin from now on. What cannot be used changes nothing.
  outcome<void> reload();
  /// One side of a connection, not yet begun; none when memory is exhausted.
  [[nodiscard]] std::unique_ptr<SSL, ssl_free> begin(role as) const;

private:
  using context_pointer = std::unique_ptr<SSL_CTX, ssl_context_free>;
  link_identity(link_tls_files files, context_pointer context);
  static outcome<context_pointer> context_of(const link_tls_files& files);

  const link_tls_files files_;
  mutable std::mutex mutex_;
  context_pointer context_;
};

}  // namespace parley
