#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "actors/contract/values/failure.hpp"

namespace parley {

/// The node's folder: made when missing, and while the node serves it holds `address` (how to reach
/// it) and `parleyd.pid`, for the commands that are typed beside it.
class data_folder {
public:
  static outcome<data_folder> open(const std::filesystem::path& path);

  /// Writes both files, each whole or not at all.
  [[nodiscard]] outcome<void> announce(std::string_view address) const;
  /// Removes them, so that nobody is sent to a node that is gone.
  void withdraw() const;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  explicit data_folder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace parley
