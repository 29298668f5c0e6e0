#pragma once

#include <boost/system/result.hpp>
#include <cstdlib>
#include <string>
#include <utility>

namespace parley::client {

/// What went wrong, by what the program's exit code says of it.
enum class trouble : int {
  failed = 1,       // the node refused, or the answer was not what the protocol says
  usage = 2,        // an argument or a setting is wrong
  unreachable = 3,  // nobody answers there, or not in time
};

/// An expected failure: its kind, and a text that says what is wrong and what to do next.
struct problem {
  trouble kind = trouble::failed;
  std::string message;
};

/// A value, or the problem in its place.
template <class T>
using outcome = boost::system::result<T, problem>;

/// Called by `outcome::value()` on a problem; a broken invariant, since callers ask `has_value()` first.
[[noreturn]] inline void throw_exception_from_error(const problem&, const boost::source_location&) {
  std::abort();
}

}  // namespace parley::client
