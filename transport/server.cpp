#include "transport/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "transport/http_connection.hpp"
#include "transport/io_thread.hpp"
#include "transport/listening.hpp"
#include "transport/operator_traces.hpp"
#include "transport/polling/forwarded_http.hpp"
#include "transport/tls_socket.hpp"

namespace parley {

namespace net = boost::asio;
using boost::system::error_code;

namespace {
// When descriptors run out, accepting again at once would spin.
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::seconds warning_pause{10};
// For the threads to tell sessions of connections that were cut off.
constexpr std::chrono::milliseconds abandon_time{1'000};

/// Lets the timer of an I/O thread drive the sessions of those who call, and ends them with the server.
class polling_clock final : public connection {
public:
  polling_clock(io_thread& on, polling_api& sessions) : thread_(on), sessions_(sessions) {}
  void start(std::shared_ptr<polling_clock> self) { place_ = thread_.keep(std::move(self)); }
  void look(clock::time_point now) override { sessions_.look(now); }
  void shut_down() override {
    sessions_.shut_down();
    thread_.forget(place_);
  }
  void abandon() override { shut_down(); }

private:
  io_thread& thread_;
  polling_api& sessions_;
  place place_;
};

}  // namespace

class server::implementation {
public:
  implementation(server_options options, session_gateway& gateway, accounts& people)
      : options_(std::move(options)),
        api_(gateway, people, options_.desk, options_.rules, page_set{options_.pages}, options_.metrics,
             {options_.topology, {options_.forwarding}, options_.traces}),
        origins_{options_.origins, options_.tls ? own_pages::by_tls : own_pages::by_either},
        polling_(gateway, options_.rules, origins_, options_.polling, options_.forwarding),
        shared_{options_, origins_, {options_.rules, options_.close_timeout, options_.instead_of_requests},
                api_,     polling_, gateway} {
    for (std::size_t i = 0; i < std::max<std::size_t>(options_.threads, 1); ++i)
      threads_.push_back(std::make_unique<io_thread>(options_.rules));
    acceptor_.emplace(threads_.front()->context());
    pause_.emplace(threads_.front()->context());
  }

  outcome<void> start() {
    if (auto done = listen_with(*acceptor_, options_.address, options_.port); done.has_error()) return done;
    bound_ = acceptor_->local_endpoint();
    accept();
    const auto clock = std::make_shared<polling_clock>(*threads_.front(), polling_);
    clock->start(clock);
    if (options_.forwarding) answer_peers(*options_.forwarding);
    for (auto& thread : threads_) thread->start();
    running_ = true;
    return {};
  }

  [[nodiscard]] std::uint16_t port() const { return bound_.port(); }
  [[nodiscard]] std::string url() const {
    const auto address = bound_.address();
    const std::string host = address.is_unspecified() ? "127.0.0.1"
                             : address.is_v6()        ? "[" + address.to_string() + "]"
                                                      : address.to_string();
    const auto port = ":" + std::to_string(bound_.port());
    if (!options_.tls) return "http://" + host + port;
    const auto named = options_.tls->host_for(address.is_unspecified() ? "127.0.0.1" : address.to_string());
    return "https://" + (named == address.to_string() ? host : named) + port;
  }

  void close_listener() {
    if (!running_) return;
    net::post(threads_.front()->context(), [this] {
      error_code ignored;
      acceptor_->close(ignored);
      pause_->cancel();
    });
    for (auto& thread : threads_)
      net::post(thread->context(), [raw = thread.get()] { raw->drain_connections(); });
  }

  void stop(std::chrono::milliseconds within) {
    close_listener();
    if (!std::exchange(running_, false)) return;
    for (auto& thread : threads_)
      net::post(thread->context(), [raw = thread.get()] { raw->shut_down_connections(); });
    if (!wait_until_gone(within)) {
      for (auto& thread : threads_)
        net::post(thread->context(), [raw = thread.get()] { raw->abandon_connections(); });
      wait_until_gone(abandon_time);
    }
    for (auto& thread : threads_) thread->stop();
    // Whoever was cut off above has not said so.
    if (options_.forwarding) options_.forwarding->serve({});
  }

private:
  /// Other nodes hand over calls of their clients; they are answered on the I/O threads, as those of ours.
  void answer_peers(call_forwarding& forwarding) {
    forwarding.serve([this](forwarded_call call, const std::function<void(forwarded_answer)>& respond) {
      auto& on = *threads_[next_for_peers_++ % threads_.size()];
      net::post(on.context(), [this, taken = std::make_shared<forwarded_call>(std::move(call)), respond] {
        if (!is_about_topology(taken->head.target) && !is_about_traces(taken->head.target))
          return polling_.answer_for_peer(std::move(*taken), respond);
        // Who asked that node has to be the operator here as well.
        api_.answer(as_request(std::move(*taken)), "another node",
                    [respond](const http_response& answer) { respond(as_forwarded(answer)); });
      });
    });
  }

  void accept() {
    auto& on = *threads_[next_++ % threads_.size()];
    acceptor_->async_accept(on.context(), [this, &on](error_code problem, tcp_socket socket) {
      if (problem == net::error::operation_aborted) return;
      if (problem == net::error::connection_aborted) return accept();
      (problem ? counters.accept_errors : counters.connections_accepted).add();
      if (problem) {
        tell_now_and_then(problem.message());
        pause_->expires_after(accept_pause);
        pause_->async_wait([this](error_code aborted) {
          if (!aborted) accept();
        });
        return;
      }
      net::post(on.context(), [this, &on, taken = std::move(socket)]() mutable {
        start_http(socket_over(std::move(taken)), on, shared_);
      });
      accept();
    });
  }

  std::unique_ptr<byte_socket> socket_over(tcp_socket taken) const {
    if (!options_.tls) return std::make_unique<plain_socket>(std::move(taken));
    return std::make_unique<tls_socket>(std::move(taken), options_.tls->begin());
  }

  /// A line at most every `warning_pause`: while descriptors are short, each try would give one.
  void tell_now_and_then(const std::string& why) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_warning_) return;
    next_warning_ = now + warning_pause;
    log(severity::warning, "accept_failed", "cannot accept a connection; trying again until it works",
        {{"why", why}});
  }

  /// Whether no thread has a connection any more.
  bool wait_until_gone(std::chrono::milliseconds within) {
    // Outlives this call: a thread may still tell when nobody waits.
    struct threads_counter {
      std::mutex mutex;
      std::condition_variable changed;
      std::size_t threads_left = 0;
    };
    const auto left = std::make_shared<threads_counter>();
    left->threads_left = threads_.size();
    for (auto& thread : threads_)
      net::post(thread->context(), [raw = thread.get(), left] {
        raw->when_empty([left] {
          const std::scoped_lock lock{left->mutex};
          --left->threads_left;
          left->changed.notify_one();
        });
      });
    std::unique_lock lock{left->mutex};
    return left->changed.wait_for(lock, within, [&] { return left->threads_left == 0; });
  }

  server_options options_;
  http_api api_;
  origin_rules origins_;
  polling_api polling_;
  connection_environment shared_;
  std::vector<std::unique_ptr<io_thread>> threads_;
  std::optional<net::ip::tcp::acceptor> acceptor_;
  std::optional<net::steady_timer> pause_;
  net::ip::tcp::endpoint bound_;
  std::size_t next_ = 0;
  std::size_t next_for_peers_ = 0;  // one call at a time
  std::chrono::steady_clock::time_point next_warning_;
  bool running_ = false;
};

server::server(server_options options, session_gateway& gateway, accounts& people)
    : implementation_(std::make_unique<implementation>(std::move(options), gateway, people)) {}
server::~server() { stop(std::chrono::milliseconds{0}); }
outcome<void> server::start() { return implementation_->start(); }
std::string server::url() const { return implementation_->url(); }
std::uint16_t server::port() const { return implementation_->port(); }
void server::close_listener() { implementation_->close_listener(); }
void server::stop(std::chrono::milliseconds within) { implementation_->stop(within); }

}  // namespace parley
