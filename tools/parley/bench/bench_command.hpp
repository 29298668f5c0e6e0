#pragma once

namespace CLI {
class App;
}

namespace parley::bench {

/// Adds `bench group|direct|idle` to the command line; a run puts its exit code into `exit_code`.
void add_bench_command(CLI::App& app, int& exit_code);

}  // namespace parley::bench
