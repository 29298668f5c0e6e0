#pragma once

#include <filesystem>
#include <string>

#include "tools/parley/client/problem.hpp"

namespace parley::demo {

/// Where a demo keeps everything: a throw-away folder, or one that is kept and belongs to one demo at a time.
class demo_folder {
public:
  /// Empty: a new one that goes with this object.
  static client::outcome<demo_folder> open(const std::string& kept);
  demo_folder(demo_folder&& other) noexcept;
  demo_folder& operator=(demo_folder&&) = delete;
  ~demo_folder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Of a throw-away folder: everything in it, and itself.
  void remove();
  [[nodiscard]] bool is_kept() const { return is_kept_; }
  /// Of all people of the demo; drawn at its first start.
  [[nodiscard]] client::outcome<std::string> password() const;

private:
  demo_folder(std::filesystem::path path, bool is_kept) : path_(std::move(path)), is_kept_(is_kept) {}

  std::filesystem::path path_;  // empty: another object has it
  bool is_kept_;
  int lock_ = -1;
};

}  // namespace parley::demo
