#include "tools/parley/view/log_entry.hpp"

namespace parley::view {

log_entry entry_in(const client::json::object& object) {
  using client::flag_of;
  using client::number_of;
  using client::text_of;
  log_entry entry;
  entry.conversation = text_of(object, "conversation");
  entry.seq = number_of(object, "seq");
  entry.kind = text_of(object, "kind");
  entry.sender = text_of(object, "sender");
  entry.at = text_of(object, "at");
  entry.key = text_of(object, "key");
  entry.text = text_of(object, "text");
  entry.target = number_of(object, "target");
  entry.user = text_of(object, "user");
  entry.role = text_of(object, "role");
  entry.name = text_of(object, "name");
  for (const auto& member : client::array_of(object, "members"))
    if (const auto* id = member.if_string()) entry.members.emplace_back(id->data(), id->size());
  entry.is_edited = flag_of(object, "edited");
  entry.is_deleted = flag_of(object, "deleted");
  return entry;
}

std::vector<std::string> people_in(const log_entry& entry) {
  std::vector<std::string> people = entry.members;
  if (!entry.sender.empty()) people.push_back(entry.sender);
  if (!entry.user.empty()) people.push_back(entry.user);
  return people;
}

}  // namespace parley::view
