#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tools/parley/client/json.hpp"
#include "tools/parley/client/problem.hpp"

// Spans as GET /v1/operator/traces answers them, and a file of them. What each member means is written in
// tools/topology/TRACE.md.

namespace parley::trace {

namespace json = client::json;

/// One thing that was done for a request: a message that an actor handled, a commit, a write to a socket.
struct span {
  std::string trace;   // 16 hexadecimal digits
  std::string id;      // the same
  std::string parent;  // empty: the root
  std::string node;
  std::string actor;  // empty: none, the connections' own thread
  std::string kind;
  std::string entity;  // empty: it stands for none
  std::string name;
  std::int64_t at_ns = 0;  // since 1970, by the clock of its node: when waiting began
  std::int64_t waited_ns = 0;
  std::int64_t took_ns = 0;  // of `link` between two clocks: may be below 0
  std::vector<std::pair<std::string, std::variant<std::int64_t, std::string>>> details;

  /// When waiting was over.
  [[nodiscard]] std::int64_t handled_at_ns() const { return at_ns + (waited_ns > 0 ? waited_ns : 0); }
  [[nodiscard]] std::int64_t ended_at_ns() const { return handled_at_ns() + (took_ns > 0 ? took_ns : 0); }
  /// A detail that is a text; empty when there is none.
  [[nodiscard]] std::string text(std::string_view detail) const;
  /// A detail that is a number.
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view detail) const;
};

/// A node whose spans are not here, and why.
struct missing_node {
  std::string node;
  std::string why;
  friend bool operator==(const missing_node&, const missing_node&) = default;
};

/// A message that this program sent, by its own clock.
struct sent_message {
  std::string trace;  // empty: its trace did not come
  std::string conversation;
  std::uint64_t seq = 0;
  std::int64_t began_at_ns = 0;
  std::int64_t latency_ns = 0;  // until the answer was read
};

/// Spans of any number of traces: a node's answer, or a file.
struct collection {
  std::int64_t taken_at_ms = 0;
  std::uint64_t lost = 0;  // recorded and overwritten before they were asked for
  std::vector<missing_node> missing;
  std::vector<sent_message> sent;
  std::vector<span> spans;
  std::string cursor;  // of an answer: what to ask with next
};

/// The collection in this value; a problem names the member that is missing or of another type. Members that
/// are not known are ignored; `sends` and `cursor` may be missing.
client::outcome<collection> read_collection(const json::value& value);

/// Leaves these traces only, and those whose fan-out they share.
void keep_only(collection& what, std::set<std::string> traces);

json::object to_json(const span& what);
/// As `read_collection` reads it; without the cursor.
json::object to_json(const collection& what);

}  // namespace parley::trace
