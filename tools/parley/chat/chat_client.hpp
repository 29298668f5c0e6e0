#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/parley/chat/room.hpp"
#include "tools/parley/client/live_session.hpp"
#include "tools/parley/commands/signer.hpp"

namespace parley::chat {

/// All conversations of somebody, kept up to date over restarts and cuts. It shows nothing: whoever shows
/// takes entries from the rooms' views.
class chat_client {
public:
  struct handlers {
    std::function<void()> listed;                     // a `sync` has ended: all rooms are known
    std::function<void(room&)> changed;               // entries came, or names
    std::function<void(room&)> reset;                 // the log was restored: what was shown is void
    std::function<void(const std::string&)> offline;  // what happened, and when the next try is
    std::function<void()> unsent_changed;             // a text was acknowledged or refused
    std::function<void(room&, const outgoing_text&, const std::string& why)> refused;
    std::function<void(const client::problem&)> gave_up;
  };
  using done = std::function<void(const client::reply&)>;

  chat_client(boost::asio::io_context& loop, commands::signer& people, client::signed_in_user who,
              handlers called);

  void start() { session_.start(); }
  void stop() { session_.stop(); }

  /// The rooms, by id.
  std::map<std::string, room>& rooms() { return rooms_; }
  /// The ids of the rooms, newest activity first as `sync` said, what came later before.
  const std::vector<std::string>& order() const { return order_; }
  room* find(const std::string& id);
  const client::signed_in_user& who() const { return who_; }

  /// Sends a text; false when `unsent_max` wait already.
  bool send(room& to, std::string text);
  /// How many texts wait for their acknowledgement.
  std::size_t unsent() const { return unsent_; }
  /// A request that is repeated until it is answered; refused at once when too many wait.
  void ask(std::string_view op, client::json::object d, const done& answer);
  /// Whether a conversation is looked at: it is then kept complete and in full; others only at their end.
  void look_at(room& at, bool is_looked_at);
  /// Whether all people in the entry have names; if not, they are asked for.
  bool knows_names(room& of, const view::log_entry& entry);
  std::string name_of(const room& of, const std::string& id) const;

  client::live_session& session() { return session_; }
  static constexpr std::size_t unsent_max = 1'000;

private:
  void synchronise();
  void take_page(const client::reply& page);
  void take_listed(const client::json::object& listed, bool is_restored);
  void take_event(std::string_view name, const client::json::object& d);
  void take_conversation(const client::json::object& d);
  void take_entry(const client::json::object& d);
  void read_missing(room& of);
  void take_missing(const std::string& id, const client::reply& page);
  void begin(room& of);
  void send_next(room& to);
  void move_up(const std::string& id);
  room& room_for(commands::listed_conversation info);
  client::outcome<std::string> renew();

  commands::signer& people_;
  client::signed_in_user who_;
  handlers handlers_;
  client::live_session session_;
  std::map<std::string, room> rooms_;
  std::vector<std::string> order_;
  std::string looked_at_;
  std::string epoch_;
  std::size_t unsent_ = 0;
};

}  // namespace parley::chat
