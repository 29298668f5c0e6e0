#include "tests/transport/support/strict_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <utility>

#include "transport/protocol/text_rules.hpp"

namespace parley::testing {

namespace {

// The example of RFC 6455, section 1.3, with its answer.
constexpr std::string_view handshake_key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view handshake_answer = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
constexpr std::size_t frame_bytes_max = 64 * 1'048'576;

unsigned byte_of(const std::string& text, std::size_t at) { return static_cast<unsigned char>(text.at(at)); }

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Codes that an endpoint may put into a close frame (RFC 6455, section 7.4).
bool may_be_sent(unsigned code) {
  if (code >= 3'000 && code <= 4'999) return true;
  return code >= 1'000 && code <= 1'014 && code != 1'004 && code != 1'005 && code != 1'006;
}

}  // namespace

unsigned wire_frame::close_code() const {
  return payload.size() < 2 ? 1'005 : byte_of(payload, 0) << 8U | byte_of(payload, 1);
}

std::string client_frame(unsigned first_byte, std::string_view payload) {
  std::string frame;
  frame += static_cast<char>(first_byte);
  const auto size = payload.size();
  if (size < 126) {
    frame += static_cast<char>(0x80U | size);
  } else {
    const std::size_t digits = size < 65'536 ? 2 : 8;
    frame += static_cast<char>(0x80U | (digits == 2 ? 126U : 127U));
    for (std::size_t i = 0; i < digits; ++i)
      frame += static_cast<char>((size >> (8 * (digits - 1 - i))) & 0xFFU);
  }
  constexpr std::array<char, 4> mask{0x37, 0x7A, 0x21, 0x3D};
  frame.append(mask.data(), mask.size());
  for (std::size_t i = 0; i < size; ++i) frame += static_cast<char>(payload[i] ^ mask[i % 4]);
  return frame;
}

std::string ping_request(std::int64_t id, std::size_t filler_bytes) {
  std::string text = R"({"id":)" + std::to_string(id) + R"(,"op":"ping")";
  if (filler_bytes > 0) text += R"(,"d":{"x":")" + std::string(filler_bytes, 'x') + "\"}";
  return text + "}";
}

strict_client::strict_client(std::uint16_t port) : strict_client(port, options{}) {}

strict_client::strict_client(std::uint16_t port, options how)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), options_(how) {
  if (how.receive_buffer_bytes > 0)
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &how.receive_buffer_bytes, sizeof how.receive_buffer_bytes);
  const int one = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr generic{};
  std::memcpy(&generic, &to, sizeof generic);
  EXPECT_EQ(::connect(socket_, &generic, sizeof to), 0) << std::strerror(errno);
  if (!how.over_tls) return;
  tls_ = std::make_unique<client_tls>(socket_);
  EXPECT_EQ(tls_->shake_hands(how.patience), "");
}

strict_client::strict_client(strict_client&& other) noexcept
    : body(std::move(other.body)),
      socket_(std::exchange(other.socket_, -1)),
      options_(other.options_),
      tls_(std::move(other.tls_)),
      received_(std::move(other.received_)),
      bytes_a_call_(other.bytes_a_call_),
      answer_head_(std::move(other.answer_head_)),
      close_seen_(other.close_seen_) {}

strict_client::~strict_client() {
  if (socket_ >= 0) ::close(socket_);
}

bool strict_client::wait_for(short events, clock::time_point deadline) const {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now());
    pollfd what{socket_, events, 0};
    const int ready = ::poll(&what, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

long strict_client::give(const char* bytes, std::size_t size) {
  return tls_ ? tls_->send(bytes, size) : ::send(socket_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}
long strict_client::take(char* to, std::size_t size) {
  return tls_ ? tls_->receive(to, size) : ::recv(socket_, to, size, MSG_DONTWAIT);
}

void strict_client::send_bytes(std::string_view bytes) {
  while (!bytes.empty() || (tls_ && tls_->has_unsent())) {
    if (!wait_for(POLLOUT, clock::now() + options_.patience)) {
      ADD_FAILURE() << "the server does not read";
      return;
    }
    if (bytes.empty()) {
      tls_->flush();
      continue;
    }
    const auto sent = give(bytes.data(), bytes.size());
    if (sent < 0 && errno != EAGAIN) return;  // the server has ended the connection: reading tells
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void strict_client::send_raw(std::string_view bytes) const {
  EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

std::size_t strict_client::send_what_fits(std::string_view bytes) {
  std::size_t all = 0;
  while (all < bytes.size()) {
    const auto sent = give(bytes.data() + all, bytes.size() - all);
    if (sent <= 0) break;
    all += static_cast<std::size_t>(sent);
  }
  return all;
}

void strict_client::send_frame(unsigned first_byte, std::string_view payload) {
  send_bytes(client_frame(first_byte, payload));
}
void strict_client::send_text(std::string_view payload) { send_frame(0x81, payload); }
void strict_client::send_close(unsigned code) {
  const std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
  send_frame(0x88, payload);
}
void strict_client::finish_sending() {
  if (tls_) tls_->finish_sending();
  ::shutdown(socket_, SHUT_WR);
}

void strict_client::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(socket_, -1));
}

std::size_t strict_client::bytes_waiting() const {
  int waiting = 0;
  return ::ioctl(socket_, FIONREAD, &waiting) == 0 ? static_cast<std::size_t>(waiting) : 0;
}

/// Reads until so many bytes are there; false when the connection ends before.
bool strict_client::fill(std::size_t wanted) {
  const auto deadline = clock::now() + options_.patience;
  while (received_.size() < wanted) {
    if (!(tls_ && tls_->has_pending()) && !wait_for(POLLIN, deadline)) {
      ADD_FAILURE() << "nothing came from the server in time";
      timed_out_ = true;
      return false;
    }
    const auto before = received_.size();
    received_.resize(before + bytes_a_call_);
    const auto got = take(received_.data() + before, bytes_a_call_);
    received_.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return false;
  }
  return true;
}

std::string strict_client::read_head() {
  std::size_t end = std::string::npos;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos)
    if (!fill(received_.size() + 1)) return {};
  auto head = received_.substr(0, end + 4);
  received_.erase(0, end + 4);
  return head;
}

int strict_client::read_http_answer() {
  answer_head_ = read_head();
  if (!answer_head_.starts_with("HTTP/1.1 ") && !answer_head_.starts_with("HTTP/1.0 ")) return 0;
  const int status = std::stoi(answer_head_.substr(9, 3));
  body.clear();
  const auto head = lowered(answer_head_);
  if (const auto at = head.find("\r\ncontent-length:"); at != std::string::npos && status != 204) {
    const auto size = std::stoul(head.substr(at + 17));
    fill(size);
    body = received_.substr(0, size);
    received_.erase(0, size);
  }
  return status;
}

int strict_client::upgrade(std::string_view more_headers, std::string_view path) {
  send_bytes("GET " + std::string(path) +
             " HTTP/1.1\r\nHost: parley.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
             std::string(handshake_key) + "\r\n" + std::string(more_headers) + "\r\n");
  const int status = read_http_answer();
  if (status == 101) {
    const auto head = lowered(answer_head_);
    EXPECT_NE(head.find("\r\nupgrade: websocket\r\n"), std::string::npos) << head;
    EXPECT_NE(head.find("\r\nconnection: upgrade\r\n"), std::string::npos) << head;
    EXPECT_NE(answer_head_.find(handshake_answer), std::string::npos) << head;
    EXPECT_EQ(head.find("sec-websocket-extensions"), std::string::npos) << head;
  }
  return status;
}

void strict_client::check_close_payload(const std::string& payload) {
  if (payload.empty()) return;
  EXPECT_NE(payload.size(), 1U) << "half a close code";
  if (payload.size() < 2) return;
  const unsigned code = byte_of(payload, 0) << 8U | byte_of(payload, 1);
  EXPECT_TRUE(may_be_sent(code)) << "close code " << code;
  EXPECT_TRUE(is_utf8(std::string_view{payload}.substr(2))) << "a close reason that is not UTF-8";
}

std::optional<wire_frame> strict_client::read_frame() {
  if (!fill(2)) {
    EXPECT_TRUE(received_.empty()) << "the connection ended within a frame";
    return std::nullopt;
  }
  EXPECT_FALSE(close_seen_) << "bytes after the close frame";
  const auto first = byte_of(received_, 0);
  wire_frame frame;
  frame.opcode = first & 0x0FU;
  EXPECT_EQ(first & 0x70U, 0U) << "a reserved bit is set";
  EXPECT_EQ(first & 0x80U, 0x80U) << "a fragment";
  EXPECT_TRUE(frame.opcode == 1 || frame.opcode == 8 || frame.opcode == 9 || frame.opcode == 10)
      << "opcode " << frame.opcode;
  EXPECT_EQ(byte_of(received_, 1) & 0x80U, 0U) << "a masked frame from a server";
  std::size_t size = byte_of(received_, 1) & 0x7FU;
  std::size_t header = 2;
  if (size >= 126) {
    header = size == 126 ? 4 : 10;
    if (!fill(header)) return std::nullopt;
    size = 0;
    for (std::size_t i = 2; i < header; ++i) size = size << 8U | byte_of(received_, i);
    EXPECT_GE(size, header == 4 ? 126U : 65'536U) << "a length that is not in its shortest form";
    EXPECT_LE(frame.opcode, 7U) << "a long control frame";
  }
  if (size > frame_bytes_max) {
    ADD_FAILURE() << "a frame of " << size << " bytes: the stream is out of step";
    return std::nullopt;
  }
  if (!fill(header + size)) {
    ADD_FAILURE() << "the connection ended within a frame";
    return std::nullopt;
  }
  frame.payload = received_.substr(header, size);
  frame.wire_bytes = header + size;
  received_.erase(0, header + size);
  if (frame.is_text()) {
    EXPECT_TRUE(is_utf8(frame.payload)) << "a text that is not UTF-8";
  }
  if (frame.is_close()) {
    close_seen_ = true;
    check_close_payload(frame.payload);
  }
  return frame;
}

std::optional<wire_frame> strict_client::read_answering_pings() {
  for (;;) {
    auto frame = read_frame();
    if (!frame || !frame->is_ping()) return frame;
    send_pong(frame->payload);
  }
}

std::string strict_client::read_text() {
  const auto frame = read_answering_pings();
  if (frame && frame->is_text()) return frame->payload;
  ADD_FAILURE() << (frame ? "a frame with opcode " + std::to_string(frame->opcode) +
                                (frame->is_close() ? ", code " + std::to_string(frame->close_code()) : "")
                          : std::string("the end of the connection"))
                << " instead of a text";
  return {};
}

std::optional<unsigned> strict_client::read_to_close() {
  std::optional<unsigned> code;
  while (const auto frame = read_frame())
    if (frame->is_close()) {
      code = frame->close_code();
      send_frame(0x88, frame->payload.substr(0, 2));
      finish_sending();
    }
  return code;
}

bool strict_client::sees_the_end() {
  while (fill(received_.size() + 1)) received_.clear();
  return !timed_out_;
}

}  // namespace parley::testing
