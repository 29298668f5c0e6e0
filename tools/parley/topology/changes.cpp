#include "tools/parley/topology/changes.hpp"

#include <fmt/format.h>

#include "tools/parley/topology/members.hpp"

namespace parley::topology {

using client::outcome;
using client::problem;
using client::trouble;

outcome<node_changes> read_changes(const json::value& value) {
  std::string mistake;
  members in{client::object_in(value), "", mistake};
  node_changes all;
  all.node = in.text("node");
  all.incarnation = in.text("incarnation");
  all.last = in.number("last");
  all.lost = in.number("lost");
  const auto& listed = in.array("changes");
  all.changes.reserve(listed.size());
  for (std::size_t i = 0; i < listed.size() && mistake.empty(); ++i) {
    members one{client::object_in(listed[i]), fmt::format("changes[{}]", i), mistake};
    change made;
    made.n = one.number("n");
    made.at = one.text("at");
    const auto what = one.text("what");
    made.is_start = what == "started";
    if (!made.is_start && what != "stopped") one.refuse("what", "is neither started nor stopped");
    made.reason = one.optional_text("reason").value_or("");
    members who{one.object("actor"), one.path_of("actor"), mistake};
    made.id = who.text("id");
    made.kind = who.text("kind");
    made.entity = who.optional_text("entity").value_or("");
    made.shard = who.optional_number("shard");
    made.parent = who.optional_text("parent").value_or("");
    all.changes.push_back(std::move(made));
  }
  if (!mistake.empty())
    return problem{trouble::failed, fmt::format("the node's changes are not as they should be: {}", mistake)};
  return all;
}

}  // namespace parley::topology
