#include "transport/gathering_stream.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

namespace parley {

namespace net = boost::asio;

namespace {
// FIN and the opcode of a close frame (RFC 6455, section 5.2); no HTTP answer begins with it.
constexpr char close_frame_begin = static_cast<char>(0x88);
}  // namespace

void flush_list::remove(const gathering_stream& stream) {
  std::ranges::replace(dirty_, &stream, nullptr);
  std::ranges::replace(flushing_, &stream, nullptr);
}

void flush_list::flush() {
  // What is told of bytes that left may write more; that has to leave too before the loop sleeps.
  while (!dirty_.empty()) {
    flushing_.swap(dirty_);
    for (std::size_t i = 0; i < flushing_.size(); ++i)
      if (auto* stream = flushing_[i]) stream->flush();
    flushing_.clear();
  }
}

gathering_stream::~gathering_stream() {
  if (dirty_) dirty_list_.remove(*this);
}

void gathering_stream::taken(std::size_t bytes) {
  queued_ += bytes;
  if (dirty_) return;
  dirty_ = true;
  dirty_list_.add(*this);
}

void gathering_stream::write(std::string_view bytes) {
  if (closed_ || bytes.empty()) return;
  pending_.add(bytes);
  taken(bytes.size());
  if (owner_ == nullptr) return;
  owner_->bytes_added(bytes.size());
  if (bytes.front() != close_frame_begin) return;
  close_frame_written_ = true;
  owner_->close_frame_written();
}

void gathering_stream::push(const frame& shared) {
  if (closed_ || close_frame_written_) return;
  pending_.add(shared);
  taken(shared->bytes.size());
}

std::size_t gathering_stream::send_pending() {
  std::size_t left = 0;
  std::array<iovec, pieces_a_call_max> pieces;
  while (!pending_.empty() && !blocked_) {
    const auto count = pending_.pieces(pieces);
    const auto [bytes, after] = socket_->write({pieces.data(), count});
    pending_.consume(bytes);
    left += bytes;
    if (after == byte_socket::state::broken || after == byte_socket::state::ended) {
      lose();
      return left;
    }
    if (after != byte_socket::state::done) wait_for_room(after);
  }
  return left;
}

void gathering_stream::flush() {
  dirty_ = false;
  if (closed_ || blocked_) return;
  const auto left = send_pending();
  sent_ += left;
  if (left > 0 && owner_ != nullptr) owner_->bytes_left(left);
  if (closed_) return;
  release();
  if (ending_ && pending_.empty() && !writing_finished_) {
    if (const auto after = socket_->finish_writing(); after != byte_socket::state::done)
      return wait_for_room(after);
    writing_finished_ = true;
    linger();
  }
}

void gathering_stream::wait_for_room(byte_socket::state what) {
  blocked_ = true;
  socket_->wait(what, [self = shared_from_this()](const error_code& problem) {
    self->blocked_ = false;
    if (!problem) self->flush();
  });
}

void gathering_stream::release() {
  if (held_.has_value() && sent_ >= held_until_) held_.invoke();
}

std::optional<gathering_stream::read_result> gathering_stream::read(net::mutable_buffer to) {
  if (!ahead_.empty()) {
    const auto bytes = net::buffer_copy(to, net::buffer(ahead_));
    ahead_.erase(0, bytes);
    if (ahead_.empty()) ahead_.shrink_to_fit();
    return read_result{{}, bytes};
  }
  const auto [bytes, after] = socket_->read(to.data(), to.size());
  last_read_was_full_ = bytes == to.size();
  if (bytes > 0) return read_result{{}, bytes};
  if (after == byte_socket::state::ended) return read_result{net::error::eof, 0};
  if (after == byte_socket::state::broken) return read_result{net::error::connection_reset, 0};
  read_wants_ = after;
  return std::nullopt;
}

void gathering_stream::begin_ending() {
  ending_ = true;
  if (closed_)
    return net::post(socket_->get_executor(), [self = shared_from_this()] { self->at_end_.invoke(); });
  taken(0);
}

void gathering_stream::linger() {
  std::array<char, 4'096> nobody_looks;
  // Not for ever at once: others have a turn.
  for (int i = 0; i < 16; ++i) {
    const auto got = read(net::buffer(nobody_looks));
    if (!got) break;
    lingered_bytes_ += got->bytes;
    if (got->problem || lingered_bytes_ > lingering_bytes_max) return lose();
  }
  socket_->wait(read_wants_, [self = shared_from_this()](const error_code& problem) {
    if (!problem) self->linger();
  });
}

void gathering_stream::close() { lose(); }

void gathering_stream::lose() {
  if (closed_) return;
  closed_ = true;
  socket_->close();
  pending_.clear();
  held_.invoke();
  at_end_.invoke();
  if (owner_ != nullptr) owner_->broken();
}

}  // namespace parley
