#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <string>

#include "tools/parley/commands/operator_calls.hpp"
#include "tools/parley/topology/selection.hpp"
#include "tools/parley/topology/snapshot_formats.hpp"

namespace parley::topology {

// What the subcommands share, and where each of them is added. One file each.

struct snapshot_options : commands::operator_options {
  std::string format;
  std::string graph = "flows";
  std::string by = "messages";
  selection wanted;
  bool names = false;
  std::string output;
  std::string from;
  std::string at;
  std::uint64_t count_for_ms = 0;  // 0: as it is
};

/// `--kind`, `--node`, `--entity`.
void add_selection_options(CLI::App& command, selection& wanted);
/// `--format`, `--graph`, `--output`.
void add_format_options(CLI::App& command, snapshot_options& options);
/// `--top`, `--by`.
void add_top_options(CLI::App& command, snapshot_options& options);
/// `--from`, `--at`, `--for`, and the operator's options.
void add_source_options(CLI::App& command, snapshot_options& options);

/// The snapshot that the options ask for, of a node or of a file; with `--for` after counting edges.
client::outcome<snapshot> find_snapshot(snapshot_options& options);
/// How it is to be shown: by `--format`, else a table at a terminal and JSON elsewhere.
format_choice choice_of(const snapshot_options& options);

/// Options of a snapshot, on `command`; also those of `parley topology` without a subcommand.
void add_snapshot_options(CLI::App& command, snapshot_options& options);
client::outcome<void> show_snapshot(snapshot_options& options);

void add_watch_command(CLI::App& topology, int& exit_code);
void add_stats_command(CLI::App& topology, int& exit_code);
void add_diff_command(CLI::App& topology, int& exit_code);
void add_record_command(CLI::App& topology, int& exit_code);
void add_replay_command(CLI::App& topology, int& exit_code);

}  // namespace parley::topology
