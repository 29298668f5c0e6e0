#pragma once

#include <cstdint>
#include <pqxx/pqxx>
#include <set>
#include <span>
#include <stdexcept>
#include <string>

#include "actors/contract/values/ports/entry_log.hpp"
#include "persistence/sql_array.hpp"

namespace parley {

/// The guard found that somebody else holds a shard's lock.
struct fenced_error : std::runtime_error {
  fenced_error() : std::runtime_error("another connection holds the lock of a shard") {}
};

/// The SQL array of the shards of some conversations, each once.
class shard_list {
public:
  void add(conversation_id conversation) { shards_.insert(shard_of(conversation).value); }
  [[nodiscard]] std::string text() const {
    sql_array list;
    for (const auto shard : shards_) list.add(std::int64_t{shard});
    return list.finish();
  }

private:
  std::set<std::int32_t> shards_;
};

/// What became of an item, from a row with conversation_id, seq, at_ms, repeated and digest.
inline append_result result_from(const pqxx::row& row, const std::string& digest) {
  append_result result;
  result.conversation = {row["conversation_id"].as<std::int64_t>()};
  result.seq = row["seq"].as<sequence>();
  result.at = row["at_ms"].as<timestamp_ms>();
  const bool repeated = row["repeated"].as<bool>();
  result.what = !repeated                                                ? append_result::status::written
                : row["digest"].as<std::string>(std::string{}) == digest ? append_result::status::repeated
                                                                         : append_result::status::conflicting;
  return result;
}

}  // namespace parley
