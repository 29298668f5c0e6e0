#include "tests/persistence/support/database.hpp"

#include <spdlog/spdlog.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <atomic>
#include <stdexcept>

#include "persistence/migrate.hpp"

// libpqxx 6.4 asks for the connection's encoding before it keeps a result, and loses the result of a
// connection that has just broken (connection_base::make_result): about 2 kB each, of its own making.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libpqxx-6.4.so\n"; }

namespace parley::testing {

namespace {

struct server_of_the_program {
  temporary_folder folder;
  std::unique_ptr<private_postgres> server;
};

server_of_the_program* current = nullptr;

class server_environment : public ::testing::Environment {
public:
  void SetUp() override {
    spdlog::set_level(spdlog::level::off);  // faults are provoked here all the time
    ::setenv("RC_PARAMS", "seed=1 max_success=60", 0);
  }
  void TearDown() override {
    delete current;
    current = nullptr;
  }
};

const auto* const registered = ::testing::AddGlobalTestEnvironment(new server_environment);

std::string create_database(const std::string& name, const std::string& how) {
  pqxx::connection connection{shared_server().connection_url()};
  pqxx::nontransaction{connection}.exec("create database " + name + how);
  return shared_server().connection_url() + " dbname=" + name;
}

std::string next_name() {
  static std::atomic<int> number{0};
  return "test" + std::to_string(++number);
}

/// In memory where there is room: fsync is on, and on a slow disk it is what the tests would wait for.
std::filesystem::path place_for_folders() {
  std::error_code none;
  const auto memory = std::filesystem::space("/dev/shm", none);
  if (!none && memory.available > (std::uintmax_t{2} << 30U)) return "/dev/shm";
  return std::filesystem::temp_directory_path();
}

}  // namespace

temporary_folder::temporary_folder() {
  auto name = (place_for_folders() / "parley-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  ::chmod(name.c_str(), 0755);
  path_ = name;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

private_postgres& shared_server() {
  if (current == nullptr) {
    auto fresh = std::make_unique<server_of_the_program>();
    auto started = private_postgres::start(fresh->folder.path());
    if (started.has_error()) throw std::runtime_error(started.error().message);
    fresh->server = std::move(started.value());
    current = fresh.release();
  }
  return *current->server;
}

std::string fresh_database() {
  static const bool made = [] {
    const auto migrated = migrate(create_database("pattern", ""));
    if (migrated.has_error()) throw std::runtime_error(migrated.error().message);
    return true;
  }();
  return create_database(next_name(), made ? " template pattern" : "");
}

void drop_database(const std::string& url) {
  const auto name = url.substr(url.rfind('=') + 1);
  pqxx::connection connection{shared_server().connection_url()};
  pqxx::nontransaction{connection}.exec("drop database if exists " + name + " with (force)");
}

std::string empty_database() { return create_database(next_name(), ""); }

}  // namespace parley::testing
