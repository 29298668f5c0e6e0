#pragma once

#include <string>

#include "actors/contract/values/failure.hpp"

namespace parley {

/// Brings the database's schema up to this program's: numbered SQL files, each once, in order, under an
/// advisory lock (nodes may start together), with checksums. A changed file or a schema newer than this
/// program is an error that says so. Fails within `connect_timeout` when the server is away.
outcome<void> migrate(const std::string& url);

/// The numbers and texts of the migrations in this program.
struct migration {
  int number;
  const char* name;
  const char* sql;
};
extern const migration migrations[];
extern const std::size_t migration_count;

}  // namespace parley
