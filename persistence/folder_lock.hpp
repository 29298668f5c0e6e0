#pragma once

#include <filesystem>
#include <utility>

#include "actors/contract/values/failure.hpp"

namespace parley {

/// Whose a data folder is: one process at a time, until it ends however it ends (`flock` on the file
/// `lock`, which names the process).
class folder_lock {
public:
  folder_lock() = default;
  folder_lock(folder_lock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  folder_lock& operator=(folder_lock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~folder_lock();

  /// The failure names the process that has it.
  static outcome<folder_lock> take(const std::filesystem::path& folder);

private:
  int file_ = -1;
};

}  // namespace parley
