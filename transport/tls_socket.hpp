#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <optional>

#include "transport/byte_socket.hpp"
#include "transport/tls_identity.hpp"

namespace parley {

/// TLS over TCP, by OpenSSL straight over the descriptor.
///
/// What is written in one call is joined into records of up to 16 KiB, so that many small frames share the
/// price of one. The handshake happens within `read`, and never waits either; whoever reads sets it its
/// deadline by closing. A client whose first byte begins no TLS is cut off, but for one that seems to ask
/// for a page: what it says is read as it is, and `lacks_tls` tells.
class tls_socket final : public byte_socket {
public:
  tls_socket(tcp_socket socket, ssl_pointer begun);

  result read(void* to, std::size_t size) override;
  result write(std::span<const iovec> pieces) override;
  [[nodiscard]] bool has_read_ahead() const override;
  state finish_writing() override;
  [[nodiscard]] bool is_encrypted() const override { return true; }
  [[nodiscard]] bool lacks_tls() const override { return speaks_ == speech::plain; }
  void close() override;

private:
  enum class speech : std::uint8_t { unknown, plain, tls, broken };
  struct descriptor_calls;  // OpenSSL's way to the descriptor

  std::optional<result> listen_first();
  state after_failure(int returned);

  ssl_pointer ssl_;
  speech speaks_ = speech::unknown;
  bool saw_end_ = false;  // of TCP
};

}  // namespace parley
