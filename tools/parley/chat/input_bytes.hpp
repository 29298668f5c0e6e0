#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <string_view>

namespace parley::chat {

/// What comes from stdin, as it comes. stdin stays a blocking descriptor: it may be the terminal that stdout
/// is too, and that other programs share.
class input_bytes {
public:
  explicit input_bytes(boost::asio::io_context& loop);
  ~input_bytes();
  input_bytes(const input_bytes&) = delete;
  input_bytes& operator=(const input_bytes&) = delete;

  /// Waits for bytes and hands them on, once; none are the end.
  void read(std::function<void(std::string_view)> taken);

private:
  void read_now();

  boost::asio::posix::stream_descriptor stdin_;
  std::function<void(std::string_view)> taken_;
};

}  // namespace parley::chat
