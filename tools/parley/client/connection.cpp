#include "tools/parley/client/connection.hpp"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/json/serialize.hpp>
#include <deque>
#include <unordered_map>

#include "tools/parley/client/http_call.hpp"
#include "tools/parley/client/node_stream.hpp"

namespace parley::client {

namespace {

namespace net = boost::asio;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto connect_timeout = 10s;
/// Without a byte for half of it a ping is sent: a node that vanished without a word is noticed.
constexpr auto silence_max = 40s;
/// A page is at most 1 MiB of text, which may be escaped.
constexpr std::size_t frame_bytes_max = 16UL << 20U;

reply reply_in(const json::object& frame) {
  reply answer;
  answer.ok = flag_of(frame, "ok");
  if (const auto* d = frame.if_contains("d")) answer.d = object_in(*d);
  if (const auto* error = frame.if_contains("error")) {
    const auto& object = object_in(*error);
    answer.code = text_of(object, "code");
    answer.message = text_of(object, "message");
    answer.temporary = flag_of(object, "temporary");
    answer.retry_after = std::chrono::milliseconds{number_of(object, "retry_after_ms")};
  }
  return answer;
}

class beast_connection final : public connection, public std::enable_shared_from_this<beast_connection> {
public:
  beast_connection(net::io_context& loop, const endpoint& node, std::shared_ptr<trust> whom, handlers called)
      : node_(node), resolver_(loop), socket_(loop, std::move(whom)), handlers_(std::move(called)) {}

  void start() {
    boost::beast::get_lowest_layer(socket_).expires_after(connect_timeout);
    resolver_.async_resolve(node_.host, std::to_string(node_.port),
                            [self = shared_from_this()](error_code failed, auto found) {
                              if (failed) return self->end(failed);
                              self->connect(std::move(found));
                            });
  }

  /// Ends at once, since it cannot begin; told when the caller knows the connection.
  void fail(std::string why) {
    net::post(resolver_.get_executor(), [self = shared_from_this(), why = std::move(why)] {
      self->end({}, {0, why, true});
    });
  }

  void request(std::string_view op, json::object d, answer_handler answer) override {
    const auto id = ++last_id_;
    waiting_.emplace(id, std::move(answer));
    const json::object frame{
        {"id", id}, {"op", json::string_view{op.data(), op.size()}}, {"d", std::move(d)}};
    unsent_.push_back(json::serialize(frame));
    if (unsent_.size() == 1 && is_open_) write();
  }

  void close() override {
    ended_ = true;
    handlers_ = {};
    waiting_.clear();
    if (is_open_)
      socket_.async_close(websocket::close_code::going_away, [self = shared_from_this()](error_code) {});
    else
      boost::beast::get_lowest_layer(socket_).cancel();
    resolver_.cancel();
  }

private:
  void connect(net::ip::tcp::resolver::results_type found) {
    boost::beast::get_lowest_layer(socket_).async_connect(
        found, [self = shared_from_this()](error_code refused, const auto&) {
          if (refused) return self->end(refused);
          self->socket_.next_layer().async_shake_hands([self](error_code failed) {
            if (failed)
              return self->end(failed, {0, self->socket_.next_layer().explain(failed),
                                        self->socket_.next_layer().is_hopeless()});
            self->shake_hands();
          });
        });
  }

  void shake_hands() {
    auto& tcp = boost::beast::get_lowest_layer(socket_);
    tcp.expires_never();
    tcp.socket().set_option(net::ip::tcp::no_delay{true});
    socket_.set_option(websocket::stream_base::timeout{connect_timeout, silence_max, true});
    socket_.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
      request.set(boost::beast::http::field::sec_websocket_protocol, "parley.v1");
      request.set(boost::beast::http::field::user_agent, "parley");
    }));
    socket_.read_message_max(frame_bytes_max);
    socket_.async_handshake(answer_, node_.authority(), "/v1/ws",
                            [self = shared_from_this()](error_code refused) {
                              if (refused) return self->end(refused);
                              self->is_open_ = true;
                              self->read();
                              if (!self->unsent_.empty()) self->write();
                            });
  }

  void read() {
    socket_.async_read(buffer_, [self = shared_from_this()](error_code broken, std::size_t) {
      if (broken) return self->end(broken);
      const auto data = self->buffer_.data();
      const auto frame = parse_json({static_cast<const char*>(data.data()), data.size()});
      self->buffer_.consume(self->buffer_.size());
      if (frame) self->take(object_in(*frame));
      if (!self->ended_) self->read();
    });
  }

  void take(const json::object& frame) {
    if (ended_) return;
    const auto name = text_of(frame, "ev");
    if (name.empty()) return take_reply(frame);
    const auto* d = frame.if_contains("d");
    const auto& object = d == nullptr ? object_in(nullptr) : object_in(*d);
    // Copies: the handler may close this connection, which forgets its handlers.
    if (name == "hello") {
      if (const auto opened = handlers_.opened) opened(object);
    } else if (const auto event = handlers_.event) {
      event(name, object);
    }
  }

  void take_reply(const json::object& frame) {
    const auto found = waiting_.find(number_of(frame, "id"));
    if (found == waiting_.end()) return;
    const auto answer = std::move(found->second);
    waiting_.erase(found);
    answer(reply_in(frame));
  }

  void write() {
    socket_.text(true);
    socket_.async_write(net::buffer(unsent_.front()),
                        [self = shared_from_this()](error_code broken, std::size_t) {
                          if (broken) return;  // the read ends with the same, or with the node's close code
                          self->unsent_.pop_front();
                          if (!self->unsent_.empty() && !self->ended_) self->write();
                        });
  }

  void end(error_code why, connection_end how = {}) {
    if (ended_) return;
    ended_ = true;
    if (how.reason.empty()) how.reason = why.message();
    if (why == websocket::error::closed) {
      how.close_code = socket_.reason().code;
      const auto& text = socket_.reason().reason;
      how.reason = text.empty() ? fmt::format("closed with code {}", how.close_code)
                                : std::string{text.data(), text.size()};
    } else if (why == websocket::error::upgrade_declined && !node_.is_tls &&
               answer_.result() == boost::beast::http::status::permanent_redirect) {
      how = {0, speaks_tls(node_), true};
    } else if (why == websocket::error::upgrade_declined) {
      how.reason = "it does not speak parley.v1 (the upgrade was declined)";
    } else if (is_open_) {
      how.reason = "the connection was cut";
    }
    is_open_ = false;
    boost::beast::get_lowest_layer(socket_).close();
    waiting_.clear();
    const auto ended = std::exchange(handlers_, {}).ended;
    if (ended) ended(how);
  }

  endpoint node_;
  net::ip::tcp::resolver resolver_;
  websocket::stream<node_stream> socket_;
  websocket::response_type answer_;  // to the upgrade
  boost::beast::flat_buffer buffer_;
  handlers handlers_;
  std::deque<std::string> unsent_;  // as many as its user has unanswered
  std::unordered_map<std::uint64_t, answer_handler> waiting_;
  std::uint64_t last_id_ = 0;
  bool is_open_ = false;
  bool ended_ = false;
};

}  // namespace

std::shared_ptr<connection> open_connection(net::io_context& loop, const endpoint& node,
                                            connection::handlers handlers) {
  auto whom = node.is_tls ? trust::in(node) : outcome<std::shared_ptr<trust>>{nullptr};
  const auto good = whom.has_value();
  auto made =
      std::make_shared<beast_connection>(loop, node, good ? std::move(*whom) : nullptr, std::move(handlers));
  good ? made->start() : made->fail(whom.error().message);
  return made;
}

}  // namespace parley::client
