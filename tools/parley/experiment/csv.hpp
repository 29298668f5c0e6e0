#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tools/parley/client/problem.hpp"

// Tables as RFC 4180 has them, with a header, lines that end with \n, and UTF-8.

namespace parley::experiment {

/// A cell: in quotes where it has to be.
std::string csv_cell(std::string_view text);

/// Writes a table, a row at a time, from several threads if need be. What was flushed outlives the program.
class csv_file {
public:
  csv_file() = default;
  /// Makes the file, with this header.
  client::outcome<void> open(const std::filesystem::path& file, std::string_view header);
  /// A row without its end; cells are made by who calls.
  void row(std::string_view cells);
  void flush();
  /// Whether something could not be written.
  [[nodiscard]] bool is_broken() const { return !out_.good(); }

private:
  std::mutex mutex_;
  std::ofstream out_;
};

/// Reads a table and calls with the cells of each row, which are good until the call returns. A problem when
/// it cannot be read, or its header lacks one of the wanted columns; cells come in the order wanted.
client::outcome<void> read_csv(const std::filesystem::path& file, const std::vector<std::string>& wanted,
                               const std::function<void(const std::vector<std::string>&)>& row);

}  // namespace parley::experiment
