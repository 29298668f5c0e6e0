#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tools/parley/client/live_session.hpp"
#include "tools/parley/client/problem.hpp"
#include "tools/parley/commands/signer.hpp"

namespace parley::commands {

/// One question after the other, for commands that end: each call waits for its answer.
///
/// A lost connection or a temporary refusal is tried again within `answer_timeout`; a node that cannot be
/// reached at all is reported at once.
class script_session {
public:
  explicit script_session(signer& people) : people_(people) {}
  ~script_session();
  script_session(const script_session&) = delete;
  script_session& operator=(const script_session&) = delete;

  /// Signs in.
  client::outcome<void> open();
  /// `d` of the answer; a refusal is a problem with the node's words.
  client::outcome<client::json::object> call(std::string_view op, client::json::object d);
  /// Who is signed in.
  const client::signed_in_user& who() const { return who_; }
  /// The id of the session, as the node gave it, and that node's name.
  std::string session_id() const { return session_ ? session_->id() : std::string{}; }
  std::string node_name() const { return session_ ? session_->node_name() : std::string{}; }

  static constexpr std::chrono::seconds answer_timeout{30};

private:
  bool run_until(const bool& done);

  signer& people_;
  client::signed_in_user who_;
  boost::asio::io_context loop_{1};
  std::optional<client::live_session> session_;
  std::optional<client::problem> broken_;
  bool is_open_ = false;
};

}  // namespace parley::commands
