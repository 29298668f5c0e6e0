#include "actors/link/network/wire_broker.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <caf/io/middleman.hpp>
#include <caf/send.hpp>
#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "actors/link/frames.hpp"

namespace parley {

namespace {

constexpr std::chrono::milliseconds tick_interval{250};
constexpr std::chrono::milliseconds stop_again_after{5};
/// An introduction is short, and so is a handshake's message.
constexpr std::size_t introduction_bytes_max = 1'024;
constexpr std::size_t stranger_read_bytes = 4'096;
constexpr std::size_t peer_read_bytes = 65'536;
/// A link's frames have at most 64 KiB unless one message alone is larger, as a batch of the log may be.
constexpr std::size_t frame_bytes_max = 64U * 1'048'576U;

/// To the broker itself, from nobody: CAF leaves a broker's mailbox open when it has quit, and a message that
/// waits there with the broker as its sender would keep it for ever.
template <class Message>
void send_later(wire_broker_state::self_pointer to, std::chrono::milliseconds in, Message message) {
  caf::delayed_anon_send(caf::actor_cast<caf::actor>(to), in, std::move(message));
}

/// A link's end of a wire.
class brokered_wire : public wire {
public:
  brokered_wire(caf::actor broker, std::uint64_t connection)
      : broker_(std::move(broker)), connection_(connection) {}
  void send(std::string bytes) override {
    caf::anon_send(broker_, broker_message::send{connection_, std::move(bytes)});
  }
  void close() override { caf::anon_send(broker_, broker_message::end{connection_}); }

private:
  caf::actor broker_;
  std::uint64_t connection_;
};

}  // namespace

caf::behavior wire_broker_state::make_behavior(wire_broker_setup setup) {
  setup_ = std::move(setup);
  return {
      [this](const caf::io::new_data_msg& news) { read(news); },
      [this](const broker_message::send& what) { send(what); },
      [this](const caf::io::connection_closed_msg& news) {
        lost(news.handle, "the peer ended the connection");
      },
      [this](const broker_message::accepted& news) { accept(news); },
      [this](const broker_message::dialled& news) { begin(news); },
      [this](const broker_message::expect& news) { expect(news.peers); },
      [this](const broker_message::end& what) {
        if (const auto known = open_.find(what.connection); known != open_.end())
          drop(known->second, "ended here");
      },
      [this](const broker_message::deadlines&) { check_deadlines(); },
      [this](const broker_message::stop&) { stop(); },
  };
}

wire_broker_state::connection& wire_broker_state::add(descriptor socket, link_identity::role role) {
  const auto of = self_->add_scribe(socket.release());
  auto& made = connections_
                   .emplace(of, connection{role,
                                           secure_bytes(setup_.identity.get(), role),
                                           piece_reader(introduction_bytes_max),
                                           {},
                                           0,
                                           ++last_order_,
                                           clock::now() + setup_.introduce_within})
                   .first->second;
  self_->configure_read(of, caf::io::receive_policy::at_most(stranger_read_bytes));
  if (!std::exchange(is_ticking_, true))
    send_later(self_, tick_interval, broker_message::deadlines{});
  return made;
}

void wire_broker_state::accept(const broker_message::accepted& news) {
  if (is_stopping_) return;
  make_room();
  add(std::move(*news.socket), link_identity::role::opened_by_peer);
}

void wire_broker_state::make_room() {
  std::size_t strangers = 0;
  auto oldest = connections_.end();
  for (auto each = connections_.begin(); each != connections_.end(); ++each) {
    const auto& who = each->second;
    if (who.role != link_identity::role::opened_by_peer || who.number != 0) continue;
    ++strangers;
    if (oldest == connections_.end() || who.order < oldest->second.order) oldest = each;
  }
  // A peer has introduced itself within milliseconds; who is still here after so many others is none.
  if (strangers >= setup_.strangers_max) drop(oldest->first, "too many others wait");
}

void wire_broker_state::begin(const broker_message::dialled& news) {
  if (is_stopping_) return;
  const auto fd = caf::io::connection_handle::from_int(news.socket->get());
  auto& who = add(std::move(*news.socket), link_identity::role::opened_by_us);
  who.peer = news.peer;
  std::vector<char> first;
  if (!who.bytes.begin(first)) return drop(fd, who.bytes.reason());
  auto& out = self_->wr_buf(fd);
  out.insert(out.end(), first.begin(), first.end());
  if (who.bytes.is_established()) introduce(fd, who);
  self_->flush(fd);
}

void wire_broker_state::expect(std::vector<peer_address> peers) {
  expected_ = std::move(peers);
  std::vector<handle> gone;
  for (const auto& [of, who] : connections_)
    if (who.number != 0 &&
        std::ranges::find(expected_, who.peer.incarnation, &peer_address::incarnation) == expected_.end())
      gone.push_back(of);
  for (const auto& of : gone) drop(of, "no longer expected");
}

bool wire_broker_state::put(handle to, connection& who, std::string_view piece) {
  std::string length;
  piece_reader::put_length(piece.size(), length);
  auto& out = self_->wr_buf(to);
  // The length and what follows share a record when that is small.
  if (piece.size() <= 16'000) return who.bytes.put(length.append(piece), out);
  return who.bytes.put(length, out) && who.bytes.put(piece, out);
}

void wire_broker_state::send(const broker_message::send& what) {
  const auto known = open_.find(what.connection);
  if (known == open_.end()) return;
  const auto to = known->second;
  auto& who = connections_.at(to);
  if (!put(to, who, what.bytes)) return drop(to, who.bytes.reason());
  self_->flush(to);
}

void wire_broker_state::read(const caf::io::new_data_msg& news) {
  const auto known = connections_.find(news.handle);
  if (known == connections_.end()) return;
  auto& who = known->second;
  who.is_in_loop = true;
  std::vector<char> answer;
  const bool fine = who.bytes.take(news.buf, who.pieces.buffer(), answer);
  auto& out = self_->wr_buf(news.handle);
  out.insert(out.end(), answer.begin(), answer.end());
  self_->flush(news.handle);
  if (!fine) return drop(news.handle, who.bytes.reason());
  if (who.role == link_identity::role::opened_by_us && !who.is_introduced && who.bytes.is_established())
    introduce(news.handle, who);
  read_pieces(news.handle);
}

void wire_broker_state::read_pieces(handle of) {
  std::string piece;
  // Looked up each time: what a piece brings may end the connection.
  for (auto known = connections_.find(of); known != connections_.end(); known = connections_.find(of)) {
    auto& who = known->second;
    const auto found = who.pieces.next(piece);
    if (found == piece_reader::finding::nothing_yet) return;
    if (found == piece_reader::finding::too_long) return drop(of, "it does not speak the links' protocol");
    if (who.number != 0)
      setup_.events->received(who.peer.incarnation, who.number, std::exchange(piece, {}));
    else if (!meet(of, who, piece))
      return;
  }
}

bool wire_broker_state::meet(handle of, connection& who, const std::string& piece) {
  const auto they = decode_introduction(piece);
  if (!they) {
    drop(of, "it does not speak the links' protocol");
    return false;
  }
  if (they->version != link_protocol_version) {
    drop(of, "it speaks version " + std::to_string(they->version) + " of the links' protocol, and we " +
                 std::to_string(link_protocol_version));
    return false;
  }
  if (who.role == link_identity::role::opened_by_us) {
    if (they->from != who.peer.incarnation || they->to != setup_.node) {
      drop(of, "another node than " + who.peer.name + " answers at " + who.peer.address);
      return false;
    }
  } else {
    const auto known = std::ranges::find(expected_, they->from, &peer_address::incarnation);
    if (known == expected_.end() || they->to != setup_.node) {
      // It knows of us before we know of it, or us in another life; it tries again.
      drop(of, "node " + they->name.substr(0, 64) + " is not expected (yet)");
      return false;
    }
    who.peer = *known;
    introduce(of, who);
  }
  open(of, who);
  return true;
}

void wire_broker_state::introduce(handle of, connection& who) {
  who.is_introduced = true;
  static_cast<void>(put(
      of, who, encode_introduction({link_protocol_version, setup_.node, who.peer.incarnation, setup_.name})));
  self_->flush(of);
}

void wire_broker_state::open(handle of, connection& who) {
  who.number = ++last_number_;
  open_.emplace(who.number, of);
  who.pieces.allow(frame_bytes_max);
  self_->configure_read(of, caf::io::receive_policy::at_most(peer_read_bytes));
  setup_.events->opened(who.peer.incarnation, who.number,
                        std::make_shared<brokered_wire>(caf::actor_cast<caf::actor>(self_), who.number));
}

void wire_broker_state::drop(handle of, std::string why) {
  const auto known = connections_.find(of);
  if (known == connections_.end()) return;
  end(of, known->second);
  lost(of, std::move(why));
}

void wire_broker_state::end(handle of, const connection& who) {
  // What was written still leaves: an alert tells a peer with the wrong certificate why.
  if (who.is_in_loop)
    self_->close(of);
  else
    // CAF forgets a socket that is added to its loop and closed within one turn of it, and never closes it;
    // of one that has ended it hears in a later turn.
    ::shutdown(static_cast<int>(of.id()), SHUT_RDWR);
}

void wire_broker_state::lost(handle of, std::string why) {
  const auto known = connections_.find(of);
  if (known == connections_.end()) return;
  const auto peer = known->second.peer.incarnation;
  const auto number = known->second.number;
  const auto role = known->second.role;
  connections_.erase(known);
  if (number != 0) {
    open_.erase(number);
    return setup_.events->closed(peer, number);
  }
  if (role == link_identity::role::opened_by_us) return setup_.events->failed(peer, std::move(why));
  counters.link.strangers.add();
  log(severity::info, "link_stranger", "a connection to the cluster port was refused: " + why);
}

void wire_broker_state::check_deadlines() {
  const auto now = clock::now();
  std::vector<handle> late;
  bool some_wait = false;
  for (const auto& [of, who] : connections_) {
    if (who.number != 0) continue;
    some_wait = true;
    if (who.deadline <= now) late.push_back(of);
  }
  for (const auto& of : late) drop(of, "it did not introduce itself in time");
  is_ticking_ = some_wait;
  if (some_wait) send_later(self_, tick_interval, broker_message::deadlines{});
}

void wire_broker_state::stop() {
  is_stopping_ = true;
  // No news of what ends now: nobody is there to hear them.
  for (const auto& [of, who] : connections_) end(of, who);
  connections_.clear();
  open_.clear();
  if (self_->num_connections() == 0) return self_->quit();
  send_later(self_, stop_again_after, broker_message::stop{});
}

}  // namespace parley
