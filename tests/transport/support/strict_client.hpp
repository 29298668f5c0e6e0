#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/transport/support/client_tls.hpp"
#include "tests/transport/support/test_certificate.hpp"

namespace parley::testing {

/// One frame as it came over the wire.
struct wire_frame {
  unsigned opcode = 0;
  std::string payload;
  std::size_t wire_bytes = 0;

  [[nodiscard]] bool is_text() const { return opcode == 1; }
  [[nodiscard]] bool is_close() const { return opcode == 8; }
  [[nodiscard]] bool is_ping() const { return opcode == 9; }
  [[nodiscard]] bool is_pong() const { return opcode == 10; }
  /// Of a close frame; 1005 when it gives none.
  [[nodiscard]] unsigned close_code() const;
};

/// A client made of nothing but a socket, which holds every byte of the server against RFC 6455: no
/// reserved bits, no masks, no fragments (this server sends none), lengths in their shortest form, small
/// whole control frames, texts of UTF-8, close codes that may be sent, nothing after a close frame. A
/// violation fails the test. Everything that waits has a deadline.
class strict_client {
public:
  using clock = std::chrono::steady_clock;
  struct options {
    int receive_buffer_bytes = 0;  // 0: the system's
    std::chrono::milliseconds patience{10'000};
    bool over_tls = tests_run_over_tls();
  };

  explicit strict_client(std::uint16_t port);
  strict_client(std::uint16_t port, options how);
  ~strict_client();
  strict_client(strict_client&& other) noexcept;
  strict_client& operator=(strict_client&&) = delete;

  /// Asks for an upgrade with these header lines added ("Name: value\r\n…") and gives the status; 101 also
  /// checks the answer's headers.
  int upgrade(std::string_view more_headers = "", std::string_view path = "/v1/ws");
  /// The header lines of the last answer, as received.
  [[nodiscard]] const std::string& answer_head() const { return answer_head_; }

  void send_text(std::string_view payload);
  /// A frame with this first byte (0x81: final text), masked.
  void send_frame(unsigned first_byte, std::string_view payload);
  void send_ping(std::string_view payload) { send_frame(0x89, payload); }
  void send_pong(std::string_view payload) { send_frame(0x8A, payload); }
  void send_close(unsigned code);
  /// Bytes as they are. Fails the test when the server takes none for as long as the patience lasts.
  void send_bytes(std::string_view bytes);
  /// As many of the bytes as the server's side takes without waiting.
  std::size_t send_what_fits(std::string_view bytes);
  /// Sends nothing more (a TCP FIN) but still reads.
  void finish_sending();
  /// Ends the connection at once with a TCP RST.
  void reset();

  /// The next frame; nothing when the server ended the connection.
  std::optional<wire_frame> read_frame();
  /// The next frame that is no ping; pings are answered.
  std::optional<wire_frame> read_answering_pings();
  /// The payload of the next text frame; pings are answered. Fails the test when there is none.
  std::string read_text();
  /// Reads up to the close frame and the end of the connection behind it; the code, or nothing when the
  /// connection ended without one.
  std::optional<unsigned> read_to_close();
  /// An HTTP answer: its status; the body is in `body`.
  int read_http_answer();
  std::string body;
  /// Whether the server has ended the connection (waits for it).
  bool sees_the_end();
  /// At most this many bytes a system call from now on.
  void read_at_most(std::size_t bytes_a_call) { bytes_a_call_ = bytes_a_call; }
  /// Its side of TLS; none when it speaks plainly.
  [[nodiscard]] client_tls* tls() { return tls_.get(); }
  /// Bytes that go past TLS.
  void send_raw(std::string_view bytes) const;
  [[nodiscard]] int descriptor() const { return socket_; }
  /// Bytes of the server that wait to be read, without reading them.
  [[nodiscard]] std::size_t bytes_waiting() const;

private:
  bool fill(std::size_t wanted);
  bool wait_for(short events, clock::time_point deadline) const;
  void check_close_payload(const std::string& payload);
  std::string read_head();
  /// As `send` and `recv` of a socket that does not wait.
  long give(const char* bytes, std::size_t size);
  long take(char* to, std::size_t size);

  int socket_ = -1;
  options options_;
  std::unique_ptr<client_tls> tls_;
  std::string received_;
  std::size_t bytes_a_call_ = 65'536;
  std::string answer_head_;
  bool close_seen_ = false;
  bool timed_out_ = false;
};

/// A masked client frame.
std::string client_frame(unsigned first_byte, std::string_view payload);
/// A request frame of `parley.v1`.
std::string ping_request(std::int64_t id, std::size_t filler_bytes = 0);

}  // namespace parley::testing
