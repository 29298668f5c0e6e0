#include "tools/parley/commands/conversations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace parley::commands {

using client::array_of;
using client::number_of;
using client::object_in;
using client::outcome;
using client::problem;
using client::text_of;
using client::trouble;
namespace json = client::json;

namespace {

bool is_id(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// Equal but for the case of ASCII letters; the node itself knows of all others.
bool is_same_name(const std::string& one, const std::string& other) {
  const auto lower = [](char each) {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each + 32) : each;
  };
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

listed_conversation conversation_in(const json::object& object) {
  listed_conversation listed;
  listed.id = text_of(object, "id");
  listed.is_group = text_of(object, "kind") == "group";
  listed.name = text_of(object, "name");
  listed.head = number_of(object, "head");
  listed.unread = number_of(object, "unread");
  listed.member_count = number_of(object, "member_count");
  for (const auto& member : array_of(object, "members"))
    listed.members[text_of(object_in(member), "user")] = text_of(object_in(member), "name");
  return listed;
}

outcome<std::vector<listed_conversation>> list_conversations(script_session& session) {
  std::vector<listed_conversation> all;
  json::object ask{{"tail", 0}};
  for (;;) {
    const auto page = session.call("sync", ask);
    if (page.has_error()) return page.error();
    for (const auto& each : array_of(*page, "conversations")) all.push_back(conversation_in(object_in(each)));
    const auto cursor = text_of(*page, "cursor");
    if (cursor.empty()) return all;
    ask = {{"cursor", cursor}};
  }
}

outcome<found_person> choose_person(const std::string& wanted, const json::array& found) {
  std::vector<found_person> similar;
  for (const auto& each : found) {
    found_person person{text_of(object_in(each), "id"), text_of(object_in(each), "name")};
    if (person.name == wanted) return person;
    if (is_same_name(person.name, wanted)) similar.push_back(std::move(person));
  }
  if (similar.size() == 1) return std::move(similar.front());
  if (is_id(wanted)) return found_person{wanted, wanted};
  return problem{trouble::failed,
                 fmt::format("there is nobody called '{}'; 'parley people {}' lists who is called alike",
                             wanted, wanted.substr(0, 2))};
}

outcome<found_person> find_person(script_session& session, const std::string& name) {
  if (name.size() < 2) return choose_person(name, {});
  const auto found = session.call("find_users", {{"prefix", name}, {"limit", 20}});
  if (found.has_error()) return found.error();
  return choose_person(name, array_of(*found, "users"));
}

outcome<std::string> choose_group(const std::string& wanted,
                                  const std::vector<listed_conversation>& conversations) {
  std::vector<std::string> called;
  for (const auto& each : conversations) {
    if (each.id == wanted) return each.id;
    if (each.is_group && each.name == wanted) called.push_back(each.id);
  }
  if (called.size() == 1) return called.front();
  if (called.empty())
    return problem{trouble::failed,
                   fmt::format("you are in no group '{}'; 'parley groups' lists yours", wanted)};
  std::string ids;
  for (const auto& each : called) ids += (ids.empty() ? "" : ", ") + each;
  return problem{trouble::failed, fmt::format("{} of your groups are called '{}': say which by id ({})",
                                              called.size(), wanted, ids)};
}

outcome<std::string> find_conversation(script_session& session, const conversation_options& wanted) {
  if (!wanted.conversation.empty()) return wanted.conversation;
  if (!wanted.with.empty()) {
    const auto person = find_person(session, wanted.with);
    if (person.has_error()) return person.error();
    const auto opened = session.call("open_direct", {{"user", person->id}});
    if (opened.has_error()) return opened.error();
    return text_of(*opened, "conversation");
  }
  const auto all = list_conversations(session);
  if (all.has_error()) return all.error();
  return choose_group(wanted.group, *all);
}

outcome<std::map<std::string, std::string>> names_of_members(script_session& session,
                                                             const std::string& conversation) {
  std::map<std::string, std::string> names;
  json::object ask{{"conversation", conversation}};
  for (;;) {
    const auto page = session.call("members", ask);
    if (page.has_error()) return page.error();
    for (const auto& each : array_of(*page, "members"))
      names[text_of(object_in(each), "user")] = text_of(object_in(each), "name");
    const auto cursor = text_of(*page, "cursor");
    if (cursor.empty()) return names;
    ask["cursor"] = cursor;
  }
}

std::string random_key() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

}  // namespace parley::commands
