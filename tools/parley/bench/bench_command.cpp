#include "tools/parley/bench/bench_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <memory>

#include "tools/parley/bench/bench_failure.hpp"
#include "tools/parley/bench/run.hpp"

namespace parley::bench {

namespace {

/// Everything that can be typed, for as long as the command line lives.
struct typed {
  node_options node;
  message_options messages;
  group_options group;
  direct_options direct;
  idle_options idle;
};

constexpr const char* about =
    "Starts a node for the occasion: the parleyd beside this program, with a PostgreSQL of its own that\n"
    "flushes every commit to the disk, without limits of rate, in a folder that is removed at the end. The\n"
    "node runs on one core, the generator on another (--node-cores, --generator-cores). With --url it\n"
    "measures a node that is running, which must have its limits of rate off.\n"
    "\n"
    "A delivery counts when its frame was parsed and is the one that had to come: order, holes, repeats,\n"
    "sender and text are checked on every connection, and a single violation makes the run fail.\n"
    "\n"
    "Exit codes: 0 measured, 1 failed or interrupted, 2 wrong usage, 3 no node to reach.";

void add_node_options(CLI::App& to, node_options& options) {
  const bool two_cores = ::sysconf(_SC_NPROCESSORS_ONLN) > 1;
  if (two_cores) options.node_cores = "0";
  if (two_cores) options.generator_cores = "1";
  to.add_option("--url", options.urls,
                "measure the node at this address, instead of one started for the occasion; repeated for the "
                "nodes of a cluster, over which sessions are spread evenly")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  to.add_option(
        "--data", options.data,
        "with --url: that node's data folder, to read its processor time and memory; can be repeated, "
        "and the nodes' times are added up")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  to.add_option(
      "--folder", options.folder,
      "where the folder for the node of the occasion is made: the disk under it is measured too (default: "
      "TMPDIR, or /tmp)");
  to.add_option("--node-cores", options.node_cores, "cores of the node, such as 0, 0,2 or 0-3, or all")
      ->capture_default_str();
  to.add_option("--generator-cores", options.generator_cores, "cores of the generator (it has one thread)")
      ->capture_default_str();
  to.add_option("--postgres-cores", options.postgres_cores, "cores of PostgreSQL")->capture_default_str();
  to.add_option("--node-argument", options.node_arguments,
                "one more argument for parleyd, such as --node-argument=--threads.io=2; can be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  to.add_flag("--json", options.json, "print JSON instead of a table");
}

void add_message_options(CLI::App& to, message_options& options) {
  to.add_option("--text-bytes", options.text_bytes, "length of each text")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  to.add_option("--seconds", options.seconds, "length of the measured window")
      ->check(CLI::Range(0.1, 86'400.0))
      ->capture_default_str();
  to.add_option("--warm-up", options.warm_up, "seconds of the same load before it")
      ->check(CLI::Range(0.0, 3'600.0))
      ->capture_default_str();
  to.add_option("--patience", options.patience,
                "seconds that what is under way may take when nothing is sent any more")
      ->check(CLI::Range(0.1, 3'600.0))
      ->capture_default_str();
}

/// The one place that catches: a failure becomes a line on stderr and an exit code.
template <class Run>
int guarded(Run run) {
  try {
    return run();
  } catch (const bench_failure& failure) {
    fmt::print(stderr, "parley bench: {}\n", failure.what());
    return static_cast<int>(failure.status());
  } catch (const std::exception& failure) {
    fmt::print(stderr, "parley bench: {}\n", failure.what());
    return static_cast<int>(exit_status::failed);
  }
}

void add_group(CLI::App& bench, const std::shared_ptr<typed>& all, int& exit_code) {
  auto* to = bench.add_subcommand("group", "one busy group: every message goes to every member");
  to->footer(
      "Sends so that --outstanding messages are under way: each was sent, and not yet both acknowledged and\n"
      "shown to every member. The sender is a member like any other and is shown its own messages. With\n"
      "--rate they leave by the clock instead, whatever the node does, so that two nodes or two versions can\n"
      "be compared at the same load.");
  to->add_option("--members", all->group.members, "people in the group, each with one connection")
      ->check(CLI::Range(1, 18'000))
      ->capture_default_str();
  to->add_option("--outstanding", all->messages.outstanding, "messages under way, without --rate")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  to->add_option("--rate", all->group.rate, "messages a second; 0: as fast as answers come")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  to->add_option("--senders", all->group.senders,
                 "how many of them send; 0: all with --rate, else one for every 32 messages under way\n"
                 "(limits.unanswered_requests)")
      ->capture_default_str();
  add_message_options(*to, all->messages);
  add_node_options(*to, all->node);
  to->callback([all, &exit_code] {
    exit_code = guarded([&] { return run_group(all->node, all->messages, all->group); });
  });
}

void add_direct(CLI::App& bench, const std::shared_ptr<typed>& all, int& exit_code) {
  auto* to =
      bench.add_subcommand("direct", "many direct conversations, at a fixed rate or as fast as it goes");
  to->footer(
      "With a rate, messages leave by the clock whatever the node does, and latency counts from the moment\n"
      "when a message should have left: a node that stalls is charged for all who had to wait.");
  to->add_option("--rate", all->direct.rate,
                 "messages a second over all pairs; 0: as fast as answers come, with --outstanding")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  to->add_option("--pairs", all->direct.pairs, "conversations of two; one of the two writes")
      ->check(CLI::Range(1, 9'000))
      ->capture_default_str();
  to->add_option("--outstanding", all->messages.outstanding,
                 "messages under way in each conversation, with --rate 0")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  add_message_options(*to, all->messages);
  add_node_options(*to, all->node);
  to->callback([all, &exit_code] {
    exit_code = guarded([&] { return run_direct(all->node, all->messages, all->direct); });
  });
}

void add_idle(CLI::App& bench, const std::shared_ptr<typed>& all, int& exit_code) {
  auto* to = bench.add_subcommand("idle", "sessions that do nothing: what each costs in memory");
  to->footer(
      "Memory is the node's resident memory with all sessions (identified and synced, at rest) less that "
      "before\n"
      "they came. Few people have many sessions each, since making an account takes the node some 30 ms.");
  to->add_option("--sessions", all->idle.sessions,
                 "how many; fewer, and it says why, where the machine allows fewer")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  to->add_option("--people", all->idle.people, "whose they are, one after the other")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  to->add_option("--together", all->idle.together, "how many are being opened at a time")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  to->add_option("--seconds", all->idle.seconds, "how long they are idle, to see what that costs")
      ->check(CLI::Range(0.1, 86'400.0))
      ->capture_default_str();
  add_node_options(*to, all->node);
  to->callback([all, &exit_code] { exit_code = guarded([&] { return run_idle(all->node, all->idle); }); });
}

}  // namespace

void add_bench_command(CLI::App& app, int& exit_code) {
  const auto all = std::make_shared<typed>();
  auto* bench = app.add_subcommand("bench", "Measure a node: throughput, latency, processor time, memory");
  bench->footer(about);
  bench->require_subcommand(1);
  add_group(*bench, all, exit_code);
  add_direct(*bench, all, exit_code);
  add_idle(*bench, all, exit_code);
}

}  // namespace parley::bench
