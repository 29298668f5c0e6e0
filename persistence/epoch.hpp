#pragma once

#include <pqxx/pqxx>
#include <string>

#include "actors/contract/values/failure.hpp"

namespace parley {

/// The database's own name for its history: drawn at the first start, with the server it lives on and that
/// server's timeline. A dump that was restored elsewhere, a recovery to a point in time and a promoted
/// standby, which may lack what clients were shown, therefore have another one.
inline constexpr const char* epoch_sql =
    "select c.epoch || '-' || s.system_identifier || '-' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, "
    "8) "
    "from cluster c, pg_control_system() s";

/// Whether an entry that was committed still stands there: conversation, seq, time in milliseconds.
inline constexpr const char* written_entry_sql =
    "select 1 from entries where conversation_id = $1 and seq = $2 and (extract(epoch from at) * "
    "1000)::bigint = $3";

/// Draws another name, for a history that is not the one that clients know.
inline constexpr const char* new_epoch_sql =
    "update cluster set epoch = left(replace(gen_random_uuid()::text, '-', ''), 18)";
/// The same, unless it bears another name than the one given already: several writers may find out that the
/// history is another, and one new name is enough.
inline constexpr const char* new_epoch_once_sql =
    "update cluster set epoch = left(replace(gen_random_uuid()::text, '-', ''), 18) "
    "where epoch = split_part($1, '-', 1)";

/// Draws another name, whatever it was, for a database that was restored; the new name. Throws when the
/// database fails.
outcome<std::string> begin_epoch(pqxx::connection& connection);

}  // namespace parley
