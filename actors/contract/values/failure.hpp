#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace parley {

/// Why a request was refused. The names are those of the client protocol.
enum class errc : std::uint8_t {
  bad_request,      // the request itself is wrong; sending it again cannot help
  unauthenticated,  // no `identify` yet, or a token that is not (or no longer) good
  forbidden,        // known to the asker, but not allowed to them
  not_found,        // does not exist, or may not be seen by the asker
  conflict,         // contradicts what is already there
  too_large,        // over a limit on size
  rate_limited,     // temporary: too many requests
  overloaded,       // temporary: a queue on the way is full
  unavailable,      // temporary, outcome unknown: repeat with the same key
  unsupported,      // an op this server does not know
  internal,         // a defect of the server; nothing happened
};

/// The name of an error code as clients see it.
constexpr std::string_view to_text(errc code) {
  switch (code) {
    case errc::bad_request:
      return "bad_request";
    case errc::unauthenticated:
      return "unauthenticated";
    case errc::forbidden:
      return "forbidden";
    case errc::not_found:
      return "not_found";
    case errc::conflict:
      return "conflict";
    case errc::too_large:
      return "too_large";
    case errc::rate_limited:
      return "rate_limited";
    case errc::overloaded:
      return "overloaded";
    case errc::unavailable:
      return "unavailable";
    case errc::unsupported:
      return "unsupported";
    case errc::internal:
      return "internal";
  }
  return "internal";
}

/// Whether the same request may succeed later without a change.
constexpr bool is_temporary(errc code) {
  return code == errc::rate_limited || code == errc::overloaded || code == errc::unavailable;
}

/// A refusal: its code, one sentence for a person, and when to come back if that is known.
struct failure {
  errc code = errc::internal;
  std::string message;
  std::optional<std::chrono::milliseconds> retry_after;

  friend bool operator==(const failure&, const failure&) = default;
};

/// The one refusal for whatever an asker may not see; equal to the letter in every case.
inline failure no_such_conversation() { return {errc::not_found, "no such conversation", {}}; }
inline failure no_such_user() { return {errc::not_found, "no such user", {}}; }

/// A value, or why there is none.
template <class T>
using outcome = boost::system::result<T, failure>;

/// Called by `outcome::value()` on a failure; a broken invariant, since callers ask `has_value()` first.
[[noreturn]] inline void throw_exception_from_error(const failure& problem,
                                                    const boost::source_location& /*where*/) {
  throw std::logic_error("value() of a failure: " + problem.message);
}

}  // namespace parley
