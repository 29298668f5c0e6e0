#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "tests/transport/support/text_frame.hpp"
#include "transport/server.hpp"

// The server of a node with nothing behind it: every WebSocket message comes back as it was. For our own
// cases beside this file, and for any suite that wants an echo at ws://127.0.0.1:PORT/v1/ws. Ends when its
// stdin does.

namespace {

using namespace parley;

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

server_options echoing() {
  server_options options;
  options.port = 0;
  options.rules.identify_bytes = options.rules.frame_bytes = message_bytes_max;
  options.instead_of_requests = echo;
  return options;
}

}  // namespace

int main() {
  echo_gateway gateway;
  no_accounts people;
  server served{echoing(), gateway, people};
  if (const auto started = served.start(); started.has_error()) {
    fmt::print(stderr, "{}\n", started.error().message);
    return 1;
  }
  fmt::print("{}\n", served.port());
  std::fflush(stdout);
  std::array<char, 256> nothing{};
  while (::read(STDIN_FILENO, nothing.data(), nothing.size()) > 0) {
  }
  served.stop(std::chrono::milliseconds{0});
  return 0;
}
