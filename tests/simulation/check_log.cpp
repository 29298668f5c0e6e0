#include <algorithm>
#include <set>
#include <tuple>

#include "tests/simulation/history_index.hpp"

// Of the log alone: nobody's key twice, nothing that nobody asked for.
namespace parley::simulation {

namespace {

/// The people of a conversation that this request would make.
std::vector<user_id> people_of(const request::create_group& op, user_id creator) {
  auto people = op.draft->members;
  people.push_back(creator);
  std::ranges::sort(people);
  people.erase(std::unique(people.begin(), people.end()), people.end());
  return people;
}

bool asks_for(const exchange& asked, user_id user, const entry& what) {
  const auto& content = what.content;
  if (user != what.sender) return false;
  if (const auto* op = asked.as<request::write>())
    return op->conversation == what.conversation && op->draft->kind == content.kind &&
           op->draft->key == content.key && op->draft->text == content.text;
  if (const auto* op = asked.as<request::create_group>())
    return content.kind == entry_kind::create && !content.creates_direct() && op->draft->key == content.key &&
           op->draft->name == content.name && people_of(*op, user) == content.members;
  if (const auto* op = asked.as<request::open_direct>())
    return content.creates_direct() &&
           content.members == std::vector<user_id>{std::min(user, op->user), std::max(user, op->user)};
  return false;
}

/// What came of an entry's requests.
struct provenance {
  bool asked_before = false;  // somebody had asked for it
  bool may_be_there = false;  // of those, somebody was not told that nothing happened
};

provenance origin_of(const history_index& index, const committed_entry& written) {
  provenance found;
  for (const auto& [number, connection] : index.connections) {
    for (const auto& asked : connection.exchanges) {
      if (asked.asked > written.when || !asks_for(asked, connection.user, *written.what)) continue;
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
      if (e.seq > 1 && !index.is_member(id, e.sender, written.when))
        index.blame(written.when, "an entry of somebody who is no member");
    }
  }
}

}  // namespace parley::simulation
