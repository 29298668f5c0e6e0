#include "transport/http_connection.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "transport/beast_stream.hpp"
#include "transport/http_rules.hpp"
#include "transport/tls_redirect.hpp"

namespace parley {

namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t head_bytes_max = 8'192;
constexpr std::size_t body_bytes_max = 65'536;
// The longest that a call may wait for events is a minute.
constexpr std::chrono::seconds answer_within{75};
// A line slower than this does not get a large answer through.
constexpr std::size_t slowest_bytes_a_ms = 16;

/// Whether a body is none, rather than cut short.
bool is_malformed(const error_code& problem) {
  return problem.category() == http::make_error_code(http::error::bad_chunk).category() &&
         problem != http::error::partial_message;
}

// The first byte of TLS (RFC 8446, section 5.1), and of no HTTP.
constexpr char handshake_record = 0x16;

/// Where the head of a request ends: behind its empty line, and at once if this is TLS.
struct head_end {
  using result_type = void;  // by which Asio knows it for a condition
  template <class Iterator>
  std::pair<Iterator, bool> operator()(Iterator begin, Iterator end) {
    constexpr std::string_view empty_line = "\r\n\r\n";
    if (begin != end && std::exchange(is_first, false) && *begin == handshake_record) return {end, true};
    const auto found = std::search(begin, end, empty_line.begin(), empty_line.end());
    if (found != end) return {found + std::ssize(empty_line), true};
    // It may have begun already.
    return {end - std::min(end - begin, std::ssize(empty_line) - 1), false};
  }
  bool is_first = true;
};

class http_connection final : public connection, public std::enable_shared_from_this<http_connection> {
public:
  http_connection(std::unique_ptr<byte_socket> socket, io_thread& on, const connection_environment& shared)
      : peer_(socket->peer_address()),
        below_(on.stream_on(std::move(socket))),
        stream_(below_),
        thread_(on),
        shared_(shared),
        counted_(counters.http_connections[below_->socket().is_encrypted() ? 1 : 0]) {
    counted_.is(1);
  }

  void start() {
    place_ = thread_.keep(shared_from_this());
    read_head(shared_.options.header_timeout);
  }

  void look(clock::time_point now) override {
    if (now >= deadline_) finish();
  }
  void drain() override { shut_down(); }
  void shut_down() override {
    if (!answering_) finish();
    stopping_ = true;
  }
  void abandon() override { finish(); }

private:
  void read_head(std::chrono::milliseconds within) {
    deadline_ = clock::now() + within;
    // A pipelined request may have begun already.
    head_text_.assign(static_cast<const char*>(head_.data().data()), head_.size());
    head_.consume(head_.size());
    net::async_read_until(stream_, net::dynamic_buffer(head_text_, head_bytes_max), head_end{},
                          [self = shared_from_this()](error_code problem, std::size_t bytes) {
                            self->head_was_read(problem, bytes);
                          });
  }

  void head_was_read(error_code problem, std::size_t bytes) {
    if (problem == net::error::not_found && !below_->socket().lacks_tls())
      return refuse_and_close({errc::too_large, "the request's head is larger than 8 KiB", {}},
                              http::status::request_header_fields_too_large);
    if (problem || finished_) return finish();
    if (head_text_.front() == handshake_record)
      return refuse_and_close({errc::bad_request, "plain HTTP is spoken here, and no TLS", {}},
                              http::status::bad_request);
    // What came behind the head belongs to the body (or to the next request).
    head_.commit(net::buffer_copy(head_.prepare(head_text_.size()), net::buffer(head_text_)));
    head_text_.resize(bytes);
    parser_.emplace();
    parser_->header_limit(head_bytes_max + 1);
    body_limit_ = shared_.polling.body_bytes_max(head_text_).value_or(body_bytes_max);
    parser_->body_limit(body_limit_);
    http::async_read_header(
        stream_, head_, *parser_,
        [self = shared_from_this()](error_code failed, std::size_t) { self->head_was_parsed(failed); });
  }

  void head_was_parsed(error_code problem) {
    if (finished_) return;
    if (below_->socket().lacks_tls()) return send_to_tls(problem);
    if (problem == http::error::body_limit) return refuse_body();
    if (problem)
      return refuse_and_close({errc::bad_request, "this is not an HTTP request: " + problem.message(), {}},
                              http::status::bad_request);
    const auto& request = parser_->get();
    if (const auto wrong = wrong_with_head(head_text_, request.version(),
                                           {request.target().data(), request.target().size()}, request))
      return refuse_and_close({errc::bad_request, *wrong, {}}, http::status::bad_request);
    if (request.method() == http::verb::trace || request.method() == http::verb::connect)
      return refuse_and_close({errc::bad_request, "this method is not served", {}},
                              http::status::method_not_allowed);
    if (boost::beast::websocket::is_upgrade(request) && request.target() == "/v1/ws") return upgrade();
    if (auto refused = shared_.polling.refuse_before_body(request)) {
      keep_alive_ = false;
      return respond(std::move(*refused));
    }
    const auto length = parser_->content_length();
    const bool is_large = length ? *length > body_bytes_max : parser_->chunked();
    if (is_large && is_decided_elsewhere(request)) return;
    take_body();
  }

  /// Whether another node says if the body is to be read. Until it does, the deadline of the head holds.
  bool is_decided_elsewhere(const http_request& head) {
    return shared_.polling.is_decided_elsewhere(
        head, [inbox = thread_.inbox(), whom = place_](std::optional<http_response> refused) {
          inbox->call(whom, [kept = std::make_shared<std::optional<http_response>>(std::move(refused))](
                                connection& asked) {
            auto& here = static_cast<http_connection&>(asked);
            if (here.finished_) return;
            if (!*kept) return here.take_body();
            here.keep_alive_ = false;
            here.respond(std::move(**kept));
          });
        });
  }

  void take_body() {
    if (boost::beast::iequals(parser_->get()[http::field::expect], "100-continue")) return send_continue();
    read_body();
  }

  /// Who speaks plainly where TLS is spoken is shown the way, or cut off.
  void send_to_tls(error_code problem) {
    const auto& request = parser_->get();
    const auto address =
        problem || wrong_with_head(head_text_, request.version(),
                                   {request.target().data(), request.target().size()}, request)
            ? std::nullopt
            : address_over_tls(request);
    if (!address) return finish();
    is_head_ = request.method() == http::verb::head;
    keep_alive_ = false;
    respond(redirect_to(*address));
  }

  void send_continue() {
    auto go_on = std::make_shared<http::response<http::empty_body>>(http::status::continue_, 11);
    http::async_write(stream_, *go_on, [self = shared_from_this(), go_on](error_code problem, std::size_t) {
      if (problem) return self->finish();
      self->read_body();
    });
  }

  void read_body() {
    http::async_read(stream_, head_, *parser_, [self = shared_from_this()](error_code problem, std::size_t) {
      self->body_was_read(problem);
    });
  }

  void refuse_body() {
    refuse_and_close(
        {errc::too_large, "the body is larger than " + std::to_string(body_limit_) + " bytes", {}},
        http::status::payload_too_large);
  }

  void body_was_read(error_code problem) {
    if (finished_) return;
    if (problem == http::error::body_limit) return refuse_body();
    if (is_malformed(problem))
      return refuse_and_close({errc::bad_request, "the body cannot be read: " + problem.message(), {}},
                              http::status::bad_request);
    if (problem) return finish();
    const auto request = parser_->release();
    version_ = request.version();
    keep_alive_ = request.keep_alive();
    is_head_ = request.method() == http::verb::head;
    answering_ = true;
    deadline_ = clock::now() + answer_within;
    // The answer may come from another thread, and long after this connection and the server.
    const http_api::responder later = [inbox = thread_.inbox(), whom = place_](http_response response) {
      inbox->call(whom, [kept = std::make_shared<http_response>(std::move(response))](connection& asked) {
        static_cast<http_connection&>(asked).respond(std::move(*kept));
      });
    };
    if (polling_api::serves({request.target().data(), request.target().size()}))
      return shared_.polling.answer(request, peer_, later);
    shared_.api.answer(request, peer_, later);
  }

  void upgrade() {
    const auto& request = parser_->get();
    if (!is_origin_allowed(request, shared_.origins))
      return refuse_and_close(
          {errc::forbidden,
           "pages of this origin may not connect; the operator allows them with listen.origins",
           {}},
          http::status::forbidden);
    if (!offers_protocol(request))
      return refuse_and_close({errc::bad_request, "this server speaks the subprotocol parley.v1", {}},
                              http::status::bad_request);
    if (const auto wrong = wrong_with_upgrade(request))
      return refuse_and_close({errc::bad_request, *wrong, {}}, http::status::bad_request);
    finished_ = true;
    counted_.is(0);
    below_->put_back({static_cast<const char*>(head_.data().data()), head_.size()});
    start_websocket(below_, parser_->get(), std::move(peer_), thread_, shared_.gateway, shared_.websocket);
    thread_.forget(place_);
  }

  void refuse_and_close(const failure& problem, http::status status) {
    keep_alive_ = false;
    log(severity::info, "http_refused", problem.message,
        {{"status", std::to_string(static_cast<unsigned>(status))}, {"address", peer_}});
    respond(refusal(problem, status));
  }

  void respond(http_response response) {
    if (finished_) return;
    response.version(version_);
    response.set(http::field::server, "Parley");
    response.keep_alive(keep_alive_ && !stopping_);
    response.prepare_payload();
    // There it would speak of a body that the client already holds (RFC 9110, section 8.6).
    if (response.result() == http::status::not_modified) response.erase(http::field::content_length);
    if (is_head_) response.body().clear();
    response_ = std::move(response);
    if (response_.result_int() < counters.http_responses.size())
      counters.http_responses[response_.result_int()].fetch_add(1, std::memory_order_relaxed);
    deadline_ = clock::now() + shared_.options.close_timeout +
                std::chrono::milliseconds{response_.body().size() / slowest_bytes_a_ms};
    http::async_write(stream_, response_, [self = shared_from_this()](error_code problem, std::size_t) {
      self->answering_ = false;
      if (problem) return self->finish();
      if (!self->response_.keep_alive()) return self->end();
      self->is_head_ = false;
      self->read_head(self->shared_.options.idle_timeout);
    });
  }

  /// Lets the answer arrive, also when the client is still sending.
  void end() {
    below_->end([self = shared_from_this()] { self->finish(); });
  }

  void finish() {
    if (finished_) return;
    finished_ = true;
    counted_.is(0);
    below_->close();
    thread_.forget(place_);
  }

  std::string peer_;
  const std::shared_ptr<gathering_stream> below_;
  beast_stream stream_;
  io_thread& thread_;
  place place_;
  const connection_environment& shared_;
  boost::beast::flat_buffer head_{head_bytes_max + body_bytes_max};
  std::string head_text_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http_response response_;
  clock::time_point deadline_;
  std::size_t body_limit_ = body_bytes_max;
  level_share counted_;
  unsigned version_ = 11;
  bool keep_alive_ = false;
  bool is_head_ = false;
  bool answering_ = false;
  bool stopping_ = false;
  bool finished_ = false;
};

}  // namespace

void start_http(std::unique_ptr<byte_socket> socket, io_thread& on, const connection_environment& shared) {
  std::make_shared<http_connection>(std::move(socket), on, shared)->start();
}

}  // namespace parley
