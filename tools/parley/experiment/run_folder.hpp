#pragma once

#include <filesystem>
#include <string>

#include "tools/parley/client/accounts.hpp"
#include "tools/parley/client/json.hpp"
#include "tools/parley/client/problem.hpp"
#include "tools/parley/experiment/schedule.hpp"

namespace parley::experiment {

/// The folder that an experiment leaves. Not the one that its cluster lives in, which goes.
class run_folder {
public:
  /// Makes it; refused when there is something in it.
  static client::outcome<run_folder> make(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// The experiment as it was read, and how to repeat it: from the first moment on, whatever happens.
  client::outcome<void> write_settings(std::string_view yaml, const settings& from);
  /// people.csv, groups.csv, members.csv.
  client::outcome<void> write_people(const std::vector<client::signed_in_user>& people,
                                     const std::vector<std::string>& groups, const schedule& plan,
                                     std::size_t nodes);
  /// manifest.json: which files there are, and what each of their columns means.
  client::outcome<void> write_manifest(const settings& from, client::json::object surroundings,
                                       std::string_view time_zero) const;
  client::outcome<void> write_json(std::string_view name, const client::json::value& what) const;
  /// What nodes and PostgreSQL said, in logs/.
  void keep_logs(const std::filesystem::path& of_cluster) const;

private:
  explicit run_folder(std::filesystem::path path) : path_(std::move(path)) {}
  client::outcome<void> write(std::string_view name, std::string_view text) const;

  std::filesystem::path path_;
};

}  // namespace parley::experiment
