#pragma once

#include <CLI/App.hpp>

namespace parley::commands {

/// Each adds its subcommand; when it is the one that is called, it runs and sets the exit code.
void add_send_command(CLI::App& app, int& exit_code);
void add_history_command(CLI::App& app, int& exit_code);
void add_groups_command(CLI::App& app, int& exit_code);
void add_people_command(CLI::App& app, int& exit_code);
void add_accounts_command(CLI::App& app, int& exit_code);
void add_restored_command(CLI::App& app, int& exit_code);
void add_nodes_command(CLI::App& app, int& exit_code);
void add_shards_command(CLI::App& app, int& exit_code);
void add_where_command(CLI::App& app, int& exit_code);
void add_drain_command(CLI::App& app, int& exit_code);

}  // namespace parley::commands
