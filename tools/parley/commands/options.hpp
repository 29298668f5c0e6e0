#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <string>

#include "tools/parley/client/endpoint.hpp"

namespace parley::commands {

/// What every subcommand that speaks to a node takes.
struct node_options {
  std::string url;
  std::string data;
  std::string ca;
  bool as_json = false;

  client::endpoint_choice choice() const { return {url, data, ca}; }
};

/// What those take that speak for somebody.
struct user_options {
  node_options node;
  std::string user;
  bool may_create_account = false;
};

/// Which conversation is meant; exactly one is given.
struct conversation_options {
  std::string with;
  std::string group;
  std::string conversation;
};

/// Adds `--url`, `--data`, `--ca` and `--json`.
void add_node_options(CLI::App& command, node_options& options);
/// Adds those, `--user` and `--create`.
void add_user_options(CLI::App& command, user_options& options);
/// Adds `--with`, `--group` and `--conversation`, of which one is needed.
void add_conversation_options(CLI::App& command, conversation_options& options);
/// Adds an option that takes a time with its unit, such as `500ms`, `10s`, `5m` or `2h`, as milliseconds.
CLI::Option* add_duration(CLI::App& command, const std::string& name, std::uint64_t& ms,
                          const std::string& help);

}  // namespace parley::commands
