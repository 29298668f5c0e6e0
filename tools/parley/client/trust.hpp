#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <string>

#include "tools/parley/client/endpoint.hpp"

namespace parley::client {

/// Whom this side believes when a node shows its certificate: the authorities in the file of the endpoint,
/// else those of the system; and only for the name or address by which the node was called. One a connection.
class trust {
public:
  /// For TLS to this node; a `usage` problem when the file of authorities is no good.
  static outcome<std::shared_ptr<trust>> in(const endpoint& node);

  boost::asio::ssl::context& context() { return context_; }
  /// Makes a connection ask for the node's name and check what it is shown.
  void apply_to(SSL* connection);
  /// Why the handshake failed, and what to do about it.
  [[nodiscard]] std::string explain(const boost::system::error_code& failed) const;
  /// Whether the node showed a certificate that is not believed: trying again shows the same.
  [[nodiscard]] bool was_disappointed() const { return problem_ != 0; }

private:
  explicit trust(endpoint node);
  static int look(int is_good, X509_STORE_CTX* chain);

  endpoint node_;
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
  int problem_ = 0;    // OpenSSL's X509_V_ERR_…; 0: none
  std::string names_;  // of the certificate that was shown
};

}  // namespace parley::client
