#include "tools/parley/bench/people.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "tools/parley/bench/bench_failure.hpp"
#include "tools/parley/bench/stop_request.hpp"

namespace parley::bench {

namespace {

constexpr std::size_t calls_at_a_time = 4;
constexpr const char* password = "only for this benchmark";

bench_failure from(const client::problem& problem) {
  return bench_failure{problem.message, problem.kind == client::trouble::unreachable
                                            ? exit_status::unreachable
                                            : exit_status::failed};
}

bench_failure from(const client::account_refusal& refusal) {
  std::string text = "the node made no account: " + refusal.message;
  if (refusal.kind == client::refusal_kind::rate_limited)
    text += "; start it with --limits.accounts_per_minute=0 --limits.sign_ins_per_minute=0";
  return bench_failure{text};
}

/// Makes one account, or throws.
client::signed_in_user make_person(const client::endpoint& node, const std::string& name) {
  const auto made = client::create_account(node, name, password);
  if (made.has_error()) throw from(made.error());
  if (const auto* refused = std::get_if<client::account_refusal>(&*made)) throw from(*refused);
  auto signed_in = client::sign_in(node, name, password);
  if (signed_in.has_error()) throw from(signed_in.error());
  if (const auto* refused = std::get_if<client::account_refusal>(&*signed_in)) throw from(*refused);
  return std::get<client::signed_in_user>(std::move(*signed_in));
}

}  // namespace

std::vector<client::signed_in_user> make_people(const client::endpoint& node, std::size_t count) {
  std::random_device random;
  const auto prefix = fmt::format("bench-{:08x}{:08x}", random(), random());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(fmt::format("{}-{}", prefix, i));
  return make_people(node, names);
}

std::vector<client::signed_in_user> make_people(const client::endpoint& node,
                                                const std::vector<std::string>& names) {
  const auto count = names.size();
  std::vector<client::signed_in_user> people(count);
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<bench_failure> failed;
  const auto work = [&] {
    for (std::size_t i = next++; i < count && !stop_request::came(); i = next++) {
      try {
        people[i] = make_person(node, names[i]);
      } catch (const bench_failure& problem) {
        const std::scoped_lock lock{mutex};
        if (!failed) failed = problem;
        next = count;
      }
    }
  };
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < std::min(count, calls_at_a_time); ++i) workers.emplace_back(work);
  for (auto& each : workers) each.join();
  if (failed) throw bench_failure{*failed};
  if (stop_request::came()) throw bench_failure{"interrupted while accounts were being made"};
  return people;
}

}  // namespace parley::bench
