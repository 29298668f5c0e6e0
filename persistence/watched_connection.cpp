#include "persistence/watched_connection.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>

#include "actors/contract/values/log_event.hpp"

namespace parley {

watched_connection::watched_connection(const std::string& options, std::chrono::milliseconds limit)
    : connection_(options), backend_(connection_.backendpid()), limit_(limit) {
  // A silent reconnect would come without the session's locks and settings.
  connection_.inhibit_reactivation(true);
  socket_ = ::fcntl(connection_.sock(), F_DUPFD_CLOEXEC, 0);
  if (socket_ < 0) throw pqxx::broken_connection{"too many open files"};
  watcher_ = std::thread{[this] { watch(); }};
}

watched_connection::~watched_connection() {
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  watcher_.join();
  ::close(socket_);
}

bool watched_connection::notices::operator()(const char text[]) noexcept {
  std::string_view line{text};
  while (line.ends_with('\n')) line.remove_suffix(1);
  log(severity::info, "postgres_notice", std::string(line));
  return false;  // no other handler
}

bool watched_connection::stands() {
  if (!connection_.is_open()) return false;
  // Nothing is expected on an idle connection: readable means closed, or a notice that precedes that.
  pollfd socket{connection_.sock(), POLLIN, 0};
  if (::poll(&socket, 1, 0) <= 0) return true;
  try {
    const bounded limited{*this};
    pqxx::nontransaction{connection_}.exec("select 1");
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void watched_connection::begin() {
  const std::scoped_lock lock{mutex_};
  deadline_ = std::chrono::steady_clock::now() + limit_;
  // A watcher that waits for an earlier deadline finds this one afterwards: waking it for each call
  // would cost more than the call's own bookkeeping.
  if (idle_) changed_.notify_all();
}

void watched_connection::end() {
  const std::scoped_lock lock{mutex_};
  deadline_.reset();
}

void watched_connection::watch() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    if (!deadline_) {
      idle_ = true;
      changed_.wait(lock, [this] { return stopping_ || deadline_; });
      idle_ = false;
      continue;
    }
    const auto until = *deadline_;
    if (std::chrono::steady_clock::now() < until) {
      changed_.wait_until(lock, until);
      continue;
    }
    log(severity::error, "database_hung", "the database does not answer; its connection is given up",
        {{"waited_ms", std::to_string(limit_.count())}});
    ::shutdown(socket_, SHUT_RDWR);
    deadline_.reset();
  }
}

}  // namespace parley
