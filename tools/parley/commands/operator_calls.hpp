#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tools/parley/client/endpoint.hpp"
#include "tools/parley/client/json.hpp"
#include "tools/parley/client/problem.hpp"
#include "tools/parley/commands/options.hpp"

namespace parley::commands {

/// What every subcommand for operators takes.
struct operator_options {
  node_options node;
  std::string token_file;
};

/// Adds `--token-file` and what `add_node_options` adds.
void add_operator_options(CLI::App& command, operator_options& options);

/// The operator at one node.
class operator_calls {
public:
  static client::outcome<operator_calls> with(const operator_options& options);

  /// The body of a good answer.
  client::outcome<client::json::object> call(
      std::string_view method, const std::string& path,
      const std::optional<client::json::value>& body = std::nullopt) const;
  [[nodiscard]] const client::endpoint& node() const { return node_; }

private:
  operator_calls(client::endpoint node, std::string token)
      : node_(std::move(node)), token_(std::move(token)) {}

  client::endpoint node_;
  std::string token_;
};

}  // namespace parley::commands
