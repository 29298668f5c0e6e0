#include "persistence/account_pool.hpp"

#include <sodium.h>
#include <sys/resource.h>
#include <unistd.h>

#include <utility>

#include "actors/contract/values/log_event.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "persistence/account_work.hpp"
#include "persistence/cluster_desk.hpp"
#include "persistence/cluster_rows.hpp"
#include "persistence/connection_options.hpp"
#include "persistence/epoch.hpp"
#include "persistence/secret_text.hpp"
#include "persistence/sql_problem.hpp"
#include "persistence/token_hash.hpp"
#include "persistence/watched_connection.hpp"

namespace parley {

namespace {

// Hashing gets what chat leaves, and a third of a core when that is nothing.
constexpr int hashing_nice = 5;

void log_failed(const std::string& why) {
  counters.account.errors.add();
  log(severity::warning, "account_work_failed", "an account could not be worked on", {{"why", why}});
}

failure unavailable() {
  return {errc::unavailable, "the database cannot be reached; try again", std::chrono::milliseconds{1'000}};
}

/// A job is copied about; the secret is not.
std::shared_ptr<const secret_text> keep(std::string& secret) {
  return std::make_shared<const secret_text>(std::move(secret));
}

}  // namespace

account_pool::account_pool(std::string url, std::string node)
    : account_pool(std::move(url), std::move(node), sizes{}) {}

account_pool::account_pool(std::string url, std::string node, sizes how)
    : options_(with_connection_options(url, "parley " + node + " accounts")), waiting_max_(how.waiting_max) {
  for (std::size_t i = 0; i < how.hashing_threads; ++i)
    threads_.emplace_back([this] {
      // On Linux a priority is a thread's; if it cannot be had, hashing is merely less polite.
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), hashing_nice);
      account_work::prepare();
      work_off(hashing_);
    });
  threads_.emplace_back([this] { work_off(quick_); });
}

account_pool::~account_pool() {
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  for (auto* each : {&hashing_, &quick_}) each->changed.notify_all();
  for (auto& thread : threads_) thread.join();
  for (auto* each : {&hashing_, &quick_})
    for (const auto& left : each->waiting) left.fail({errc::unavailable, "the node stops", {}});
}

template <class T, class Work>
void account_pool::add(lane& to, std::function<void(outcome<T>)> done, Work work) {
  add(to, {[done, work = std::move(work)](pqxx::connection& connection) {
             auto result = work(connection);
             done(std::move(result));
           },
           [done](const failure& problem) { done(problem); }});
}

void account_pool::add(lane& to, job next) {
  {
    const std::scoped_lock lock{mutex_};
    if (!stopping_ && to.waiting.size() < waiting_max_) {
      to.waiting.push_back(std::move(next));
      to.changed.notify_one();
      return;
    }
  }
  next.fail(
      {errc::overloaded, "too many sign-ins at once; try again shortly", std::chrono::milliseconds{1'000}});
}

void account_pool::work_off(lane& from) {
  std::unique_ptr<watched_connection> connection;
  for (;;) {
    job next;
    {
      std::unique_lock lock{mutex_};
      from.changed.wait(lock, [&] { return stopping_ || !from.waiting.empty(); });
      if (stopping_) return;
      next = std::move(from.waiting.front());
      from.waiting.pop_front();
    }
    try {
      // A connection that was ended meanwhile is replaced before anything is asked over it: what fails
      // half way cannot simply be asked again, since an account that was made after all is "taken" then.
      if (!connection || !connection->stands()) {
        connection = std::make_unique<watched_connection>(options_);
        counters.account.connects.add();
      }
      const watched_connection::bounded limited{*connection};
      next.work(connection->connection());
    } catch (const pqxx::sql_error& problem) {
      if (is_fault_of_data(problem)) {
        next.fail({errc::bad_request, "the name cannot be stored", {}});
        continue;
      }
      log_failed(problem.sqlstate());
      connection.reset();
      next.fail(unavailable());
    } catch (const std::exception& problem) {
      log_failed(problem.what());
      connection.reset();
      next.fail(unavailable());
    }
  }
}

void account_pool::create_account(std::string name, std::string password, callback<user_info> done) {
  const auto secret = keep(password);
  if (auto problem = account_work::wrong_with_name(name)) return done(std::move(*problem));
  if (auto problem = account_work::wrong_with_password(secret->view())) return done(std::move(*problem));
  add(hashing_, std::move(done), [name = std::move(name), secret](pqxx::connection& connection) {
    return account_work::make_account(connection, name, secret->view());
  });
}

void account_pool::create_token(std::string name, std::string password, callback<issued_token> done) {
  const auto secret = keep(password);
  if (account_work::is_never_right(name, secret->view()))
    return done(failure{errc::unauthenticated, "name and password do not belong together", {}});
  add(hashing_, std::move(done), [name = std::move(name), secret](pqxx::connection& connection) {
    return account_work::make_token(connection, name, secret->view());
  });
}

void account_pool::revoke_token(std::string token, callback<user_info> done) {
  const auto secret = keep(token);
  add(quick_, std::move(done),
      [secret](pqxx::connection& connection) { return account_work::revoke(connection, secret->view()); });
}

bool account_pool::is_operator(std::string_view token) const {
  const auto given = token_hash(token);
  return given.size() == operator_hash_.size() &&
         sodium_memcmp(given.data(), operator_hash_.data(), given.size()) == 0;
}

void account_pool::list_accounts(std::string prefix, std::string after, std::size_t limit,
                                 callback<accounts_page> done) {
  add(quick_, std::move(done),
      [=](pqxx::connection& connection) { return account_work::list(connection, prefix, after, limit); });
}

void account_pool::set_use(std::string name, account_use use, callback<account_record> done) {
  add(quick_, std::move(done), [name = std::move(name), use](pqxx::connection& connection) {
    return account_work::set_use(connection, name, use);
  });
}

void account_pool::reset_password(std::string name, std::string password, callback<account_record> done) {
  const auto secret = keep(password);
  if (auto problem = account_work::wrong_with_password(secret->view())) return done(std::move(*problem));
  add(hashing_, std::move(done), [name = std::move(name), secret](pqxx::connection& connection) {
    return account_work::reset_password(connection, name, secret->view());
  });
}

void account_pool::begin_epoch(callback<std::string> done) {
  add(quick_, std::move(done), [](pqxx::connection& connection) { return parley::begin_epoch(connection); });
}

void account_pool::show_cluster(callback<cluster_view> done) {
  add(quick_, std::move(done),
      [](pqxx::connection& connection) -> outcome<cluster_view> { return read_cluster(connection); });
}

void account_pool::find_place(place_question what, callback<place_found> done) {
  add(quick_, std::move(done), [what = std::move(what)](pqxx::connection& connection) {
    return cluster_desk::find_place(connection, what);
  });
}

void account_pool::ask_to_drain(std::string name, callback<cluster_view> done) {
  add(quick_, std::move(done), [name = std::move(name)](pqxx::connection& connection) {
    return cluster_desk::ask_to_drain(connection, name);
  });
}

}  // namespace parley
