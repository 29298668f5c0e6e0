#include "tools/parley/demo/database.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "tools/parley/bench/stop_request.hpp"

namespace parley::demo {

using client::outcome;
using client::problem;
using client::trouble;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t socket_path_max = 107;  // sizeof(sockaddr_un::sun_path) - 1
constexpr auto database_starts_within = 60s;
constexpr auto make_within = 120s;
constexpr std::size_t connections_of_a_node = 16;

std::string line_of(const fs::path& file, int number) {
  std::ifstream in{file};
  std::string line;
  for (int i = 0; i < number; ++i)
    if (!std::getline(in, line)) return {};
  return line;
}

/// In a connection string, as part of an address (RFC 3986, section 2.1).
std::string in_url(const fs::path& path) {
  std::string shown;
  for (const char c : path.string()) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          c == '/' || c == '-' || c == '_' || c == '.';
    shown += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return shown;
}

}  // namespace

outcome<database> database::start(const fs::path& folder, std::size_t nodes) {
  database made;
  if (const auto done = made.choose_places(folder); done.has_error()) return done.error();
  if (const auto done = made.choose_programs(); done.has_error()) return done.error();
  if (const auto done = made.make(); done.has_error()) return done.error();
  const auto connections = fmt::format("max_connections={}", 20 + nodes * connections_of_a_node);
  std::vector<std::string> command{(made.programs_ / "postgres").string(), "-D", made.folder_.string()};
  for (const auto& setting :
       {std::string{"listen_addresses="}, "unix_socket_directories=" + made.sockets_.string(),
        std::string{"unix_socket_permissions=0700"}, std::string{"port=5432"}, std::string{"fsync=on"},
        std::string{"shared_buffers=64MB"}, connections, std::string{"logging_collector=off"},
        std::string{"log_line_prefix=%m [%p] %a "}}) {
    command.emplace_back("-c");
    command.push_back(setting);
  }
  // SIGQUIT ends all processes of it at once.
  made.how_ = {command, made.log_, made.folder_, made.as_, SIGQUIT};
  made.server_ = child{made.how_};
  if (const auto done = made.wait_until_it_is_ready(); done.has_error()) return done.error();
  return made;
}

database::~database() {
  std::error_code ignored;
  if (sockets_are_elsewhere_ && !sockets_.empty()) fs::remove_all(sockets_, ignored);
}

std::string database::url() const {
  return fmt::format("postgresql://parley@/postgres?host={}", in_url(sockets_));
}

outcome<void> database::choose_places(const fs::path& folder) {
  if (::geteuid() == 0) {
    // PostgreSQL does not run as root.
    const auto* user = ::getpwnam("postgres");
    if (user == nullptr)
      return problem{trouble::failed,
                     "PostgreSQL does not run as root, and there is no user 'postgres' that it could run as: "
                     "run the demo as somebody else"};
    as_ = owner{user->pw_uid, user->pw_gid};
  }
  folder_ = folder / "postgres";
  log_ = folder / "postgres.log";
  sockets_ = folder / "socket";
  if ((sockets_ / ".s.PGSQL.5432").string().size() > socket_path_max) {
    std::string elsewhere = "/tmp/parley-demo-socket-XXXXXX";
    if (::mkdtemp(elsewhere.data()) == nullptr)
      return problem{trouble::failed, fmt::format("cannot make a folder in /tmp: {}", std::strerror(errno))};
    sockets_ = elsewhere;
    sockets_are_elsewhere_ = true;
  }
  return own_folder(sockets_);
}

outcome<void> database::own_folder(const fs::path& folder) const {
  if ((::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) ||
      (as_ && ::chown(folder.c_str(), as_->user, as_->group) != 0))
    return problem{trouble::failed,
                   fmt::format("cannot make the folder {}: {}", folder.string(), std::strerror(errno))};
  return {};
}

outcome<void> database::choose_programs() {
  const auto version = line_of(folder_ / "PG_VERSION", 1);
  std::error_code ignored;
  int newest = 0;
  for (const auto& each : fs::directory_iterator{"/usr/lib/postgresql", ignored}) {
    const auto name = each.path().filename().string();
    if (!version.empty() && name != version) continue;
    if (const int number = std::atoi(name.c_str());
        number > newest && fs::exists(each.path() / "bin" / "postgres", ignored)) {
      newest = number;
      programs_ = each.path() / "bin";
    }
  }
  if (newest != 0) return {};
  return problem{
      trouble::failed,
      version.empty()
          ? "there is no PostgreSQL in /usr/lib/postgresql: install postgresql (Debian)"
          : fmt::format("the demo's database was made by PostgreSQL {0}: install postgresql-{0}, or "
                        "begin with another folder",
                        version)};
}

outcome<void> database::make() {
  std::error_code problem_of_files;
  if (fs::exists(folder_ / "PG_VERSION", problem_of_files)) return {};
  // Made aside and renamed, so that an interrupted start leaves nothing half done.
  auto unfinished = folder_;
  unfinished += ".new";
  fs::remove_all(unfinished, problem_of_files);
  if (auto made = own_folder(unfinished); made.has_error()) return made;
  child initdb{{{(programs_ / "initdb").string(), "-D", unfinished.string(), "-U", "parley", "-E", "UTF8",
                 "--locale=C.UTF-8", "--auth=trust", "--no-sync"},
                log_,
                unfinished,
                as_}};
  const auto deadline = std::chrono::steady_clock::now() + make_within;
  auto status = initdb.ended();
  for (; !status; status = initdb.ended()) {
    if (bench::stop_request::came()) return problem{trouble::failed, "interrupted"};
    if (initdb.process() == 0 || std::chrono::steady_clock::now() > deadline)
      return problem{trouble::failed, "initdb does not come to an end"};
    pause();
  }
  if (*status != 0)
    return problem{trouble::failed,
                   fmt::format("a database cannot be made in {}: initdb {}{}; the end of its output:\n{}",
                               folder_.string(), how_it_ended(*status),
                               as_ ? " (as the user postgres, who has to be able to enter the folder)" : "",
                               end_of(log_))};
  fs::rename(unfinished, folder_, problem_of_files);
  if (problem_of_files)
    return problem{trouble::failed,
                   fmt::format("cannot rename {}: {}", unfinished.string(), problem_of_files.message())};
  return {};
}

bool database::is_ready() const {
  const auto file = folder_ / "postmaster.pid";
  // Its eighth line is how it is.
  return line_of(file, 1) == std::to_string(server_.process()) && line_of(file, 8).starts_with("ready");
}

void database::restart() {
  is_restarting_ = true;
  server_.send(SIGINT);
}

outcome<bool> database::is_restarted() {
  const auto status = server_.ended();
  if (status && !is_restarting_)
    return problem{trouble::failed, fmt::format("PostgreSQL {}; the end of its log:\n{}",
                                                how_it_ended(*status), end_of(log_))};
  if (status) {
    is_restarting_ = false;
    server_ = child{how_};
  }
  return !is_restarting_ && is_ready();
}

outcome<void> database::wait_until_it_is_ready() {
  const auto deadline = std::chrono::steady_clock::now() + database_starts_within;
  while (!is_ready()) {
    if (bench::stop_request::came()) return problem{trouble::failed, "interrupted"};
    if (const auto status = server_.ended(); status || server_.process() == 0)
      return problem{trouble::failed,
                     fmt::format("PostgreSQL {}; the end of its log ({}):\n{}",
                                 how_it_ended(status.value_or(0)), log_.string(), end_of(log_))};
    if (std::chrono::steady_clock::now() > deadline)
      return problem{trouble::failed, fmt::format("PostgreSQL does not start; the end of its log ({}):\n{}",
                                                  log_.string(), end_of(log_))};
    pause();
  }
  return {};
}

void database::stop(bool is_kept) {
  server_.send(is_kept ? SIGINT : SIGQUIT);
  server_.wait(30s);
}

}  // namespace parley::demo
