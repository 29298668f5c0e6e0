#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "tests/transport/support/running_server.hpp"

namespace parley::testing {

using namespace std::chrono_literals;

/// Says hello, identifies "secret-token" as alice, answers everything else with its number.
inline void play_session(scripted_session& session, const client_request& request) {
  const json_encoder codec;
  if (const auto* identify = std::get_if<request::identify>(&request.op)) {
    if (identify->token != "secret-token") {
      session.out->push_reply(
          codec.encode_refusal(request.id, {errc::unauthenticated, "not a good token", {}}));
      return session.out->close(close_code::token_refused, "identify was refused");
    }
    session.out->push_event(text_frame(R"({"ev":"hello","d":{}})"));
    return session.out->push_reply(
        codec.encode_reply(request.id, reply::identified{{{5}, "alice"}, {9}, "n1"}));
  }
  if (std::holds_alternative<request::blocked>(request.op)) return;  // the test answers
  session.out->push_reply(codec.encode_reply(request.id, reply::nothing{}));
}

struct answered {
  int status = 0;
  std::string head;
  std::string body;
};

class Polling : public ServerTest {
protected:
  Polling() {
    // How often deadlines are looked at follows from it.
    options.rules.ping_timeout = 50ms;
    gateway.script(play_session);
  }

  answered call(std::string_view method, std::string_view path, std::string_view json = "",
                std::string_view token = "secret-token", std::string_view headers = "") {
    auto client = this->client();
    return ask(client, method, path, json, token, headers);
  }
  static answered ask(strict_client& client, std::string_view method, std::string_view path,
                      std::string_view json = "", std::string_view token = "secret-token",
                      std::string_view headers = "") {
    send(client, method, path, json, token, headers);
    return read(client);
  }
  static void send(strict_client& client, std::string_view method, std::string_view path,
                   std::string_view json = "", std::string_view token = "secret-token",
                   std::string_view headers = "") {
    std::string text = std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n";
    if (!token.empty()) text += "Authorization: Bearer " + std::string(token) + "\r\n";
    if (!json.empty())
      text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) + "\r\n";
    client.send_bytes(text + std::string(headers) + "\r\n" + std::string(json));
  }
  static answered read(strict_client& client) {
    const int status = client.read_http_answer();
    return {status, client.answer_head(), client.body};
  }

  /// The path of a new session.
  std::string session(std::string_view device = "") {
    const auto made = call("POST", "/v1/sessions", device);
    EXPECT_EQ(made.status, 201) << made.body;
    constexpr std::string_view before = R"({"session":")";
    EXPECT_EQ(made.body.substr(0, before.size()), before);
    const auto end = made.body.find('"', before.size());
    return "/v1/sessions/" + made.body.substr(before.size(), end - before.size());
  }
  /// Asks until the session is gone.
  int status_once_over(const std::string& path) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    int status = 200;
    // Asking would keep it alive: a stranger's token asks nothing of it, so look at what its session knows.
    if (gateway.session()->becomes_closed() && std::chrono::steady_clock::now() < deadline)
      status = call("GET", path + "/events").status;
    return status;
  }
};

}  // namespace parley::testing
