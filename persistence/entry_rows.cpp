#include "persistence/entry_rows.hpp"

#include <charconv>
#include <string>

namespace parley {

namespace {

std::vector<user_id> members_from(const std::string& text) {
  std::vector<user_id> members;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    user_id member;
    at = std::from_chars(at, end, member.value).ptr + 1;
    members.push_back(member);
  }
  return members;
}

}  // namespace

entry entry_from(const pqxx::row& row, conversation_id conversation, const char* kind_column) {
  entry result;
  result.conversation = conversation;
  result.seq = row["seq"].as<sequence>();
  result.at = row["at_ms"].as<timestamp_ms>();
  result.sender = {row["sender_id"].as<std::int64_t>()};
  auto& content = result.content;
  content.kind = static_cast<entry_kind>(row[kind_column].as<int>());
  content.key = row["key"].as<std::string>(std::string{});
  const auto shown = row["shown"].as<int>();
  result.edited = shown == 1;
  result.deleted = shown == 2;
  const auto target = row["target"].as<std::int64_t>(0);
  auto body = row["body"].as<std::string>(std::string{});
  switch (content.kind) {
    case entry_kind::message:
      content.text = std::move(body);
      break;
    case entry_kind::edit:
      content.target = target;
      content.text = std::move(body);
      break;
    case entry_kind::erase:
      content.target = target;
      break;
    case entry_kind::join:
    case entry_kind::leave:
      content.user = {target};
      break;
    case entry_kind::role:
      content.user = {target};
      content.role = body == "1"   ? member_role::owner
                     : body == "2" ? member_role::admin
                                   : member_role::member;
      break;
    case entry_kind::rename:
      content.name = std::move(body);
      break;
    case entry_kind::create: {
      // "1,2,3" of a direct conversation, "1,2,3 name" of a group.
      const auto space = body.find(' ');
      content.members = members_from(body.substr(0, space));
      if (space != std::string::npos) content.name = body.substr(space + 1);
      break;
    }
  }
  return result;
}

}  // namespace parley
