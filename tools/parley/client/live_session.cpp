#include "tools/parley/client/live_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace parley::client {

namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Half of what the node allows, so that what is asked by the way never fills its bound.
constexpr std::size_t in_flight_max = 16;
/// A connection that held this long was a good one: its end is not counted against the node.
constexpr auto steady_after = 10s;
constexpr auto retry_default = 1s;

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

std::string advice_for(unsigned close_code) {
  switch (close_code) {
    case 4408:
      return "too many devices of this user are connected; end one of them";
    case 4409:
      return "another session took the place of this one";
    case 4429:
      return "the node takes this for abuse; ask its operator";
    default:
      return "the node and this program do not understand each other; are they of the same version?";
  }
}

}  // namespace

live_session::live_session(boost::asio::io_context& loop, endpoint node, std::string token, handlers called)
    : loop_(loop),
      node_(std::move(node)),
      token_(std::move(token)),
      handlers_(std::move(called)),
      backoff_(node_.is_local() ? first_try::at_once : first_try::random, random_seed()),
      next_try_(loop),
      pause_(loop) {}

live_session::~live_session() { stop(); }

void live_session::start() { connect(); }

void live_session::stop() {
  is_stopped_ = true;
  is_online_ = false;
  next_try_.cancel();
  pause_.cancel();
  if (connection_) std::exchange(connection_, nullptr)->close();
}

void live_session::connect() {
  connection_ =
      open_connection(loop_, node_,
                      {[this](const json::object&) { identify(); },
                       [this](std::string_view name, const json::object& d) { take_event(name, d); },
                       [this](const connection_end& how) { ended(how); }});
}

void live_session::identify() {
  connection_->request("identify", {{"token", token_}}, [this](const reply& answer) { identified(answer); });
}

void live_session::identified(const reply& answer) {
  if (answer.ok) {
    token_is_fresh_ = false;
    is_online_ = true;
    id_ = text_of(answer.d, "session");
    node_name_ = text_of(answer.d, "node");
    online_since_ = clock::now();
    for (auto& each : requests_) each.is_sent = false;
    handlers_.online();
    if (is_online_) send_waiting();
    return;
  }
  // The node closes after a refusal; this side does not wait for it.
  std::exchange(connection_, nullptr)->close();
  if (answer.temporary) return come_back(answer.message, answer.retry_after);
  renew();
}

void live_session::renew() {
  if (token_is_fresh_)
    return give_up({trouble::failed, "the node refuses a token that it has just given; try again later"});
  auto token = handlers_.renew_token();
  if (token.has_error()) return give_up(token.error());
  token_ = std::move(token.value());
  token_is_fresh_ = true;
  connect();
}

void live_session::ended(const connection_end& how) {
  connection_.reset();
  const auto was_steady = is_online_ && clock::now() - online_since_ >= steady_after;
  is_online_ = false;
  if (was_steady) backoff_.reset();
  if (how.close_code >= 4100 && how.close_code < 4200) return renew();
  if (how.close_code >= 4400 && how.close_code < 4500)
    return give_up({trouble::failed, fmt::format("the node ended the session ({}): {}", how.close_code,
                                                 advice_for(how.close_code))});
  if (how.is_hopeless)
    return give_up(
        {trouble::unreachable, fmt::format("no session with the node at {}: {}", node_.url(), how.reason)});
  come_back(how.reason, 0ms);
}

void live_session::come_back(const std::string& why, milliseconds at_least) {
  const auto wait = std::max(backoff_.next(), at_least);
  next_try_.expires_after(wait);
  next_try_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled && !is_stopped_ && !connection_) connect();
  });
  handlers_.offline(why, wait);
}

void live_session::give_up(const problem& why) {
  stop();
  handlers_.gave_up(why);
}

void live_session::start_over(const std::string& why) {
  if (!connection_) return;
  std::exchange(connection_, nullptr)->close();
  is_online_ = false;
  come_back(why, 0ms);
}

void live_session::hurry() {
  // An expired timer calls its handler with success, a cancelled one does not.
  if (!connection_ && !is_stopped_ && next_try_.cancel() > 0) connect();
}

bool live_session::request(std::string_view op, json::object d, connection::answer_handler answer) {
  if (requests_.size() >= requests_max) return false;
  requests_.push_back({std::string(op), std::move(d), std::move(answer), false, ++last_number_});
  send_waiting();
  return true;
}

void live_session::request_once(std::string_view op, json::object d, connection::answer_handler answer) {
  if (is_online_) connection_->request(op, std::move(d), std::move(answer));
}

void live_session::send_waiting() {
  if (!is_online_ || is_paused_) return;
  auto in_flight = static_cast<std::size_t>(
      std::count_if(requests_.begin(), requests_.end(), [](const repeated& each) { return each.is_sent; }));
  for (auto& each : requests_) {
    if (in_flight >= in_flight_max) return;
    if (each.is_sent) continue;
    each.is_sent = true;
    ++in_flight;
    connection_->request(each.op, each.d,
                         [this, number = each.number](const reply& answer) { answered(number, answer); });
  }
}

void live_session::answered(std::uint64_t number, const reply& answer) {
  const auto found = std::find_if(requests_.begin(), requests_.end(),
                                  [number](const repeated& each) { return each.number == number; });
  if (found == requests_.end()) return;
  if (!answer.ok && answer.temporary) {
    found->is_sent = false;
    if (is_paused_) return;
    is_paused_ = true;
    pause_.expires_after(answer.retry_after > 0ms ? answer.retry_after : milliseconds{retry_default});
    pause_.async_wait([this](boost::system::error_code cancelled) {
      if (cancelled) return;
      is_paused_ = false;
      send_waiting();
    });
    return;
  }
  const auto done = std::move(found->answer);
  requests_.erase(found);
  done(answer);
  send_waiting();
}

void live_session::take_event(std::string_view name, const json::object& d) {
  if (name != "reconnect") return handlers_.event(name, d);
  // The node is draining and asks everybody to come back at a random moment of their own.
  std::exchange(connection_, nullptr)->close();
  is_online_ = false;
  const auto within =
      static_cast<std::int64_t>(std::min<std::uint64_t>(number_of(d, "retry_after_ms"), 60'000));
  std::mt19937_64 random{random_seed()};
  come_back("the node is stopping and asked to come back",
            milliseconds{std::uniform_int_distribution<std::int64_t>{0, within}(random)});
}

}  // namespace parley::client
