#include "tools/parley/demo/nodes.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "tools/parley/bench/stop_request.hpp"
#include "tools/parley/certs/authority.hpp"

namespace parley::demo {

using client::outcome;
using client::problem;
using client::trouble;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr auto start_within = 60s;
constexpr auto stop_within = 15s;
constexpr int certificate_days = 365;

std::string first_word(const fs::path& file) {
  std::ifstream in{file};
  std::string word;
  in >> word;
  return word;
}

}  // namespace

outcome<fs::path> nodes::program() {
  std::error_code failed;
  const auto own = fs::read_symlink("/proc/self/exe", failed);
  auto found = own.parent_path() / "parleyd";
  if (failed || ::access(found.c_str(), X_OK) != 0)
    return problem{
        trouble::usage,
        fmt::format("there is no parleyd beside this program ({}): build or install it", found.string())};
  return found;
}

outcome<void> nodes::start(const fs::path& folder, std::size_t count, const std::string& database_url) {
  auto found = program();
  if (found.has_error()) return found.error();
  program_ = std::move(*found);
  folder_ = folder;
  database_url_ = database_url;
  for (std::size_t i = 1; i <= count; ++i) {
    auto& each = nodes_.emplace_back();
    each.name = fmt::format("node-{}", i);
    each.data = folder / each.name;
  }
  if (auto made = make_certificates(); made.has_error()) return made;
  spawn(nodes_.front());
  if (auto serves = wait_until_it_serves(nodes_.front()); serves.has_error()) return serves;
  for (auto& each : nodes_)
    if (each.process.process() == 0) spawn(each);
  for (auto& each : nodes_)
    if (auto serves = wait_until_it_serves(each); serves.has_error()) return serves;
  return {};
}

outcome<void> nodes::make_certificates() {
  const auto by = certs::authority::open_or_make(folder_ / "certs");
  if (by.has_error()) return by.error();
  std::vector<std::string> missing;
  for (const auto& each : nodes_)
    if (!fs::exists(folder_ / "certs" / (each.name + ".crt"))) missing.push_back(each.name);
  if (missing.empty()) return {};
  if (const auto made = by->sign(missing, certificate_days); made.has_error()) return made.error();
  return {};
}

std::vector<std::string> nodes::command(const node& which) const {
  const auto certs = folder_ / "certs";
  // One address makes all people here: limits for each address would count them together.
  std::vector<std::string> words{
      program_.string(),
      "--node.name=" + which.name,
      "--node.data=" + which.data.string(),
      fmt::format("--listen.port={}", which.at.host.empty() ? 0 : which.at.port),
      "--cluster.address=127.0.0.1",
      "--cluster.port=0",
      "--cluster.tls.certificate=" + (certs / (which.name + ".crt")).string(),
      "--cluster.tls.key=" + (certs / (which.name + ".key")).string(),
      "--cluster.tls.ca=" + (certs / "ca.crt").string(),
      "--storage.url=" + database_url_,
      // There is something to see from the first message on.
      "--inspection.level=edges",
      "--limits.accounts_per_minute=0",
      "--limits.sign_ins_per_minute=0"};
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  return words;
}

void nodes::spawn(node& which) {
  std::error_code ignored;
  // What a killed node left would be taken for this one's.
  for (const auto* left_over : {"address", "parleyd.pid"}) fs::remove(which.data / left_over, ignored);
  which.process = child{{command(which), folder_ / (which.name + ".log"), folder_}};
  which.is_starting = true;
}

bool nodes::announced(const node& which) {
  return which.process.process() != 0 &&
         first_word(which.data / "parleyd.pid") == std::to_string(which.process.process()) &&
         first_word(which.data / "address").starts_with("http");
}

outcome<void> nodes::wait_until_it_serves(node& which) {
  const auto deadline = std::chrono::steady_clock::now() + start_within;
  const auto log = folder_ / (which.name + ".log");
  while (!announced(which)) {
    if (bench::stop_request::came()) return problem{trouble::failed, "interrupted"};
    if (const auto status = which.process.ended(); status || which.process.process() == 0)
      return problem{trouble::failed, fmt::format("{} {} instead of serving; the end of its log:\n{}",
                                                  which.name, how_it_ended(status.value_or(0)), end_of(log))};
    if (std::chrono::steady_clock::now() > deadline)
      return problem{trouble::failed, fmt::format("{} does not serve after {} s; the end of its log:\n{}",
                                                  which.name, start_within / 1s, end_of(log))};
    pause();
  }
  auto at = client::parse_endpoint(first_word(which.data / "address"));
  if (at.has_error()) return at.error();
  which.at = std::move(*at);
  which.is_starting = false;
  return {};
}

const nodes::node* nodes::named(const std::string& name) const {
  const auto found = std::ranges::find(nodes_, name, &node::name);
  return found == nodes_.end() ? nullptr : &*found;
}

bool nodes::serves(std::size_t index) const {
  return nodes_[index].process.process() != 0 && !nodes_[index].is_starting;
}

std::vector<std::string> nodes::look_after() {
  std::vector<std::string> news;
  const auto now = std::chrono::steady_clock::now();
  for (auto& each : nodes_) {
    const auto process = each.process.process();
    if (const auto status = each.process.ended()) {
      each.start_again = now + away;
      each.is_starting = false;
      news.push_back(fmt::format("{} (process {}) {}", each.name, process, how_it_ended(*status)));
      if (after_the_end_ == after_the_end::starts_again)
        news.back() += fmt::format("; it starts again in {} s", away.count());
    } else if (process == 0 && after_the_end_ == after_the_end::starts_again && now >= each.start_again) {
      spawn(each);
    } else if (each.is_starting && announced(each)) {
      each.is_starting = false;
      news.push_back(fmt::format("{} serves again at {} (process {})", each.name, each.at.url(), process));
    }
  }
  return news;
}

void nodes::start_again(std::size_t index) {
  if (nodes_[index].process.process() == 0) spawn(nodes_[index]);
}

void nodes::stop() {
  for (const auto& each : nodes_) {
    each.process.send(SIGTERM);
    // Whoever stands still does not hear it.
    each.process.send(SIGCONT);
  }
  for (auto& each : nodes_) each.process.wait(stop_within);
}

}  // namespace parley::demo
