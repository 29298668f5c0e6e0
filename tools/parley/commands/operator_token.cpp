#include "tools/parley/commands/operator_token.hpp"

#include <fmt/format.h>

#include <fstream>

namespace parley::commands {

using client::outcome;
using client::problem;
using client::trouble;

namespace {

outcome<std::string> token_in(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::string token;
  if (std::getline(in, token) && !token.empty()) return token;
  return problem{
      trouble::usage,
      fmt::format("there is no operator's token in {}: the first node of a cluster writes it to "
                  "<data>/operator.token at its first start, for its own user only\nname the file with "
                  "--token-file, or set PARLEY_OPERATOR_TOKEN; if it was lost, OPERATIONS.md says under "
                  "'Accounts, and who may come in' how to have another one made",
                  file.string())};
}

}  // namespace

outcome<std::string> find_operator_token(const std::filesystem::path& given,
                                         const client::endpoint_choice& node,
                                         const client::environment_lookup& environment) {
  constexpr const char* name = "operator.token";
  if (!given.empty()) return token_in(given);
  if (auto token = environment("PARLEY_OPERATOR_TOKEN"); token && !token->empty()) return std::move(*token);
  if (!node.data.empty()) return token_in(node.data / name);
  const auto url = environment("PARLEY_URL");
  const bool is_by_address = !node.url.empty() || (url && !url->empty());
  const auto folder = environment("PARLEY_NODE_DATA");
  if (folder && !folder->empty() && !is_by_address) return token_in(std::filesystem::path{*folder} / name);
  if (!is_by_address) return token_in(std::filesystem::path{"parley-data"} / name);
  return problem{
      trouble::usage,
      "the operator's token is needed: set PARLEY_OPERATOR_TOKEN, or name its file with --token-file or "
      "the node's data folder with --data"};
}

}  // namespace parley::commands
