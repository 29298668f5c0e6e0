#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tools/parley/client/accounts.hpp"
#include "tools/parley/client/live_session.hpp"
#include "tools/parley/demo/nodes.hpp"

namespace parley::demo {

/// The demo's people: two for whoever watches, and others who talk in their groups by themselves, each at a
/// node of their own choice. When that is gone they go on at another one, and say again what nobody
/// confirmed.
class talk {
public:
  struct group {
    std::string name;
    std::string id;
  };

  /// `per_second`: messages of all of them together; 0: nobody says anything.
  talk(boost::asio::io_context& loop, const nodes& where, double per_second);

  /// Makes accounts and groups, as far as they are not there yet, and has the people come.
  client::outcome<void> begin(std::size_t count, const std::string& password);
  /// Lets them talk, and leave nodes that are gone. Now and then.
  void go_on();
  /// All of them go; what they said last may not be confirmed.
  void leave();
  /// Nobody says anything until it is called again; whether they talk now.
  bool toggle();

  [[nodiscard]] const std::vector<group>& groups() const { return groups_; }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  /// How many messages were confirmed.
  [[nodiscard]] std::size_t said() const { return said_; }

private:
  struct message {
    std::string conversation;
    std::string text;
  };
  struct person {
    client::signed_in_user who;
    std::vector<std::size_t> groups;
    std::size_t node = 0;
    std::unique_ptr<client::live_session> session;
    bool is_online = false;
    std::chrono::steady_clock::time_point changed;  // when it came or went
    std::map<std::string, message> unconfirmed;     // by key
  };

  client::outcome<void> make_accounts(std::size_t count, const std::string& password);
  client::outcome<void> make_groups();
  client::outcome<std::string> make_group(client::live_session& by, const std::string& name,
                                          const std::vector<std::size_t>& members);
  void come(person& who);
  void say(person& who, const std::string& key);
  void say_something();

  boost::asio::io_context& loop_;
  const nodes& where_;
  double per_second_;
  bool is_paused_ = false;
  std::vector<std::string> names_;
  std::vector<person> people_;
  std::vector<group> groups_;
  std::chrono::steady_clock::time_point next_;
  std::mt19937 chance_{std::random_device{}()};
  std::size_t said_ = 0;
  std::size_t last_key_ = 0;
  std::string key_begin_;
};

}  // namespace parley::demo
