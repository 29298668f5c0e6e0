#include "tools/parley/experiment/surroundings.hpp"

#include <fmt/format.h>

#include <fstream>

#include "tools/parley/bench/machine.hpp"
#include "tools/parley/demo/child.hpp"
#include "tools/parley/experiment/built_commit.hpp"
#include "tools/parley/experiment/schedule.hpp"

namespace parley::experiment {

namespace json = client::json;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr auto program_ends_within = 20s;

std::string first_line(const fs::path& file) {
  std::ifstream in{file};
  std::string line;
  std::getline(in, line);
  return line;
}

/// `Debian GNU/Linux 12 (bookworm)`.
std::string operating_system() {
  std::ifstream in{"/etc/os-release"};
  constexpr std::string_view key = "PRETTY_NAME=";
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    line.erase(0, key.size());
    std::erase(line, '"');
    return line;
  }
  return {};
}

/// What a program prints, in a file.
void run_into(const fs::path& file, std::vector<std::string> command, const fs::path& folder) {
  std::error_code ignored;
  fs::remove(file, ignored);
  demo::child program{{std::move(command), file, folder}};
  program.wait(program_ends_within);
}

}  // namespace

json::object surroundings(const cluster& of, const fs::path& folder) {
  const auto scratch = folder / "version.tmp";
  run_into(scratch, {(of.database_programs() / "postgres").string(), "-V"}, folder);
  auto postgres = first_line(scratch);
  run_into(scratch, {of.command(0).front(), "--version"}, folder);
  auto node = first_line(scratch);
  std::error_code ignored;
  fs::remove(scratch, ignored);
  const auto found = bench::this_machine();
  const auto commit = built_commit();
  return {{"parley", PARLEY_VERSION},
          {"parleyd", node},
          {"commit", commit.empty() ? json::value{} : json::value(json::string{commit})},
          {"caf", PARLEY_CAF_VERSION},
          {"postgresql", postgres},
          {"operating_system", operating_system()},
          {"kernel", found.kernel},
          {"processor", found.processor},
          {"cores", found.cores},
          {"memory_bytes", found.memory_bytes},
          {"disk_flush_us", bench::flush_us(folder.string())}};
}

void write_configurations(const cluster& of, const fs::path& folder) {
  std::error_code ignored;
  fs::create_directories(folder / "nodes", ignored);
  for (std::size_t i = 0; i < of.size(); ++i) {
    auto command = of.command(i);
    command.emplace_back("--print-config");
    run_into(folder / "nodes" / (node_name(i) + ".yaml"), std::move(command), folder);
  }
}

}  // namespace parley::experiment
