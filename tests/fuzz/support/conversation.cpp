#include "tests/fuzz/support/conversation.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "tests/fuzz/support/check.hpp"
#include "tests/transport/support/text_frame.hpp"
#include "transport/server.hpp"

namespace parley::testing {

namespace {

// Less than what the server gives a closing connection: none has to be cut off.
constexpr int patience_ms = 4'000;

/// Answers every request at once.
class answering_session final : public session_inbox {
public:
  explicit answering_session(std::shared_ptr<outbox> out) : out_(std::move(out)) {}
  void receive(std::vector<client_request> requests) override {
    check(!closed_, "nothing is received after the end");
    for (const auto& request : requests) {
      check(request.id >= 1 && request.id < (1LL << 53U), "an id is usable");
      check(request.ordinal == ++received_, "requests are numbered");
      out_->push_reply(text_frame("{\"id\":" + std::to_string(request.id) + ",\"ok\":true,\"d\":{}}"));
    }
  }
  void drained() override { check(!closed_, "nothing drains after the end"); }
  void closed() override { check(!std::exchange(closed_, true), "the end comes once"); }

private:
  std::shared_ptr<outbox> out_;
  std::uint64_t received_ = 0;
  bool closed_ = false;
};

class answering_gateway final : public session_gateway {
public:
  std::shared_ptr<session_inbox> open(std::shared_ptr<outbox> out, std::string /*peer*/) override {
    return std::make_shared<answering_session>(std::move(out));
  }
  [[nodiscard]] std::string not_ready_because() const override { return {}; }
};

/// Everybody is known here.
class agreeable_accounts final : public accounts {
public:
  void create_account(std::string name, std::string /*password*/, callback<user_info> done) override {
    done(user_info{{5}, std::move(name)});
  }
  void create_token(std::string name, std::string /*password*/, callback<issued_token> done) override {
    done(issued_token{"token", {{5}, std::move(name)}});
  }
  void revoke_token(std::string /*token*/, callback<user_info> done) override { done(user_info{{5}, "a"}); }
};

server_options without_rates() {
  server_options options;
  options.port = 0;
  options.rules.accounts_per_minute = options.rules.sign_ins_per_minute = 0;
  return options;
}

class server_under_test {
public:
  server_under_test() { check(served_.start().has_value(), "the server starts"); }

  /// A connection to it, whose end leaves nothing in the kernel: there are thousands of them.
  [[nodiscard]] int connect() const {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(served_.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const linger at_once{1, 0};
    ::setsockopt(made, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    check(::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
          "the server accepts");
    return made;
  }

private:
  answering_gateway gateway_;
  agreeable_accounts people_;
  server served_{without_rates(), gateway_, people_};
};

}  // namespace

std::string converse(std::string_view bytes, std::string_view behind_answer) {
  static const server_under_test server;
  const int ours = server.connect();
  std::string output;
  std::array<char, 65'536> piece{};
  enum class sending : std::uint8_t { first, second, nothing };
  auto now = behind_answer.empty() ? sending::second : sending::first;
  while (true) {
    if (now == sending::first && bytes.empty() && output.find("\r\n\r\n") != std::string::npos) {
      bytes = behind_answer;
      now = sending::second;
    }
    if (now == sending::second && bytes.empty()) {
      ::shutdown(ours, SHUT_WR);
      now = sending::nothing;
    }
    pollfd wanted{ours, static_cast<short>(bytes.empty() ? POLLIN : POLLIN | POLLOUT), 0};
    // The fuzzer's alarm interrupts it now and then.
    const int ready = ::poll(&wanted, 1, patience_ms);
    if (ready < 0 && errno == EINTR) continue;
    check(ready > 0, "the server ends a connection in time");
    if ((wanted.revents & POLLIN) != 0) {
      const auto got = ::recv(ours, piece.data(), piece.size(), MSG_DONTWAIT);
      if (got <= 0) break;
      output.append(piece.data(), static_cast<std::size_t>(got));
    } else if ((wanted.revents & (POLLHUP | POLLERR)) != 0) {
      break;
    } else if ((wanted.revents & POLLOUT) != 0) {
      const auto sent = ::send(ours, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) bytes = {};  // the server has ended the connection; what it said is still read
      bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }
  }
  ::close(ours);
  return output;
}

}  // namespace parley::testing
