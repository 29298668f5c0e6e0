#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "actors/contract/values/limits.hpp"
#include "actors/contract/values/ports/session_gateway.hpp"
#include "transport/polling/polling_options.hpp"
#include "transport/polling/polling_session.hpp"

namespace parley {

/// The sessions of a node whose clients call over HTTP, by name. Any thread may call.
///
/// How many one user may have is the session's own rule (`limits.devices`, as for every connection); how
/// many a node has is bounded here.
class polling_sessions {
public:
  /// Names begin with the mark; the rest is for nobody to guess.
  polling_sessions(session_gateway& gateway, const limits& rules, const polling_options& options,
                   std::string mark)
      : gateway_(gateway), rules_(rules), options_(options), mark_(std::move(mark)) {}
  ~polling_sessions() { shut_down(); }
  polling_sessions(const polling_sessions&) = delete;
  polling_sessions& operator=(const polling_sessions&) = delete;

  /// Makes a session that is identified by this token, and answers {"session":…,"user":{…},"node":…};
  /// refused as `identify` was, or as `overloaded` when the node has too many.
  void create(std::string token, std::optional<std::string> device, const std::string& peer,
              polling_answer respond);
  /// The session of this name, if this token made it; told the same whether it is not or another's.
  std::shared_ptr<polling_session> find(std::string_view name, std::string_view token);
  /// Called a few times a second: time-outs.
  void look(polling_session::clock::time_point now);
  /// Ends all of them, and takes no more.
  void shut_down();
  [[nodiscard]] std::size_t size() const;

private:
  session_gateway& gateway_;
  const limits rules_;
  const polling_options options_;
  const std::string mark_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<polling_session>> sessions_;
  bool stopping_ = false;
};

}  // namespace parley
