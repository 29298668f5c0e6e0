#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <thread>

namespace parley {

/// How long a call on a connection may take before the connection counts as hung. PostgreSQL itself ends
/// statements after 5 s, so only a server that is frozen, or out of reach, gets this far.
inline constexpr std::chrono::milliseconds hung_after{7'000};

/// A connection to PostgreSQL that neither reconnects by itself nor blocks for ever: a thread of its own
/// shuts the socket down when a call takes longer than `limit`, and the call then fails as it does when
/// the server is gone. libpq alone would wait without end for a server that is frozen.
class watched_connection {
public:
  /// Connects, within `connect_timeout`; throws like libpqxx.
  explicit watched_connection(const std::string& options, std::chrono::milliseconds limit = hung_after);
  ~watched_connection();
  watched_connection(const watched_connection&) = delete;
  watched_connection& operator=(const watched_connection&) = delete;

  /// Bounds whatever is called on `connection()` while it lives.
  class bounded {
  public:
    explicit bounded(watched_connection& watched) : watched_(watched) { watched_.begin(); }
    ~bounded() { watched_.end(); }
    bounded(const bounded&) = delete;
    bounded& operator=(const bounded&) = delete;

  private:
    watched_connection& watched_;
  };

  [[nodiscard]] pqxx::connection& connection() { return connection_; }
  /// The server process of this connection, also after it broke.
  [[nodiscard]] int backend() const { return backend_; }
  /// Whether the connection stands, for times between calls. Asks the server only if its socket says
  /// something.
  [[nodiscard]] bool stands();

private:
  /// What the server says beside its answers goes into the log instead of to stderr.
  class notices : public pqxx::errorhandler {
  public:
    using pqxx::errorhandler::errorhandler;
    bool operator()(const char text[]) noexcept override;
  };

  void begin();
  void end();
  void watch();

  pqxx::connection connection_;
  notices notices_{connection_};
  int backend_ = 0;
  int socket_ = -1;  // a duplicate: its number cannot become somebody else's while we hold it
  std::chrono::milliseconds limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  bool idle_ = false;
  bool stopping_ = false;
  std::thread watcher_;
};

}  // namespace parley
