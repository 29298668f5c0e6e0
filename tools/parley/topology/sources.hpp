#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/parley/topology/model.hpp"

namespace parley::topology {

/// A snapshot from a file: one that `--format json` wrote, or a recording, of which it is the last moment, or
/// the one that is given. `-` is stdin, for a snapshot.
client::outcome<snapshot> snapshot_in(const std::string& file, const std::string& at = {});

/// What `--at` says: a time by RFC 3339, or `+90s` after the beginning, `-5s` before the end. A recording's
/// own moments are the first and the last.
client::outcome<std::int64_t> moment_in_recording(std::string_view at, std::int64_t first, std::int64_t last);

/// The first and the last moment of a recording.
client::outcome<std::pair<std::int64_t, std::int64_t>> span_of(const std::string& file);

}  // namespace parley::topology
