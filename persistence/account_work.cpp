#include "persistence/account_work.hpp"

#include <sodium.h>

#include <array>
#include <new>

#include "persistence/new_token.hpp"
#include "persistence/token_hash.hpp"

namespace parley::account_work {

namespace {

constexpr std::size_t name_characters_max = 64;
constexpr std::size_t password_bytes_max = 1'024;
// argon2id with 19 MiB and 2 passes: OWASP's Password Storage Cheat Sheet.
constexpr unsigned long long hash_passes = 2;
constexpr std::size_t hash_bytes = 19U * 1'048'576U;

std::size_t characters_in(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

std::string hash_password(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), hash_passes, hash_bytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc{};
  return hash.data();
}

bool is_password(const std::string& hash, std::string_view password) {
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

/// What an unknown name is compared with.
const std::string& hash_of_nobody() {
  static const std::string hash = hash_password("nobody's password");
  return hash;
}

std::int64_t random_id() {
  std::int64_t id = 0;
  while (id == 0) {
    randombytes_buf(&id, sizeof id);
    id &= 0x7fff'ffff'ffff'ffff;
  }
  return id;
}

failure wrong_pair() { return {errc::unauthenticated, "name and password do not belong together", {}}; }
failure no_such_account() { return {errc::not_found, "there is no account of this name", {}}; }

constexpr const char* record_columns =
    "u.user_id, u.name, u.disabled, (extract(epoch from u.created_at) * 1000)::bigint, "
    "(extract(epoch from u.last_seen) * 1000)::bigint, (select count(*) from tokens t where t.user_id = "
    "u.user_id and t.used_at > now() - interval '90 days')";

account_record record_of(const pqxx::row& row) {
  account_record record;
  record.user = {{row[0].as<std::int64_t>()}, row[1].as<std::string>()};
  record.disabled = row[2].as<bool>();
  record.created_at = row[3].as<timestamp_ms>();
  if (!row[4].is_null()) record.last_seen = row[4].as<timestamp_ms>();
  record.tokens = row[5].as<std::size_t>();
  return record;
}

/// All tokens of the account become useless, on every node.
void revoke_all(pqxx::work& work, std::int64_t user) {
  work.exec_params(
      "with gone as (delete from tokens where user_id = $1 returning token_id) "
      "insert into revocations (token_id) select token_id from gone",
      user);
}

account_record record_after(pqxx::work& work, std::int64_t user) {
  const auto rows =
      work.exec_params(std::string("select ") + record_columns + " from users u where u.user_id = $1", user);
  return record_of(rows[0]);
}

}  // namespace

std::optional<failure> wrong_with_name(std::string_view name) {
  if (name.empty() || characters_in(name) > name_characters_max)
    return failure{errc::bad_request, "a name has 1 to 64 characters", {}};
  for (const char c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return failure{errc::bad_request, "a name holds no control characters", {}};
  if (name.front() == ' ' || name.back() == ' ')
    return failure{errc::bad_request, "a name neither begins nor ends with a space", {}};
  return std::nullopt;
}

std::optional<failure> wrong_with_password(std::string_view password) {
  if (characters_in(password) < 8)
    return failure{errc::bad_request, "a password has at least 8 characters", {}};
  if (password.size() > password_bytes_max)
    return failure{errc::too_large, "a password has at most 1024 bytes", {}};
  return std::nullopt;
}

bool is_never_right(std::string_view name, std::string_view password) {
  return password.size() > password_bytes_max || name.size() > 4 * name_characters_max;
}

void prepare() { hash_of_nobody(); }

outcome<user_info> make_account(pqxx::connection& connection, const std::string& name,
                                std::string_view password) {
  const auto hash = hash_password(password);
  pqxx::nontransaction work{connection};
  const auto id = random_id();
  const auto made = work.exec_params(
      "insert into users (user_id, name, password_hash) values ($1, $2, $3) on conflict do nothing returning "
      "user_id",
      id, name, hash);
  if (made.empty()) return failure{errc::conflict, "this name is taken", {}};
  return user_info{{id}, name};
}

outcome<issued_token> make_token(pqxx::connection& connection, const std::string& name,
                                 std::string_view password) {
  pqxx::nontransaction work{connection};
  const auto rows = work.exec_params(
      "select user_id, name, password_hash, disabled from users where lower(name) = lower($1)", name);
  // An unknown name takes as long as a wrong password, so that nobody learns which names exist.
  const auto hash = rows.empty() ? hash_of_nobody() : rows[0][2].as<std::string>();
  const bool right = is_password(hash, password);
  if (rows.empty() || !right || rows[0][3].as<bool>()) return wrong_pair();
  const user_info user{{rows[0][0].as<std::int64_t>()}, rows[0][1].as<std::string>()};
  const auto token = new_token();
  // Whoever signs in every day and never out keeps the tokens of 90 days, not of all times.
  work.exec_params("delete from tokens where user_id = $1 and used_at < now() - interval '90 days'",
                   user.id.value);
  // If the account was disabled or given another password meanwhile, this is too late: the row's lock lets
  // only one of the two come first, and whoever comes second sees what the other did.
  const auto kept = work.exec_params(
      "insert into tokens (token_id, hash, user_id) select $1, $2::bytea, user_id from users "
      "where user_id = $3 and password_hash = $4 and not disabled for share returning token_id",
      random_id(), token_hash(token), user.id.value, hash);
  if (kept.empty()) return wrong_pair();
  return issued_token{token, user};
}

outcome<user_info> revoke(pqxx::connection& connection, std::string_view token) {
  pqxx::work work{connection};
  const auto gone = work.exec_params(
      "with gone as (delete from tokens where hash = $1::bytea returning token_id, user_id, used_at), "
      "told as (insert into revocations (token_id) select token_id from gone), "
      "swept as (delete from revocations where at < now() - interval '1 day') "
      "select u.user_id, u.name from gone join users u using (user_id) "
      "where gone.used_at > now() - interval '90 days' and not u.disabled",
      token_hash(token));
  work.commit();
  if (gone.empty()) return failure{errc::unauthenticated, "this token is not (or no longer) good", {}};
  return user_info{{gone[0][0].as<std::int64_t>()}, gone[0][1].as<std::string>()};
}

outcome<accounts_page> list(pqxx::connection& connection, const std::string& prefix, const std::string& after,
                            std::size_t limit) {
  pqxx::nontransaction work{connection};
  // A range of the index over lower(name): a node may have millions.
  const auto rows = work.exec_params(
      std::string("select ") + record_columns +
          " from users u where lower(u.name) ~>=~ lower($1) and ($1 = '' or lower(u.name) ~<~ (lower($1) || "
          "chr(1114111))) and ($2 = '' or lower(u.name) ~>~ lower($2)) order by lower(u.name) using ~<~ "
          "limit $3",
      prefix, after, limit + 1);
  accounts_page page;
  for (const auto& row : rows) {
    if (page.accounts.size() == limit) {
      page.next = page.accounts.back().user.name;
      break;
    }
    page.accounts.push_back(record_of(row));
  }
  return page;
}

outcome<account_record> set_use(pqxx::connection& connection, const std::string& name, account_use use) {
  pqxx::work work{connection};
  const bool disabled = use == account_use::disabled;
  const auto rows = work.exec_params(
      "update users set disabled = $2 where lower(name) = lower($1) returning user_id", name, disabled);
  if (rows.empty()) return no_such_account();
  const auto user = rows[0][0].as<std::int64_t>();
  if (disabled) revoke_all(work, user);
  auto record = record_after(work, user);
  work.commit();
  return record;
}

outcome<account_record> reset_password(pqxx::connection& connection, const std::string& name,
                                       std::string_view password) {
  const auto hash = hash_password(password);
  pqxx::work work{connection};
  const auto rows = work.exec_params(
      "update users set password_hash = $2 where lower(name) = lower($1) returning user_id", name, hash);
  if (rows.empty()) return no_such_account();
  const auto user = rows[0][0].as<std::int64_t>();
  revoke_all(work, user);
  auto record = record_after(work, user);
  work.commit();
  return record;
}

}  // namespace parley::account_work
