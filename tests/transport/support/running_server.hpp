#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "tests/transport/support/scripted_gateway.hpp"
#include "tests/transport/support/strict_client.hpp"
#include "tests/transport/support/text_frame.hpp"
#include "tests/transport/support/texts.hpp"
#include "transport/protocol/json_encoder.hpp"
#include "transport/server.hpp"

namespace parley::testing {

/// Accounts that know one person: "alice", with the password "correct horse".
class one_account : public accounts {
public:
  void create_account(std::string name, std::string /*password*/, callback<user_info> done) override {
    if (name == "alice") return done(failure{errc::conflict, "the name is taken", {}});
    done(user_info{{6}, std::move(name)});
  }
  void create_token(std::string name, std::string password, callback<issued_token> done) override {
    if (name != "alice" || password != "correct horse")
      return done(failure{errc::unauthenticated, "name and password do not belong together", {}});
    done(issued_token{"secret-token", {{5}, "alice"}});
  }
  void revoke_token(std::string token, callback<user_info> done) override {
    if (token != "secret-token") return done(failure{errc::unauthenticated, "not a good token", {}});
    done(user_info{{5}, "alice"});
  }
};

/// A server on a port of its own, whose sessions are scripted.
class ServerTest : public ::testing::Test {
protected:
  ServerTest() {
    options.port = 0;
    if (tests_run_over_tls()) options.tls = tls_identity::load(shared_certificate().files()).value();
    options.close_timeout = std::chrono::seconds{10};
  }
  ~ServerTest() override { stop(); }

  /// With `options` as they are now.
  void start() {
    served_ = std::make_unique<server>(options, gateway, people);
    const auto started = served_->start();
    ASSERT_TRUE(started.has_value()) << started.error().message;
  }
  void stop(std::chrono::milliseconds within = std::chrono::seconds{5}) {
    if (served_) served_->stop(within);
  }
  [[nodiscard]] std::uint16_t port() const { return served_->port(); }
  [[nodiscard]] server& served() { return *served_; }

  strict_client client(strict_client::options how = {}) { return strict_client{port(), how}; }
  /// One that has become a WebSocket.
  strict_client connected(strict_client::options how = {}) {
    auto made = client(how);
    EXPECT_EQ(made.upgrade(), 101);
    return made;
  }

  server_options options;
  scripted_gateway gateway;
  one_account people;

private:
  std::unique_ptr<server> served_;
};

/// Answers each request with its id as the text.
inline void answer(scripted_session& session, const client_request& request) {
  session.out->push_reply(text_frame(std::to_string(request.id)));
}

}  // namespace parley::testing
