#include "tools/parley/client/http_call.hpp"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/serialize.hpp>

namespace parley::client {

namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t answer_bytes_max = 16UL << 20U;

/// One call; lives on the caller's stack while its loop runs.
class exchange {
public:
  exchange(const endpoint& node, http::request<http::string_body> request, std::chrono::milliseconds timeout)
      : resolver_(loop_), stream_(loop_), request_(std::move(request)) {
    parser_.body_limit(answer_bytes_max);
    stream_.expires_after(timeout);
    resolver_.async_resolve(node.host, std::to_string(node.port), [this](error_code failed, auto found) {
      if (failed) return finish(failed);
      stream_.async_connect(found, [this](error_code refused, const auto&) { connected(refused); });
    });
  }

  /// Runs until the answer is there or the time is up.
  error_code run(std::chrono::milliseconds timeout) {
    loop_.run_for(timeout + std::chrono::milliseconds{200});
    return done_ ? problem_ : error_code{net::error::timed_out};
  }

  http::response<http::string_body> take() { return parser_.release(); }

private:
  void connected(error_code refused) {
    if (refused) return finish(refused);
    http::async_write(stream_, request_, [this](error_code failed, std::size_t) {
      if (failed) return finish(failed);
      http::async_read(stream_, buffer_, parser_, [this](error_code broken, std::size_t) { finish(broken); });
    });
  }

  void finish(error_code problem) {
    problem_ = problem;
    done_ = true;
    error_code ignored;
    stream_.socket().shutdown(net::ip::tcp::socket::shutdown_both, ignored);
    stream_.close();
  }

  net::io_context loop_{1};
  net::ip::tcp::resolver resolver_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response_parser<http::string_body> parser_;
  error_code problem_;
  bool done_ = false;
};

}  // namespace

std::string http_answer::error_message() const {
  const auto& whole = object_in(body);
  const auto* error = whole.if_contains("error");
  auto message = error == nullptr ? std::string{} : text_of(object_in(*error), "message");
  return message.empty() ? fmt::format("HTTP status {}", status) : message;
}

outcome<http_answer> http_call(const endpoint& node, std::string_view method, std::string_view path,
                               const std::optional<json::value>& body, std::string_view bearer,
                               std::chrono::milliseconds timeout) {
  const auto verb = http::string_to_verb({method.data(), method.size()});
  http::request<http::string_body> request{verb, {path.data(), path.size()}, 11};
  request.set(http::field::host, node.authority());
  request.set(http::field::user_agent, "parley");
  request.keep_alive(false);
  if (!bearer.empty()) request.set(http::field::authorization, "Bearer " + std::string(bearer));
  if (body) {
    request.set(http::field::content_type, "application/json");
    request.body() = json::serialize(*body);
  }
  request.prepare_payload();

  exchange call{node, std::move(request), timeout};
  if (const auto failed = call.run(timeout))
    return problem{trouble::unreachable, fmt::format("the node at {} does not answer: {}; is it running?",
                                                     node.url(), failed.message())};
  auto response = call.take();
  http_answer answer{response.result_int(), std::move(response.body()), nullptr};
  if (auto value = parse_json(answer.text)) answer.body = std::move(*value);
  return answer;
}

}  // namespace parley::client
