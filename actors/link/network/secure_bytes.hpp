#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/link/network/link_identity.hpp"

namespace parley {

/// One side of a connection's bytes under TLS, or as they are: it knows no socket. Whatever it is fed and
/// asked to send ends up in the caller's buffers.
class secure_bytes {
public:
  /// Without an identity everything passes as it is, and is established from the start.
  secure_bytes(const link_identity* identity, link_identity::role as);

  /// Begins the handshake, if this side is the one to do so; false: it cannot be.
  [[nodiscard]] bool begin(std::vector<char>& to_wire);
  /// What came from the wire; what it says is appended to `plain`, what is to be answered to `to_wire`.
  /// False: the connection is worth nothing any more.
  [[nodiscard]] bool take(std::span<const char> bytes, std::string& plain, std::vector<char>& to_wire);
  /// Only once established.
  [[nodiscard]] bool put(std::string_view plain, std::vector<char>& to_wire);
  [[nodiscard]] bool is_established() const;
  /// Why the last call failed, in OpenSSL's words.
  [[nodiscard]] const std::string& reason() const { return reason_; }

private:
  [[nodiscard]] bool shake_hands();
  [[nodiscard]] bool judge(int result);
  void drain(std::vector<char>& to_wire);

  bool is_plain_;
  std::unique_ptr<SSL, ssl_free> ssl_;  // owns both of its buffers
  std::string reason_;
};

}  // namespace parley
