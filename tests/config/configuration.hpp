#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/keys.hpp"
#include "config/load.hpp"

namespace parley::testing {

/// A folder for one test, gone with it.
class scratch_folder {
public:
  scratch_folder() {
    std::string pattern = ::testing::TempDir() + "parley-config-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for the test: " + pattern);
    path_ = pattern;
  }
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  /// Writes a file and returns its path.
  [[nodiscard]] std::string file(std::string_view text) const {
    const auto path = (path_ / "node.yaml").string();
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }
  [[nodiscard]] std::string path() const { return path_.string(); }

private:
  std::filesystem::path path_;
};

inline load_result load(const std::vector<std::string>& arguments,
                        const std::map<std::string, std::string>& environment = {}) {
  return load_settings(arguments, environment);
}

/// Loads a file with this text; in the errors its path is shortened to "node.yaml".
inline load_result load_text(std::string_view text) {
  const scratch_folder folder;
  auto result = load({"--config", folder.file(text)});
  for (auto& error : result.errors)
    if (const auto at = error.find(folder.path()); at != std::string::npos)
      error.erase(at, folder.path().size() + 1);
  return result;
}

inline std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace parley::testing
