#include "tests/persistence/support/cluster_world.hpp"

#include <chrono>

#include "persistence/cluster_rows.hpp"
#include "persistence/postgres_cluster_registry.hpp"
#include "persistence/postgres_entry_log.hpp"
#include "tests/persistence/support/database.hpp"
#include "tests/simulation/memory_cluster_registry.hpp"
#include "tests/simulation/memory_log.hpp"

namespace parley::testing {

namespace {

using namespace std::chrono_literals;

class real_world : public cluster_world {
public:
  ~real_world() override { drop_database(url_); }
  std::unique_ptr<cluster_registry> registry(const std::string& node, std::int64_t incarnation) override {
    return std::make_unique<postgres_cluster_registry>(
        url_, node, incarnation_id{incarnation},
        postgres_cluster_registry::patience{.call = 7s, .name = 200ms, .end = 5s});
  }
  std::unique_ptr<entry_log> writer(const std::string& node, std::int64_t incarnation) override {
    return std::make_unique<postgres_entry_log>(url_, node, incarnation_id{incarnation});
  }
  void end_backend(cluster_registry& of) override {
    end(dynamic_cast<postgres_cluster_registry&>(of).backend_pid());
  }
  void end_backend(entry_log& of) override { end(dynamic_cast<postgres_entry_log&>(of).backend_pid()); }
  outcome<void> request_drain(const std::string& node) override {
    pqxx::connection connection{url_};
    return parley::request_drain(connection, node);
  }

private:
  void end(int backend) {
    pqxx::connection connection{url_};
    pqxx::nontransaction{connection}.exec_params("select pg_terminate_backend($1, 5000)", backend);
  }

  std::string url_ = fresh_database();
};

class simulated_world : public cluster_world {
public:
  std::unique_ptr<cluster_registry> registry(const std::string& node, std::int64_t incarnation) override {
    return std::make_unique<simulation::memory_cluster_registry>(store_, node, incarnation_id{incarnation});
  }
  std::unique_ptr<entry_log> writer(const std::string& node, std::int64_t incarnation) override {
    return std::make_unique<simulation::memory_entry_log>(store_, node, incarnation_id{incarnation});
  }
  void end_backend(cluster_registry& of) override {
    store_->backends().end(dynamic_cast<simulation::memory_cluster_registry&>(of).backend());
  }
  void end_backend(entry_log& of) override {
    store_->backends().end(dynamic_cast<simulation::memory_entry_log&>(of).backend());
  }
  outcome<void> request_drain(const std::string& node) override {
    return simulation::request_drain(*store_, node);
  }

private:
  std::shared_ptr<simulation::memory_store> store_ = std::make_shared<simulation::memory_store>([] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  });
};

}  // namespace

std::unique_ptr<cluster_world> postgres_world() { return std::make_unique<real_world>(); }
std::unique_ptr<cluster_world> memory_world() { return std::make_unique<simulated_world>(); }

}  // namespace parley::testing
