#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "tools/parley/topology/recording.hpp"
#include "tools/parley/topology/whole_file.hpp"

namespace parley::topology {

using client::outcome;
using client::problem;
using client::trouble;
namespace fs = std::filesystem;

namespace {

/// More files than any recording that this program makes has.
constexpr unsigned files_max = 10'000;

}  // namespace

bool is_recording(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::string begin(recording_magic.size(), '\0');
  in.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return in && begin == recording_magic;
}

outcome<recording_reader> recording_reader::open(const fs::path& file) {
  recording_reader made;
  made.files_.push_back(file);
  std::error_code failed;
  if (!fs::exists(file, failed))
    return problem{trouble::failed, fmt::format("there is no file {}", file.string())};
  for (unsigned number = 1; number < files_max; ++number) {
    fs::path older{file.string() + "." + std::to_string(number)};
    if (!fs::exists(older, failed) || !is_recording(older)) break;
    made.files_.insert(made.files_.begin(), std::move(older));
  }
  if (auto done = made.load(0); done.has_error()) return done.error();
  return made;
}

outcome<void> recording_reader::load(std::size_t number) {
  auto bytes = whole_file(files_[number]);
  if (bytes.has_error()) return bytes.error();
  if (auto bad = foreign(files_[number], *bytes)) return *bad;
  loaded_ = {files_[number], std::move(*bytes)};
  here_ = {number, recording_header_bytes};
  return {};
}

outcome<std::string_view> recording_reader::look() {
  using state = frame_place::state;
  for (;;) {
    const std::string_view all{loaded_.bytes};
    const auto offset = std::min(here_.offset, all.size());
    const auto rest = all.substr(offset);
    auto next = next_frame(rest);
    if (offset < recording_header_bytes && !all.empty()) next.how = state::torn;
    if (next.how == state::whole) return rest.substr(0, next.bytes);
    if (next.how == state::broken)
      return problem{trouble::failed,
                     fmt::format("{} is damaged at byte {}: {}", loaded_.path.string(), offset, next.why)};
    if (next.how == state::torn)
      torn_end_ = fmt::format(
          "{} ends in the middle of a record, as when its writer was killed: the last {} bytes, "
          "from byte {} on, are left out",
          loaded_.path.string(), offset < recording_header_bytes ? all.size() : rest.size(),
          offset < recording_header_bytes ? 0 : offset);
    if (here_.part + 1 == files_.size()) return std::string_view{};
    if (auto done = load(here_.part + 1); done.has_error()) return done.error();
  }
}

outcome<std::optional<frame>> recording_reader::next() {
  const auto whole = look();
  if (whole.has_error()) return whole.error();
  if (whole->empty()) return std::optional<frame>{};
  auto found = unpacked(*whole);
  if (found.has_error())
    return problem{trouble::failed, fmt::format("{} is damaged at byte {}: {}", loaded_.path.string(),
                                                here_.offset, found.error().message)};
  here_.offset += whole->size();
  return std::optional<frame>{std::move(*found)};
}

outcome<void> recording_reader::seek(std::int64_t moment) {
  std::optional<place> best;
  for (;;) {
    const auto whole = look();
    // What is damaged behind the moment that is wanted is in nobody's way.
    if (whole.has_error() && best) break;
    if (whole.has_error()) return whole.error();
    if (whole->empty()) break;
    const auto about = peek(*whole);
    if (about.at > moment && best) break;
    if (about.kind == frame_kind::snapshot && (about.at <= moment || !best)) best = here_;
    here_.offset += whole->size();
  }
  torn_end_.clear();
  if (!best) return problem{trouble::failed, fmt::format("{} holds no snapshot yet", files_.back().string())};
  if (auto done = load(best->part); done.has_error()) return done;
  here_ = *best;
  return {};
}

}  // namespace parley::topology
