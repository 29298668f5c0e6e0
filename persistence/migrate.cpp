#include "persistence/migrate.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <map>
#include <pqxx/pqxx>
#include <span>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/shard.hpp"
#include "persistence/connection_options.hpp"

namespace parley {

namespace {

constexpr std::int64_t migration_lock = 0x7061726c6579;

std::string checksum(std::string_view text) {
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size(), nullptr, 0);
  std::array<char, 33> hex{};
  return sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
}

std::string random_epoch() {
  std::array<unsigned char, 9> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, 19> hex{};
  return sodium_bin2hex(hex.data(), hex.size(), bytes.data(), bytes.size());
}

outcome<void> check_known(const std::map<int, std::string>& applied) {
  const std::span<const migration> all{migrations, migration_count};
  for (const auto& [number, sum] : applied) {
    const auto known =
        std::find_if(all.begin(), all.end(), [n = number](const auto& m) { return m.number == n; });
    if (known == all.end())
      return failure{errc::conflict,
                     "the database has schema version " + std::to_string(number) +
                         ", which is newer than this program knows: use the newer parleyd",
                     {}};
    if (checksum(known->sql) != sum)
      return failure{
          errc::conflict,
          std::string("migration ") + known->name +
              " is not the one that was applied to the database: this parleyd was built from changed sources",
          {}};
  }
  return {};
}

/// Rows find their shard by the number of shards, so a program with another number must not touch them.
outcome<void> check_shard_count(pqxx::work& work) {
  work.exec_params("insert into cluster (epoch, shard_count) values ($1, $2) on conflict do nothing",
                   random_epoch(), shard_count);
  const auto stored = work.exec1("select shard_count from cluster")[0].as<int>();
  if (stored == shard_count) return {};
  return failure{errc::conflict,
                 "the database was made for " + std::to_string(stored) + " shards, this program has " +
                     std::to_string(shard_count) + ": use the parleyd that made it",
                 {}};
}

outcome<void> apply(pqxx::connection& connection) {
  pqxx::work work{connection};
  work.exec("select pg_advisory_xact_lock(" + std::to_string(migration_lock) + ")");
  work.exec(
      "create table if not exists migrations (number integer primary key, name text not null, checksum text "
      "not null, "
      "at timestamptz not null default now())");
  std::map<int, std::string> applied;
  for (const auto& row : work.exec("select number, checksum from migrations"))
    applied.emplace(row[0].as<int>(), row[1].as<std::string>());
  if (const auto known = check_known(applied); known.has_error()) return known;
  for (const auto& next : std::span<const migration>{migrations, migration_count}) {
    if (applied.contains(next.number)) continue;
    log(severity::info, "migration", "a migration is applied", {{"name", next.name}});
    work.exec(next.sql);
    work.exec_params("insert into migrations (number, name, checksum) values ($1, $2, $3)", next.number,
                     next.name, checksum(next.sql));
  }
  if (auto same = check_shard_count(work); same.has_error()) return same;
  work.commit();
  return {};
}

/// What an administrator has to do where the role of `storage.url` may not prepare the database.
failure explained(const pqxx::sql_error& problem) {
  const std::string_view said = problem.what();
  // Without a SQLSTATE: libpqxx tells this class by its type.
  const bool forbidden = dynamic_cast<const pqxx::insufficient_privilege*>(&problem) != nullptr;
  const bool extension = said.find("btree_gin") != std::string_view::npos;
  const auto cannot = "cannot prepare the database: " + std::string(said.substr(0, said.find('\n')));
  if (extension && forbidden)
    return {
        errc::forbidden,
        cannot + ": let a superuser run \"create extension btree_gin\" in it, or grant the role create on it",
        {}};
  if (extension)
    return {errc::unsupported,
            cannot + ": install PostgreSQL's contrib modules on the server (Debian's postgresql-15 has them)",
            {}};
  if (forbidden) return {errc::forbidden, cannot + ": make the role the owner of the database", {}};
  return {errc::internal, cannot, {}};
}

}  // namespace

outcome<void> migrate(const std::string& url) {
  if (sodium_init() < 0) return failure{errc::internal, "libsodium cannot be initialised", {}};
  try {
    pqxx::connection connection{
        with_connection_options(url, "parley migration", "-c statement_timeout=600000 ")};
    return apply(connection);
  } catch (const pqxx::broken_connection& problem) {
    return failure{errc::unavailable, std::string("cannot reach the database: ") + problem.what(), {}};
  } catch (const pqxx::sql_error& problem) {
    return explained(problem);
  } catch (const std::exception& problem) {
    return failure{errc::internal, std::string("cannot prepare the database: ") + problem.what(), {}};
  }
}

}  // namespace parley
