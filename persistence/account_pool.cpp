#include "persistence/account_pool.hpp"

#include <sodium.h>
#include <spdlog/spdlog.h>

#include <array>
#include <optional>
#include <utility>

#include "persistence/connection_options.hpp"
#include "persistence/sql_problem.hpp"
#include "persistence/token_hash.hpp"
#include "persistence/watched_connection.hpp"

namespace parley {

namespace {

constexpr std::size_t name_characters_max = 64;
constexpr std::size_t password_bytes_max = 1'024;
// argon2id with 19 MiB and 2 passes: OWASP's Password Storage Cheat Sheet.
constexpr unsigned long long hash_passes = 2;
constexpr std::size_t hash_bytes = 19U * 1'048'576U;

failure unavailable() {
  return {errc::unavailable, "the database cannot be reached; try again", std::chrono::milliseconds{1'000}};
}

std::size_t characters_in(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

std::optional<failure> wrong_with(std::string_view name, std::string_view password) {
  if (name.empty() || characters_in(name) > name_characters_max)
    return failure{errc::bad_request, "a name has 1 to 64 characters", {}};
  for (const char c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return failure{errc::bad_request, "a name holds no control characters", {}};
  if (name.front() == ' ' || name.back() == ' ')
    return failure{errc::bad_request, "a name neither begins nor ends with a space", {}};
  if (characters_in(password) < 8)
    return failure{errc::bad_request, "a password has at least 8 characters", {}};
  if (password.size() > password_bytes_max)
    return failure{errc::too_large, "a password has at most 1024 bytes", {}};
  return std::nullopt;
}

std::string hash_password(const std::string& password) {
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), hash_passes, hash_bytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc{};
  return hash.data();
}

bool is_password(const std::string& hash, const std::string& password) {
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

std::int64_t random_id() {
  std::int64_t id = 0;
  while (id == 0) {
    randombytes_buf(&id, sizeof id);
    id &= 0x7fff'ffff'ffff'ffff;
  }
  return id;
}

std::string random_token() {
  std::array<unsigned char, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, 48> text{};
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return text.data();
}

outcome<user_info> make_account(pqxx::connection& connection, const std::string& name,
                                const std::string& password) {
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
                                 const std::string& password) {
  pqxx::nontransaction work{connection};
  const auto rows = work.exec_params(
      "select user_id, name, password_hash, disabled from users where lower(name) = lower($1)", name);
  // An unknown name takes as long as a wrong password, so that nobody learns which names exist.
  static const std::string nobody = hash_password("nobody's password");
  const bool right = is_password(rows.empty() ? nobody : rows[0][2].as<std::string>(), password);
  if (rows.empty() || !right || rows[0][3].as<bool>())
    return failure{errc::unauthenticated, "name and password do not belong together", {}};
  const user_info user{{rows[0][0].as<std::int64_t>()}, rows[0][1].as<std::string>()};
  const auto token = random_token();
  // Whoever signs in every day and never out keeps the tokens of 90 days, not of all times.
  work.exec_params("delete from tokens where user_id = $1 and used_at < now() - interval '90 days'",
                   user.id.value);
  work.exec_params("insert into tokens (token_id, hash, user_id) values ($1, $2::bytea, $3)", random_id(),
                   token_hash(token), user.id.value);
  return issued_token{token, user};
}

outcome<user_info> revoke(pqxx::connection& connection, const std::string& token) {
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

}  // namespace

account_pool::account_pool(std::string url, std::string node, std::size_t threads, std::size_t waiting_max)
    : options_(with_connection_options(url, "parley " + node + " accounts")), waiting_max_(waiting_max) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work_off(); });
}

account_pool::~account_pool() {
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  for (const auto& left : waiting_) left.fail({errc::unavailable, "the node stops", {}});
}

void account_pool::add(job next) {
  {
    const std::scoped_lock lock{mutex_};
    if (!stopping_ && waiting_.size() < waiting_max_) {
      waiting_.push_back(std::move(next));
      changed_.notify_one();
      return;
    }
  }
  next.fail(
      {errc::overloaded, "too many sign-ins at once; try again shortly", std::chrono::milliseconds{1'000}});
}

void account_pool::work_off() {
  std::unique_ptr<watched_connection> connection;
  for (;;) {
    job next;
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    try {
      // A connection that was ended meanwhile is replaced before anything is asked over it: what fails
      // half way cannot simply be asked again, since an account that was made after all is "taken" then.
      if (!connection || !connection->stands()) connection = std::make_unique<watched_connection>(options_);
      const watched_connection::bounded limited{*connection};
      next.work(connection->connection());
    } catch (const pqxx::sql_error& problem) {
      if (is_fault_of_data(problem)) {
        next.fail({errc::bad_request, "the name cannot be stored", {}});
        continue;
      }
      spdlog::warn("an account could not be worked on (SQLSTATE {})", problem.sqlstate());
      connection.reset();
      next.fail(unavailable());
    } catch (const std::exception& problem) {
      spdlog::warn("an account could not be worked on: {}", problem.what());
      connection.reset();
      next.fail(unavailable());
    }
  }
}

void account_pool::create_account(std::string name, std::string password, callback<user_info> done) {
  if (auto problem = wrong_with(name, password)) return done(std::move(*problem));
  add({[name = std::move(name), password = std::move(password), done](pqxx::connection& connection) {
         auto made = make_account(connection, name, password);
         done(std::move(made));
       },
       [done](const failure& problem) { done(problem); }});
}

void account_pool::create_token(std::string name, std::string password, callback<issued_token> done) {
  if (password.size() > password_bytes_max || name.size() > 4 * name_characters_max)
    return done(failure{errc::unauthenticated, "name and password do not belong together", {}});
  add({[name = std::move(name), password = std::move(password), done](pqxx::connection& connection) {
         auto made = make_token(connection, name, password);
         done(std::move(made));
       },
       [done](const failure& problem) { done(problem); }});
}

void account_pool::revoke_token(std::string token, callback<user_info> done) {
  add({[token = std::move(token), done](pqxx::connection& connection) {
         auto gone = revoke(connection, token);
         done(std::move(gone));
       },
       [done](const failure& problem) { done(problem); }});
}

}  // namespace parley
