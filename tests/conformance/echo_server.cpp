#include <fmt/format.h>

#include <unistd.h>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <future>
#include <vector>

#include "tests/transport/support/text_frame.hpp"
#include "transport/http_connection.hpp"

// The WebSocket of a node, with nothing behind it: every message comes back as it was. For our own cases
// beside this file, and for any suite that wants an echo at ws://127.0.0.1:PORT/v1/ws. Ends when its stdin
// does.

namespace {

using namespace parley;
namespace net = boost::asio;

constexpr std::size_t message_bytes_max = 64UL * 1024 * 1024;

class no_session final : public session_inbox {
public:
  void receive(std::vector<client_request> /*requests*/) override {}
  void drained() override {}
  void closed() override {}
};

class echo_gateway final : public session_gateway {
public:
  std::shared_ptr<session_inbox> open(std::shared_ptr<outbox> /*out*/, std::string /*peer*/) override {
    return std::make_shared<no_session>();
  }
  [[nodiscard]] std::string not_ready_because() const override { return {}; }
};

class no_accounts final : public accounts {
public:
  void create_account(std::string /*name*/, std::string /*password*/, callback<user_info> done) override {
    done(nobody());
  }
  void create_token(std::string /*name*/, std::string /*password*/, callback<issued_token> done) override {
    done(nobody());
  }
  void revoke_token(std::string /*token*/, callback<user_info> done) override { done(nobody()); }

private:
  static failure nobody() { return {errc::unsupported, "there are no accounts here", {}}; }
};

void echo(std::string_view message, bool is_text, outbox& out) {
  auto back = *testing::text_frame(std::string(message));
  if (!is_text) back.bytes.front() = static_cast<char>(0x82);
  out.push_reply(std::make_shared<const encoded_frame>(std::move(back)));
}

limits generous() {
  limits rules;
  rules.identify_bytes = rules.frame_bytes = message_bytes_max;
  return rules;
}

class echo_server {
public:
  echo_server() { options_.rules = generous(); }

  /// Serves; the port.
  std::uint16_t start() {
    const net::ip::tcp::endpoint any{net::ip::address_v4::loopback(), 0};
    acceptor_.open(any.protocol());
    acceptor_.bind(any);
    acceptor_.listen();
    const auto port = acceptor_.local_endpoint().port();
    accept();
    thread_.start();
    return port;
  }
  void stop() {
    std::promise<void> empty;
    net::post(thread_.context(), [&] {
      acceptor_.close();
      thread_.abandon_connections();
      thread_.when_empty([&] { empty.set_value(); });
    });
    empty.get_future().wait_for(std::chrono::seconds{5});
    thread_.stop();
  }

private:
  void accept() {
    acceptor_.async_accept(thread_.context(), [this](boost::system::error_code problem, tcp_socket socket) {
      if (problem) return;
      start_http(std::make_unique<plain_socket>(std::move(socket)), thread_, shared_);
      accept();
    });
  }

  server_options options_;
  echo_gateway gateway_;
  no_accounts people_;
  io_thread thread_{generous()};
  http_api api_{gateway_, people_, generous()};
  polling_api polling_{gateway_, generous(), {}, {}};
  connection_environment shared_{
      options_, {generous(), std::chrono::seconds{2}, echo}, api_, polling_, gateway_};
  net::ip::tcp::acceptor acceptor_{thread_.context()};
};

}  // namespace

int main() {
  echo_server server;
  fmt::print("{}\n", server.start());
  std::fflush(stdout);
  std::array<char, 256> nothing{};
  while (::read(STDIN_FILENO, nothing.data(), nothing.size()) > 0) {
  }
  server.stop();
  return 0;
}
