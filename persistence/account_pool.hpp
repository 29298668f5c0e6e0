#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <pqxx/pqxx>
#include <string>
#include <thread>
#include <vector>

#include "actors/contract/values/ports/accounts.hpp"

namespace parley {

/// Accounts in PostgreSQL, worked on by a few threads with a connection each. What does not fit into the
/// queue is `overloaded`; at the end what waits is `unavailable`.
class account_pool : public accounts {
public:
  account_pool(std::string url, std::string node, std::size_t threads = 2, std::size_t waiting_max = 256);
  ~account_pool() override;

  void create_account(std::string name, std::string password, callback<user_info> done) override;
  void create_token(std::string name, std::string password, callback<issued_token> done) override;
  void revoke_token(std::string token, callback<user_info> done) override;

private:
  struct job {
    std::function<void(pqxx::connection&)> work;  // throws when the database fails
    std::function<void(const failure&)> fail;
  };
  void add(job next);
  void work_off();

  std::string options_;
  std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<job> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace parley
