#include "tools/parley/experiment/run_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "tools/parley/experiment/csv.hpp"
#include "tools/parley/experiment/manifest.hpp"

namespace parley::experiment {

using client::outcome;
using client::problem;
using client::trouble;
namespace fs = std::filesystem;
namespace json = client::json;

outcome<run_folder> run_folder::make(const fs::path& path) {
  std::error_code failed;
  const bool is_there = fs::exists(path, failed);
  if (is_there && !fs::is_directory(path, failed))
    return problem{trouble::usage, fmt::format("{} is no folder: name another one", path.string())};
  if (is_there && !fs::is_empty(path, failed))
    return problem{trouble::usage,
                   fmt::format("there is something in {}: an experiment wants a folder of its own, name "
                               "another one with --output",
                               path.string())};
  if (!is_there) fs::create_directories(path, failed);
  if (failed)
    return problem{trouble::usage,
                   fmt::format("cannot make the folder {}: {}", path.string(), failed.message())};
  return run_folder{path};
}

outcome<void> run_folder::write(std::string_view name, std::string_view text) const {
  std::ofstream out{path_ / name, std::ios::trunc | std::ios::binary};
  if (!(out << text) || !out.flush())
    return problem{trouble::failed,
                   fmt::format("cannot write {}: {}", (path_ / name).string(), std::strerror(errno))};
  return {};
}

outcome<void> run_folder::write_json(std::string_view name, const json::value& what) const {
  return write(name, indented(what) + "\n");
}

outcome<void> run_folder::write_settings(std::string_view yaml, const settings& from) {
  if (auto done = write("experiment.yaml", yaml); done.has_error()) return done;
  return write("README.md", folder_readme(from));
}

outcome<void> run_folder::write_people(const std::vector<client::signed_in_user>& people,
                                       const std::vector<std::string>& groups, const schedule& plan,
                                       std::size_t nodes) {
  csv_file of_people;
  csv_file of_groups;
  csv_file of_members;
  for (const auto& done : {of_people.open(path_ / "people.csv", "person,name,id,node"),
                           of_groups.open(path_ / "groups.csv", "group,name,id,members"),
                           of_members.open(path_ / "members.csv", "group,person")})
    if (done.has_error()) return done;
  for (std::size_t i = 0; i < people.size(); ++i)
    of_people.row(fmt::format("{},{},{},{}", i + 1, people[i].name, people[i].id, node_name(i % nodes)));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    of_groups.row(fmt::format("{},{},{},{}", i + 1, group_name(i), groups[i], plan.groups[i].members.size()));
    for (const auto each : plan.groups[i].members) of_members.row(fmt::format("{},{}", i + 1, each + 1));
  }
  return {};
}

outcome<void> run_folder::write_manifest(const settings& from, json::object surroundings,
                                         std::string_view time_zero) const {
  return write_json("manifest.json", manifest(from, std::move(surroundings), time_zero, path_));
}

void run_folder::keep_logs(const fs::path& of_cluster) const {
  std::error_code ignored;
  fs::create_directories(path_ / "logs", ignored);
  for (const auto& each : fs::directory_iterator{of_cluster, ignored})
    if (each.path().extension() == ".log")
      fs::copy_file(each.path(), path_ / "logs" / each.path().filename(),
                    fs::copy_options::overwrite_existing, ignored);
}

}  // namespace parley::experiment
