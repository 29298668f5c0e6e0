#include "tools/parley/commands/operator_calls.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tools/parley/client/http_call.hpp"
#include "tools/parley/commands/operator_token.hpp"

namespace parley::commands {

using client::outcome;
using client::problem;
using client::trouble;
namespace json = client::json;

void add_operator_options(CLI::App& command, operator_options& options) {
  add_node_options(command, options.node);
  command
      .add_option("--token-file", options.token_file,
                  "File with the operator's token (else PARLEY_OPERATOR_TOKEN, else operator.token in the "
                  "data folder)")
      ->type_name("FILE");
}

outcome<operator_calls> operator_calls::with(const operator_options& options) {
  const auto environment = client::process_environment();
  auto node = client::find_endpoint(options.node.choice(), environment);
  if (node.has_error()) return node.error();
  auto token = find_operator_token(options.token_file, options.node.choice(), environment);
  if (token.has_error()) return token.error();
  return operator_calls{std::move(*node), std::move(*token)};
}

outcome<json::object> operator_calls::call(std::string_view method, const std::string& path,
                                           const std::optional<json::value>& body) const {
  const auto answer = client::http_call(node_, method, path, body, token_);
  if (answer.has_error()) return answer.error();
  if (answer->is_good()) return client::object_in(answer->body);
  if (answer->status == 401)
    return problem{
        trouble::failed,
        fmt::format("the node at {} refuses the operator's token: {}\nis it the token of this "
                    "cluster? a configured one (operator.token) counts, else the one its first node "
                    "wrote",
                    node_.url(), answer->error_message())};
  return problem{trouble::failed, answer->error_message()};
}

}  // namespace parley::commands
