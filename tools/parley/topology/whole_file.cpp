#include "tools/parley/topology/whole_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "tools/parley/topology/frames.hpp"

namespace parley::topology {

using client::outcome;
using client::problem;
using client::trouble;
namespace fs = std::filesystem;

outcome<std::string> whole_file(const fs::path& file) {
  std::error_code failed;
  const auto status = fs::status(file, failed);
  if (!fs::exists(status)) return problem{trouble::failed, fmt::format("there is no file {}", file.string())};
  if (fs::is_directory(status)) return problem{trouble::failed, fmt::format("{} is a folder", file.string())};
  const auto size = fs::is_regular_file(status) ? fs::file_size(file, failed) : 0;
  if (size > file_bytes_max)
    return problem{trouble::failed, fmt::format("{} has {} MB; at most {} MB are read", file.string(),
                                                size >> 20U, file_bytes_max >> 20U)};
  std::ifstream in{file, std::ios::binary};
  std::string all;
  all.reserve(size);
  // Not `size` bytes: a pipe has none to tell, and a recording may grow while it is read.
  char part[65536];
  while (in.read(part, sizeof part) || in.gcount() > 0) {
    all.append(part, static_cast<std::size_t>(in.gcount()));
    if (all.size() > file_bytes_max) break;
  }
  if (in.bad() || !in.eof()) return problem{trouble::failed, fmt::format("{} cannot be read", file.string())};
  return all;
}

outcome<void> replace_file(const fs::path& file, std::string_view text) {
  const auto failure = [&file](std::string_view why) {
    return problem{trouble::failed, fmt::format("{} cannot be written: {}", file.string(), why)};
  };
  std::error_code failed;
  // A pipe, a terminal, /dev/null: there is nothing to replace.
  const bool is_special = fs::exists(file, failed) && !fs::is_regular_file(file, failed);
  if (is_special && fs::is_directory(file, failed)) return failure("it is a folder");
  const auto target = is_special ? file : fs::path{file.string() + fmt::format(".part-{}", ::getpid())};
  std::ofstream out{target, std::ios::binary | std::ios::trunc};
  if (!out) return failure(std::system_category().message(errno));
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (out) {
    if (is_special) return {};
    fs::rename(target, file, failed);
    if (!failed) return {};
  }
  const auto why = failed ? failed.message() : std::system_category().message(errno);
  if (!is_special) fs::remove(target, failed);
  return failure(why);
}

std::optional<problem> foreign(const fs::path& file, std::string_view bytes) {
  const auto header = recording_header();
  const auto magic = bytes.substr(0, recording_magic.size());
  if (magic != recording_magic.substr(0, magic.size()) || (bytes.empty() && fs::is_directory(file)))
    return problem{trouble::failed,
                   fmt::format("{} is no recording of parley topology: it does not begin with {} (byte 0)",
                               file.string(), recording_magic)};
  const auto version = bytes.substr(std::min(magic.size(), bytes.size()), 4);
  if (std::string_view{header}.substr(recording_magic.size(), version.size()) != version)
    return problem{trouble::failed,
                   fmt::format("{} is a recording of another version than {} (byte {}): take the parley that "
                               "made it, or a newer one",
                               file.string(), recording_version, recording_magic.size())};
  return std::nullopt;
}

}  // namespace parley::topology
