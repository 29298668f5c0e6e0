#include "tools/parley/commands/operator_calls.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cctype>

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

std::string encoded(std::string_view text) {
  std::string shown;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (std::isalnum(byte) != 0 || letter == '-' || letter == '_' || letter == '.')
      shown += letter;
    else
      shown += fmt::format("%{:02X}", byte);
  }
  return shown;
}

outcome<operator_calls> operator_calls::with(const operator_options& options) {
  const auto environment = client::process_environment();
  auto node = client::find_endpoint(options.node.choice(), environment);
  if (node.has_error()) return node.error();
  auto token = find_operator_token(options.token_file, options.node.choice(), environment);
  if (token.has_error()) return token.error();
  return operator_calls{std::move(*node), std::move(*token)};
}

outcome<client::http_answer> operator_calls::ask(std::string_view method, const std::string& path,
                                                 const std::optional<json::value>& body,
                                                 const client::call_limits& limits) const {
  auto answer = client::http_call(node_, method, path, body, token_, limits);
  if (answer.has_error() || answer->status != 401) return answer;
  return problem{trouble::failed,
                 fmt::format("the node at {} refuses the operator's token: {}\nis it the token of this "
                             "cluster? a configured one (operator.token) counts, else the one its first node "
                             "wrote",
                             node_.url(), answer->error_message())};
}

outcome<json::object> operator_calls::call(std::string_view method, const std::string& path,
                                           const std::optional<json::value>& body) const {
  const auto answer = ask(method, path, body);
  if (answer.has_error()) return answer.error();
  if (answer->is_good()) return client::object_in(answer->body);
  return problem{trouble::failed, answer->error_message()};
}

std::optional<operator_calls> operator_calls::at(const std::string& url) const {
  auto other = client::parse_endpoint(url);
  if (other.has_error() || (node_.is_tls && !other->is_tls)) return std::nullopt;
  other->ca = node_.ca;
  return operator_calls{std::move(*other), token_};
}

}  // namespace parley::commands
