#include "persistence/cluster_rows.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "persistence/cluster_statements.hpp"
#include "persistence/connection_names.hpp"
#include "persistence/postgres_entry_log.hpp"

namespace parley {

namespace {

std::vector<std::string> texts_in(const pqxx::field& array) {
  std::vector<std::string> texts;
  if (array.is_null()) return texts;
  auto parser = array.as_array();
  for (auto next = parser.get_next(); next.first != pqxx::array_parser::done; next = parser.get_next())
    if (next.first == pqxx::array_parser::string_value || next.first == pqxx::array_parser::null_value)
      texts.push_back(std::move(next.second));
  return texts;
}

node_record node_from(const pqxx::row& row) {
  auto texts = texts_in(row["texts"]);
  const auto numbers = numbers_in(row["numbers"]);
  node_record node;
  node.incarnation = {row["id"].as<std::int64_t>()};
  node.name = std::move(texts.at(0));
  node.address = std::move(texts.at(1));
  node.url = std::move(texts.at(2));
  node.version = std::move(texts.at(3));
  node.state = static_cast<node_state>(numbers.at(0));
  node.drain_wanted = numbers.at(1) != 0;
  node.beat = numbers.at(2);
  node.beat_at = numbers.at(3);
  node.started_at = numbers.at(4);
  node.figures = {numbers.at(5), numbers.at(6), numbers.at(7), numbers.at(8), {}};
  for (std::size_t i = 9; i + 1 < numbers.size(); i += 2)
    node.figures.lags.push_back({{numbers[i]}, numbers[i + 1]});
  for (const auto peer : numbers_in(row["list"])) node.links.push_back({peer});
  return node;
}

}  // namespace

std::vector<std::int64_t> numbers_in(const pqxx::field& array) {
  std::vector<std::int64_t> numbers;
  if (array.is_null()) return numbers;
  const char* next = array.c_str();
  const char* const end = next + array.size();
  // "{1,2,3}": between the signs stand numbers.
  for (++next; next < end; ++next) {
    std::int64_t number = 0;
    const auto [stop, problem] = std::from_chars(next, end, number);
    if (problem == std::errc{}) numbers.push_back(number);
    next = stop;
  }
  return numbers;
}

cluster_view cluster_from(const pqxx::result& rows) {
  cluster_view view;
  view.owners.resize(shard_count);
  view.owned_since.resize(shard_count);
  std::vector<incarnation_id> noted(shard_count);
  std::vector<std::string> beating;
  for (const auto& row : rows) {
    switch (static_cast<cluster_row>(row["what"].as<int>())) {
      case cluster_row::cluster:
        view.now = numbers_in(row["numbers"]).at(0);
        break;
      case cluster_row::node:
        view.nodes.push_back(node_from(row));
        break;
      case cluster_row::holder:
        if (const auto owner = incarnation_of_writer(texts_in(row["texts"]).at(0)))
          for (const auto shard : numbers_in(row["list"]))
            view.owners.at(static_cast<std::size_t>(shard)) = *owner;
        break;
      case cluster_row::beating:
        beating = texts_in(row["texts"]);
        break;
      case cluster_row::since:
        for (const auto shard : numbers_in(row["list"])) {
          view.owned_since.at(static_cast<std::size_t>(shard)) = numbers_in(row["numbers"]).at(0);
          noted.at(static_cast<std::size_t>(shard)) = {row["id"].as<std::int64_t>()};
        }
        break;
    }
  }
  for (auto& node : view.nodes)
    node.is_connected = std::ranges::find(beating, name_of_registry(node.name, node.incarnation)) != beating.end();
  // What an earlier owner noted says nothing of the present one.
  for (std::size_t i = 0; i < noted.size(); ++i)
    if (noted[i] != view.owners[i]) view.owned_since[i] = 0;
  return view;
}

cluster_view read_cluster(pqxx::connection& connection) {
  pqxx::nontransaction work{connection};
  return cluster_from(work.exec(cluster_sql::look(shard_lock_class)));
}

outcome<void> request_drain(pqxx::connection& connection, const std::string& name) {
  pqxx::nontransaction work{connection};
  const auto asked =
      work.exec_params("update nodes set drain_wanted = true where name = $1 returning incarnation", name);
  if (asked.empty())
    return failure{
        errc::not_found, "there is no node '" + name + "'; `parley nodes` lists those there are", {}};
  return {};
}

}  // namespace parley
