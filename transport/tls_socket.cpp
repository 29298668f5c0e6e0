#include "transport/tls_socket.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "actors/contract/values/log_event.hpp"

namespace parley {

namespace {

// The largest plain text of a record (RFC 8446, section 5.1).
constexpr std::size_t record_bytes_max = 16'384;
// A record of the handshake begins with it (RFC 8446, section 5.1).
constexpr char handshake_record = 0x16;

/// The next record of these pieces: where they are when one is large enough, else joined.
class next_record {
public:
  explicit next_record(std::span<const iovec> pieces) : pieces_(pieces) {}

  [[nodiscard]] bool is_empty() {
    while (at_ < pieces_.size() && offset_ == pieces_[at_].iov_len) {
      ++at_;
      offset_ = 0;
    }
    return at_ == pieces_.size();
  }
  std::span<const char> bytes() {
    const auto here = piece();
    if (here.size() >= record_bytes_max) return here.first(record_bytes_max);
    if (at_ + 1 == pieces_.size()) return here;
    thread_local std::array<char, record_bytes_max> joined;
    std::size_t size = 0;
    auto offset = offset_;
    for (auto at = at_; at < pieces_.size() && size < record_bytes_max; ++at) {
      const auto part = std::min(pieces_[at].iov_len - offset, record_bytes_max - size);
      std::memcpy(joined.data() + size, static_cast<const char*>(pieces_[at].iov_base) + offset, part);
      size += part;
      offset = 0;
    }
    return {joined.data(), size};
  }
  void consume(std::size_t bytes) {
    while (bytes > 0) {
      const auto part = std::min(bytes, pieces_[at_].iov_len - offset_);
      bytes -= part;
      offset_ += part;
      if (offset_ < pieces_[at_].iov_len) return;
      ++at_;
      offset_ = 0;
    }
  }

private:
  [[nodiscard]] std::span<const char> piece() const {
    return {static_cast<const char*>(pieces_[at_].iov_base) + offset_, pieces_[at_].iov_len - offset_};
  }

  std::span<const iovec> pieces_;
  std::size_t at_ = 0;
  std::size_t offset_ = 0;
};

}  // namespace

/// OpenSSL's own way to a socket would raise SIGPIPE, which a library must not leave to its program.
struct tls_socket::descriptor_calls {
  static tls_socket& of(BIO* which) { return *static_cast<tls_socket*>(BIO_get_data(which)); }

  static int write(BIO* which, const char* bytes, int size) {
    BIO_clear_retry_flags(which);
    const iovec all{const_cast<char*>(bytes), static_cast<std::size_t>(size)};
    const auto sent = of(which).send({&all, 1});
    if (sent.bytes > 0) return static_cast<int>(sent.bytes);
    if (sent.after == state::wants_write) BIO_set_retry_write(which);
    return -1;
  }
  static int read(BIO* which, char* to, int size) {
    BIO_clear_retry_flags(which);
    const auto got = of(which).receive(to, static_cast<std::size_t>(size), 0);
    if (got.bytes > 0) return static_cast<int>(got.bytes);
    if (got.after == state::wants_read) BIO_set_retry_read(which);
    if (got.after != state::ended) return -1;
    of(which).saw_end_ = true;
    return 0;
  }
  static long control(BIO* which, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    return command == BIO_CTRL_EOF && of(which).saw_end_ ? 1 : 0;
  }

  static BIO_METHOD* methods() {
    static BIO_METHOD* const made = [] {
      auto* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "parley socket");
      BIO_meth_set_write(fresh, write);
      BIO_meth_set_read(fresh, read);
      BIO_meth_set_ctrl(fresh, control);
      return fresh;
    }();
    return made;
  }
};

tls_socket::tls_socket(tcp_socket socket, ssl_pointer begun)
    : byte_socket(std::move(socket)), ssl_(std::move(begun)) {
  auto* way = ssl_ ? BIO_new(descriptor_calls::methods()) : nullptr;
  if (way == nullptr) {
    speaks_ = speech::broken;
    return;
  }
  BIO_set_data(way, this);
  BIO_set_init(way, 1);
  SSL_set_bio(ssl_.get(), way, way);
}

/// Looks at the first byte without taking it; what a `read` answers when that decides.
std::optional<byte_socket::result> tls_socket::listen_first() {
  char first = 0;
  const auto got = receive(&first, 1, MSG_PEEK);
  if (got.bytes == 0) return got;
  if (first == handshake_record) {
    speaks_ = speech::tls;
    return std::nullopt;
  }
  // GET or HEAD.
  speaks_ = first == 'G' || first == 'H' ? speech::plain : speech::broken;
  return std::nullopt;
}

byte_socket::result tls_socket::read(void* to, std::size_t size) {
  if (speaks_ == speech::unknown)
    if (const auto decided = listen_first()) return *decided;
  if (speaks_ == speech::broken) return {0, state::broken};
  if (speaks_ == speech::plain) return receive(to, size, 0);
  ERR_clear_error();
  std::size_t bytes = 0;
  const int returned = SSL_read_ex(ssl_.get(), to, size, &bytes);
  if (returned == 1) return {bytes, state::done};
  return {0, after_failure(returned)};
}

byte_socket::result tls_socket::write(std::span<const iovec> pieces) {
  if (speaks_ == speech::plain) return send(pieces);
  if (speaks_ != speech::tls) return {0, state::broken};
  // What OpenSSL could not send in full it wants to see again; the caller repeats it, perhaps with more
  // behind it, since only what is reported as moved is taken off the queue.
  next_record next{pieces};
  std::size_t moved = 0;
  while (!next.is_empty()) {
    const auto record = next.bytes();
    ERR_clear_error();
    std::size_t bytes = 0;
    const int returned = SSL_write_ex(ssl_.get(), record.data(), record.size(), &bytes);
    if (returned != 1) return {moved, after_failure(returned)};
    moved += bytes;
    next.consume(bytes);
  }
  return {moved, state::done};
}

byte_socket::state tls_socket::after_failure(int returned) {
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return state::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return state::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return state::ended;
    default:
      break;
  }
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  log(severity::debug, "tls_failed", reason == nullptr ? "the connection is lost" : reason,
      {{"address", peer_address()}});
  ERR_clear_error();
  speaks_ = speech::broken;
  return state::broken;
}

bool tls_socket::has_read_ahead() const { return speaks_ == speech::tls && SSL_has_pending(ssl_.get()) == 1; }

byte_socket::state tls_socket::finish_writing() {
  if (speaks_ == speech::tls && SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    const int returned = SSL_shutdown(ssl_.get());
    if (returned < 0 && after_failure(returned) == state::wants_write) return state::wants_write;
  }
  shut_writing_down();
  return state::done;
}

void tls_socket::close() {
  // A goodbye if there is room for it; a second one is not sent.
  if (speaks_ == speech::tls && SSL_is_init_finished(ssl_.get()) == 1 &&
      (SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) == 0) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  speaks_ = speech::broken;
  byte_socket::close();
}

}  // namespace parley
