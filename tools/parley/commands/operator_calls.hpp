#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tools/parley/client/endpoint.hpp"
#include "tools/parley/client/http_call.hpp"
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

/// A text as part of a path or a query (RFC 3986, section 2.1).
std::string encoded(std::string_view text);

/// The operator at one node.
class operator_calls {
public:
  static client::outcome<operator_calls> with(const operator_options& options);

  /// The body of a good answer.
  client::outcome<client::json::object> call(
      std::string_view method, const std::string& path,
      const std::optional<client::json::value>& body = std::nullopt) const;
  /// The answer, whatever its status, but for a token that is refused: that is a problem.
  client::outcome<client::http_answer> ask(
      std::string_view method, const std::string& path,
      const std::optional<client::json::value>& body = std::nullopt,
      const client::call_limits& limits = {}) const;
  /// The same operator at another node of the cluster, reached as this one is; nothing when that is no
  /// address, or one to which the token would go in the open and does not here.
  [[nodiscard]] std::optional<operator_calls> at(const std::string& url) const;
  [[nodiscard]] const client::endpoint& node() const { return node_; }

private:
  operator_calls(client::endpoint node, std::string token)
      : node_(std::move(node)), token_(std::move(token)) {}

  client::endpoint node_;
  std::string token_;
};

}  // namespace parley::commands
