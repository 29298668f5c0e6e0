#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <pqxx/pqxx>
#include <string>

#include "persistence/private_postgres.hpp"

namespace parley::testing {

/// Looks again and again until `condition` holds; false when it does not within the time.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds within = std::chrono::milliseconds{20'000}) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

/// A folder for a test, passable for the user postgres, removed at the end.
class temporary_folder {
public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

/// The PostgreSQL that all tests of a program share: started when first asked for, stopped with the program.
private_postgres& shared_server();
/// A new database with today's schema; its connection string.
std::string fresh_database();
/// A new database without anything.
std::string empty_database();
/// Ends its connections and removes it: what is left at the end has to be written to disk by then.
void drop_database(const std::string& url);

/// A test with a database of its own.
class database_test : public ::testing::Test {
protected:
  ~database_test() override { drop_database(url); }

  /// One value of the first row, over a connection of its own (so that it also works after a crash).
  template <class T>
  T ask(const std::string& sql) {
    pqxx::connection connection{url};
    pqxx::nontransaction work{connection};
    return work.exec(sql)[0][0].template as<T>();
  }
  void run(const std::string& sql) {
    pqxx::connection connection{url};
    pqxx::nontransaction{connection}.exec(sql);
  }

  std::string url = fresh_database();
};

}  // namespace parley::testing
