#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <pqxx/pqxx>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "actors/contract/values/ports/accounts.hpp"
#include "actors/contract/values/ports/operator_desk.hpp"

namespace parley {

/// Accounts in PostgreSQL, worked on by a few threads with a connection each.
///
/// In two lanes: what hashes a password costs milliseconds of CPU and memory by design, so it has its own
/// threads, which yield to those that route chat, and its own queue; signing out, and what operators look
/// at, never stand behind it. What does not fit into a queue is `overloaded`; at the end what waits is
/// `unavailable`.
class account_pool : public accounts, public operator_desk {
public:
  using accounts::callback;

  struct sizes {
    std::size_t hashing_threads = 2;
    std::size_t waiting_max = 256;  // in each lane
  };

  account_pool(std::string url, std::string node);
  account_pool(std::string url, std::string node, sizes how);
  ~account_pool() override;

  void create_account(std::string name, std::string password, callback<user_info> done) override;
  void create_token(std::string name, std::string password, callback<issued_token> done) override;
  void revoke_token(std::string token, callback<user_info> done) override;

  /// The hash of the operator's token (`prepare_operator_token`); until it is set, nobody is the operator.
  /// Before the pool is used.
  void set_operator_hash(std::string hash) { operator_hash_ = std::move(hash); }
  [[nodiscard]] bool is_operator(std::string_view token) const override;
  void list_accounts(std::string prefix, std::string after, std::size_t limit,
                     callback<accounts_page> done) override;
  void set_use(std::string name, account_use use, callback<account_record> done) override;
  void reset_password(std::string name, std::string password, callback<account_record> done) override;
  void begin_epoch(callback<std::string> done) override;
  void show_cluster(callback<cluster_view> done) override;
  void find_place(place_question what, callback<place_found> done) override;
  void ask_to_drain(std::string name, callback<cluster_view> done) override;

private:
  struct job {
    std::function<void(pqxx::connection&)> work;  // throws when the database fails
    std::function<void(const failure&)> fail;
  };
  struct lane {
    std::deque<job> waiting;
    std::condition_variable changed;
  };
  template <class T, class Work>
  void add(lane& to, std::function<void(outcome<T>)> done, Work work);
  void add(lane& to, job next);
  void work_off(lane& from);

  std::string options_;
  std::size_t waiting_max_;
  std::string operator_hash_;
  std::mutex mutex_;
  lane hashing_;
  lane quick_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace parley
