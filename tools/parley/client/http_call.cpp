#include "tools/parley/client/http_call.hpp"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/serialize.hpp>

#include "tools/parley/client/node_stream.hpp"

namespace parley::client {

namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

/// One call; lives on the caller's stack while its loop runs.
class exchange {
public:
  exchange(const endpoint& node, std::shared_ptr<trust> whom, http::request<http::string_body> request,
           const call_limits& limits)
      : resolver_(loop_), stream_(loop_, std::move(whom)), request_(std::move(request)) {
    parser_.body_limit(limits.answer_bytes);
    stream_.next_layer().expires_after(limits.timeout);
    resolver_.async_resolve(node.host, std::to_string(node.port), [this](error_code failed, auto found) {
      if (failed) return finish(failed);
      stream_.next_layer().async_connect(found,
                                         [this](error_code refused, const auto&) { connected(refused); });
    });
  }

  /// Runs until the answer is there or the time is up; what went wrong, or nothing.
  std::string run(std::chrono::milliseconds timeout) {
    loop_.run_for(timeout + std::chrono::milliseconds{200});
    if (!done_) return error_code{net::error::timed_out}.message();
    return problem_;
  }
  /// Whether the node ended the connection instead of answering.
  bool was_cut_off() const { return was_cut_off_; }
  /// Whether the node answered, with a certificate that is not believed.
  bool is_hopeless() const { return stream_.is_hopeless(); }
  /// Whether the answer went on after the most that it may have.
  bool was_too_long() const { return was_too_long_; }

  http::response<http::string_body> take() { return parser_.release(); }

private:
  void connected(error_code refused) {
    if (refused) return finish(refused);
    stream_.async_shake_hands([this](error_code failed) {
      if (failed) return finish(failed, stream_.explain(failed));
      call();
    });
  }

  void call() {
    http::async_write(stream_, request_, [this](error_code failed, std::size_t) {
      if (failed) return finish(failed);
      http::async_read(stream_, buffer_, parser_, [this](error_code broken, std::size_t) { finish(broken); });
    });
  }

  void finish(error_code problem, std::string explained = {}) {
    was_cut_off_ = problem == net::error::connection_reset || problem == net::error::broken_pipe ||
                   problem == http::error::end_of_stream;
    was_too_long_ = problem == http::error::body_limit;
    if (problem) problem_ = explained.empty() ? problem.message() : std::move(explained);
    done_ = true;
    error_code ignored;
    stream_.next_layer().socket().shutdown(net::ip::tcp::socket::shutdown_both, ignored);
    stream_.next_layer().close();
  }

  net::io_context loop_{1};
  net::ip::tcp::resolver resolver_;
  node_stream stream_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response_parser<http::string_body> parser_;
  std::string problem_;
  bool was_cut_off_ = false;
  bool was_too_long_ = false;
  bool done_ = false;
};

}  // namespace

std::string http_answer::error_message() const {
  const auto& whole = object_in(body);
  const auto* error = whole.if_contains("error");
  auto message = error == nullptr ? std::string{} : text_of(object_in(*error), "message");
  return message.empty() ? fmt::format("HTTP status {}", status) : message;
}

std::string speaks_tls(const endpoint& node) {
  return fmt::format("the node at {0} speaks TLS: write https://{0}", node.authority());
}

outcome<http_answer> http_call(const endpoint& node, std::string_view method, std::string_view path,
                               const std::optional<json::value>& body, std::string_view bearer,
                               std::chrono::milliseconds timeout) {
  return http_call(node, method, path, body, bearer, call_limits{timeout, http_answer_bytes_max});
}

outcome<http_answer> http_call(const endpoint& node, std::string_view method, std::string_view path,
                               const std::optional<json::value>& body, std::string_view bearer,
                               const call_limits& limits) {
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

  std::shared_ptr<trust> whom;
  if (node.is_tls) {
    auto made = trust::in(node);
    if (made.has_error()) return made.error();
    whom = std::move(*made);
  }
  exchange call{node, std::move(whom), std::move(request), limits};
  auto failed = call.run(limits.timeout);
  if (call.was_cut_off() && !node.is_tls)
    failed = fmt::format("it ends the connection without a word; does it speak TLS, at https://{}?",
                         node.authority());
  if (call.is_hopeless())
    return problem{trouble::unreachable,
                   fmt::format("the node at {} cannot be trusted: {}", node.url(), failed)};
  if (call.was_too_long())
    return problem{trouble::failed, fmt::format("the answer of the node at {} is longer than {} MiB: ask for less",
                                                node.url(), limits.answer_bytes >> 20U)};
  if (!failed.empty())
    return problem{trouble::unreachable,
                   fmt::format("the node at {} does not answer: {}; is it running?", node.url(), failed)};
  auto response = call.take();
  if (response.result() == http::status::permanent_redirect && !node.is_tls)
    return problem{trouble::usage, speaks_tls(node)};
  http_answer answer{response.result_int(), std::move(response.body()), nullptr};
  if (auto value = parse_json(answer.text)) answer.body = std::move(*value);
  return answer;
}

}  // namespace parley::client
