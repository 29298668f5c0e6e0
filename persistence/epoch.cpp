#include "persistence/epoch.hpp"

namespace parley {

outcome<std::string> begin_epoch(pqxx::connection& connection) {
  pqxx::work work{connection};
  work.exec(new_epoch_sql);
  const auto named = work.exec(epoch_sql);
  if (named.empty())
    return failure{
        errc::internal, "the database has lost its row about the cluster: is the restore complete?", {}};
  auto epoch = named[0][0].as<std::string>();
  work.commit();
  return epoch;
}

}  // namespace parley
