#pragma once

namespace parley {

/// The database's own name for its history: drawn at the first start, with the server it lives on and that
/// server's timeline. A dump that was restored elsewhere, a recovery to a point in time and a promoted
/// standby, which may lack what clients were shown, therefore have another one.
inline constexpr const char* epoch_sql =
    "select c.epoch || '-' || s.system_identifier || '-' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, "
    "8) "
    "from cluster c, pg_control_system() s";

}  // namespace parley
