#include <algorithm>
#include <set>
#include <tuple>

#include "tests/simulation/history_index.hpp"

// Of the log alone: nobody's key twice, nothing that nobody asked for.
namespace parley::simulation {

namespace {

/// What came of an entry's requests.
struct provenance {
  bool asked_before = false;  // somebody had asked for it
  bool may_be_there = false;  // of those, somebody was not told that nothing happened
};

provenance origin_of(const history_index& index, const committed_entry& written) {
  provenance found;
  for (const auto& [number, connection] : index.connections) {
    for (const auto& asked : connection.exchanges) {
      if (asked.asked > written.when || !history_index::asks_for(asked, connection.user, *written.what))
        continue;
      found.asked_before = true;
      if (!asked.refused_for_sure()) found.may_be_there = true;
    }
  }
  return found;
}

}  // namespace

void check_log(history_index& index) {
  std::set<std::tuple<conversation_id, user_id, std::string>> keys;
  std::set<std::pair<user_id, std::string>> group_keys;
  std::set<std::vector<user_id>> pairs;
  for (const auto& [id, log] : index.logs) {
    for (const auto& written : log) {
      const auto& e = *written.what;
      // What the server adds (a successor's role) has no key; check_rules looks at it.
      if (e.content.kind == entry_kind::role && e.content.key.empty()) continue;
      const bool fresh = e.content.creates_direct() ? pairs.insert(e.content.members).second
                         : e.content.kind == entry_kind::create
                             ? group_keys.emplace(e.sender, e.content.key).second
                             : keys.emplace(id, e.sender, e.content.key).second;
      if (!fresh) index.blame(written.when, "the same key is in the log twice");
      if ((e.seq == 1) != (e.content.kind == entry_kind::create))
        index.blame(written.when, "a log begins with its create and has no other");
      const auto origin = origin_of(index, written);
      if (!origin.asked_before) index.blame(written.when, "an entry that nobody had asked for");
      if (origin.asked_before && !origin.may_be_there)
        index.blame(written.when, "an entry whose sender was told that nothing happened");
      if (e.seq > 1 && !index.standing_after(id, e.seq - 1).has(e.sender))
        index.blame(written.when, "an entry of somebody who is no member");
    }
  }
}

}  // namespace parley::simulation
