#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/contract/values/ports/encoder.hpp"

namespace parley {

/// Buffers of one I/O thread that are not in use: connections borrow one while they have something to
/// send, so that a quiet connection holds none.
class buffer_pool {
public:
  std::string take();
  void give_back(std::string buffer);

private:
  std::vector<std::string> free_;
};

/// What waits to be sent on a connection, in order. Small frames are copied behind each other, so that
/// many leave as one piece; large ones are referenced.
class pending_bytes {
public:
  /// Frames of so many bytes and more are referenced: copying 4 KiB costs about what a piece more in a
  /// system call does.
  static constexpr std::size_t referenced_bytes_min = 4'096;

  explicit pending_bytes(buffer_pool& pool) : pool_(pool) {}
  ~pending_bytes() { clear(); }
  pending_bytes(const pending_bytes&) = delete;
  pending_bytes& operator=(const pending_bytes&) = delete;

  void add(std::string_view bytes);
  void add(const frame& shared);
  /// Fills in where the first bytes are; how many entries were used.
  std::size_t pieces(std::span<iovec> to) const;
  /// The first so many have been sent.
  void consume(std::size_t bytes);
  void clear();
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

private:
  struct piece {
    std::string copied;
    frame shared;  // if there is one, instead

    [[nodiscard]] std::string_view bytes() const { return shared ? shared->bytes : copied; }
  };
  void drop(piece& sent);

  buffer_pool& pool_;
  std::vector<piece> pieces_;
  std::size_t first_ = 0;   // pieces before it have been sent
  std::size_t offset_ = 0;  // of the first: this much has been sent
  std::size_t size_ = 0;
};

}  // namespace parley
