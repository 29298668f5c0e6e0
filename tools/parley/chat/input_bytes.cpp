#include "tools/parley/chat/input_bytes.hpp"

#include <unistd.h>

#include <array>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <utility>

namespace parley::chat {

input_bytes::input_bytes(boost::asio::io_context& loop) : stdin_(loop) {
  // A copy, so that closing it here leaves stdin to whoever has it.
  const int copy = ::dup(STDIN_FILENO);
  if (copy >= 0) stdin_.assign(copy);
}

input_bytes::~input_bytes() {
  boost::system::error_code ignored;
  stdin_.close(ignored);
}

void input_bytes::read(std::function<void(std::string_view)> taken) {
  taken_ = std::move(taken);
  if (!stdin_.is_open()) return taken_({});
  stdin_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](boost::system::error_code failed) {
                      if (failed == boost::asio::error::operation_aborted) return;
                      // A file cannot be waited for, but is always ready.
                      read_now();
                    });
}

void input_bytes::read_now() {
  std::array<char, 16'384> bytes{};
  ssize_t got = 0;
  do got = ::read(stdin_.native_handle(), bytes.data(), bytes.size());
  while (got < 0 && errno == EINTR);
  const auto taken = std::exchange(taken_, {});
  taken({bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0});
}

}  // namespace parley::chat
