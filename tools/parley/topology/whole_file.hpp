#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "tools/parley/client/problem.hpp"

namespace parley::topology {

/// The longest file that is read as a whole: a recording's, or a snapshot.
inline constexpr std::uint64_t file_bytes_max = 2UL << 30U;

/// All bytes of a file, or why it cannot be read.
client::outcome<std::string> whole_file(const std::filesystem::path& file);

/// Puts the text into the file: all of it or, on a problem, what was there before.
client::outcome<void> replace_file(const std::filesystem::path& file, std::string_view text);

/// What is wrong with the beginning of these bytes, if they are no recording that this program reads. The
/// beginning of a header alone is none too: it is a recording that died at its first breath.
std::optional<client::problem> foreign(const std::filesystem::path& file, std::string_view bytes);

}  // namespace parley::topology
