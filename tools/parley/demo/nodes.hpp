#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/parley/client/endpoint.hpp"
#include "tools/parley/client/problem.hpp"
#include "tools/parley/demo/child.hpp"

namespace parley::demo {

/// The nodes of the demo's cluster, each a parleyd of its own, with links under TLS.
class nodes {
public:
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
  void stop();

private:
  client::outcome<void> make_certificates();
  void spawn(node& which);
  client::outcome<void> wait_until_it_serves(node& which);
  static bool announced(const node& which);

  std::filesystem::path program_;
  std::filesystem::path folder_;
  std::string database_url_;
  std::vector<node> nodes_;
};

}  // namespace parley::demo
