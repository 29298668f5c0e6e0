#include "persistence/private_postgres.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <functional>
#include <utility>
#include <vector>

#include "actors/contract/values/log_event.hpp"

namespace parley {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t socket_path_max = 107;  // sizeof(sockaddr_un::sun_path) - 1
constexpr auto start_deadline = 120s;         // recovery after a crash may take long
constexpr auto left_over_patience = 15s;
constexpr auto left_over_deadline = 45s;
constexpr auto stop_deadline = 20s;
constexpr std::uintmax_t log_bytes_max = 16U * 1'048'576U;

failure cannot(std::string what) { return {errc::internal, std::move(what), {}}; }

/// The newest PostgreSQL of those that Debian can install side by side.
fs::path find_programs() {
  for (const int version : {17, 16, 15, 14, 13}) {
    const fs::path folder = "/usr/lib/postgresql/" + std::to_string(version) + "/bin";
    if (fs::exists(folder / "postgres") && fs::exists(folder / "initdb")) return folder;
  }
  return {};
}

std::string first_line(const fs::path& file) {
  std::ifstream in{file};
  std::string line;
  std::getline(in, line);
  return line;
}

/// FNV-1a (Fowler, Noll, Vo): the same in every build, since a database is found again by it.
std::string short_hash(const fs::path& path) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : path.string()) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return std::to_string(hash);
}

/// Whether every folder above may be passed by somebody who owns none of them.
bool reachable_by_others(const fs::path& path) {
  for (auto folder = path; folder != folder.root_path(); folder = folder.parent_path()) {
    struct stat info {};
    if (::stat(folder.c_str(), &info) == 0 && (info.st_mode & S_IXOTH) == 0) return false;
  }
  return true;
}

/// Makes a folder that only the server's user may enter. One that is there already must be a folder of
/// ours: in a place that everybody may write to, somebody else's (or a link) would be a trap.
outcome<void> own_folder(const fs::path& folder, const std::optional<process_owner>& owner) {
  std::error_code problem;
  fs::create_directories(folder.parent_path(), problem);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return cannot("cannot make the folder " + folder.string() + ": " + std::strerror(errno));
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat info {};
  const bool ours = opened >= 0 && ::fstat(opened, &info) == 0 &&
                    (info.st_uid == ::geteuid() || (owner && info.st_uid == owner->user));
  const bool done =
      ours && ::fchmod(opened, 0700) == 0 && (!owner || ::fchown(opened, owner->user, owner->group) == 0);
  if (opened >= 0) ::close(opened);
  if (done) return {};
  return cannot("cannot use the folder " + folder.string() + ": it is a link, or belongs to somebody else");
}

/// What the server said last, for an error message.
std::string last_line(const fs::path& file) {
  std::ifstream in{file};
  std::string last;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) last = line;
  return last;
}

}  // namespace

outcome<std::unique_ptr<private_postgres>> private_postgres::start(const fs::path& data) {
  try {
    return start_in(data);
  } catch (const std::exception& problem) {
    return cannot("cannot start a database in " + data.string() + ": " + problem.what());
  }
}

outcome<std::unique_ptr<private_postgres>> private_postgres::start_in(const fs::path& data) {
  std::unique_ptr<private_postgres> server{new private_postgres};
  std::error_code problem;
  fs::create_directories(data, problem);
  const auto absolute = fs::canonical(data, problem);
  if (problem) return cannot("cannot use the data folder " + data.string() + ": " + problem.message());
  for (const auto& step : std::vector<std::function<outcome<void>()>>{
           [&] { return server->lock_folder(absolute); },
           [&] { return server->choose_places(absolute); },
           [&] { return server->make_database(); },
           [&] { return server->wait_for_left_over(); },
       }) {
    if (const auto done = step(); done.has_error()) return done.error();
  }
  server->supervisor_ = std::thread{[raw = server.get()] { raw->supervise(); }};
  if (const auto up = server->wait_until_it_answers(); up.has_error()) {
    server->stop();
    return up.error();
  }
  return server;
}

private_postgres::~private_postgres() { stop(); }

outcome<void> private_postgres::lock_folder(const fs::path& data) {
  auto lock = folder_lock::take(data);
  if (lock.has_error()) return lock.error();
  lock_ = std::move(lock.value());
  return {};
}

void private_postgres::point_to(const fs::path& link, const fs::path& place) {
  std::error_code ignored;
  if (link == place || fs::read_symlink(link, ignored) == place) return;
  if (fs::is_symlink(link, ignored)) fs::remove(link, ignored);
  // For people and their backups; the node itself does without.
  fs::create_symlink(place, link, ignored);
}

outcome<void> private_postgres::choose_places(const fs::path& data) {
  programs_ = find_programs();
  if (programs_.empty())
    return cannot(
        "PostgreSQL is not installed: apt-get install postgresql-15, or give a server with --storage.url");
  auto base = data;
  if (::geteuid() == 0) {
    const auto* account = ::getpwnam("postgres");
    if (account == nullptr)
      return cannot("there is no user 'postgres' to run the database as: apt-get install postgresql-15");
    owner_ = process_owner{account->pw_uid, account->pw_gid};
    if (!reachable_by_others(data)) {
      // PostgreSQL refuses to run as root, and 'postgres' may not pass a closed folder such as /root.
      base = fs::path{"/var/lib/parley"} / short_hash(data);
      std::error_code problem;
      fs::create_directories(base, problem);
      if (problem) return cannot("cannot make " + base.string() + ": " + problem.message());
      log(severity::info, "database_elsewhere", "the user postgres cannot reach the data folder",
          {{"data", data.string()}, {"database", base.string()}});
    }
  }
  folder_ = base / "postgres";
  log_file_ = data / "postgres.log";
  std::error_code problem;
  if (fs::file_size(log_file_, problem) > log_bytes_max && !problem)
    fs::rename(log_file_, data / "postgres.log.1", problem);
  sockets_ = base / "socket";
  const auto too_long = [this] { return (sockets_ / ".s.PGSQL.5432").string().size() > socket_path_max; };
  if (too_long()) {
    sockets_ = fs::temp_directory_path() / ("parley-" + std::to_string(::geteuid()) + "-" + short_hash(data));
    sockets_are_temporary_ = true;
  }
  if (too_long())
    return cannot("the path of PostgreSQL's socket would be longer than " + std::to_string(socket_path_max) +
                  " bytes, both in " + base.string() + " and in " + sockets_.string() +
                  ": choose a shorter folder with --node.data, or a shorter TMPDIR");
  if (auto made = own_folder(sockets_, owner_); made.has_error()) return made;
  if (base != data && !fs::is_symlink(data / "postgres") && fs::exists(folder_ / "PG_VERSION"))
    log(severity::warning, "database_found_again",
        "an earlier data folder at this path left its database, which is used again; remove it if that is not "
        "meant",
        {{"data", data.string()}, {"database", base.string()}});
  point_to(data / "postgres", folder_);
  point_to(data / "socket", sockets_);
  url_ = "host='" + sockets_.string() + "' port=5432 user=parley dbname=postgres";
  return {};
}

outcome<void> private_postgres::make_database() {
  const auto version = programs_.parent_path().filename().string();
  if (fs::exists(folder_ / "PG_VERSION")) {
    const auto found = first_line(folder_ / "PG_VERSION");
    if (found == version) return {};
    const fs::path right = "/usr/lib/postgresql/" + found + "/bin";
    if (fs::exists(right / "postgres")) {
      programs_ = right;
      return {};
    }
    return cannot("the database in " + folder_.string() + " was made by PostgreSQL " + found +
                  ", installed is " + version + ": install postgresql-" + found +
                  ", or move the data with pg_upgrade");
  }
  log(severity::info, "database_made", "a database is being made", {{"folder", folder_.string()}});
  // Made aside and renamed, so that an interrupted start leaves nothing half done.
  auto unfinished = folder_;
  unfinished += ".new";
  std::error_code ignored;
  fs::remove_all(unfinished, ignored);
  if (auto made = own_folder(unfinished, owner_); made.has_error()) return made;
  const int code = run_child({{(programs_ / "initdb").string(), "-D", unfinished.string(), "-U", "parley",
                               "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust"},
                              owner_,
                              unfinished,
                              log_file_,
                              SIGKILL});
  if (code != 0)
    return cannot("initdb ended with code " + std::to_string(code) + "; its output is in " +
                  log_file_.string());
  std::error_code problem;
  fs::rename(unfinished, folder_, problem);
  if (problem) return cannot("cannot rename " + unfinished.string() + ": " + problem.message());
  return {};
}

outcome<void> private_postgres::wait_for_left_over() const {
  // A node that was killed leaves a server that is still ending; starting beside it is refused. A stale
  // file whose number belongs to somebody else now, or to a process that nobody has reaped, would be
  // refused as well. A number that belongs to nobody is PostgreSQL's own business.
  const auto file = folder_ / "postmaster.pid";
  const auto began = std::chrono::steady_clock::now();
  int sent = 0;
  for (std::error_code problem; fs::exists(file, problem);) {
    const auto pid = static_cast<pid_t>(std::strtol(first_line(file).c_str(), nullptr, 10));
    if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) return {};
    const auto working_in = fs::read_symlink("/proc/" + std::to_string(pid) + "/cwd", problem);
    if (pid <= 0 || problem || working_in != folder_) {
      fs::remove(file, problem);
      return {};
    }
    const auto waited = std::chrono::steady_clock::now() - began;
    if (waited > left_over_deadline)
      return cannot("the database server of an earlier node (process " + std::to_string(pid) +
                    ") does not end; end it, then start again");
    // Fast at first; at once when that takes too long (it recovers when started).
    const int signal = waited > left_over_patience ? SIGQUIT : SIGINT;
    if (signal != sent) {
      log(severity::info, "database_left_over", "waiting for the database server of an earlier node to end",
          {{"process", std::to_string(pid)}});
      ::kill(pid, signal);
      sent = signal;
    }
    std::this_thread::sleep_for(20ms);
  }
  return {};
}

child_options private_postgres::server_options() const {
  const std::vector<std::string> settings{
      "listen_addresses=",
      "unix_socket_directories=" + sockets_.string(),
      "unix_socket_permissions=0700",
      "port=5432",
      "fsync=on",
      "synchronous_commit=on",
      "full_page_writes=on",
      "max_connections=100",
      "shared_buffers=256MB",
      "max_wal_size=4GB",
      "checkpoint_timeout=15min",
      "wal_compression=on",
      "logging_collector=off",
      "log_line_prefix=%m [%p] %a ",
      "cluster_name=parley",
  };
  std::vector<std::string> command{(programs_ / "postgres").string(), "-D", folder_.string()};
  for (const auto& setting : settings) {
    command.emplace_back("-c");
    command.push_back(setting);
  }
  // SIGINT is PostgreSQL's fast, clean shutdown.
  return {std::move(command), owner_, folder_, log_file_, SIGINT};
}

bool private_postgres::pause(std::chrono::milliseconds time) {
  std::unique_lock lock{mutex_};
  return !stopping_changed_.wait_for(lock, time, [this] { return stopping_; });
}

void private_postgres::supervise() {
  // Started from this thread, which lives as long as the server should: PDEATHSIG follows threads.
  for (auto backoff = 50ms; pause(0ms); backoff = std::min(backoff * 2, std::chrono::milliseconds{5'000})) {
    const auto child = start_child(server_options());
    const auto since = std::chrono::steady_clock::now();
    pid_.store(std::max(child, 0));
    int status = 0;
    bool asked = false;
    auto killed_at = std::chrono::steady_clock::time_point::max();
    while (child > 0 && ::waitpid(child, &status, WNOHANG) == 0) {
      if (pause(20ms)) continue;
      if (!asked) {
        ::kill(child, SIGINT);
        asked = true;
        killed_at = std::chrono::steady_clock::now() + stop_deadline;
      }
      if (std::chrono::steady_clock::now() > killed_at) ::kill(child, SIGQUIT);
      std::this_thread::sleep_for(5ms);
    }
    pid_.store(0);
    if (!pause(0ms)) return;
    if (std::chrono::steady_clock::now() - since > 10s) backoff = 50ms;
    log(severity::error, "database_ended", "the database server ended; it is started again",
        {{"status", std::to_string(status)},
         {"again_in_ms", std::to_string(backoff.count())},
         {"its_log", log_file_.string()}});
    if (!pause(backoff)) return;
    if (const auto clear = wait_for_left_over(); clear.has_error())
      log(severity::error, "database_left_over", clear.error().message);
  }
}

outcome<void> private_postgres::wait_until_it_answers() {
  const auto began = std::chrono::steady_clock::now();
  for (auto reported = began; std::chrono::steady_clock::now() - began < start_deadline;) {
    if (PQping(url_.c_str()) == PQPING_OK) return {};
    if (std::chrono::steady_clock::now() - reported > 5s) {
      log(severity::info, "database_slow", "waiting for the database server; it may be recovering",
          {{"its_log", log_file_.string()}});
      reported = std::chrono::steady_clock::now();
    }
    std::this_thread::sleep_for(10ms);
  }
  return cannot("the database server does not answer; " + log_file_.string() +
                " ends with: " + last_line(log_file_));
}

void private_postgres::stop() {
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  stopping_changed_.notify_all();
  if (supervisor_.joinable()) supervisor_.join();
  std::error_code ignored;
  if (sockets_are_temporary_) fs::remove(sockets_, ignored);
}

}  // namespace parley
