#include "transport/websocket_connection.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "actors/contract/values/tracing.hpp"
#include "transport/beast_stream.hpp"
#include "transport/connection_outbox.hpp"
#include "transport/traced_writes.hpp"
#include "transport/unanswered.hpp"

namespace parley {

namespace {

namespace net = boost::asio;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

// A message up to this size needs no memory of its own; most requests are smaller.
constexpr std::size_t small_message_bytes = 256;
constexpr std::size_t read_piece_min = 1'024;
constexpr std::size_t read_piece_max = 65'536;
constexpr std::size_t reason_bytes_max = 120;

/// The close code that Beast gave for what it did not want to read; nothing if the client went.
std::optional<std::uint16_t> code_given_for(const error_code& problem) {
  if (problem == websocket::error::bad_frame_payload) return websocket::close_code::bad_payload;
  if (problem == websocket::error::message_too_big || problem == websocket::error::buffer_overflow)
    return websocket::close_code::too_big;
  if (problem == websocket::condition::protocol_violation) return websocket::close_code::protocol_error;
  return std::nullopt;
}

/// Whether a close is about what the client did wrong; such lines are for the log.
bool is_abuse(std::uint16_t code) {
  return code == 1002 || code == 1007 || code == 1009 || code == 4101 || code == 4400 || code == 4429;
}

/// One client. Beast reads, shakes hands, answers pings and closes; what the session pushes goes past it
/// as encoded frames, straight into the stream below.
class websocket_connection final : public connection,
                                   public stream_owner,
                                   public std::enable_shared_from_this<websocket_connection> {
public:
  websocket_connection(std::shared_ptr<gathering_stream> below, std::string peer, io_thread& on,
                       session_gateway& gateway, const websocket_options& options)
      : below_(std::move(below)),
        stream_(below_),
        thread_(on),
        gateway_(gateway),
        options_(options),
        peer_(std::move(peer)),
        unanswered_(options.rules),
        counted_(counters.websocket_connections[below_->socket().is_encrypted() ? 1 : 0]) {
    counted_.is(1);
  }
  ~websocket_connection() override { below_->belongs_to(nullptr); }

  void accept(const upgrade_request& request) {
    place_ = thread_.keep(shared_from_this());
    outbox_ = std::make_shared<connection_outbox>(thread_.inbox(), place_, options_.rules.outbox_bytes);
    below_->belongs_to(this);
    stream_.text(true);
    stream_.auto_fragment(false);
    stream_.read_message_max(options_.rules.identify_bytes);
    const bool offered = request.count(boost::beast::http::field::sec_websocket_protocol) != 0;
    stream_.set_option(websocket::stream_base::decorator([offered](websocket::response_type& response) {
      if (offered) response.set(boost::beast::http::field::sec_websocket_protocol, "parley.v1");
      response.set(boost::beast::http::field::server, "Parley");
    }));
    stream_.control_callback([this](websocket::frame_type, boost::beast::string_view) { heard(); });
    started_ = last_heard_ = last_life_ = clock::now();
    stream_.async_accept(request,
                         [self = shared_from_this()](error_code problem) { self->accepted(problem); });
  }

  // As a connection.
  void look(clock::time_point now) override {
    if (ending_since_) {
      // Who never said who they are is not waited for: what says nothing would hold a descriptor longer.
      if (was_silent_ || now - *ending_since_ > options_.close_timeout) finish();
      return;
    }
    unanswered_.rest();
    if (!accepted_) {
      if (now - started_ > options_.close_timeout) finish();
      return;
    }
    const auto& rules = options_.rules;
    const bool reads = reading_ && !below_->is_holding();
    // The client cannot answer what we do not read.
    if (!reads) stand_still(now);
    if (ping_sent_ && now - *ping_sent_ > rules.ping_timeout) {
      const bool is_full = below_->is_blocked() || below_->socket().has_unsent();
      if (!is_full || !below_->socket().peer_acknowledges())
        return end(close_code::ping_timeout, "no answer to a ping");
      // It has room for nothing, so it cannot have got the ping yet: slow is not dead.
      ping_sent_ = now;
    }
    // What we send to somebody who is gone looks like life until the kernel gives up.
    if (now - last_heard_ > rules.ping_interval + rules.ping_timeout && !below_->socket().peer_acknowledges())
      return end(close_code::ping_timeout, "nothing is acknowledged");
    if (ping_sent_ || now - last_life_ < rules.ping_interval) return;
    ping_sent_ = now;
    stream_.async_ping({}, [self = shared_from_this()](error_code) {});
  }

  void deliver(hand_over::piece next) override {
    if (ended_) return;
    if (next.what == hand_over::kind::ending) return close_stream();
    if (next.trace) [[unlikely]]
      traced_writes_.add(*next.trace, next.what, below_->queued(), next.content->bytes.size());
    below_->push(next.content);
    if (next.what == hand_over::kind::reply) unanswered_.replied(below_->queued());
  }

  /// What was read since hands itself over as one: one wake of the session, and what follows it stays
  /// together on its way into the log.
  void end_of_round() override {
    if (session_ && !requests_.empty()) session_->receive(std::exchange(requests_, {}));
  }

  void shut_down() override { outbox_->close(close_code::restart, "the node stops: connect again"); }
  void abandon() override { finish(); }

  // As the owner of its stream.
  void bytes_added(std::size_t bytes) override { outbox_->bytes_added(bytes); }
  void bytes_left(std::size_t bytes) override {
    last_life_ = clock::now();
    if (ping_sent_) ping_sent_ = last_life_;
    if (outbox_->bytes_left(bytes) && session_) session_->drained();
    traced_writes_.left(below_->sent(), name_of(session_id_));
    if (unanswered_.left(below_->sent())) read();
  }
  void close_frame_written() override {
    outbox_->die();
    begin_ending();
    // What is left to do (the other side's close frame, the end of TCP) concerns no session.
    tell_session();
  }
  void broken() override { finish(); }

private:
  void accepted(error_code problem) {
    if (ended_) return;
    if (problem) {
      // Beast has answered with what is wrong; let that arrive.
      begin_ending();
      return below_->end([self = shared_from_this()] { self->finish(); });
    }
    accepted_ = true;
    session_ = gateway_.open(outbox_, peer_);
    if (!session_) return end(close_code::restart, "the node stops: connect again");
    session_counted_.is(1);
    session_id_ = session_->id();
    read();
  }

  void heard() {
    last_heard_ = last_life_ = clock::now();
    ping_sent_.reset();
  }
  void stand_still(clock::time_point now) {
    last_life_ = now;
    if (ping_sent_) ping_sent_ = now;
    if (below_->socket().peer_acknowledges()) last_heard_ = now;
  }

  // Reading.
  void read() {
    // Once the end has begun, Beast's close reads; a read of ours that met a mistake would wait for it, and
    // it for that read.
    if (reading_ || ended_ || ending_since_ || !accepted_ || !unanswered_.has_room()) return;
    reading_ = true;
    stream_.async_read_some(room(), [self = shared_from_this()](error_code problem, std::size_t bytes) {
      self->reading_ = false;
      self->was_read(problem, bytes);
    });
  }

  /// Where the next bytes of the message go.
  net::mutable_buffer room() {
    if (received_ == 0) return net::buffer(small_);
    const auto piece = std::clamp(stream_.read_size_hint(read_piece_min), read_piece_min, read_piece_max);
    large_.resize(received_ + piece);
    return net::buffer(large_.data() + received_, piece);
  }

  void was_read(error_code problem, std::size_t bytes) {
    if (ended_) return;
    if (problem) {
      if (!code_) {
        code_ = code_given_for(problem);
        why_ = problem.message();
      }
      return finish();
    }
    heard();
    const bool is_small = received_ == 0;
    received_ += bytes;
    if (!stream_.is_message_done()) {
      if (is_small) large_.assign(small_.data(), bytes);
      return read();
    }
    const std::string_view message{is_small ? small_.data() : large_.data(), received_};
    received_ = 0;
    const bool goes_on = take(message);
    if (!is_small) std::string{}.swap(large_);
    if (goes_on) read();
  }

  /// Whether to read on.
  bool take(std::string_view message) {
    if (ending_since_) return true;
    if (options_.instead_of_requests) {
      unanswered_.read(message.size());
      return options_.instead_of_requests(message, stream_.got_text(), *outbox_), true;
    }
    if (!stream_.got_text())
      return end(close_code::not_the_protocol, "binary frames are not part of parley.v1"), true;
    const auto read_ns = is_tracing() ? trace_clock_ns() : 0;
    auto decoded = thread_.decoder().decode(message);
    if (const auto* nonsense = std::get_if<not_the_protocol>(&decoded))
      return end(close_code::not_the_protocol, nonsense->reason), true;
    auto& request = std::get<client_request>(decoded);
    request.bytes = message.size();
    request.read_ns = read_ns;
    request.ordinal = outbox_->count_request();
    unanswered_.read(message.size());
    // A stranger's frames are small; what follows an `identify` may be as large as any.
    if (std::holds_alternative<request::identify>(request.op))
      stream_.read_message_max(options_.rules.frame_bytes);
    if (requests_.empty()) thread_.call_at_end_of_round(place_);
    requests_.push_back(std::move(request));
    return true;
  }

  // Ending.
  void begin_ending() {
    if (!ending_since_) ending_since_ = clock::now();
  }

  /// Ends the connection behind everything that was pushed so far.
  void end(close_code code, const char* reason) {
    outbox_->close(code, reason);
    begin_ending();
  }

  void close_stream() {
    begin_ending();
    was_silent_ = outbox_->code() == close_code::no_identify;
    if (!accepted_) return finish();
    code_ = static_cast<std::uint16_t>(outbox_->code());
    why_ = outbox_->reason();
    websocket::close_reason why{static_cast<std::uint16_t>(outbox_->code())};
    const auto text = whole_characters(outbox_->reason());
    why.reason.assign(text.data(), text.size());
    stream_.async_close(why, [self = shared_from_this()](error_code) { self->finish(); });
  }

  /// As much of a text as a close frame holds.
  static std::string_view whole_characters(std::string_view text) {
    if (text.size() <= reason_bytes_max) return text;
    auto end = reason_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end);
  }

  void finish() {
    if (std::exchange(ended_, true)) return;
    outbox_->die();
    below_->close();
    thread_.forget(place_);
    tell_session();
    if (session_id_) tell_log();
  }
  void tell_log() const {
    if (!code_) return counters.closed.add_gone();
    counters.closed.add(*code_);
    log(is_abuse(*code_) ? severity::info : severity::debug, "connection_closed", why_,
        {{"code", std::to_string(*code_)}, {"session", to_text(session_id_)}, {"address", peer_}});
  }
  void tell_session() {
    end_of_round();
    session_counted_.is(0);
    if (const auto session = std::exchange(session_, nullptr)) session->closed();
  }

  const std::shared_ptr<gathering_stream> below_;
  websocket::stream<beast_stream, false> stream_;
  io_thread& thread_;
  session_gateway& gateway_;
  const websocket_options& options_;
  std::string peer_;
  place place_;
  std::shared_ptr<connection_outbox> outbox_;
  std::shared_ptr<session_inbox> session_;
  std::vector<client_request> requests_;  // read in this round of the loop
  std::array<char, small_message_bytes> small_;
  std::string large_;
  std::size_t received_ = 0;  // bytes of the message so far, in `small_` while it is the only piece
  unanswered unanswered_;
  traced_writes traced_writes_;
  clock::time_point started_;
  clock::time_point last_heard_;  // a byte came
  clock::time_point last_life_;   // a byte came or was taken
  std::optional<clock::time_point> ping_sent_;
  std::optional<clock::time_point> ending_since_;
  std::optional<std::uint16_t> code_;  // that the server gave, once it has
  std::string why_;
  session_id session_id_;
  level_share counted_;
  level_share session_counted_{counters.websocket_sessions};
  bool accepted_ = false;
  bool was_silent_ = false;  // and is ended for it
  bool reading_ = false;
  bool ended_ = false;
};

}  // namespace

void start_websocket(std::shared_ptr<gathering_stream> stream, const upgrade_request& request,
                     std::string peer, io_thread& on, session_gateway& gateway,
                     const websocket_options& options) {
  std::make_shared<websocket_connection>(std::move(stream), std::move(peer), on, gateway, options)
      ->accept(request);
}

}  // namespace parley
