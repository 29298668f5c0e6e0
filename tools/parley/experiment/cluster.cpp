#include "tools/parley/experiment/cluster.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace parley::experiment {

using client::outcome;

namespace {

constexpr std::uint64_t group_members_by_default = 100;

}  // namespace

std::vector<std::string> cluster::arguments_of(const settings& from) {
  const auto largest = std::max({group_members_by_default, from.sizes.least, from.sizes.most});
  std::vector<std::string> out{fmt::format("--limits.group_members={}", largest),
                               // The load is the experiment's, however much one person of it writes.
                               "--limits.sends_per_second=0"};
  out.insert(out.end(), from.arguments.begin(), from.arguments.end());
  return out;
}

outcome<std::unique_ptr<cluster>> cluster::start(const std::filesystem::path& folder, const settings& from) {
  std::unique_ptr<cluster> made{new cluster{from}};
  auto server = demo::database::start(folder, from.nodes);
  if (server.has_error()) return server.error();
  made->database_.emplace(std::move(*server));
  if (auto done = made->nodes_.start(folder, from.nodes, made->database_->url()); done.has_error()) {
    made->stop();
    return done.error();
  }
  return made;
}

std::string cluster::token() const {
  std::ifstream in{token_file()};
  std::string token;
  std::getline(in, token);
  return token;
}

void cluster::kill(std::size_t node) { nodes_.signal(node, SIGKILL); }
void cluster::freeze(std::size_t node) { nodes_.signal(node, SIGSTOP); }
void cluster::thaw(std::size_t node) { nodes_.signal(node, SIGCONT); }

void cluster::drain(std::size_t node) {
  is_leaving_[node] = runs(node);
  nodes_.signal(node, SIGTERM);
}

void cluster::restart_database() {
  database_restarts_ = true;
  database_->restart();
}

outcome<std::vector<cluster_event>> cluster::look_after() {
  std::vector<cluster_event> out;
  std::vector<std::pair<bool, bool>> before;
  for (std::size_t i = 0; i < size(); ++i) before.emplace_back(runs(i), nodes_.serves(i));
  const auto news = nodes_.look_after();
  std::size_t told = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    const bool has_ended = before[i].first && !runs(i);
    const bool has_come = !before[i].second && nodes_.serves(i);
    if (!has_ended && !has_come) continue;
    if (has_ended) is_leaving_[i] = false;
    out.push_back({has_ended ? cluster_event::kind::ended : cluster_event::kind::serves, i,
                   told < news.size() ? news[told++] : std::string{}});
  }
  const auto is_ready = database_->is_restarted();
  if (is_ready.has_error()) return is_ready.error();
  if (database_restarts_ && *is_ready) {
    database_restarts_ = false;
    out.push_back({cluster_event::kind::database_ready, 0, "PostgreSQL takes connections again"});
  }
  return out;
}

void cluster::stop() {
  nodes_.stop();
  if (database_) database_->stop(false);
}

}  // namespace parley::experiment
