#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/contract/values/ports/session_gateway.hpp"
#include "tests/simulation/connection.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/memory_store.hpp"

namespace parley::simulation {

/// A user that does not exist.
inline constexpr user_id nobody{999'999};

/// A node that takes connections.
struct door {
  session_gateway* gateway = nullptr;
  std::string node;
};

/// What a device needs of the world around it.
struct surroundings {
  std::shared_ptr<const connection_environment> shared;
  std::shared_ptr<const memory_store> store;       // only to find conversations of others to intrude upon
  std::function<std::optional<door>()> find_door;  // some node; none is there now
  std::function<std::int64_t()> now_ms;
  int patience_ms_max = 0;  // a connection on which no answer comes is given up; 0: never
  dice* chance = nullptr;
  std::vector<user_id> people;
  connection_number* last_connection = nullptr;
};

/// A client following the protocol: connects, identifies, syncs with what it has, writes, reads,
/// repeats with the same key whatever it has no answer to, and comes back after a loss.
class device {
public:
  device(std::string name, user_info owner, std::string token, surroundings around)
      : name_(std::move(name)),
        owner_(std::move(owner)),
        token_(std::move(token)),
        around_(std::move(around)) {}

  /// One thing a person might do now.
  void act();
  /// Takes up to `frames_max` frames from its connection.
  void take_frames(std::size_t frames_max);
  /// Connects if it is not, repeats what has no answer, asks for nothing new.
  void come_to_rest();
  /// Its connection is gone.
  void disconnect();
  /// Its person is away from now on: it does not connect again.
  void go_away();
  [[nodiscard]] user_id owner() const { return owner_.id; }
  [[nodiscard]] bool is_connected() const { return out_ != nullptr; }
  [[nodiscard]] bool is_connected_to(const std::string& node) const {
    return out_ != nullptr && node_ == node;
  }

private:
  void connect();
  [[nodiscard]] bool hears_nothing() const;
  void ask(client_request::operation op);
  void say_something();
  void write_to(conversation_id conversation, const std::string& key, const std::string& text);
  void write_to(conversation_id conversation, entry_draft draft);
  void repeat_unresolved();
  void repeat_or_contradict();
  void read_something();
  void sync_again();
  void create();
  void intrude();
  // What people do beside writing, in device_changes.cpp.
  void change_something();
  void change_members(conversation_id conversation, entry_draft draft);
  void do_something_about_people();
  [[nodiscard]] std::vector<user_id> some_people();
  [[nodiscard]] conversation_id any_of_mine();
  [[nodiscard]] std::string new_key() { return name_ + "-" + std::to_string(++last_key_); }
  void handle(const answer_frame& answer);
  void handle(const client_event& event);
  void learn(const reply::synced& page);
  [[nodiscard]] bool may_ask() const { return waiting_.size() < 24; }

  std::string name_;
  user_info owner_;
  std::string token_;
  surroundings around_;

  connection_number connection_ = 0;
  std::string node_;
  std::shared_ptr<scripted_outbox> out_;
  std::shared_ptr<session_inbox> inbox_;
  request_id last_request_ = 0;
  bool identified_ = false;
  bool synced_ = false;
  bool away_ = false;
  std::int64_t heard_ms_ = 0;
  int patience_ms_ = 0;
  std::optional<std::string> cursor_;
  std::map<request_id, client_request::operation> waiting_;
  std::map<conversation_id, sequence> have_;
  std::vector<client_request::operation> unresolved_;  // writes whose outcome is not known
  std::vector<client_request::operation> done_;        // writes that were acknowledged
  int last_key_ = 0;
};

}  // namespace parley::simulation
