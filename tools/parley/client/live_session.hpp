#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tools/parley/client/backoff.hpp"
#include "tools/parley/client/connection.hpp"
#include "tools/parley/client/problem.hpp"

namespace parley::client {

/// A session that outlives its connections: it comes back by itself, and repeats what was not answered.
///
/// What is repeated must be harmless to repeat: a reading request, or one with a key. The order of two
/// repeated requests is not kept; who needs it makes the second when the first is answered.
class live_session {
public:
  struct handlers {
    /// Signed in on a new connection: the moment for `sync`.
    std::function<void()> online;
    /// An event of the node.
    std::function<void(std::string_view name, const json::object& d)> event;
    /// The connection ended or could not be made; the next try is after this time.
    std::function<void(const std::string& why, std::chrono::milliseconds next_try)> offline;
    /// It will not come back: what is wrong, and what to do.
    std::function<void(const problem&)> gave_up;
    /// A fresh token, after the node refused the last one. May wait for a person.
    std::function<outcome<std::string>()> renew_token;
  };

  live_session(boost::asio::io_context& loop, endpoint node, std::string token, handlers called);
  ~live_session();
  live_session(const live_session&) = delete;
  live_session& operator=(const live_session&) = delete;

  void start();
  /// Ends it; no handler is called any more.
  void stop();

  /// A request that is repeated until it is answered for good; false when `requests_max` wait already.
  bool request(std::string_view op, json::object d, connection::answer_handler answer);
  /// A request on this connection only: nobody hears of it when the connection ends first.
  void request_once(std::string_view op, json::object d, connection::answer_handler answer);
  /// Gives this connection up and comes back on another one.
  void start_over(const std::string& why);
  /// Tries to connect now, if it waits.
  void hurry();

  bool is_online() const { return is_online_; }
  /// The session's id as the node gave it last, and that node's name: each numbers its own. Others after it
  /// came back; empty before the first.
  const std::string& id() const { return id_; }
  const std::string& node_name() const { return node_name_; }
  std::size_t unanswered() const { return requests_.size(); }

  static constexpr std::size_t requests_max = 256;

private:
  struct repeated {
    std::string op;
    json::object d;
    connection::answer_handler answer;
    bool is_sent = false;
    std::uint64_t number = 0;
  };

  void connect();
  void identify();
  void identified(const reply& answer);
  void renew();
  void ended(const connection_end& how);
  void come_back(const std::string& why, std::chrono::milliseconds at_least);
  void give_up(const problem& why);
  void send_waiting();
  void answered(std::uint64_t number, const reply& answer);
  void take_event(std::string_view name, const json::object& d);

  boost::asio::io_context& loop_;
  endpoint node_;
  std::string token_;
  std::string id_;
  std::string node_name_;
  handlers handlers_;
  reconnect_backoff backoff_;
  boost::asio::steady_timer next_try_;
  boost::asio::steady_timer pause_;
  std::shared_ptr<connection> connection_;
  std::deque<repeated> requests_;
  std::uint64_t last_number_ = 0;
  std::chrono::steady_clock::time_point online_since_;
  bool is_online_ = false;
  bool is_paused_ = false;
  bool token_is_fresh_ = false;  // the last one was renewed and has not been accepted yet
  bool is_stopped_ = false;
};

}  // namespace parley::client
