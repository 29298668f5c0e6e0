#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "persistence/child_process.hpp"
#include "persistence/migrate.hpp"
#include "persistence/postgres_entry_log.hpp"
#include "persistence/postgres_log_queries.hpp"
#include "persistence/private_postgres.hpp"
#include "tests/persistence/support/database.hpp"
#include "tests/persistence/support/helper_process.hpp"
#include "tests/persistence/support/items.hpp"

namespace parley::testing {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class private_postgres_test : public ::testing::Test {
protected:
  /// A database made once by the first who needs one: making it takes seconds on a slow disk.
  void copy_database_to(const fs::path& data) {
    static const temporary_folder pattern;
    static const bool made = start(pattern.path()) != nullptr;
    ASSERT_TRUE(made);
    fs::create_directories(data);
    ASSERT_EQ(
        run_child({{"/bin/cp", "-a", (pattern.path() / "postgres").string(), data.string()}, {}, "/", {}, 0}),
        0);
  }
  /// Starts a copy of that database in the test's folder.
  std::unique_ptr<private_postgres> start_copy() {
    if (!fs::exists(folder.path() / "postgres")) copy_database_to(folder.path());
    return start(folder.path());
  }
  static std::unique_ptr<private_postgres> start(const fs::path& data) {
    auto started = private_postgres::start(data);
    EXPECT_TRUE(started.has_value()) << (started.has_value() ? "" : started.error().message);
    return started.has_value() ? std::move(started.value()) : nullptr;
  }
  static std::string why_not(const fs::path& data) {
    const auto started = private_postgres::start(data);
    return started.has_error() ? started.error().message : "it started";
  }
  static std::string ask(const private_postgres& server, const std::string& sql) {
    pqxx::connection connection{server.connection_url()};
    pqxx::nontransaction work{connection};
    const auto rows = work.exec(sql);
    return rows.empty() ? "" : rows[0][0].as<std::string>("");
  }
  static bool answers(const private_postgres& server) {
    try {
      return ask(server, "select 1") == "1";
    } catch (const pqxx::failure&) {
      return false;
    }
  }
  /// Gone, or dead and only waiting for its parent to look.
  static bool has_ended(pid_t pid) {
    std::ifstream status{"/proc/" + std::to_string(pid) + "/stat"};
    std::string line;
    if (!std::getline(status, line)) return true;
    const auto state = line.find(") ");
    return state == std::string::npos || line[state + 2] == 'Z';
  }
  void write_pid_file(pid_t pid) const {
    std::ofstream{folder.path() / "postgres/postmaster.pid"} << pid << "\n/somewhere\n";
  }

  temporary_folder folder;
};

TEST_F(private_postgres_test, ItIsMadeOnceAndKeepsWhatItHolds) {
  std::string identifier;
  pid_t process = 0;
  {
    const auto server = start(folder.path());
    ASSERT_TRUE(server);
    process = server->pid();
    ask(*server, "create table kept as select 42 x");
    identifier = ask(*server, "select system_identifier from pg_control_system()");
  }
  EXPECT_TRUE(has_ended(process));
  EXPECT_FALSE(fs::exists(folder.path() / "postgres/postmaster.pid"));
  const auto server = start(folder.path());
  ASSERT_TRUE(server);
  EXPECT_EQ(ask(*server, "select x from kept"), "42");
  EXPECT_EQ(ask(*server, "select system_identifier from pg_control_system()"), identifier);
}

TEST_F(private_postgres_test, ItKeepsDataSafeAndListensOnNoNetwork) {
  const auto server = start_copy();
  ASSERT_TRUE(server);
  for (const auto* setting : {"fsync", "full_page_writes", "synchronous_commit"})
    EXPECT_EQ(ask(*server, std::string("select current_setting('") + setting + "')"), "on") << setting;
  EXPECT_EQ(ask(*server, "select current_setting('listen_addresses')"), "");
  struct stat info {};
  ASSERT_EQ(::stat(("/proc/" + std::to_string(server->pid())).c_str(), &info), 0);
  EXPECT_NE(info.st_uid, 0U) << "PostgreSQL must not run as root";
}

TEST_F(private_postgres_test, TheEpochOutlivesARestartButNotAPromotion) {
  std::string epoch;
  {
    const auto server = start_copy();
    ASSERT_TRUE(server);
    ASSERT_TRUE(migrate(server->connection_url()).has_value());
    epoch = postgres_log_queries{server->connection_url(), "node-1"}.epoch().value();
  }
  {
    const auto server = start_copy();
    ASSERT_TRUE(server);
    EXPECT_EQ(postgres_log_queries(server->connection_url(), "node-1").epoch().value(), epoch);
  }
  // As a standby it starts, and may lack what its primary had when it is promoted.
  std::ofstream{folder.path() / "postgres/standby.signal"};
  const auto server = start_copy();
  ASSERT_TRUE(server);
  EXPECT_EQ(ask(*server, "select pg_promote()"), "t");
  postgres_log_queries log{server->connection_url(), "node-1"};
  EXPECT_NE(log.epoch().value(), epoch);
  postgres_entry_log writer{server->connection_url(), "node-1", {7}};
  ASSERT_TRUE(hold(writer, std::vector<shard_index>{{0}}).has_value());
  EXPECT_EQ(writer.epoch(), log.epoch().value());
}

TEST_F(private_postgres_test, ASecondOwnerOfTheFolderIsRefusedAndToldTheFirst) {
  const auto server = start_copy();
  ASSERT_TRUE(server);
  EXPECT_THAT(why_not(folder.path()), HasSubstr("(process " + std::to_string(::getpid()) + ")"));
  EXPECT_TRUE(answers(*server));
}

TEST_F(private_postgres_test, AServerThatWasKilledIsStartedAgainAndHoldsWhatWasCommitted) {
  const auto server = start_copy();
  ASSERT_TRUE(server);
  ask(*server, "create table kept as select 42 x");
  for (int round = 0; round < 2; ++round) {
    const auto killed = server->pid();
    ASSERT_GT(killed, 0);
    ::kill(killed, SIGKILL);
    EXPECT_TRUE(
        eventually([&] { return server->pid() != killed && answers(*server); }, std::chrono::seconds{60}));
    EXPECT_EQ(ask(*server, "select x from kept"), "42");
  }
}

TEST_F(private_postgres_test, TheServerEndsWithAKilledOwnerAndTheNextOwnerWaitsForThat) {
  copy_database_to(folder.path());
  pid_t left_over = 0;
  {
    helper_process owner{{PARLEY_OWNER_PROCESS, folder.path().string()}};
    left_over = std::stoi("0" + owner.hear());
    ASSERT_GT(left_over, 0);
    pqxx::connection connection{"host='" + (folder.path() / "socket").string() +
                                "' port=5432 user=parley dbname=postgres"};
    pqxx::nontransaction{connection}.exec("create table kept as select 42 x");
  }
  const auto server = start_copy();
  ASSERT_TRUE(server);
  EXPECT_TRUE(has_ended(left_over));
  EXPECT_EQ(ask(*server, "select x from kept"), "42");
}

TEST_F(private_postgres_test, ALeftOverServerIsAskedToEndAndWaitedFor) {
  copy_database_to(folder.path());
  // A server that takes its time: it works in the folder, hears SIGINT, and ends when we say so.
  int heard[2];
  int go[2];
  ASSERT_EQ(::pipe(heard), 0);
  ASSERT_EQ(::pipe(go), 0);
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  const auto place = folder.path() / "postgres";
  const auto left_over = ::fork();
  if (left_over == 0) {
    int signal = 0;
    char byte = 0;
    sigprocmask(SIG_BLOCK, &interrupt, nullptr);
    if (::chdir(place.c_str()) != 0) ::_exit(1);
    if (::write(heard[1], &byte, 1) == 1 && sigwait(&interrupt, &signal) == 0 &&
        ::write(heard[1], &byte, 1) == 1 && ::read(go[0], &byte, 1) == 1)
      ::_exit(0);
    ::_exit(1);
  }
  char byte = 0;
  ASSERT_EQ(::read(heard[0], &byte, 1), 1);  // it stands
  write_pid_file(left_over);
  helper_process next{{PARLEY_OWNER_PROCESS, folder.path().string()}};
  ASSERT_EQ(::read(heard[0], &byte, 1), 1);  // it was asked
  EXPECT_FALSE(next.speaks_within(std::chrono::milliseconds{500})) << next.hear();
  ASSERT_EQ(::write(go[1], &byte, 1), 1);
  int status = 0;
  ::waitpid(left_over, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_GT(std::stoi("0" + next.hear()), 0);
  next.finish();
  for (const int end : {heard[0], heard[1], go[0], go[1]}) ::close(end);
}

TEST_F(private_postgres_test, AStalePidFileOfAnybodyElseDoesNotPreventTheStart) {
  start_copy();
  write_pid_file(::getpid());  // alive, and no PostgreSQL
  EXPECT_TRUE(start_copy());
  const auto unreaped = ::fork();
  if (unreaped == 0) ::_exit(0);
  ASSERT_TRUE(eventually([&] { return has_ended(unreaped); }));
  write_pid_file(unreaped);
  EXPECT_TRUE(start_copy());
  ::waitpid(unreaped, nullptr, 0);
  write_pid_file(unreaped);  // nobody
  EXPECT_TRUE(start_copy());
}

TEST_F(private_postgres_test, ADatabaseOfAnotherVersionIsExplained) {
  copy_database_to(folder.path());
  std::ofstream{folder.path() / "postgres/PG_VERSION"} << "99\n";
  const auto why = why_not(folder.path());
  EXPECT_THAT(why, HasSubstr("PostgreSQL 99"));
  EXPECT_THAT(why, HasSubstr("install postgresql-99"));
}

TEST_F(private_postgres_test, AnInterruptedBeginningIsBegunAgain) {
  fs::create_directories(folder.path() / "postgres.new/base");
  std::ofstream{folder.path() / "postgres.new/PG_VERSION"} << "15\n";
  EXPECT_TRUE(start(folder.path()));
}

TEST_F(private_postgres_test, AFolderWithALongNameGetsItsSocketElsewhere) {
  const auto data = folder.path() / std::string(120, 'x');
  copy_database_to(data);
  fs::path sockets;
  {
    const auto server = start(data);
    ASSERT_TRUE(server);
    EXPECT_TRUE(answers(*server));
    sockets = ask(*server, "select current_setting('unix_socket_directories')");
    EXPECT_LT(sockets.string().size(), 90U);
  }
  EXPECT_FALSE(fs::exists(sockets)) << "left in the temporary folder";
}

TEST_F(private_postgres_test, ATooLongSocketPathIsExplainedWhenNoFolderIsShortEnough) {
  const auto data = folder.path() / std::string(120, 'x');
  fs::create_directories(data);
  const std::string before = fs::temp_directory_path();
  ::setenv("TMPDIR", data.c_str(), 1);
  const auto why = why_not(data);
  ::setenv("TMPDIR", before.c_str(), 1);
  EXPECT_THAT(why, HasSubstr("longer than 107 bytes"));
  EXPECT_THAT(why, HasSubstr("--node.data"));
}

TEST_F(private_postgres_test, ALinkInPlaceOfItsFolderIsNotFollowed) {
  fs::create_directory(folder.path() / "elsewhere");
  fs::create_directory_symlink(folder.path() / "elsewhere", folder.path() / "socket");
  struct stat before {};
  ::stat((folder.path() / "elsewhere").c_str(), &before);
  EXPECT_THAT(why_not(folder.path()), HasSubstr("is a link"));
  struct stat after {};
  ::stat((folder.path() / "elsewhere").c_str(), &after);
  EXPECT_EQ(after.st_uid, before.st_uid);
  EXPECT_EQ(after.st_mode, before.st_mode);
}

TEST_F(private_postgres_test, AFolderThatIsNoneIsExplained) {
  std::ofstream{folder.path() / "file"} << "x";
  EXPECT_THAT(why_not(folder.path() / "file"), HasSubstr((folder.path() / "file").string()));
}

TEST_F(private_postgres_test, AFolderThatOnlyItsOwnerMayPassIsServedAllTheSame) {
  const auto data = folder.path() / "closed";
  fs::create_directory(data);
  ::chmod(data.c_str(), 0700);
  fs::path place;
  {
    const auto server = start(data);
    ASSERT_TRUE(server);
    EXPECT_TRUE(answers(*server));
    place = ask(*server, "select current_setting('data_directory')");
  }
  const auto identical = start(data);
  ASSERT_TRUE(identical);
  EXPECT_EQ(ask(*identical, "select current_setting('data_directory')"), place);
  identical->stop();
  if (::geteuid() == 0) fs::remove_all(place.parent_path());
}

}  // namespace
}  // namespace parley::testing
