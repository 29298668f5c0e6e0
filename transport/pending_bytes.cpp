#include "transport/pending_bytes.hpp"

#include <algorithm>
#include <utility>

namespace parley {

namespace {
constexpr std::size_t buffer_bytes = 4'096;       // of a fresh one
constexpr std::size_t buffer_bytes_max = 16'384;  // larger pieces are cut, larger buffers not kept
constexpr std::size_t kept_buffers_max = 256;     // 4 MiB a thread at most
}  // namespace

std::string buffer_pool::take() {
  std::string buffer;
  if (free_.empty()) {
    buffer.reserve(buffer_bytes);
  } else {
    buffer = std::move(free_.back());
    free_.pop_back();
  }
  return buffer;
}

void buffer_pool::give_back(std::string buffer) {
  if (free_.size() >= kept_buffers_max || buffer.capacity() > buffer_bytes_max ||
      buffer.capacity() < buffer_bytes)
    return;
  buffer.clear();
  free_.push_back(std::move(buffer));
}

void pending_bytes::add(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (pieces_.empty() || pieces_.back().shared || pieces_.back().copied.size() >= buffer_bytes_max)
      pieces_.push_back({pool_.take(), nullptr});
    auto& to = pieces_.back().copied;
    const auto fits = bytes.substr(0, buffer_bytes_max - to.size());
    to.append(fits);
    bytes.remove_prefix(fits.size());
  }
}

void pending_bytes::add(const frame& shared) {
  if (shared->bytes.size() < referenced_bytes_min) return add(std::string_view{shared->bytes});
  size_ += shared->bytes.size();
  pieces_.push_back({{}, shared});
}

std::size_t pending_bytes::pieces(std::span<iovec> to) const {
  const auto count = std::min(to.size(), pieces_.size() - first_);
  for (std::size_t i = 0; i < count; ++i) {
    auto bytes = pieces_[first_ + i].bytes();
    if (i == 0) bytes.remove_prefix(offset_);
    // An iovec serves both directions; this one is only read from.
    to[i] = {const_cast<char*>(bytes.data()), bytes.size()};
  }
  return count;
}

void pending_bytes::drop(piece& sent) {
  if (!sent.shared) pool_.give_back(std::move(sent.copied));
  sent.shared.reset();
}

void pending_bytes::consume(std::size_t bytes) {
  size_ -= bytes;
  while (bytes > 0) {
    auto& next = pieces_[first_];
    const auto rest = next.bytes().size() - offset_;
    if (bytes < rest) {
      offset_ += bytes;
      return;
    }
    bytes -= rest;
    offset_ = 0;
    drop(next);
    ++first_;
  }
  if (first_ == pieces_.size()) {
    clear();
  } else if (first_ > 64) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void pending_bytes::clear() {
  for (auto i = first_; i < pieces_.size(); ++i) drop(pieces_[i]);
  pieces_.clear();
  if (pieces_.capacity() > 2) pieces_.shrink_to_fit();
  first_ = offset_ = size_ = 0;
}

}  // namespace parley
