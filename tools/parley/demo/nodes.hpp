#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tools/parley/client/endpoint.hpp"
#include "tools/parley/client/problem.hpp"
#include "tools/parley/demo/child.hpp"

namespace parley::demo {

/// What becomes of a node that has ended.
enum class after_the_end { starts_again, stays_away };

/// The nodes of the demo's cluster, each a parleyd of its own, with links under TLS.
class nodes {
public:
  nodes() = default;
  /// `arguments`: further flags for each of them; they count more than the demo's own.
  nodes(after_the_end what, std::vector<std::string> arguments)
      : after_the_end_(what), arguments_(std::move(arguments)) {}

  /// How long a node that has ended stays away.
  static constexpr std::chrono::seconds away{10};

  struct node {
    std::string name;
    std::filesystem::path data;
    client::endpoint at;  // the same after each start
    child process;
    std::chrono::steady_clock::time_point start_again;
    bool is_starting = false;
  };

  /// The node's program, beside this one.
  static client::outcome<std::filesystem::path> program();
  /// Certificates for the links, and then the nodes, the first one before the others: it makes the operator's
  /// token. Returns when all serve.
  client::outcome<void> start(const std::filesystem::path& folder, std::size_t count,
                              const std::string& database_url);

  [[nodiscard]] const std::vector<node>& all() const { return nodes_; }
  [[nodiscard]] std::filesystem::path token_file() const { return nodes_.front().data / "operator.token"; }
  /// The node of this name; nothing without one.
  [[nodiscard]] const node* named(const std::string& name) const;
  /// Whether this node serves, as far as is known.
  [[nodiscard]] bool serves(std::size_t index) const;

  /// Looks after them: says who has ended, and starts it again in time. A line for each thing that happened.
  std::vector<std::string> look_after();
  /// A signal to a node that runs; one that stands still goes on by SIGCONT.
  void signal(std::size_t index, int number) const { nodes_[index].process.send(number); }
  /// Starts a node that has ended, at the same address; `look_after` says when it serves.
  void start_again(std::size_t index);
  /// What a node is started with, the program first.
  [[nodiscard]] std::vector<std::string> command(const node& which) const;
  void stop();

private:
  client::outcome<void> make_certificates();
  void spawn(node& which);
  client::outcome<void> wait_until_it_serves(node& which);
  static bool announced(const node& which);

  std::filesystem::path program_;
  std::filesystem::path folder_;
  std::string database_url_;
  after_the_end after_the_end_ = after_the_end::starts_again;
  std::vector<std::string> arguments_;
  std::vector<node> nodes_;
};

}  // namespace parley::demo
