#include "persistence/cluster_desk.hpp"

#include "persistence/cluster_rows.hpp"

namespace parley::cluster_desk {

namespace {

std::optional<std::string> text_or_none(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return field.as<std::string>();
}

outcome<place_found> find_conversation(pqxx::connection& connection, conversation_id id) {
  pqxx::nontransaction work{connection};
  const auto rows = work.exec_params("select name from conversations where conversation_id = $1", id.value);
  if (rows.empty()) return failure{errc::not_found, "there is no conversation of this id", {}};
  return place_found{id, text_or_none(rows[0][0]), shard_of(id), {}};
}

outcome<place_found> find_user(pqxx::connection& connection, const std::string& given) {
  const auto id = parse_id<user_id>(given);
  pqxx::nontransaction work{connection};
  // A name may consist of digits: an id is what it is taken for first.
  const auto rows = work.exec_params(
      "select user_id, name from users where user_id = $1 or lower(name) = lower($2) "
      "order by user_id = $1 desc limit 1",
      id ? id->value : 0, given);
  if (rows.empty()) return failure{errc::not_found, "there is no account of this name or id", {}};
  const user_id user{rows[0][0].as<std::int64_t>()};
  return place_found{user, text_or_none(rows[0][1]), shard_of(user), {}};
}

}  // namespace

outcome<place_found> find_place(pqxx::connection& connection, const place_question& what) {
  const auto* conversation = std::get_if<conversation_id>(&what);
  auto found = conversation != nullptr ? find_conversation(connection, *conversation)
                                       : find_user(connection, std::get<std::string>(what));
  if (found.has_value()) found.value().cluster = read_cluster(connection);
  return found;
}

outcome<cluster_view> ask_to_drain(pqxx::connection& connection, const std::string& name) {
  const auto seen = read_cluster(connection);
  const auto* node = node_named(seen, name);
  if (node != nullptr && is_gone(seen, *node))
    return failure{errc::conflict, "this node does not run: there is nothing to drain", {}};
  if (auto asked = request_drain(connection, name); asked.has_error()) return asked.error();
  return read_cluster(connection);
}

}  // namespace parley::cluster_desk
