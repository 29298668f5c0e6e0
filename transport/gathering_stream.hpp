#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/contract/values/ports/encoder.hpp"
#include "transport/byte_socket.hpp"
#include "transport/pending_bytes.hpp"
#include "transport/saved_call.hpp"

namespace parley {

class gathering_stream;

/// The streams of one I/O thread that have something to send since the loop last had nothing else to do.
class flush_list {
public:
  void add(gathering_stream& stream) { dirty_.push_back(&stream); }
  void remove(const gathering_stream& stream);
  /// Lets everything leave, one system call a stream.
  void flush();

private:
  std::vector<gathering_stream*> dirty_;
  std::vector<gathering_stream*> flushing_;
};

/// Who has a stream and wants to know what becomes of it. Called on the stream's thread.
class stream_owner {
public:
  virtual ~stream_owner() = default;
  /// So many bytes wait more; told at once.
  virtual void bytes_added(std::size_t bytes) = 0;
  /// So many bytes were handed to the kernel.
  virtual void bytes_left(std::size_t bytes) = 0;
  /// A WebSocket close frame was written: nothing may follow it.
  virtual void close_frame_written() = 0;
  /// The connection is lost; what waited is gone.
  virtual void broken() = 0;
};

/// Gathers what is written to a connection and lets it leave in one piece when the thread's loop has
/// nothing else ready.
///
/// It sits under Beast (through `beast_stream`), whose writes are taken whole and complete at once, and
/// takes shared frames past it: Beast can write only one frame at a time, and one system call a frame is
/// what would cost most. Above `held_bytes_min` Beast's completions are held back until the bytes have
/// left, so that a client who makes the server answer but does not read meets TCP's back-pressure.
class gathering_stream : public std::enable_shared_from_this<gathering_stream> {
public:
  using error_code = boost::system::error_code;
  struct read_result {
    error_code problem;
    std::size_t bytes = 0;
  };

  gathering_stream(std::unique_ptr<byte_socket> socket, flush_list& dirty, buffer_pool& buffers)
      : socket_(std::move(socket)), dirty_list_(dirty), pending_(buffers) {}
  ~gathering_stream();
  gathering_stream(const gathering_stream&) = delete;
  gathering_stream& operator=(const gathering_stream&) = delete;

  /// From now on this one is told; it takes itself away before it goes.
  void belongs_to(stream_owner* owner) { owner_ = owner; }
  byte_socket& socket() { return *socket_; }

  // Writing.
  /// Takes the bytes; they leave with the next flush.
  void write(std::string_view bytes);
  /// Takes a frame as it is. Does nothing once a close frame was written or the connection is lost.
  void push(const frame& shared);
  /// Whether whoever wrote last is to be answered by `hold` rather than at once.
  [[nodiscard]] bool must_hold() const { return pending_.size() > held_bytes_min; }
  /// Calls the handler once everything written so far has left or is lost.
  template <class Handler>
  void hold(Handler&& handler) {
    held_until_ = queued_;
    held_.save(std::forward<Handler>(handler));
  }
  void flush();
  /// Bytes taken since the beginning, and how many of them have left.
  [[nodiscard]] std::uint64_t queued() const { return queued_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  /// Whether the kernel takes nothing at the moment.
  [[nodiscard]] bool is_blocked() const { return blocked_; }
  [[nodiscard]] bool is_holding() const { return held_.has_value(); }
  [[nodiscard]] bool is_closed() const { return closed_; }

  // Reading.
  /// Bytes that were read from the socket by somebody else and are to be read again.
  void put_back(std::string_view bytes) { ahead_.insert(0, bytes); }
  /// Whether it is worth trying before waiting.
  [[nodiscard]] bool may_have_bytes() const {
    return !ahead_.empty() || last_read_was_full_ || socket_->has_read_ahead();
  }
  /// What is there; nothing if one has to wait for `wanted()` first.
  std::optional<read_result> read(boost::asio::mutable_buffer to);
  [[nodiscard]] byte_socket::state wanted() const { return read_wants_; }

  // Ending.
  /// Lets what waits leave, tells the other side that nothing more comes, and reads on without regard
  /// until it has ended too, so that nothing sent is lost by a reset. Then calls, also when it could not
  /// be done; whoever calls sets the deadline, by `close`.
  template <class Handler>
  void end(Handler&& handler) {
    at_end_.save(std::forward<Handler>(handler));
    begin_ending();
  }
  /// Ends everything at once.
  void close();

private:
  static constexpr std::size_t held_bytes_min = 65'536;
  static constexpr std::size_t pieces_a_call_max = 64;
  static constexpr std::size_t lingering_bytes_max = 4 * 1'048'576;

  void taken(std::size_t bytes);
  std::size_t send_pending();
  void wait_for_room(byte_socket::state what);
  void release();
  void begin_ending();
  void linger();
  void lose();

  std::unique_ptr<byte_socket> socket_;
  flush_list& dirty_list_;
  stream_owner* owner_ = nullptr;
  pending_bytes pending_;
  std::uint64_t queued_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t held_until_ = 0;
  saved_call held_;
  saved_call at_end_;
  std::string ahead_;
  std::size_t lingered_bytes_ = 0;
  byte_socket::state read_wants_ = byte_socket::state::wants_read;
  bool last_read_was_full_ = false;
  bool dirty_ = false;
  bool blocked_ = false;
  bool close_frame_written_ = false;
  bool ending_ = false;
  bool writing_finished_ = false;
  bool closed_ = false;
};

}  // namespace parley
