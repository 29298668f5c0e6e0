#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/parley/chat/chat_client.hpp"
#include "tools/parley/chat/chat_command.hpp"
#include "tools/parley/chat/screen.hpp"

namespace parley::chat {

/// What `parley chat` was asked for.
struct chat_options {
  commands::user_options who;
  std::string with;
  std::string group;
};

/// One chat, from the first connection to the last: brings input, rooms and screen together.
class chat_app {
public:
  chat_app(const chat_options& options, commands::signer& people, client::signed_in_user who);

  /// Runs until somebody leaves; the exit code.
  int run();

private:
  chat_client::handlers client_handlers();
  void take_line(const std::string& line);
  void carry_out(const chat_command& command);
  void send_text(const std::string& text);
  void listed();
  void open_wanted();
  void open_person(const std::string& name);
  void open_direct(const std::string& user);
  void open_room(const std::string& id);
  void could_not_open(const std::string& why);
  void set_opening(bool is_opening);
  void await_room(const std::string& id);
  void open_by(const std::string& number_or_name);
  void make_group(const chat_command& command);
  void resolve_member(std::vector<std::string> left, client::json::array found, const std::string& group);
  void show_list();
  void show_who();
  void show_earlier();
  void show_new(room& of);
  void show_entry(const room& of, const view::log_entry& entry);
  void announce(room& of);
  void show_prompt();
  void input_ended();
  void leave_when_sent();
  void fail(const client::problem& why);
  void finish(int code);

  const chat_options& options_;
  boost::asio::io_context loop_{1};
  boost::asio::signal_set stop_signals_;
  boost::asio::steady_timer patience_;
  std::unique_ptr<screen> screen_;
  chat_client client_;
  std::string open_;               // the id of the room that is looked at
  std::string awaited_;            // the id of a room that is to be opened as soon as it is known
  std::deque<std::string> early_;  // texts typed before the first room is open
  std::map<std::string, std::uint64_t> announced_;  // by room: up to where "something new" was said
  std::uint64_t earliest_shown_ = 0;
  std::optional<int> exit_code_;
  std::optional<client::problem> last_problem_;
  bool is_listed_ = false;
  bool is_leaving_ = false;
  bool has_failed_ = false;  // a text was refused for good
  bool is_opening_ = false;  // somebody asked for a room that is not there yet
};

}  // namespace parley::chat
