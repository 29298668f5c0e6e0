#include "transport/websocket_connection.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <optional>
#include <utility>

#include "transport/protocol/request_decoder.hpp"
#include "transport/send_queue.hpp"

namespace parley {

namespace {

namespace net = boost::asio;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

constexpr std::size_t read_piece = 1'536;
constexpr std::size_t kept_buffer_bytes = 4'096;

class websocket_connection final : public outbox,
                                   public watched,
                                   public std::enable_shared_from_this<websocket_connection> {
public:
  websocket_connection(net::ip::tcp::socket socket, io_thread& on, const websocket_options& options)
      : stream_(std::move(socket)), thread_(on), options_(options), queue_(options.rules.outbox_bytes) {}

  void accept(const upgrade_request& request, session_gateway& gateway) {
    error_code ignored;
    peer_ = stream_.next_layer().remote_endpoint(ignored).address().to_string();
    stream_.next_layer().set_option(net::ip::tcp::no_delay{true}, ignored);
    stream_.text(true);
    stream_.auto_fragment(false);
    stream_.read_message_max(options_.rules.identify_bytes);
    const bool offered = request.count(boost::beast::http::field::sec_websocket_protocol) != 0;
    stream_.set_option(websocket::stream_base::decorator([offered](websocket::response_type& response) {
      if (offered) response.set(boost::beast::http::field::sec_websocket_protocol, "parley.v1");
      response.set(boost::beast::http::field::server, "Parley");
    }));
    stream_.control_callback([this](websocket::frame_type, boost::beast::string_view) { show_life(); });
    place_ = thread_.watch(weak_from_this());
    started_ = last_life_ = clock::now();
    stream_.async_accept(request, [self = shared_from_this(), &gateway](error_code problem) {
      self->accepted(problem, gateway);
    });
  }

  // The port of the session; any thread.
  admission push_event(frame event) override {
    const auto [admitted, wake] = queue_.push_event(std::move(event));
    if (wake) wake_up();
    return admitted;
  }
  void push_reply(frame reply) override {
    if (queue_.push_reply(std::move(reply))) wake_up();
  }
  void close(close_code code, std::string reason) override {
    if (queue_.close(code, std::move(reason))) wake_up();
  }
  [[nodiscard]] std::uint64_t requests_read() const override {
    return requests_read_.load(std::memory_order_acquire);
  }

  void look(clock::time_point now) override {
    if (ending_since_ && now - *ending_since_ > options_.close_timeout) return cut();
    if (ending_since_) return;
    if (!accepted_) {
      if (now - started_ > options_.close_timeout) cut();
      return;
    }
    // The client cannot answer what we do not read.
    if (!reading_) last_life_ = now;
    if (ping_sent_ && now - *ping_sent_ > options_.rules.ping_timeout)
      return end(close_code::ping_timeout, "no answer to a ping");
    if (!ping_sent_ && now - last_life_ >= options_.rules.ping_interval) {
      ping_sent_ = now;
      stream_.async_ping({}, [self = shared_from_this()](error_code) {});
    }
  }

  void shut_down() override { close(close_code::restart, "the node stops: connect again"); }

private:
  void accepted(error_code problem, session_gateway& gateway) {
    if (problem) return finish();
    accepted_ = true;
    session_ = gateway.open(shared_from_this(), peer_);
    if (!session_) return end(close_code::restart, "the node stops: connect again");
    read();
  }

  void show_life() {
    last_life_ = clock::now();
    ping_sent_.reset();
  }

  // Reading.
  void read() {
    if (reading_ || ended_) return;
    reading_ = true;
    stream_.async_read_some(buffer_, read_piece,
                            [self = shared_from_this()](error_code problem, std::size_t) {
                              self->reading_ = false;
                              self->was_read(problem);
                            });
  }

  void was_read(error_code problem) {
    if (problem) return finish();
    show_life();
    if (stream_.is_message_done() && !take_message()) return;
    if (may_read()) read();
  }

  [[nodiscard]] bool may_read() const {
    return unanswered_.size() < options_.rules.unanswered_requests &&
           unanswered_bytes_ < options_.rules.unanswered_bytes;
  }

  bool take_message() {
    if (ending_since_) {
      buffer_.consume(buffer_.size());
      return true;
    }
    if (!stream_.got_text())
      return end(close_code::not_the_protocol, "binary frames are not part of parley.v1"), false;
    const std::size_t bytes = buffer_.size();
    auto decoded = thread_.decoder().decode({static_cast<const char*>(buffer_.data().data()), bytes});
    buffer_.consume(bytes);
    if (buffer_.capacity() > kept_buffer_bytes) buffer_ = {};
    if (const auto* nonsense = std::get_if<not_the_protocol>(&decoded))
      return end(close_code::not_the_protocol, nonsense->reason), false;
    auto& request = std::get<client_request>(decoded);
    request.bytes = bytes;
    request.ordinal = requests_read_.fetch_add(1, std::memory_order_acq_rel) + 1;
    unanswered_.push_back(bytes);
    unanswered_bytes_ += bytes;
    // A stranger's first frame is small; what follows an `identify` may be as large as any.
    stream_.read_message_max(options_.rules.frame_bytes);
    session_->receive(std::move(request));
    return true;
  }

  // Writing.
  void wake_up() {
    net::post(stream_.get_executor(), [self = shared_from_this()] { self->write(); });
  }

  void write() {
    if (writing_ || ended_ || !accepted_) return;
    if (auto next = queue_.take()) {
      writing_ = std::move(next);
      const auto payload = writing_->content->payload();
      stream_.async_write(
          net::buffer(payload.data(), payload.size()),
          [self = shared_from_this()](error_code problem, std::size_t) { self->was_written(problem); });
      return;
    }
    if (const auto why = queue_.end()) close_stream(why->code, why->reason);
  }

  void was_written(error_code problem) {
    const auto done = std::exchange(writing_, std::nullopt);
    const bool room = queue_.written(*done);
    if (problem) return finish();
    last_life_ = clock::now();
    if (done->is_reply) answered();
    if (room && session_) session_->drained();
    write();
  }

  void answered() {
    if (unanswered_.empty()) return;
    unanswered_bytes_ -= unanswered_.front();
    unanswered_.pop_front();
    if (may_read()) read();
  }

  // Ending.
  void end(close_code code, const char* reason) {
    if (queue_.close(code, reason)) write();
    if (!ending_since_) ending_since_ = clock::now();
  }

  void close_stream(close_code code, const std::string& reason) {
    if (closing_) return;
    closing_ = true;
    if (!ending_since_) ending_since_ = clock::now();
    websocket::close_reason why{static_cast<std::uint16_t>(code)};
    why.reason.assign(reason.data(), std::min<std::size_t>(reason.size(), 120));
    stream_.async_close(why, [self = shared_from_this()](error_code) { self->finish(); });
  }

  /// The deadline has passed: nothing more is waited for.
  void cut() {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

  void finish() {
    if (ended_) return;
    ended_ = true;
    queue_.die();
    thread_.forget(place_);
    error_code ignored;
    stream_.next_layer().shutdown(net::ip::tcp::socket::shutdown_send, ignored);
    stream_.next_layer().close(ignored);
    if (session_) session_->closed();
    session_.reset();
  }

  websocket::stream<net::ip::tcp::socket, false> stream_;
  io_thread& thread_;
  io_thread::place place_;
  const websocket_options& options_;
  std::string peer_;
  send_queue queue_;
  std::shared_ptr<session_inbox> session_;
  boost::beast::flat_buffer buffer_;
  std::optional<send_queue::item> writing_;
  std::deque<std::size_t> unanswered_;  // bytes of the requests read and not yet answered
  std::size_t unanswered_bytes_ = 0;
  std::atomic<std::uint64_t> requests_read_{0};
  clock::time_point started_;
  clock::time_point last_life_;
  std::optional<clock::time_point> ping_sent_;
  std::optional<clock::time_point> ending_since_;
  bool accepted_ = false;
  bool reading_ = false;
  bool closing_ = false;
  bool ended_ = false;
};

}  // namespace

void start_websocket(net::ip::tcp::socket socket, const upgrade_request& request, io_thread& on,
                     session_gateway& gateway, const websocket_options& options) {
  std::make_shared<websocket_connection>(std::move(socket), on, options)->accept(request, gateway);
}

}  // namespace parley
