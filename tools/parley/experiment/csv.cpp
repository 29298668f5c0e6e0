#include "tools/parley/experiment/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace parley::experiment {

using client::outcome;
using client::problem;
using client::trouble;

namespace {

/// One record, which may span lines; false at the end.
bool next_record(std::istream& in, std::vector<std::string>& cells) {
  std::string line;
  if (!std::getline(in, line)) return false;
  cells.clear();
  cells.emplace_back();
  bool is_quoted = false;
  for (std::size_t i = 0;; ++i) {
    if (i == line.size()) {
      if (!is_quoted || !std::getline(in, line)) return true;
      cells.back() += '\n';
      i = static_cast<std::size_t>(-1);
      continue;
    }
    const char c = line[i];
    if (is_quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += '"';
      ++i;
    } else if (c == '"') {
      is_quoted = !is_quoted;
    } else if (c == ',' && !is_quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
}

}  // namespace

std::string csv_cell(std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string{text};
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string{"\"\""} : std::string(1, c);
  return out + "\"";
}

outcome<void> csv_file::open(const std::filesystem::path& file, std::string_view header) {
  out_.open(file, std::ios::out | std::ios::trunc);
  if (!out_.is_open())
    return problem{trouble::failed, fmt::format("cannot write {}: {}", file.string(), std::strerror(errno))};
  row(header);
  return {};
}

void csv_file::row(std::string_view cells) {
  const std::scoped_lock lock{mutex_};
  out_ << cells << '\n';
}

void csv_file::flush() {
  const std::scoped_lock lock{mutex_};
  out_.flush();
}

outcome<void> read_csv(const std::filesystem::path& file, const std::vector<std::string>& wanted,
                       const std::function<void(const std::vector<std::string>&)>& row) {
  std::ifstream in{file};
  if (!in.is_open())
    return problem{trouble::failed, fmt::format("cannot read {}: {}", file.string(), std::strerror(errno))};
  std::vector<std::string> cells;
  if (!next_record(in, cells)) return problem{trouble::failed, fmt::format("{} is empty", file.string())};
  std::vector<std::size_t> places;
  for (const auto& each : wanted) {
    const auto found = std::ranges::find(cells, each);
    if (found == cells.end())
      return problem{trouble::failed, fmt::format("{} has no column '{}'", file.string(), each)};
    places.push_back(static_cast<std::size_t>(found - cells.begin()));
  }
  const auto columns = cells.size();
  std::vector<std::string> chosen(wanted.size());
  while (next_record(in, cells)) {
    // The last row of a run that was killed may be cut off.
    if (cells.size() != columns) continue;
    for (std::size_t i = 0; i < places.size(); ++i) chosen[i] = cells[places[i]];
    row(chosen);
  }
  return {};
}

}  // namespace parley::experiment
