#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/parley/client/accounts.hpp"
#include "tools/parley/client/live_session.hpp"
#include "tools/parley/experiment/cluster.hpp"
#include "tools/parley/experiment/history_log.hpp"
#include "tools/parley/experiment/member_log.hpp"
#include "tools/parley/experiment/schedule.hpp"

namespace parley::experiment {

/// The people of an experiment, each with a session at a node, who say what the schedule has for them. When
/// their node does not answer they go to another one, and say again, under the same keys, what nobody
/// confirmed. All on one loop.
class crowd {
public:
  crowd(boost::asio::io_context& loop, const cluster& where, const settings& from, const schedule& plan,
        history_log& into);
  ~crowd();
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;

  /// Who they are; makes the groups.
  client::outcome<void> make_groups(std::vector<client::signed_in_user> people);
  /// Has all of them come; returns when they have been told what there is.
  client::outcome<void> gather();

  [[nodiscard]] const std::vector<client::signed_in_user>& people() const { return users_; }
  [[nodiscard]] const std::vector<std::string>& groups() const { return group_ids_; }

  /// Says what is due, and has people leave nodes that do not answer. `is_over`: nothing is said any more.
  void go_on(microseconds now, bool is_over);
  /// When something is due next.
  [[nodiscard]] microseconds next() const;
  /// Whether everything was answered, and shown to everybody.
  [[nodiscard]] bool is_settled() const;
  void leave();

  [[nodiscard]] std::size_t online() const;
  [[nodiscard]] std::size_t waiting() const { return waiting_; }

private:
  using clock = std::chrono::steady_clock;
  struct unconfirmed {
    bool is_handed = false;
    clock::time_point since;
  };
  struct person {
    std::size_t node = 0;
    std::unique_ptr<client::live_session> session;
    bool is_online = false;
    bool is_synced = false;
    bool has_given_up = false;
    clock::time_point changed;  // when it came, went, or began to try
    std::uint32_t connection = 0;
    std::string epoch;
    std::map<std::uint32_t, member_log> logs;         // by group
    std::map<std::uint32_t, unconfirmed> unanswered;  // by message
    std::size_t not_handed = 0;
  };

  client::outcome<void> wait_for(const std::function<bool()>& done, std::string_view what);
  void come(std::uint32_t who);
  void synchronise(std::uint32_t who);
  void take_page(std::uint32_t who, const client::reply& answer);
  void take_entry(std::uint32_t who, const client::json::object& entry, came_by how);
  void read_missing(std::uint32_t who, std::uint32_t group);
  void hand_over(std::uint32_t who);
  void hand_over(std::uint32_t who, std::uint32_t message, unconfirmed& what);
  void look_after(std::uint32_t who, clock::time_point now);

  boost::asio::io_context& loop_;
  const cluster& where_;
  const settings& from_;
  const schedule& plan_;
  texts texts_;
  history_log& into_;
  std::vector<client::signed_in_user> users_;
  std::vector<std::string> group_ids_;
  std::unordered_map<std::string, std::uint32_t> groups_by_id_;
  std::vector<person> people_;
  std::vector<std::uint64_t> heads_;  // of groups: the highest place that anybody heard of
  std::size_t next_send_ = 0;
  std::size_t waiting_ = 0;
  clock::time_point last_look_;
};

}  // namespace parley::experiment
